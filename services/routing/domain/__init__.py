"""What routing decides: pure functions of plain values, which import nothing but the standard library."""
