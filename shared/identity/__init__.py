"""Who calls: officials by token, reporters by PIN, the public; and the keys that tokens are checked with."""
