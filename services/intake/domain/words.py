"""Words of a timeline that everyone may read, and those for its reporter alone."""

from collections.abc import Iterable
from datetime import datetime

from shared.vocabulary import EventType

# The points of a verification may repeat what the reporter wrote, which is not public; so may a question, what is said
# of parts, and why a complaint is sensitive. Disputes and replies are the reporter's words. With the number of a file,
# the Ombudsman is asked about it.
FOR_THE_REPORTER = frozenset(
    {
        EventType.COMPLAINT_VERIFIED,
        EventType.COMPLAINT_HELD,
        EventType.COMPLAINT_COMPLETED,
        EventType.COMPLAINT_REOPENED,
        EventType.COMPLAINT_SPLIT,
        EventType.COMPLAINT_APPEALED,
        EventType.FOLLOW_UP_CONTESTED,
        EventType.REFERRAL_HANDED_OVER,
        EventType.REPORTER_REPLIED,
        EventType.SENSITIVITY_DECLARED,
        EventType.SENSITIVITY_LIFTED,
    }
)


def open_since(entries: Iterable[tuple[str, datetime]]) -> datetime | None:
    """Since when a complaint is sensitive no longer, from the types and moments of its entries; None if it never was.

    What officials wrote until then was meant for few readers.
    """
    return max((at for type, at in entries if type == EventType.SENSITIVITY_LIFTED), default=None)


def are_public(type: str, at: datetime, confidential: bool, since: datetime | None) -> bool:
    """Whether everyone may read the words of an entry of a complaint that is open `since` then."""
    return not confidential and type not in FOR_THE_REPORTER and (since is None or at > since)
