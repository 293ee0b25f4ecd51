"""The delay that a reporter is told of: one for a complaint, so that it never shrinks from mail to mail."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.notify.domain.acts import moment_in

# The templates by which reporters hear of a climb, and that it is taken back.
ESCALATED, WITHDRAWN = "escalated", "withdrawn_for_reporter"


def first_missed(told: Iterable[tuple[str, Any]]) -> datetime | None:
    """The first of the limits that these messages, by template and details and in order, say have passed.

    What was said of a clock before it was taken back does not count.
    """
    first: dict[tuple[Any, Any], datetime] = {}
    for template, details in told:
        due_at = moment_in(details, "due_at")
        if template == WITHDRAWN:
            first.pop(_clock(details), None)
        elif due_at is not None:
            first[_clock(details)] = min(due_at, first.get(_clock(details), due_at))
    return min(first.values(), default=None)


def _clock(details: Any) -> tuple[str, str]:
    """Name and cycle of a clock; the details may be of another release."""
    known = details if isinstance(details, dict) else {}
    return str(known.get("clock")), str(known.get("cycle"))
