"""What routing does, each action in one transaction."""
