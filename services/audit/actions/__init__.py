"""The actions of the auditor."""
