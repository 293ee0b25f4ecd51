"""The actions of intake; each is one transaction."""
