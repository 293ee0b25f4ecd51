"""The count of the soak finds a step that was lost, said twice, said early or of no clock, and nothing else."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events import Event, Fact, event_of
from tests.chaos.steps import CLIMB, NEAR, ROUND, Published, QuickCount, Step, Tally, due_steps, row_of, tally
from tests.make import escalated, filed, missed, near, offered, routed
from tests.services import MONDAY
from tests.silence.expected import Count

WEEKS = timedelta(weeks=11)


@pytest.fixture
def complaint() -> UUID:
    return uuid4()


def fact_of(complaint: UUID, step: Step) -> Fact:
    clock = {"clock": step.clock, "cycle": step.cycle}
    if step.kind == NEAR:
        return near(complaint, percent=step.number, **clock)
    if step.kind in (CLIMB, ROUND):
        number = {"round": step.number} if step.kind == ROUND else {}
        return escalated(complaint, step.number if step.kind == CLIMB else 3, **clock, **number)
    return missed(complaint, **clock) if step.kind == "missed" else offered(complaint)


def ladder_of(complaint: UUID) -> list[Event[Any]]:
    """A complaint that nobody looks at for eleven weeks: every step at its moment."""
    acts = [event_of(fact, MONDAY) for fact in (filed(complaint), routed(complaint))]
    due = due_steps(acts, Count(), MONDAY + WEEKS)
    return [*acts, *(event_of(fact_of(complaint, step), at) for step, at in due)]


def counted(events: Iterable[Event[Any]]) -> Tally:
    published = Published()
    for event in events:
        published.note(event)
    return tally(published, MONDAY + WEEKS)


def wrong(found: Tally) -> list[Step]:
    return [step for _, step in (*found.missing, *found.twice, *found.early)]


def climbs(events: Iterable[Event[Any]], round: int = 0) -> list[int]:
    """The places of the climbs of the verification in this round."""
    found = enumerate(events)
    return [n for n, e in found if getattr(e.fact, "clock", "") == "verification" and _round(e) == round]


def _round(event: Event[Any]) -> int:
    return getattr(event.fact, "round", -1)


def test_a_whole_ladder_has_every_step_once(complaint: UUID) -> None:
    events = ladder_of(complaint)
    found = counted([*events, events[-1]])  # Published again under its own id.
    assert wrong(found) == []
    # Verification: two reminders, the limit, three climbs, seven rounds; the Ombudsman's offer and two rounds.
    assert (found.due, found.said, found.passed, found.overtaken) == (16, 16, 0, 0)


@pytest.mark.parametrize("place", range(2, 18))
def test_no_step_is_lost_unseen(complaint: UUID, place: int) -> None:
    events = ladder_of(complaint)
    assert len(events) == 18
    lost = events.pop(place)
    found = counted(events)
    if type(lost.fact).__name__ == "DeadlineNear":
        assert (found.overtaken, wrong(found)) == (1, [])
    else:
        assert len(found.missing) == 1


@pytest.mark.parametrize("place", range(2, 18))
def test_no_step_is_said_twice_unseen(complaint: UUID, place: int) -> None:
    events = ladder_of(complaint)
    again = event_of(events[place].fact, events[place].time)
    assert len(counted([*events, again]).twice) == 1


def test_a_step_before_its_moment_is_found(complaint: UUID) -> None:
    events = ladder_of(complaint)
    (place,) = climbs(events, round=1)
    events[place] = event_of(events[place].fact, events[place].time - timedelta(seconds=1))
    assert wrong(counted(events)) == [Step("verification", 1, ROUND, 1)]


def test_a_step_of_a_clock_that_does_not_run_is_found(complaint: UUID) -> None:
    stray = event_of(escalated(complaint, clock="resolution"), MONDAY + WEEKS)
    assert wrong(counted([*ladder_of(complaint), stray])) == [Step("resolution", 1, CLIMB, 1)]
    assert len(counted([event_of(escalated(uuid4()), MONDAY)]).early) == 1


def test_a_round_is_passed_over_only_if_the_next_one_says_so(complaint: UUID) -> None:
    events = ladder_of(complaint)
    (first,), (second,) = climbs(events, round=1), climbs(events, round=2)
    fact = events[second].fact.model_copy(update={"passed": 1})
    said = [*events[:second], event_of(fact, events[second].time), *events[second + 1 :]]
    assert wrong(counted(said)) == [Step("verification", 1, ROUND, 1)]  # It was said, and is said to have been not.
    del said[first]
    assert (wrong(counted(said)), counted(said).passed) == ([], 1)


def test_the_quick_count_counts_as_the_slow_one() -> None:
    for hours in range(0, 24 * 14, 5):
        since = MONDAY + timedelta(hours=hours)
        for days in (1.5, 2.4, 5, 29):
            assert QuickCount().due(since, days, "Asia/Jakarta") == Count().due(since, days, "Asia/Jakarta")


def test_the_rows_of_sla_are_numbered_as_the_ladder() -> None:
    clock = ("verification", 1)
    steps = (Step(*clock, NEAR, 80), Step(*clock, CLIMB, 3), Step(*clock, ROUND, 7), Step("ombudsman", 1, ROUND, 2))
    assert [row_of(step) for step in steps] == [(*clock, 2, 0), (*clock, 5, 0), (*clock, 6, 7), ("ombudsman", 1, 2, 2)]
