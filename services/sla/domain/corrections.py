"""Corrections of class and kind: the limits that depend on them are reckoned anew, whenever the news comes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from services.sla.domain.clocks import Clock, moment_in, reclassified
from services.sla.domain.complaints import Complaint
from services.sla.domain.rules import Rules
from services.sla.domain.steps import moment_of
from shared.clock import TICK
from shared.vocabulary import FOLLOW_UP, RESOLUTION, VERIFICATION

RECKONED = frozenset({VERIFICATION, FOLLOW_UP, RESOLUTION})
KIND, CLASS = "kind", "class"


class Correction(NamedTuple):
    """What was said of a complaint since a moment; a text keeps it, so that texts in order are in the order of time."""

    at: datetime
    what: str
    value: str

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC).isoformat(timespec='microseconds')} {self.what} {self.value}"


def corrected(complaint: Complaint, at: datetime, kind: str | None, classification: str | None) -> Complaint:
    """The complaint after a correction; a repeated one changes nothing."""
    said = {str(Correction(at, what, value)) for what, value in ((KIND, kind), (CLASS, classification)) if value}
    if not said:
        return complaint
    if complaint.classification and complaint.verified_at and not _named(complaint, CLASS):
        said.add(str(Correction(complaint.verified_at, CLASS, complaint.classification)))
    return _with(complaint, said)


def verified(complaint: Complaint, at: datetime, classification: str) -> Complaint:
    """The complaint after its verification; a correction that was heard before it, and came later, stays."""
    if not complaint.corrections:
        return complaint
    return _with(complaint, {str(Correction(at, CLASS, classification))})


def inherited(complaint: Complaint, classes: Iterable[tuple[datetime, str]]) -> Complaint:
    """A part with the classes that its whole had, each since when."""
    said = {str(Correction(at, CLASS, value)) for at, value in classes}
    return _with(complaint, said) if said else complaint


def as_of(complaint: Complaint, moment: datetime | None) -> Complaint:
    """The complaint with class and kind as they were said up to this moment, or until now."""
    known = [each for each in _entries(complaint) if moment is None or each.at <= moment]
    classes = [each.value for each in known if each.what == CLASS]
    kinds = [each.value for each in known if each.what == KIND]
    former = next((each.value for each in _entries(complaint) if each.what == CLASS), complaint.classification)
    classification = classes[-1] if classes else former
    return replace(complaint, classification=classification, kind=kinds[-1] if kinds else complaint.kind)


def reckoned(rules: Rules, complaint: Complaint, clock: Clock, agency: str) -> Clock:
    """The clock under the limit of what was said until it stopped; `agency` is the one for which it began."""
    if not complaint.corrections or clock.name not in RECKONED:
        return clock
    return reclassified(rules, as_of(complaint, clock.stopped_at), clock, agency)


def grace(rules: Rules, complaint: Complaint, clock: Clock) -> int:
    """The days that keep a shorter limit from having passed when it was set: nobody is late at the receipt of it.

    It is then counted from the correction, and ends no later than the longer one would have.
    """
    changes = (each for each in _entries(complaint) if _is_of(clock, each.at) and _is_change(complaint, each.at))
    last = max(changes, default=None)
    if last is None or moment_in(rules, clock, clock.limit_days) > last.at:
        return 0
    before = reclassified(rules, as_of(complaint, last.at - TICK), clock, clock.agency).limit_days
    former = moment_in(rules, clock, before)
    if former <= last.at:
        return 0
    anew = moment_of(clock.unit, rules.calendar_of(clock.zone), last.at, clock.limit_days)
    lengths = range(before - clock.limit_days + 1)
    return next(days for days in lengths if moment_in(rules, clock, clock.limit_days + days) >= min(former, anew))


def _is_change(complaint: Complaint, at: datetime) -> bool:
    """Whether class or kind changed at this moment: what is only said again grants no days, and takes none."""
    return as_of(complaint, at - TICK) != as_of(complaint, at)


def _is_of(clock: Clock, at: datetime) -> bool:
    return clock.started_at < at and (clock.stopped_at is None or at < clock.stopped_at)


def _with(complaint: Complaint, said: set[str]) -> Complaint:
    """The class in force is kept beside the list, for whoever reads no list."""
    changed = replace(complaint, corrections=tuple(sorted({*complaint.corrections, *said})))
    classes = _named(changed, CLASS)
    return replace(changed, classification=classes[-1] if classes else complaint.classification)


def _named(complaint: Complaint, what: str) -> Sequence[str]:
    return [each.value for each in _entries(complaint) if each.what == what]


def _entries(complaint: Complaint) -> Iterator[Correction]:
    for text in complaint.corrections:
        at, what, value = text.split(" ")
        yield Correction(datetime.fromisoformat(at), what, value)
