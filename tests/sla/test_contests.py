"""Clocks of a contest: three working days for the agency above, and a follow-up's limit that never stopped."""

from datetime import timedelta
from itertools import permutations

import pytest

from shared.clock import ManualClock
from shared.events import ComplaintEscalated, DeadlineMissed
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, HEALTH, ROADS, answered, contested, followed_up, forwarded, judged
from tests.sla.cases import COMPLAINT, FILED, announced, clocks_by_name, hear, ignored_complaint, publish, sweep

DAY = timedelta(days=1)
SAID_AT = FILED + DAY


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    made = await make_service("sla")
    await publish(made)
    await ignored_complaint(made, COMPLAINT)
    return made


async def contest(service: RunningService) -> None:
    await hear(service, followed_up(COMPLAINT), at=SAID_AT)
    await hear(service, contested(COMPLAINT, followed_up_at=SAID_AT), at=SAID_AT + DAY)


async def test_the_agency_above_has_three_working_days_and_no_other_limit_changes(service: RunningService) -> None:
    await hear(service, followed_up(COMPLAINT), at=SAID_AT)
    before = await clocks_by_name(service)
    await hear(service, contested(COMPLAINT, followed_up_at=SAID_AT), at=SAID_AT + DAY)
    after = await clocks_by_name(service)
    clock = after.pop(("contest", 1))
    assert (clock.agency, clock.limit_days, clock.unit, clock.stopped_at) == (CITY, 3, "working", None)
    assert after == before


async def test_an_annulled_follow_up_never_stopped_its_limit(service: RunningService) -> None:
    before = (await clocks_by_name(service))["follow_up", 1]
    await contest(service)
    await hear(service, judged(COMPLAINT, followed_up_at=SAID_AT), at=SAID_AT + 2 * DAY)
    after = await clocks_by_name(service)
    clock, contest_clock = after["follow_up", 1], after["contest", 1]
    same = "due_at", "next_step", "next_at", "stopped_at", "outcome", "worked_days", "agency"
    assert [getattr(clock, name) for name in same] == [getattr(before, name) for name in same]
    assert (contest_clock.stopped_at, contest_clock.outcome) == (SAID_AT + 2 * DAY, "met")
    await hear(service, followed_up(COMPLAINT), at=SAID_AT + 3 * DAY)
    assert (await clocks_by_name(service))["follow_up", 1].stopped_at == SAID_AT + 3 * DAY


async def test_a_confirmed_follow_up_stands(service: RunningService) -> None:
    await contest(service)
    await hear(service, judged(COMPLAINT, followed_up_at=SAID_AT, upheld=False, awaits=False), at=SAID_AT + 2 * DAY)
    clocks = await clocks_by_name(service)
    assert clocks["follow_up", 1].stopped_at == SAID_AT and clocks["contest", 1].outcome == "met"


async def test_what_was_missed_while_it_waited_is_said_once(service: RunningService, clock: ManualClock) -> None:
    await contest(service)
    late = SAID_AT + 16 * DAY
    await hear(service, judged(COMPLAINT, followed_up_at=SAID_AT), at=late)
    await sweep(service, clock, late + DAY)
    said = [fact for fact in await announced(service) if getattr(fact, "clock", "") == "follow_up"]
    assert [fact for fact in said if isinstance(fact, DeadlineMissed)]
    steps = [fact.step for fact in said if isinstance(fact, ComplaintEscalated) and not fact.round]
    assert steps == sorted({*steps}) and steps


async def test_an_ignored_contest_climbs(service: RunningService, clock: ManualClock) -> None:
    await contest(service)
    await sweep(service, clock, SAID_AT + 8 * DAY)
    said = [fact for fact in await announced(service) if getattr(fact, "clock", "") == "contest"]
    assert {DeadlineMissed, ComplaintEscalated} <= {type(fact) for fact in said}
    assert {fact.agency for fact in said if isinstance(fact, DeadlineMissed)} == {CITY}


@pytest.mark.parametrize("end", ["answer", "turn"])
async def test_an_answer_or_another_turn_ends_it(service: RunningService, end: str) -> None:
    await contest(service)
    fact = answered(COMPLAINT) if end == "answer" else forwarded(COMPLAINT, HEALTH, 1)
    await hear(service, fact, at=SAID_AT + 2 * DAY)
    clock = (await clocks_by_name(service))["contest", 1]
    assert clock.stopped_at == SAID_AT + 2 * DAY
    assert clock.outcome == ("met" if end == "answer" else "transferred")


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_order_of_the_events_does_not_matter(service: RunningService, order: tuple[int, ...]) -> None:
    told = [
        (followed_up(COMPLAINT), SAID_AT),
        (contested(COMPLAINT, followed_up_at=SAID_AT), SAID_AT + DAY),
        (judged(COMPLAINT, followed_up_at=SAID_AT), SAID_AT + 2 * DAY),
    ]
    for index in order:
        await hear(service, told[index][0], at=told[index][1])
    clocks = await clocks_by_name(service)
    assert clocks["follow_up", 1].stopped_at is None
    assert clocks["contest", 1].stopped_at == SAID_AT + 2 * DAY
    async with service.begin() as tx:
        silent = (await tx.execute("SELECT silent_since FROM complaints")).scalar_one()
    assert silent == FILED and clocks["follow_up", 1].agency == ROADS
