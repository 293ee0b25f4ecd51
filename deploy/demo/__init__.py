"""`make demo`: sixty complaints live through ten weeks in under a minute; a summary shows their outcomes."""
