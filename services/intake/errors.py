"""The refusals of intake."""

from shared.errors import Conflict, Invalid, NotFound


class NoSuchComplaint(NotFound):
    """There is no complaint with this reference, or the PIN is not its PIN."""


class NotAnswered(Conflict):
    """A complaint is rated once it has been answered, and before it is handled again."""


class AlreadyRated(Conflict):
    """The handling of this complaint has been rated."""


class TooManyReplies(Conflict):
    """Nothing more can be added to this complaint: twenty messages are the most."""


class ContactUnreachable(Invalid):
    """A contact needs an e-mail address or a telephone number."""


class HappenedLater(Invalid):
    """The reported event cannot have happened after it was reported."""


class OneKeyForMany(Invalid):
    """Complaints filed together have a key each: give every complaint its idempotency_key, without this header."""
