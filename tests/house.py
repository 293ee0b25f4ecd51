"""The old name of tests/services.py, until every test has moved."""

from tests.services import MONDAY, bearer, client_of, definition, staged

__all__ = ["MONDAY", "bearer", "client_of", "definition", "staged"]
