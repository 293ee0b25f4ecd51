"""The tables of routing, one file per noun."""
