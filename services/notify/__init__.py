"""notify tells people: it finds the recipients of each event, keeps a ledger of messages, and sends them by mail."""
