"""Image, manifests, broker, checks, demo and replay. Nothing in services/ or shared/ imports from here."""
