"""The directory: kept from what routing publishes, and read again by every replica when its version rises."""

from datetime import timedelta

from shared.clock import ManualClock
from tests.conftest import ServiceMaker
from tests.make import ROADS, published, utc
from tests.sla.cases import FILED, announced, hear, ignored_complaint, publish, summary, sweep


async def test_a_vacancy_reaches_a_replica_that_did_not_receive_the_event(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    receiving, other = await make_service("sla"), await make_service("sla")
    await publish(receiving)
    await ignored_complaint(receiving)
    await sweep(other, clock, utc("09-08 17:00"))
    await hear(receiving, published(ROADS, "leader"), at=utc("09-08 17:00"))
    await announced(other)
    await sweep(other, clock, utc("09-09 17:00"))
    assert summary((await announced(other))[1]) == "follow_up step 1 → 35.78 leader"


async def test_an_agency_published_again_unchanged_keeps_the_version(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    await publish(service)
    await publish(service)
    await hear(service, published(ROADS, "leader"))
    async with service.begin() as tx:
        assert (await tx.execute("SELECT version FROM directory_versions")).scalar_one() == 2


async def test_an_older_event_does_not_replace_newer_seats(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    await hear(service, published(ROADS, "leader"), at=FILED)
    await hear(service, published(ROADS, "leader"), at=FILED + timedelta(days=2))
    await hear(service, published(ROADS), at=FILED + timedelta(days=1))
    async with service.begin() as tx:
        seats = (await tx.execute("SELECT seats FROM agencies")).scalar_one()
    assert seats["leader"] is False
