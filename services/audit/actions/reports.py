"""Reports: what has lasted its grace time is published, once a day and again when it is over; and when all is well."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from services.audit.actions.audits import ALL_CHECKS
from services.audit.domain.remedies import MENDED_BY
from services.audit.domain.violations import OpenViolation, Violation
from services.audit.state import State
from shared.bus import Bus, Message
from shared.events import AllWell, Event, Fact, LawViolated, encode

# More violations of one check are reported as a number.
MOST_REPORTED = 100
# So many of one check are said again by their owners without a person, who looks first where more are wrong.
MOST_MENDED = 1_000
MANY = "{count} pelanggaran lain dari jenis ini."
# What is said again, and by whom.
Named = tuple[UUID | str | None, str]


async def report_once(state: State, bus: Bus) -> int:
    """Publish the reports that are due; how many events. Reports that the bus refused are published next time."""
    now = state.clock.now()
    grace = timedelta(seconds=state.settings.audit_grace_seconds) * state.pace
    due = state.ledger.due_reports(grace, now)
    over = list(state.ledger.over.values())
    is_well = _is_well(state, now)
    events = [*_events(due, now, over=False), *_events(over, now, over=True)]
    if is_well:
        events.append(_event(AllWell(complaints=state.open_complaints, checks=len(ALL_CHECKS)), "", now))
    await bus.publish([Message(event.fact.topic, event.subject, encode(event)) for event in events])
    state.ledger.note_reported(due, now.date())
    state.ledger.note_end_reported(over)
    state.well_on = now.date() if is_well else state.well_on
    return len(events)


def _is_well(state: State, now: datetime) -> bool:
    """Whether everything was looked at today and nothing is wrong, not even for a moment."""
    completed = state.way.completed_at
    is_complete = completed is not None and completed.date() == now.date()
    return is_complete and not state.ledger.open and state.well_on != now.date()


def _events(open_violations: Iterable[OpenViolation], now: datetime, *, over: bool) -> Iterator[Event[Fact]]:
    by_check: dict[str, list[OpenViolation]] = defaultdict(list)
    for one in open_violations:
        by_check[one.violation.check].append(one)
    named: set[Named] = set()
    for found in by_check.values():
        for number, one in enumerate(found):
            able = () if over or number >= MOST_MENDED else _able(one)
            owners = tuple(owner for owner in able if (one.violation.about, owner) not in named)
            named |= {(one.violation.about, owner) for owner in owners}
            is_counted = number >= MOST_REPORTED
            if owners or not is_counted:
                violation = replace(one.violation, detail="") if is_counted else one.violation
                fact = _fact(violation, over).model_copy(update={"owners": owners, "mends": bool(able)})
                yield _event(fact, f"{violation.subject}|{over}" + (f"|{one.ends}" if one.ends else ""), now)
        for violation in _summed_up([one.violation for one in found[MOST_REPORTED:]]):
            yield _event(_fact(violation, over), f"{violation.subject}|{over}", now)


def _able(one: OpenViolation) -> tuple[str, ...]:
    """Who can mend what is told for the first time; each is asked once for all checks of one subject."""
    is_new = one.reported_on is None and one.violation.about is not None
    return MENDED_BY.get(one.violation.check, ()) if is_new else ()


def _summed_up(violations: Sequence[Violation]) -> list[Violation]:
    if not violations:
        return []
    oldest = violations[0]
    return [Violation(oldest.check, "", oldest.since, MANY.format(count=len(violations)))]


def _fact(violation: Violation, over: bool) -> LawViolated:
    return LawViolated(
        complaint_id=violation.complaint_id,
        check=violation.check,
        since=violation.since,
        detail=violation.detail,
        over=over,
        agency_code=violation.agency,
    )


def _event(fact: Fact, about: str, now: datetime) -> Event[Fact]:
    """An event whose id is the same for a whole day, also after a restart: a consumer handles it once."""
    check = getattr(fact, "check", "")
    return Event(_id(type(fact).__name__, check, about, now.date()), now, fact)


def _id(kind: str, check: str, about: str, day: date) -> UUID:
    return UUID(bytes=sha256("|".join((kind, check, about, day.isoformat())).encode()).digest()[:16])
