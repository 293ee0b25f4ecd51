"""Each step and each round is said at most once, whatever has become of its clock since."""

from datetime import timedelta

import pytest

from shared.clock import ManualClock
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import utc
from tests.sla.cases import COMPLAINT, announced, clocks_by_name, ignored_complaint, publish, summary, sweep

FOLLOW_UP = "UPDATE clocks SET {} WHERE name = 'follow_up'"
KEY = "follow_up", 1
ROOT = "NAS coordinator, NAS leader"


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service, COMPLAINT)
    return service


async def change(service: RunningService, **values: object) -> None:
    """Change the clock of the follow-up behind the back of the service."""
    async with service.begin() as tx:
        await tx.execute(FOLLOW_UP.format(", ".join(f"{name} = :{name}" for name in values)), values)


async def told(service: RunningService) -> list[str]:
    """What the follow-up's clock has announced since the last time."""
    return [line for fact in await announced(service) if (line := summary(fact)).startswith("follow_up")]


@pytest.mark.parametrize("later", [timedelta(), timedelta(hours=1)])
async def test_a_recorded_step_is_never_announced_again(
    service: RunningService, clock: ManualClock, later: timedelta
) -> None:
    at = utc("09-04 05:00")
    await sweep(service, clock, at)
    assert await told(service)
    await change(service, next_step=1, next_at=at)
    assert await sweep(service, clock, at + later) == 1
    assert await told(service) == []


@pytest.mark.parametrize("round", [0, 1, 2])
async def test_neither_a_round_nor_an_older_one_is_announced_again(
    service: RunningService, clock: ManualClock, round: int
) -> None:
    await sweep(service, clock, utc("10-16 00:00"))
    assert (await clocks_by_name(service))[KEY].round == 3
    await announced(service)
    await change(service, round=round, next_at=utc("10-14 17:00"))
    await sweep(service, clock, utc("10-20 00:00"))
    assert await told(service) == []
    await sweep(service, clock, utc("10-21 17:00"))
    assert await told(service) == [f"follow_up step 3 round 4 → 35 leader, {ROOT}"]


async def test_a_clock_that_can_be_counted_again_says_its_named_steps_each_once(
    service: RunningService, clock: ManualClock
) -> None:
    await sweep(service, clock, utc("09-09 00:00"))
    await announced(service)
    await change(service, policy_version=99)
    await sweep(service, clock, utc("09-20 00:00"))
    assert await told(service) == ["follow_up step 3 round 1 → NAS leader, NAS coordinator"]
    await sweep(service, clock, utc("09-27 00:00"))
    assert await told(service) == ["follow_up step 3 round 2 → NAS leader, NAS coordinator"]
    await change(service, policy_version=1, next_at=utc("09-27 00:00"))
    await sweep(service, clock, utc("09-28 00:00"))
    assert await told(service) == [
        "follow_up missed",
        "follow_up step 1 → 35.78.DPUPR leader",
        "follow_up step 2 → 35.78 leader",
        f"follow_up step 3 → 35 leader, {ROOT}",
    ]
    assert (await clocks_by_name(service))[KEY].next_at == utc("09-30 17:00")


@pytest.mark.parametrize(
    ("values", "round"),
    [
        ({"limit_days": 2_000}, 1),
        ({"limit_days": -5}, 1),
        ({"started_at": utc("09-01 00:00").replace(year=2090)}, 1),
        ({"started_at": utc("09-01 00:00").replace(year=2300)}, 1),
        ({"next_step": 6, "round": 2**31 - 1}, 1),
        ({"next_step": 6, "round": -(2**31)}, 1),
        ({"next_step": 6, "round": 100_000}, 1),
        ({"next_step": 6, "round": 99_999}, 100_000),
    ],
)
async def test_a_clock_that_cannot_be_counted_climbs_to_the_root_and_stops_no_other(
    service: RunningService, clock: ManualClock, values: dict[str, object], round: int
) -> None:
    await ignored_complaint(service)
    async with service.begin() as tx:
        assignments = ", ".join(f"{name} = :{name}" for name in values)
        statement = f"UPDATE clocks SET {assignments} WHERE name = 'follow_up' AND complaint_id = :id"
        await tx.execute(statement, {**values, "id": COMPLAINT})
    await sweep(service, clock, utc("09-09 17:00"))
    found = [(fact.complaint_id == COMPLAINT, summary(fact)) for fact in await announced(service)]  # type: ignore[attr-defined]
    assert [line for is_its, line in found if is_its and "follow_up" in line] == [
        f"follow_up step 3 round {round} → NAS leader, NAS coordinator"
    ]
    assert (False, "follow_up step 1 → 35.78.DPUPR leader") in found
