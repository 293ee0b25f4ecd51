"""routing, the agencies' door: who holds a complaint, and what the holder does about it."""
