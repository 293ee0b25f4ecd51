"""The refusals of routing, one class per meaning."""

from collections.abc import Mapping

from services.routing.domain.acts import RefusalReason
from shared.errors import Conflict, Forbidden, Invalid, Refusal


class NotYourCase(Forbidden):
    """This complaint lies with another agency."""


class AlreadyVerified(Conflict):
    """This complaint has already been verified."""


class AlreadyAnswered(Conflict):
    """This complaint has already been answered."""


class AlreadyArchived(Conflict):
    """This complaint has already been archived."""


class AlreadyWithdrawn(Conflict):
    """This complaint has been withdrawn by its reporter."""


class NotVerified(Conflict):
    """This complaint has not been verified yet."""


class TooManyTransfers(Conflict):
    """This complaint has been passed on too often; only an agency above its verifier may pass it on now."""


class HolderChanging(Conflict):
    """The agency that holds this complaint is just joining or leaving the directory; try again in a moment."""


class OnlyGivesBack(Invalid):
    """A liaison gives a complaint back to its verifier and names no other agency."""


class SameHolder(Invalid):
    """This agency holds the complaint already; name another."""


# The refusal of each reason, and the field of the request that it concerns.
REFUSALS: Mapping[RefusalReason, tuple[type[Refusal], str | None]] = {
    RefusalReason.NOT_YOUR_CASE: (NotYourCase, None),
    RefusalReason.NOT_VERIFIED: (NotVerified, None),
    RefusalReason.ALREADY_VERIFIED: (AlreadyVerified, None),
    RefusalReason.ALREADY_ANSWERED: (AlreadyAnswered, None),
    RefusalReason.ALREADY_ARCHIVED: (AlreadyArchived, None),
    RefusalReason.ALREADY_WITHDRAWN: (AlreadyWithdrawn, None),
    RefusalReason.TOO_MANY_TRANSFERS: (TooManyTransfers, None),
    RefusalReason.ONLY_GIVES_BACK: (OnlyGivesBack, "agency"),
    RefusalReason.SAME_HOLDER: (SameHolder, "agency"),
}


def refusal_for(reason: RefusalReason) -> Refusal:
    """The refusal that says this reason, with the field of the request that it concerns."""
    kind, field = REFUSALS[reason]
    return kind(field=field)
