"""The channels by which messages leave: how a mail is written and how it is handed over."""
