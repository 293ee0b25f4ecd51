"""What surrounds the services: image, manifests, broker, checks, demo. Nothing in services/ or shared/ imports it."""
