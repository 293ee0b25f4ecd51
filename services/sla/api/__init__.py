"""The public API of sla."""
