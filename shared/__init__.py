"""What all four services need, and nothing that knows one of them."""
