"""The refusals of notify."""

from shared.errors import Conflict, Forbidden, NotFound


class UnknownMessage(NotFound):
    """There is no such message."""


class NotFailed(Conflict):
    """Only a message that failed or was skipped can be tried again."""


class Needless(Conflict):
    """This message says something that is no longer true."""


class UnknownMail(NotFound):
    """There is no mail with this Message-ID."""


class BadLink(NotFound):
    """This link is not valid, or no longer."""


class NotYourMessage(Forbidden):
    """This message went to another seat."""
