"""The refusals of notify."""

from shared.errors import Conflict, NotFound


class UnknownMessage(NotFound):
    """There is no such message."""


class NotFailed(Conflict):
    """Only a message that failed or was skipped can be tried again."""
