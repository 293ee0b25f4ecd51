"""What sla does, each action in one transaction."""
