"""The ways out of the house: how a mail is written and how it is handed over."""
