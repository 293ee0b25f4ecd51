"""What a withdrawal takes back, by the events alone; and the withdrawals that took back what was right."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.events import (
    ComplaintEscalated,
    ComplaintForwarded,
    ComplaintReassigned,
    ComplaintRouted,
    DeadlineNear,
    EscalationWithdrawn,
    Event,
    OmbudsmanOffered,
    PartOpened,
)
from shared.vocabulary import OMBUDSMAN, VERIFICATION
from tests.silence.expectations import Key, expected_clocks
from tests.silence.expected import Count

# A limit that was passed on to another zone may have ended so much later.
SLACK = timedelta(hours=2, seconds=1)
Events = Sequence[Event[Any]]


def takes_back(events: Events, withdrawal: Event[Any], said: Event[Any]) -> bool:
    """Whether a withdrawal takes back this announcement. A climb that was passed on is of the agency of its step."""
    taken, fact = withdrawal.fact, said.fact
    if not isinstance(taken, EscalationWithdrawn) or withdrawal.time < said.time:
        return False
    if key_of(fact) != (taken.clock, taken.cycle) or taken.agency != _agency_of_step(events, fact):
        return False
    if isinstance(fact, OmbudsmanOffered):
        return 0 in taken.steps
    if isinstance(fact, DeadlineNear):
        return fact.percent in taken.reminders
    return fact.step in taken.steps and fact.round >= taken.from_round


def key_of(fact: Any) -> Key | None:
    """The clock that an announcement is about; None of what announces nothing that can be taken back."""
    if isinstance(fact, OmbudsmanOffered):
        return OMBUDSMAN, 1
    return (fact.clock, fact.cycle) if isinstance(fact, DeadlineNear | ComplaintEscalated) else None


def wrongly_taken_back(counted: Count, events: Events) -> Iterator[Event[Any]]:
    """Announcements that were taken back although their clock ran at their moment, and their agency held it.

    A withdrawal names a step without its round, and means the last that stands.
    """
    events = sorted(events, key=lambda event: event.time)
    clocks, gone = expected_clocks(events), set[UUID]()
    for withdrawal in events:
        for said in _last_of_each_step(events, withdrawal, gone):
            gone.add(said.id)
            clock = clocks.get(key_of(said.fact) or ("", 0))
            moment = clock and clock.moment_said(counted, said.fact, said.time)
            if clock and moment and not clock.has_stopped_by(moment + SLACK) and _is_held(events, said.fact, moment):
                yield said


def _last_of_each_step(events: Events, withdrawal: Event[Any], gone: set[UUID]) -> Sequence[Event[Any]]:
    last: dict[Any, Event[Any]] = {}
    for said in events:
        passed_on = getattr(said.fact, "instead_of", ())
        if said.id not in gone and not passed_on and takes_back(events, withdrawal, said):
            last[type(said.fact), getattr(said.fact, "percent", None), getattr(said.fact, "step", None)] = said
    return list(last.values())


def _agency_of_step(events: Events, fact: Any) -> str:
    if not getattr(fact, "instead_of", ()):
        return str(fact.agency)
    names = ("clock", "cycle", "step", "round")
    first = (
        one.fact
        for one in events
        if isinstance(one.fact, ComplaintEscalated)
        and not one.fact.instead_of
        and all(getattr(one.fact, name) == getattr(fact, name) for name in names)
    )
    return str(next(first, fact).agency)


def _is_held(events: Events, fact: Any, moment: datetime) -> bool:
    """Whether the agency of an announcement held its clock from its moment on."""
    clock = key_of(fact)
    return {_holder(events, clock, at) for at in (moment - SLACK, moment + SLACK)} == {fact.agency}


def _holder(events: Events, clock: Key | None, at: datetime) -> str | None:
    """Who held a clock by what routing had said: a verifier those of the whole complaint until the forwarding."""
    holder = None
    for event in events:
        match event.fact:
            case ComplaintRouted(verifier=verifier) | ComplaintReassigned(verifier=verifier) if event.time <= at:
                holder = verifier.code
            case PartOpened(agency=agency) if event.time <= at:
                holder = agency.code
            case ComplaintForwarded(agency=agency) if event.time <= at and (clock or ("", 0))[0] != VERIFICATION:
                holder = agency.code
    return holder
