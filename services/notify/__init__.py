"""notify tells people: who hears what, a ledger of every message, and the mail that carries it."""
