"""`make demo`: some sixty complaints, some months of working days in half a minute, and what became of them."""
