"""The doors of notify: the ledger of messages, their acknowledgement, and mails that came back."""
