"""Withdrawals: an act that comes in late takes back what was announced after it, once, and nothing else."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla.domain.clocks import Clock, moved, started, stopped
from services.sla.domain.complaints import Complaint
from services.sla.domain.policies import POLICIES
from services.sla.domain.steps import moment_of, steps_of
from services.sla.domain.withdrawals import ChangedClock, FiredStep, may_be_wrong, withdrawals_of
from services.sla.state import State
from shared.clock import ManualClock
from shared.events import EscalationWithdrawn, Fact
from shared.service import RunningService
from shared.vocabulary import FOLLOW_UP, RESOLUTION
from tests.conftest import ServiceMaker
from tests.make import EAST, HEALTH, ROADS, answered, followed_up, forwarded, ref, utc
from tests.sla.cases import COMPLAINT, FILED, INSTANT, RULES, announced, hear, ignored_complaint, publish, sweep

FIRST_CLIMB, SECOND_CLIMB = utc("09-09 17:00"), utc("09-16 17:00")
RESOLUTION_CLIMB = utc("09-22 17:00")


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService[State]:
    service = await make_service("sla")
    await publish(service)
    return service


async def withdrawn(service: RunningService[State]) -> list[EscalationWithdrawn]:
    return [fact for fact in await announced(service) if isinstance(fact, EscalationWithdrawn)]


async def climbed(service: RunningService[State], clock: ManualClock, to: datetime) -> UUID:
    """A complaint that was ignored up to this moment, and announced as such day by day."""
    complaint = await ignored_complaint(service)
    while clock.now() < to:
        await sweep(service, clock, min(to, clock.now() + timedelta(days=1)))
    await announced(service)
    return complaint


async def test_a_late_follow_up_takes_back_the_climbs_after_it_and_keeps_those_before(
    service: RunningService[State], clock: ManualClock
) -> None:
    complaint = await climbed(service, clock, SECOND_CLIMB)
    await hear(service, followed_up(complaint), at=FIRST_CLIMB + timedelta(days=1))
    [found] = await withdrawn(service)
    assert (found.clock, found.cycle, found.steps, found.standing) == ("follow_up", 1, (2,), 1)
    assert (found.agency, found.reason, found.since) == (ROADS, "acted", FIRST_CLIMB + timedelta(days=1))


async def test_an_answer_that_was_in_time_takes_back_every_clocks_climbs_and_the_offer(
    service: RunningService[State], clock: ManualClock
) -> None:
    complaint = await climbed(service, clock, utc("12-31 00:00"))
    await hear(service, answered(complaint), at=utc("09-03 02:00"))
    found = {fact.clock: fact for fact in await withdrawn(service)}
    assert {name: fact.steps for name, fact in found.items()} == {
        "follow_up": (1, 2, 3),
        "resolution": (1, 2, 3),
        "ombudsman": (0, 3),
    }
    assert {name: fact.reminders for name, fact in found.items()} == {
        "follow_up": (50, 80),
        "resolution": (50, 80),
        "ombudsman": (),
    }
    assert {fact.standing for fact in found.values()} == {0}


async def test_an_act_after_the_limit_takes_back_nothing_even_if_the_step_was_announced_later_still(
    service: RunningService[State], clock: ManualClock
) -> None:
    complaint = await climbed(service, clock, FIRST_CLIMB + timedelta(hours=5))
    await hear(service, followed_up(complaint), at=FIRST_CLIMB + INSTANT)
    assert await withdrawn(service) == []


async def test_an_act_at_the_very_limit_was_in_time(service: RunningService[State], clock: ManualClock) -> None:
    complaint = await climbed(service, clock, FIRST_CLIMB)
    await hear(service, followed_up(complaint), at=FIRST_CLIMB)
    assert [fact.steps for fact in await withdrawn(service)] == [(1,)]


async def test_a_late_transfer_takes_back_what_was_announced_for_the_former_holder(
    service: RunningService[State], clock: ManualClock
) -> None:
    complaint = await climbed(service, clock, RESOLUTION_CLIMB)
    await hear(service, forwarded(complaint, HEALTH, 1), at=FIRST_CLIMB + timedelta(days=1))
    found = {fact.clock: fact for fact in await withdrawn(service)}
    assert {name: (fact.agency, fact.steps, fact.reminders, fact.reason) for name, fact in found.items()} == {
        "follow_up": (ROADS, (2,), (), "passed_on"),
        "resolution": (ROADS, (1,), (50, 80), "passed_on"),
    }


async def test_what_is_taken_back_is_taken_back_once_also_by_a_still_earlier_act(
    service: RunningService[State], clock: ManualClock
) -> None:
    complaint = await climbed(service, clock, SECOND_CLIMB)
    await hear(service, followed_up(complaint), at=FIRST_CLIMB + timedelta(days=1))
    await hear(service, followed_up(complaint), at=FIRST_CLIMB + timedelta(days=2))
    assert [fact.steps for fact in await withdrawn(service)] == [(2,)]
    await hear(service, followed_up(complaint), at=FIRST_CLIMB - timedelta(days=1))
    assert [(fact.steps, fact.standing) for fact in await withdrawn(service)] == [((1,), 0)]
    await hear(service, followed_up(complaint), at=FIRST_CLIMB - timedelta(days=2))
    assert await withdrawn(service) == []


async def test_an_act_in_time_needs_no_look_at_the_steps(
    service: RunningService[State], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def looks(*_: Any) -> None:
        raise AssertionError("the steps were read")

    complaint = await ignored_complaint(service)
    monkeypatch.setattr("services.sla.actions.withdrawals._valid_steps", looks)
    facts: list[Fact] = [followed_up(complaint), forwarded(complaint, EAST, 1), answered(complaint)]
    for day, fact in enumerate(facts, 1):
        await hear(service, fact, at=FILED + timedelta(days=day))
    assert await announced(service) == []


# One clock, its steps taken one after the other, and an act at any moment: the rule against a naive count.
CLOCK = started(RULES, Complaint(COMPLAINT, FILED), FOLLOW_UP, ref(ROADS), FILED)
STEPS = steps_of(POLICIES[0], FOLLOW_UP, CLOCK.limit_days)


def due(number: int) -> datetime:
    """When the step of this number, from 1, is due."""
    return moment_of(CLOCK.unit, RULES.calendar_of(CLOCK.zone), CLOCK.started_at, STEPS[number - 1].days)


def fired(clock: Clock, number: int, late: timedelta) -> FiredStep:
    step = STEPS[number]
    return FiredStep(clock.name, clock.cycle, step.number, step.escalation, clock.agency, due(step.number) + late)


@given(st.integers(0, len(STEPS)), st.integers(0, 40 * 24), st.integers(0, 100))
def test_the_rule_takes_back_exactly_the_steps_that_were_due_after_the_act(taken: int, hours: int, late: int) -> None:
    steps = [fired(CLOCK, number, timedelta(hours=late)) for number in range(taken)]
    before = replace(CLOCK, next_step=taken + 1)
    act = FILED + timedelta(hours=hours)
    change = ChangedClock(before, stopped(RULES, before, act), act)
    naive = [s for s in steps if due(s.step) >= act]
    found = withdrawals_of(RULES, change, steps)
    assert [step for each in found for step in each.steps] == naive
    assert may_be_wrong(RULES, change) or not naive, "the quick look never passes over a wrong step"


def test_a_class_that_is_heard_after_the_act_takes_back_the_steps_of_a_shorter_limit() -> None:
    """Five days were reckoned; by its class it has more, and but for the first reminder the act came in time."""
    clock = started(RULES, Complaint(COMPLAINT, FILED), RESOLUTION, ref(ROADS), FILED)
    short = replace(clock, limit_days=5, due_at=FILED + timedelta(days=7))
    steps = steps_of(POLICIES[0], RESOLUTION, 5)
    act = FILED + timedelta(days=12)
    taken = [FiredStep(RESOLUTION, 1, s.number, s.escalation, ROADS, FILED + timedelta(days=8)) for s in steps[:3]]
    before = stopped(RULES, replace(short, next_step=4), act)
    change = ChangedClock(before, replace(before, limit_days=clock.limit_days, due_at=clock.due_at), FILED)
    assert may_be_wrong(RULES, change)
    assert [(each.since, each.steps) for each in withdrawals_of(RULES, change, taken)] == [(act, taken[1:])]
    assert not withdrawals_of(RULES, ChangedClock(before, before, FILED), taken)


def test_a_round_is_judged_by_its_own_moment() -> None:
    third = FiredStep(CLOCK.name, 1, len(STEPS) + 1, 3, ROADS, FILED + timedelta(days=90), round=3)
    before = replace(CLOCK, next_step=len(STEPS) + 1, round=3)
    moment = utc("10-14 17:00")
    for act, wrong in ((moment, 1), (moment + INSTANT, 0)):
        change = ChangedClock(before, stopped(RULES, before, act), act)
        assert may_be_wrong(RULES, change) == bool(wrong)
        assert len(withdrawals_of(RULES, change, [third])) == wrong


def test_a_limit_that_goes_on_for_another_agency_keeps_the_steps_announced_for_that_agency() -> None:
    clock = started(RULES, Complaint(COMPLAINT, FILED), RESOLUTION, ref(ROADS), FILED)
    before = replace(clock, next_step=5)
    change = ChangedClock(before, moved(RULES, before, HEALTH, clock.zone), FILED + timedelta(days=1))
    mine = FiredStep(RESOLUTION, 1, 3, 1, HEALTH, RESOLUTION_CLIMB)
    theirs = replace(mine, step=4, escalation=2, agency=ROADS)
    assert [(each.agency, each.steps) for each in withdrawals_of(RULES, change, [mine, theirs])] == [(ROADS, [theirs])]
