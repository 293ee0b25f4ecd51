"""The checks of the auditor: each reads what it needs of the services and gives what it found."""
