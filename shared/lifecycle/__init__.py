"""The life of a complaint: acts, the table of what follows from each, and what each does to clocks."""
