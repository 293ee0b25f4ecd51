"""The rules of intake: references and PINs, where a complaint stands, and what its timeline says."""
