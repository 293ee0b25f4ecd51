"""Callers: officials with a token, reporters with a PIN, the public; and the keys that verify tokens."""
