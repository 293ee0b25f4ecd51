"""The tables of sla."""
