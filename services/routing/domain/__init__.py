"""What routing decides: pure functions of plain values."""
