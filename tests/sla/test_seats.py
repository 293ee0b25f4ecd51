"""Seats: the moments say whether one can be reached, not the order in which sla hears of them."""

from datetime import timedelta
from itertools import permutations
from uuid import uuid4

import pytest

from services.sla.state import State
from shared.clock import ManualClock
from shared.events import Fact
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import ROADS, published
from tests.sla.cases import COMPLAINT, announced, hear, ignored_complaint, publish
from tests.sla.test_notices import CLIMBED, climbed, climbs, settled

HOUR = timedelta(hours=1)


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService[State]:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service, COMPLAINT)
    return service


async def unreachable(service: RunningService[State]) -> list[tuple[str, str]]:
    async with service.begin() as tx:
        return [tuple(row) for row in await tx.execute("SELECT agency, role FROM unreachable_seats")]


ORDERS = list(permutations(range(3)))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("outcomes", "lost"), [(("failed", "sent", "sent"), False), (("sent", "failed", "bounced"), True)]
)
async def test_the_last_outcome_of_a_seat_counts_in_whatever_order_it_is_heard(
    service: RunningService[State], clock: ManualClock, order: tuple[int, ...], outcomes: tuple[str, ...], lost: bool
) -> None:
    fact = await climbed(service, clock)
    for number in order:
        await hear(service, settled(fact, outcomes[number]), at=CLIMBED + number * HOUR)
    assert await unreachable(service) == ([(ROADS, "leader")] if lost else [])


async def test_a_climb_that_was_reached_since_is_not_passed_over_for_a_failure_of_before(
    service: RunningService[State], clock: ManualClock
) -> None:
    fact = await climbed(service, clock)
    await hear(service, settled(fact, "sent"), at=CLIMBED + 2 * HOUR)
    await hear(service, settled(fact, "failed"), at=CLIMBED + HOUR)
    assert await announced(service) == []
    await hear(service, settled(fact, "bounced"), at=CLIMBED + 3 * HOUR)
    assert len(climbs(await announced(service))) == 1


async def test_a_climb_goes_on_whose_mail_came_back_although_a_later_mail_arrived_at_its_seat(
    service: RunningService[State], clock: ManualClock
) -> None:
    first = await climbed(service, clock)
    other = first.model_copy(update={"complaint_id": uuid4()})
    await hear(service, settled(other, "sent"), at=CLIMBED + 2 * HOUR)
    await hear(service, settled(first, "bounced"), at=CLIMBED + HOUR)
    assert len(climbs(await announced(service))) == 1
    assert await unreachable(service) == []


@pytest.mark.parametrize("first", ["published", "failed"])
@pytest.mark.parametrize(("hours", "lost"), [(1, False), (3, True)])
async def test_only_a_failure_since_the_agency_was_published_counts_against_its_seat(
    service: RunningService[State], clock: ManualClock, first: str, hours: int, lost: bool
) -> None:
    fact = await climbed(service, clock)
    heard: list[tuple[Fact, int]] = [(published(ROADS, name="Baru"), 2), (settled(fact, "bounced"), hours)]
    for each, at in heard if first == "published" else reversed(heard):
        await hear(service, each, at=CLIMBED + at * HOUR)
    assert await unreachable(service) == ([(ROADS, "leader")] if lost else [])
