"""What the promises of the demo are checked by; each breach is one sentence."""
