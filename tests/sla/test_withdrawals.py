"""Withdrawals: an act that comes in late takes back what was announced after it, once, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla.domain.clocks import Clock, moment_in, recounted, started, stopped
from services.sla.domain.complaints import Complaint
from services.sla.domain.holders import moved
from services.sla.domain.steps import moment_of, steps_of
from services.sla.domain.withdrawals import ChangedClock, FiredStep, may_be_wrong, withdrawals_of
from services.sla.state import State
from shared.clock import ManualClock
from shared.events import EscalationWithdrawn, Fact, OmbudsmanOffered
from shared.service import RunningService
from shared.vocabulary import FOLLOW_UP, OMBUDSMAN, RESOLUTION
from tests.conftest import ServiceMaker
from tests.make import (
    CITY,
    EAST,
    HEALTH,
    ROADS,
    answered,
    archived,
    completed,
    followed_up,
    forwarded,
    held,
    reassigned,
    ref,
    taken_back,
    utc,
    verified,
)
from tests.policies import POLICIES
from tests.sla.cases import (
    COMPLAINT,
    FILED,
    INSTANT,
    RULES,
    announced,
    clock_rows,
    filed,
    hear,
    ignored_complaint,
    publish,
    routed,
    sweep,
)

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


async def test_a_late_hold_takes_back_the_climbs_after_it_and_keeps_those_before(
    service: RunningService[State], clock: ManualClock
) -> None:
    complaint = await climbed(service, clock, SECOND_CLIMB)
    await hear(service, held(complaint), at=utc("09-10 03:00"))
    found = {fact.clock: fact for fact in await withdrawn(service)}
    assert {name: (fact.steps, fact.reminders) for name, fact in found.items()} == {
        "follow_up": ((2,), ()),
        "resolution": ((), (50,)),
    }
    said = found["follow_up"]
    assert said.standing == 1
    assert (said.agency, said.reason, said.since) == (ROADS, "acted", utc("09-10 03:00"))
    # The end of the question tells nothing new of its beginning.
    await hear(service, completed(complaint), at=utc("09-15 03:00"))
    assert await withdrawn(service) == []


async def test_a_hold_that_ended_before_a_climb_that_is_due_all_the_same_takes_nothing_back(
    service: RunningService[State], clock: ManualClock
) -> None:
    complaint = await climbed(service, clock, FIRST_CLIMB + timedelta(days=7))
    clocks = {clock.name: clock for clock in await clock_rows(service)}
    assert clocks["follow_up"].due_at == FIRST_CLIMB
    await hear(service, held(complaint), at=FIRST_CLIMB + timedelta(days=8))
    assert await withdrawn(service) == []


@pytest.mark.parametrize("end", [archived, taken_back])
async def test_an_end_without_an_answer_that_was_in_time_takes_back_the_same_and_says_why(
    service: RunningService[State], clock: ManualClock, end: Callable[[UUID], Fact]
) -> None:
    complaint = await climbed(service, clock, utc("12-31 00:00"))
    await hear(service, end(complaint), at=utc("09-03 02:00"))
    found = {fact.clock: (fact.steps, fact.reason) for fact in await withdrawn(service)}
    assert found == {
        "follow_up": ((1, 2, 3), "ended"),
        "resolution": ((1, 2, 3), "ended"),
        "ombudsman": ((0, 3), "ended"),
    }


async def test_a_late_end_takes_back_the_climbs_after_it(service: RunningService[State], clock: ManualClock) -> None:
    """Its limit was missed, and it is not the agency that has acted."""
    complaint = await climbed(service, clock, SECOND_CLIMB)
    await hear(service, archived(complaint), at=FIRST_CLIMB + timedelta(days=1))
    found = {fact.clock: (fact.steps, fact.standing, fact.reason) for fact in await withdrawn(service)}
    assert found == {"follow_up": ((2,), 1, "ended"), "resolution": ((), 1, "ended")}


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


async def offered_unverified(service: RunningService[State], clock: ManualClock) -> None:
    """A complaint that its verifier has left alone until the Ombudsman was offered, and announced as such."""
    await hear(service, filed(COMPLAINT), routed(COMPLAINT))
    while clock.now() < utc("11-05 00:00"):
        await sweep(service, clock, clock.now() + timedelta(days=1))
    await announced(service)


@pytest.mark.parametrize(("verifier", "taken_back"), [(CITY, {}), (EAST, {"verification": CITY, "ombudsman": CITY})])
async def test_a_late_reassignment_takes_back_the_offer_unless_the_same_verifier_holds_the_complaint(
    service: RunningService[State], clock: ManualClock, verifier: str, taken_back: dict[str, str]
) -> None:
    await offered_unverified(service, clock)
    await hear(service, reassigned(COMPLAINT, HEALTH, verifier), at=utc("10-20 00:00"))
    assert {fact.clock: fact.agency for fact in await withdrawn(service)} == taken_back


@pytest.mark.parametrize("holder", [ROADS, HEALTH])
async def test_a_late_verification_takes_back_what_was_said_to_the_verifier_whomever_it_names(
    service: RunningService[State], clock: ManualClock, holder: str
) -> None:
    await offered_unverified(service, clock)
    await hear(service, verified(COMPLAINT), forwarded(COMPLAINT, holder), at=utc("10-20 00:00"))
    found = {fact.clock: (fact.agency, fact.steps) for fact in await withdrawn(service)}
    assert found == {"verification": (CITY, (3,)), "ombudsman": (CITY, (0,))}


@pytest.mark.parametrize(
    ("acts", "holder", "unverified"),
    [
        ((verified(COMPLAINT), forwarded(COMPLAINT, HEALTH)), HEALTH, False),
        ((verified(COMPLAINT), forwarded(COMPLAINT)), ROADS, False),
        ((reassigned(COMPLAINT, HEALTH, EAST),), EAST, True),
    ],
)
async def test_an_offer_that_is_taken_back_from_a_former_holder_is_said_again_with_the_present_one(
    service: RunningService[State], clock: ManualClock, acts: Sequence[Fact], holder: str, unverified: bool
) -> None:
    await offered_unverified(service, clock)
    await hear(service, *acts, at=utc("10-20 00:00"))
    told = [fact for fact in await announced(service) if getattr(fact, "clock", OMBUDSMAN) == OMBUDSMAN]
    assert [type(fact) for fact in told] == [EscalationWithdrawn, OmbudsmanOffered]
    assert isinstance(offer := told[1], OmbudsmanOffered)
    assert (offer.agency, offer.unverified, offer.filed_at) == (holder, unverified, FILED)
    await sweep(service, clock, clock.now() + timedelta(days=60))
    assert {fact.agency for fact in await announced(service) if getattr(fact, "clock", "") == OMBUDSMAN} == {holder}
    await hear(service, answered(COMPLAINT), at=utc("10-21 00:00"))
    [back] = [fact for fact in await withdrawn(service) if fact.clock == OMBUDSMAN]
    assert (back.agency, back.steps, back.from_round) == (holder, (0, 3), 0)


async def test_an_offer_that_the_answer_overtook_is_not_said_again(
    service: RunningService[State], clock: ManualClock
) -> None:
    complaint = await climbed(service, clock, utc("11-05 00:00"))
    await hear(service, answered(complaint), at=utc("10-20 00:00"))
    assert not any(isinstance(fact, OmbudsmanOffered) for fact in await announced(service))


async def test_a_verifier_that_keeps_the_complaint_keeps_the_offer(
    service: RunningService[State], clock: ManualClock
) -> None:
    await offered_unverified(service, clock)
    await hear(service, verified(COMPLAINT), forwarded(COMPLAINT, CITY), at=utc("10-20 00:00"))
    assert [fact.clock for fact in await withdrawn(service)] == ["verification"]


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


def test_a_reminder_that_was_due_stays_said_though_the_limit_became_longer_before_the_act() -> None:
    """An interim reply has moved the middle of the limit behind the act; it did not make the reminder wrong."""
    said = fired(CLOCK, 0, timedelta(hours=1))
    longer = recounted(RULES, replace(CLOCK, next_step=2, extended_days=5))
    act = said.fired_at + timedelta(hours=1)
    assert due(1) < act < moment_in(RULES, longer, longer.length / 2)
    assert not withdrawals_of(RULES, ChangedClock(longer, stopped(RULES, longer, act), act), [said])
    in_time = due(1)
    assert withdrawals_of(RULES, ChangedClock(longer, stopped(RULES, longer, in_time), in_time), [said])


def test_a_round_is_judged_by_its_own_moment() -> None:
    third = FiredStep(CLOCK.name, 1, len(STEPS) + 1, 3, ROADS, FILED + timedelta(days=90), round=3)
    before = replace(CLOCK, next_step=len(STEPS) + 1, round=3)
    moment = utc("10-14 17:00")
    for act, wrong in ((moment, 1), (moment + INSTANT, 0)):
        change = ChangedClock(before, stopped(RULES, before, act), act)
        assert may_be_wrong(RULES, change) == bool(wrong)
        assert len(withdrawals_of(RULES, change, [third])) == wrong


@pytest.mark.parametrize("first", range(5))
def test_a_withdrawal_names_the_first_round_that_an_act_overtook(first: int) -> None:
    """The named third climb is round 0; only the last round of the step that recurs is kept."""
    number, zone = len(STEPS) + 1, RULES.calendar_of(CLOCK.zone)
    interval = POLICIES[0].recurrence.days(CLOCK.unit)
    moments = [moment_of(CLOCK.unit, zone, FILED, STEPS[-1].days + round * interval) for round in range(5)]
    before = replace(CLOCK, next_step=number, round=4)
    kept = [fired(CLOCK, len(STEPS) - 1, timedelta()), FiredStep(CLOCK.name, 1, number, 3, ROADS, moments[4], round=4)]
    change = ChangedClock(before, stopped(RULES, before, moments[first]), moments[first])
    [found] = withdrawals_of(RULES, change, kept)
    assert (found.climbs, found.from_round) == ([3], first)


def test_a_limit_that_goes_on_for_another_agency_keeps_the_steps_announced_for_that_agency() -> None:
    clock = started(RULES, Complaint(COMPLAINT, FILED), RESOLUTION, ref(ROADS), FILED)
    before = replace(clock, next_step=5)
    change = ChangedClock(before, moved(RULES, before, HEALTH, clock.zone), FILED + timedelta(days=1))
    mine = FiredStep(RESOLUTION, 1, 3, 1, HEALTH, RESOLUTION_CLIMB)
    theirs = replace(mine, step=4, escalation=2, agency=ROADS)
    assert [(each.agency, each.steps) for each in withdrawals_of(RULES, change, [mine, theirs])] == [(ROADS, [theirs])]
