"""Clocks of parts: those of the whole case count from when they began for the whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.sla.domain.clocks import Clock, ResponsibleAgency, restarted, started
from services.sla.domain.complaints import Complaint
from services.sla.domain.lifecycle import Changes, Clocks, filed, forwarded
from services.sla.domain.rules import Rules
from services.sla.domain.spans import Span
from shared.vocabulary import ALARM, FOLLOW_UP, HOLD, MERGER, OMBUDSMAN, RESOLUTION


@dataclass(frozen=True, slots=True)
class Inherited:
    """What a part has of its whole: since when the resolution counts, and a danger to life, if there is any.

    The limits stood still during its `holds` and `mergers`: the moments of their begin and end. The resolution climbs
    no lower than `standing`.
    """

    resolution_since: datetime
    urgent_since: datetime | None
    holds: Sequence[Span] = ()
    mergers: Sequence[Span] = ()
    standing: int = 0


def opened(
    rules: Rules, complaint: Complaint, clocks: Clocks, agency: ResponsibleAgency, of_whole: Inherited, at: datetime
) -> Changes:
    """A part begins with the first turn of its holder; the limits of the whole case go on."""
    known = filed(rules, complaint, clocks).applied_to(clocks)
    known = [_since(rules, complaint, clock, agency.code, of_whole) for clock in known]
    turn = forwarded(rules, complaint, known, agency, 1, at)
    follow_up = [clock for clock in turn.begun if clock.name == FOLLOW_UP]
    return Changes(
        [*follow_up, *_carried(rules, complaint, agency, of_whole)], Changes(changed=turn.changed).applied_to(known)
    )


def _since(rules: Rules, complaint: Complaint, clock: Clock, agency: str, of_whole: Inherited) -> Clock:
    """A first resolution that a later turn began, before the opening was heard of, as running since its moment."""
    if (clock.name, clock.cycle) != (RESOLUTION, 1):
        return clock
    return replace(restarted(rules, complaint, clock, agency, of_whole.resolution_since), floor=of_whole.standing)


def _carried(rules: Rules, complaint: Complaint, agency: ResponsibleAgency, of_whole: Inherited) -> Iterator[Clock]:
    """The clocks that a part takes over from its whole."""
    yield started(rules, complaint, RESOLUTION, agency, of_whole.resolution_since, floor=of_whole.standing)
    yield started(rules, complaint, OMBUDSMAN, agency, complaint.filed_at)
    for cycle, (since, _) in enumerate(of_whole.holds, 1):
        yield started(rules, complaint, HOLD, agency, since, cycle)
    for cycle, (since, _) in enumerate(of_whole.mergers, 1):
        yield started(rules, complaint, MERGER, agency, since, cycle)
    if of_whole.urgent_since:
        yield started(rules, complaint, ALARM, agency, of_whole.urgent_since)
