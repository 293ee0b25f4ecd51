"""The rules of notify: who gets a message, when it can be sent and is tried again, and how it is worded."""
