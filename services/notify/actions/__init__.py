"""What notify does in its transactions: knowing, telling, sending, and reading the ledger."""
