"""Replies: how many words for its agency a reporter may add to one complaint."""

MOST_REPLIES = 20
