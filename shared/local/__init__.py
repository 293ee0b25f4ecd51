"""What a local installation supplies in place of a platform: database, mail server, keys and tokens."""
