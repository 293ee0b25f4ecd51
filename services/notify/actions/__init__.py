"""The transactions of notify."""
