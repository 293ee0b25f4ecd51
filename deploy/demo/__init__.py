"""`make demo`: eighty complaints live through ten weeks in under a minute; a summary shows their outcomes."""
