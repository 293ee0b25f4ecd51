"""The rules of the auditor."""
