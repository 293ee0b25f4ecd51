"""Told: whom a climb was said to is kept, so that it is said to the next seat up, and to nobody twice."""

import pytest

from shared.clock import ManualClock
from shared.events import ComplaintEscalated, Fact
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import HEALTH, ROADS, forwarded, published, utc
from tests.sla.cases import COMPLAINT, announced, hear, ignored_complaint, publish, summary, sweep
from tests.sla.climbs import CLIMBED, NEXT_DAY, climbed, climbs, pass_over, settled

FORGET = "UPDATE fired SET told = '{}'"


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service, COMPLAINT)
    return service


def of_clock(facts: list[Fact], clock: str) -> list[str]:
    """The climbs of a clock among these facts, in one line each."""
    return [summary(fact) for fact in climbs(facts) if fact.clock == clock]


async def test_a_seat_that_fails_after_the_working_day_tells_nobody_twice(
    service: RunningService, clock: ManualClock
) -> None:
    fact = await climbed(service, clock)
    await pass_over(service, clock, NEXT_DAY)
    [again] = climbs(await announced(service))
    await hear(service, settled(fact, "failed"), at=clock.now())
    assert climbs(await announced(service)) == []
    await hear(service, settled(again, "failed"), at=clock.now())
    assert [summary(each) for each in climbs(await announced(service))] == ["follow_up step 1 → 35 leader"]


async def test_a_seat_that_is_filled_after_a_climb_lets_it_tell_nobody_twice(
    service: RunningService, clock: ManualClock
) -> None:
    await hear(service, published(ROADS, "leader"), at=utc("09-02 00:00"))
    assert summary(await climbed(service, clock)) == "follow_up step 1 → 35.78 leader"
    await hear(service, published(ROADS), at=CLIMBED)
    await announced(service)
    assert await pass_over(service, clock, NEXT_DAY) == 1
    [again] = map(summary, climbs(await announced(service)))
    assert again == "follow_up step 1 → 35 leader, NAS coordinator, NAS leader"


async def test_where_the_next_climb_has_nobody_new_the_one_above_it_is_told(
    service: RunningService, clock: ManualClock
) -> None:
    """The head's seat is vacant: the mayor was told at once, and the second climb would name the mayor again."""
    await hear(service, published(ROADS, "leader"), at=utc("09-02 00:00"))
    assert summary(await climbed(service, clock)) == "follow_up step 1 → 35.78 leader"
    await pass_over(service, clock, NEXT_DAY)
    [again] = map(summary, climbs(await announced(service)))
    assert again == "follow_up step 1 → 35 leader, NAS coordinator, NAS leader"


@pytest.mark.parametrize("is_known", [True, False], ids=["told", "of a release before"])
async def test_the_next_seat_up_is_told_of_a_failure_whether_or_not_the_climb_says_whom_it_told(
    service: RunningService, clock: ManualClock, is_known: bool
) -> None:
    fact = await climbed(service, clock)
    await announced(service)
    if not is_known:
        async with service.begin() as tx:
            await tx.execute(FORGET)
    await hear(service, settled(fact, "failed"), at=CLIMBED)
    assert of_clock(await announced(service), "follow_up") == ["follow_up step 1 → 35.78 leader"]
    await pass_over(service, clock, NEXT_DAY)
    assert of_clock(await announced(service), "follow_up") == [
        "follow_up step 1 → 35 leader, NAS coordinator, NAS leader"
    ]


@pytest.mark.parametrize("is_known", [True, False], ids=["told", "of a release before"])
async def test_a_third_climb_that_settles_after_the_working_day_goes_on_to_whoever_is_left(
    service: RunningService, clock: ManualClock, is_known: bool
) -> None:
    fact = await climbed(service, clock, utc("09-23 17:00"))
    assert summary(fact) == "follow_up step 3 → 35 leader, NAS coordinator, NAS leader"
    await announced(service)
    if not is_known:
        async with service.begin() as tx:
            await tx.execute(FORGET)
    await pass_over(service, clock, utc("09-25 17:00"))
    assert of_clock(await announced(service), "follow_up") == ["follow_up step 3 → 35 coordinator"]


async def test_a_failure_of_the_former_holders_leader_tells_the_present_holders(
    service: RunningService, clock: ManualClock
) -> None:
    await sweep(service, clock, utc("09-22 17:00"))
    facts = [fact for fact in await announced(service) if isinstance(fact, ComplaintEscalated)]
    fact = next(fact for fact in facts if fact.clock == "resolution")
    await hear(service, forwarded(COMPLAINT, HEALTH, 1), at=utc("09-22 18:00"))
    await announced(service)
    await hear(service, settled(fact, "bounced"), at=utc("09-22 19:00"))
    assert of_clock(await announced(service), "resolution") == [f"resolution step 1 → {HEALTH} leader"]
