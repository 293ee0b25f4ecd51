"""Intake, the citizen's door: a complaint is filed, followed and read here, and who filed it is known only here."""
