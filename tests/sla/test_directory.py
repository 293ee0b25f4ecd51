"""The directory: kept from what routing publishes, and read again by every replica when its version rises."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.exc import DBAPIError

from services.sla.actions.directory import ladder_of, note_agencies
from services.sla.domain.directory import Agency, Directory
from services.sla.state import State
from shared.clock import ManualClock
from shared.events import AgencyPublished, ComplaintEscalated, event_of
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, HEALTH, PROVINCE, ROADS, TRANSPORT, forwarded, published, reassigned, utc, verified
from tests.services import client_of
from tests.sla.cases import (
    FILED,
    announced,
    clocks_by_name,
    filed,
    hear,
    ignored_complaint,
    publish,
    routed,
    summary,
    sweep,
)


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


async def test_what_a_transaction_read_that_failed_is_read_again(make_service: ServiceMaker) -> None:
    service, later = await make_service("sla"), FILED + timedelta(days=1)
    await publish(service)
    with pytest.raises(RuntimeError):
        async with service.begin() as tx:
            await note_agencies(tx, [event_of(published(TRANSPORT, "leader"), later)])
            assert not (await ladder_of(tx)).directory.agencies[TRANSPORT].is_filled("leader")
            raise RuntimeError("the transaction fails")
    await hear(service, published(HEALTH, "leader"), at=later)
    async with service.begin() as tx:
        agencies = (await ladder_of(tx)).directory.agencies
    assert agencies[TRANSPORT].is_filled("leader") and not agencies[HEALTH].is_filled("leader")


def departed(code: str, successor: str) -> AgencyPublished:
    """An agency that has left, as routing publishes it; an older release may send its seats along."""
    return published(code, departed=True, successor=successor)


@pytest.mark.parametrize("seats", ["null", "5", "[]", '["leader"]', '"leader"'])
async def test_an_agency_whose_seats_are_damaged_stops_no_other_and_counts_as_vacant(
    make_service: ServiceMaker, clock: ManualClock, seats: str
) -> None:
    """The database refuses such a row; one that came in all the same is passed over."""
    service = await make_service("sla")
    await publish(service)
    bad, good = await ignored_complaint(service), uuid4()
    await hear(service, filed(good), routed(good, HEALTH), verified(good), forwarded(good, HEALTH))
    damage = f"UPDATE agencies SET seats = '{seats}' WHERE code = '{ROADS}'"
    with pytest.raises(DBAPIError, match="has_seats"):
        async with service.begin() as tx:
            await tx.execute(damage)
    async with service.begin() as tx:
        await tx.execute("ALTER TABLE agencies DROP CONSTRAINT has_seats")
        await tx.execute(damage)
    await sweep(service, clock, utc("09-09 17:00"))
    climbs = [fact for fact in await announced(service) if isinstance(fact, ComplaintEscalated)]
    assert {fact.complaint_id: [seat.agency for seat in fact.recipients] for fact in climbs} == {
        bad: [CITY],
        good: [HEALTH],
    }


async def told(service: RunningService[State], clock: ManualClock, days: int) -> list[str]:
    """What the follow-up announces until the end of so many days, swept each midnight."""
    for day in range(days):
        await sweep(service, clock, max(clock.now(), FILED + timedelta(days=day, hours=15)))
    lines = map(summary, await announced(service))
    return [line for line in lines if line.startswith(("follow_up", "SeatFoundVacant"))]


async def test_no_step_is_told_to_an_agency_that_has_left_and_the_chain_goes_on_at_its_successor(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    """The directory is heard before the forwarding, or the forwarding is parked."""
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service)
    await hear(service, departed(ROADS, TRANSPORT), at=FILED + timedelta(days=1))
    assert await told(service, clock, days=23) == [
        f"follow_up 50% → {TRANSPORT} liaison",
        f"follow_up 80% → {TRANSPORT} liaison, {CITY} coordinator",
        "follow_up missed",
        f"follow_up step 1 → {TRANSPORT} leader",
        f"follow_up step 2 → {CITY} leader",
        f"follow_up step 3 → {PROVINCE} leader, NAS coordinator, NAS leader",
    ]


async def test_an_agency_without_a_successor_reports_to_the_root_and_one_that_comes_back_is_told_again(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service)
    await hear(service, published(ROADS, departed=True), at=FILED + timedelta(days=1))
    before_the_limit = await told(service, clock, days=8)
    assert before_the_limit[0] == "follow_up 50% → NAS coordinator" and len(before_the_limit) == 2
    await hear(service, published(ROADS), at=FILED + timedelta(days=2))
    assert await told(service, clock, days=9) == ["follow_up missed", f"follow_up step 1 → {ROADS} leader"]


async def test_the_clocks_of_an_agency_that_left_stand_below_its_successor(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await publish(service)
    complaint = await ignored_complaint(service)
    await hear(service, departed(ROADS, TRANSPORT), at=FILED + timedelta(days=1))
    clock.advance_to(utc("09-23 17:00"))
    async with client_of(service) as client:
        late = (await client.get("/sla/overdue", params={"agency": TRANSPORT})).json()["items"]
    assert {item["complaint_id"] for item in late} == {str(complaint)}


def test_a_chain_passes_over_all_that_have_left_even_in_a_circle() -> None:
    seats = {"leader": True}
    agencies = {
        "a": Agency("a", "b", "WIB", {}, departed=True),
        "b": Agency("b", "c", "WIB", {}, departed=True),
        "c": Agency("c", "NAS", "WIB", seats),
        "x": Agency("x", "y", "WIB", {}, departed=True),
        "y": Agency("y", "x", "WIB", {}, departed=True),
        "NAS": Agency("NAS", None, "WIB", seats),
    }
    chains = {code: [agency.code for agency in Directory(1, agencies).chain_of(code)] for code in agencies}
    assert chains["a"] == chains["b"] == chains["c"] == ["c", "NAS"]
    assert chains["x"] == chains["y"] == ["NAS"]


async def test_a_reassignment_moves_the_clocks_of_an_unverified_complaint(make_service: ServiceMaker) -> None:
    service, complaint = await make_service("sla"), uuid4()
    await hear(service, filed(complaint), routed(complaint))
    await hear(service, reassigned(complaint, HEALTH, PROVINCE, FILED), at=FILED + timedelta(days=1))
    clocks = await clocks_by_name(service)
    assert {name: clock.agency for (name, _), clock in clocks.items() if name in ("verification", "ombudsman")} == {
        "verification": PROVINCE,
        "ombudsman": HEALTH,
    }
    assert clocks["verification", 1].started_at == FILED
    # A routing that was parked, and an older reassignment, put nothing back.
    await hear(service, routed(complaint))
    await hear(service, reassigned(complaint, TRANSPORT, CITY, FILED), at=FILED + timedelta(hours=1))
    assert await clocks_by_name(service) == clocks
    await hear(service, forwarded(complaint, HEALTH), at=FILED + timedelta(days=2))
    await hear(service, reassigned(complaint, TRANSPORT, CITY, FILED), at=FILED + timedelta(days=1, hours=1))
    async with service.begin() as tx:
        assert (await tx.execute("SELECT holder FROM complaints")).scalar_one() == HEALTH
    assert (await clocks_by_name(service))["ombudsman", 1].agency == HEALTH
