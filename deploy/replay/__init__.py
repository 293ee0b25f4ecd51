"""A file of past complaints, filed and answered again through the whole system at their own times."""
