"""The rules of intake: references and PINs, a complaint's status, and the sentences of its timeline."""
