"""Promises about a complaint: each has a clock of its own, until its day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.sla.domain.clocks import Clock, ResponsibleAgency, started, stopped
from services.sla.domain.complaints import Complaint
from services.sla.domain.holders import until
from services.sla.domain.lifecycle import Changes
from services.sla.domain.rules import Rules
from shared.vocabulary import COMMITMENT, ClockName


@dataclass(frozen=True, slots=True)
class Promise:
    """What an event says of a promise: for which day it stands, and when it was kept."""

    number: int
    made_at: datetime
    due_on: date
    kept_at: datetime | None = None
    is_new: bool = False


def promised(
    rules: Rules,
    complaint: Complaint,
    clocks: Sequence[Clock],
    agency: ResponsibleAgency,
    promise: Promise,
    name: ClockName = COMMITMENT,
) -> Changes:
    """The clock of a promise runs for whoever holds the complaint, until the day for which the promise stands."""
    known = [clock for clock in clocks if clock.name == name and clock.cycle == promise.number]
    if known and promise.is_new:
        return Changes()  # What became of it is known already.
    own = known or [started(rules, complaint, name, agency, promise.made_at, promise.number)]
    clock = until(rules, own[0], promise.due_on)
    kept_at = promise.kept_at
    if kept_at and clock.has_started(kept_at) and (clock.stopped_at is None or kept_at < clock.stopped_at):
        clock = stopped(rules, clock, kept_at)
    return Changes(changed=[clock]) if known else Changes((clock,))
