"""Parts: a complaint that is divided into them, and one of them, as time sees it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from services.sla.domain.clocks import Clock, ResponsibleAgency
from services.sla.domain.complaints import Complaint, forwarded, verified, with_moment
from services.sla.domain.rules import Rules


def split(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after it was split, or one of its parts was opened again; who holds it stays."""
    return replace(complaint, splits=with_moment(complaint.splits, at))


def opened(complaint: Complaint, part_of: UUID, classification: str, holder: str, at: datetime) -> Complaint:
    """A part after its opening, which is its verification and the first turn of its holder."""
    return replace(forwarded(verified(complaint, classification, at), holder, 0), part_of=part_of)


def with_past(complaint: Complaint, holds: Iterable[datetime], mergers: Iterable[datetime]) -> Complaint:
    """A part with the ends of holds and mergers of its whole."""
    resumptions, separations = complaint.resumptions, complaint.separations
    for at in holds:
        resumptions = with_moment(resumptions, at)
    for at in mergers:
        separations = with_moment(separations, at)
    return replace(complaint, resumptions=resumptions, separations=separations)


def with_turns(rules: Rules, complaint: Complaint, held: Iterable[tuple[datetime, ResponsibleAgency]]) -> Complaint:
    """A part with the turns of whoever had its whole: texts of moment, agency, zone and calendar."""
    named = ((since, one.code, one.zone, rules.calendar_name(one.code, one.zone)) for since, one in held)
    said = {f"{since.astimezone(UTC).isoformat(timespec='microseconds')} {' '.join(one)}" for since, *one in named}
    return replace(complaint, earlier_turns=tuple(sorted({*complaint.earlier_turns, *said})))


def turns_of_whole(complaint: Complaint, turns: Sequence[Clock]) -> Sequence[Clock]:
    """The turns in which others had the whole of a part; without a turn of its own, nothing is placed yet."""
    return [_turn(turns[0], *said.split(" ", 3)) for said in complaint.earlier_turns] if turns else []


def _turn(like: Clock, since: str, agency: str, zone: str, calendar: str) -> Clock:
    started_at = datetime.fromisoformat(since)
    return replace(like, cycle=0, agency=agency, zone=zone, started_at=started_at, calendars=(calendar,))
