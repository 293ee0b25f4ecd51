"""Every setting with its reason, read from the environment with the prefix TANGGAP_.

A service's own section is a class of its own, `services/<name>/settings.py`, which adds its fields to the shared ones.
"""
