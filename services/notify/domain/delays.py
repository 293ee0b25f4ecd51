"""The delay that a reporter is told of: one for a complaint, so that it never shrinks from mail to mail."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.notify.domain.acts import moment_in
from shared.vocabulary import FOLLOW_UP, PASSED_ON

# The templates by which reporters hear of a climb, and that it is taken back.
ESCALATED, WITHDRAWN = "escalated", "withdrawn_for_reporter"


def first_missed(told: Iterable[tuple[str, Any]]) -> datetime | None:
    """The first of the limits that these messages, by template and details and in order, say have passed.

    A limit counts as long as one of the climbs that told of it stands.
    """
    climbs: dict[tuple[Any, Any], dict[Any, datetime]] = defaultdict(dict)
    for template, details in told:
        due_at, told_of = moment_in(details, "due_at"), climbs[_clock(details)]
        if template == WITHDRAWN:
            _take_back(told_of, details)
        elif due_at is not None:
            step = str(details.get("step"))
            told_of[step] = min(due_at, told_of.get(step, due_at))
    return min((due_at for of_clock in climbs.values() for due_at in of_clock.values()), default=None)


def _take_back(told_of: dict[str, datetime], details: Any) -> None:
    """Forget the climbs that a withdrawal names; of the release before, which names none, all."""
    known = details if isinstance(details, dict) else {}
    # A limit that goes on for another agency has passed all the same. That of a holder's turn ends with the turn.
    if known.get("reason") == PASSED_ON and known.get("clock") != FOLLOW_UP:
        return
    # A named climb that stands after the withdrawal of its later rounds still tells of a limit that has passed.
    if known.get("from_round"):
        return
    named = known.get("steps")
    for step in list(map(str, named)) if isinstance(named, list) else list(told_of):
        told_of.pop(step, None)


def _clock(details: Any) -> tuple[str, str]:
    """Name and cycle of a clock; the details may be of another release."""
    known = details if isinstance(details, dict) else {}
    return str(known.get("clock")), str(known.get("cycle"))
