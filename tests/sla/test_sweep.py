"""The sweep: an ignored complaint climbs, at exact moments, once each, whoever sweeps and whatever fails."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.sla.actions import sweep_once
from shared import outbox
from shared.clock import ManualClock
from shared.events import ComplaintEscalated, DeadlineNear, SeatFoundVacant
from tests.conftest import Sites
from tests.sla.story import (
    CITY,
    EAST,
    FILED,
    INSTANT,
    ROADS,
    answered,
    clocks,
    drain,
    filed,
    forwarded,
    forwarded_complaint,
    hear,
    publish,
    published,
    routed,
    said,
    settle,
    utc,
    verified,
)

ROOT = "NAS coordinator, NAS leader"
# Filed Monday 2025-09-01 09:00 in Jakarta; Friday the 5th is Maulid. Whole working days end at 24:00 = 17:00 UTC.
UNVERIFIED = [
    ("09-03 05:00", ["verification 50% → 35.78 coordinator"]),
    ("09-04 02:36", ["verification 80% → 35.78 coordinator"]),
    ("09-04 17:00", ["verification missed", "verification step 1 → 35.78 leader"]),
    ("09-12 17:00", ["verification step 2 → 35 leader"]),
    ("09-19 17:00", ["verification step 3 → NAS leader, NAS coordinator"]),
    ("10-31 02:00", ["ombudsman"]),
]
IGNORED = [
    ("09-04 05:00", ["follow_up 50% → 35.78.DPUPR liaison"]),
    ("09-08 17:00", ["follow_up 80% → 35.78.DPUPR liaison, 35.78 coordinator"]),
    ("09-09 17:00", ["follow_up missed", "follow_up step 1 → 35.78.DPUPR leader"]),
    ("09-11 17:00", ["resolution 50% → 35.78.DPUPR liaison"]),
    ("09-16 17:00", ["follow_up step 2 → 35.78 leader"]),
    ("09-17 21:48", ["resolution 80% → 35.78.DPUPR liaison, 35.78 coordinator"]),
    ("09-22 17:00", ["resolution missed", "resolution step 1 → 35.78.DPUPR leader"]),
    ("09-23 17:00", [f"follow_up step 3 → 35 leader, {ROOT}"]),
    ("09-29 17:00", ["resolution step 2 → 35.78 leader"]),
    ("10-06 17:00", [f"resolution step 3 → 35 leader, {ROOT}"]),
    ("10-31 02:00", ["ombudsman"]),
]


async def climb(service: Any, clock: ManualClock, table: list[tuple[str, list[str]]]) -> None:
    for moment, expected in table:
        assert await settle(service, clock, utc(moment) - INSTANT) == 0, moment
        await settle(service, clock, utc(moment))
        assert [said(fact) for fact in await drain(service)] == expected, moment
    assert await settle(service, clock, utc(table[-1][0]) + timedelta(days=400)) == 0


async def test_an_ignored_complaint_climbs_to_the_mayor_the_province_the_root_and_the_ombudsman(
    site_of: Sites, clock: ManualClock
) -> None:
    service = await site_of("sla")
    await publish(service)
    await forwarded_complaint(service)
    await climb(service, clock, IGNORED)


async def test_an_unverified_complaint_climbs_from_the_region_itself(site_of: Sites, clock: ManualClock) -> None:
    service = await site_of("sla")
    await publish(service)
    complaint = uuid4()
    await hear(service, filed(complaint), routed(complaint, agency=CITY, verifier=CITY))
    await climb(service, clock, UNVERIFIED)


async def test_a_sweep_that_comes_late_catches_up_in_order(site_of: Sites, clock: ManualClock) -> None:
    service = await site_of("sla")
    await publish(service)
    await forwarded_complaint(service)
    await settle(service, clock, utc("12-31 00:00"))
    lines = [said(fact) for fact in await drain(service)]
    expected = [line for _, lines in IGNORED for line in lines]
    for clock_name in ("follow_up", "resolution", "ombudsman"):
        assert [line for line in lines if line.startswith(clock_name)] == [
            line for line in expected if line.startswith(clock_name)
        ]


async def test_a_sweep_of_nothing_does_nothing(site_of: Sites) -> None:
    service = await site_of("sla")
    assert await sweep_once(service) == 0
    assert await drain(service) == []


async def test_a_sweep_done_twice_changes_nothing(site_of: Sites, clock: ManualClock) -> None:
    service = await site_of("sla")
    await publish(service)
    await forwarded_complaint(service)
    assert await settle(service, clock, utc("09-09 17:00")) == 3
    before, facts = await clocks(service), await drain(service)
    assert facts and await settle(service) == 0
    assert (await clocks(service), await drain(service)) == (before, [])


async def test_a_step_noted_as_fired_is_never_said_again(site_of: Sites, clock: ManualClock) -> None:
    service = await site_of("sla")
    await publish(service)
    await forwarded_complaint(service)
    await settle(service, clock, utc("09-04 05:00"))
    await drain(service)
    async with service.begin() as tx:
        await tx.execute("UPDATE clocks SET next_step = 1, next_at = started_at WHERE name = 'follow_up'")
    assert await settle(service) == 1
    assert await drain(service) == []


async def test_two_replicas_fire_each_step_once(site_of: Sites, clock: ManualClock) -> None:
    one = await site_of("sla", sweep_batch=7)
    other = await site_of("sla", sweep_batch=7)
    await publish(one)
    await hear(one, *(fact for n in range(60) for fact in _ignored(UUID(int=n + 1))))
    clock.advance_to(utc("12-31 00:00"))
    await asyncio.gather(*(settle(service) for service in (one, other, one, other)))
    while await settle(one):
        pass
    lines = [(str(fact.complaint_id), said(fact)) for fact in await drain(one)]  # type: ignore[attr-defined]
    assert len(lines) == len(set(lines)) == 60 * sum(len(expected) for _, expected in IGNORED)


async def test_a_sweep_passes_by_what_another_holds_instead_of_waiting(site_of: Sites, clock: ManualClock) -> None:
    service = await site_of("sla")
    await publish(service)
    held, free = uuid4(), uuid4()
    await forwarded_complaint(service, held)
    await forwarded_complaint(service, free)
    clock.advance_to(utc("09-04 05:00"))
    await drain(service)
    async with service.begin() as tx:
        await tx.execute("SELECT FROM clocks WHERE complaint_id = :id FOR UPDATE", {"id": held})
        assert await asyncio.wait_for(settle(service), 20) == 1
        assert [fact.complaint_id for fact in await drain(service)] == [free]  # type: ignore[attr-defined]
    assert await settle(service) == 1


async def test_a_crash_before_the_commit_loses_nothing(
    site_of: Sites, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await site_of("sla")
    await publish(service)
    await forwarded_complaint(service)
    before = await clocks(service)
    clock.advance_to(utc("09-04 05:00"))

    async def crash(*_: Any) -> None:
        raise RuntimeError("the power failed")

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "stage", crash)
        with pytest.raises(RuntimeError):
            await sweep_once(service)
    assert await clocks(service) == before
    await settle(service)
    assert [said(fact) for fact in await drain(service)] == IGNORED[0][1]


async def test_a_vacant_seat_is_passed_over_and_reported(site_of: Sites, clock: ManualClock) -> None:
    service = await site_of("sla")
    await publish(service, (ROADS, "leader"), (ROADS, "liaison"), (CITY, "leader"))
    await forwarded_complaint(service)
    await settle(service, clock, utc("09-04 05:00"))
    near, vacancy = await drain(service)
    assert isinstance(near, DeadlineNear) and isinstance(vacancy, SeatFoundVacant)
    assert [(seat.agency, seat.role) for seat in near.recipients] == [(CITY, "coordinator")]
    assert (vacancy.agency, vacancy.role, vacancy.step, vacancy.reported_to) == (ROADS, "liaison", 0, near.recipients)
    await settle(service, clock, utc("09-08 17:00"))
    await drain(service)
    await settle(service, clock, utc("09-09 17:00"))
    _, escalated, *vacancies = await drain(service)
    assert isinstance(escalated, ComplaintEscalated)
    assert said(escalated) == "follow_up step 1 → 35 leader"
    assert [(seat.agency, seat.role) for seat in escalated.vacant] == [(ROADS, "leader"), (CITY, "leader")]
    assert [(v.agency, v.step, v.reported_to) for v in vacancies if isinstance(v, SeatFoundVacant)] == [
        (ROADS, 1, escalated.recipients),
        (CITY, 1, escalated.recipients),
    ]


async def test_a_seat_that_fell_vacant_is_seen_by_the_replica_that_did_not_hear_of_it(
    site_of: Sites, clock: ManualClock
) -> None:
    hearing, deaf = await site_of("sla"), await site_of("sla")
    await publish(hearing)
    await forwarded_complaint(hearing)
    assert await settle(deaf, clock, utc("09-08 17:00")) == 2
    await hear(hearing, published(ROADS, "leader"), at=utc("09-08 17:00"))
    await drain(deaf)
    await settle(deaf, clock, utc("09-09 17:00"))
    assert said((await drain(deaf))[1]) == "follow_up step 1 → 35.78 leader"


async def test_an_agency_published_again_unchanged_is_not_read_again(site_of: Sites) -> None:
    service = await site_of("sla")
    await publish(service)
    await publish(service)
    await hear(service, published(ROADS, "leader"))
    async with service.begin() as tx:
        assert (await tx.execute("SELECT version FROM directory_versions")).scalar_one() == 2


async def test_an_agency_that_was_parked_does_not_put_back_what_is_older(site_of: Sites) -> None:
    service = await site_of("sla")
    await hear(service, published(ROADS, "leader"), at=FILED)
    await hear(service, published(ROADS, "leader"), at=FILED + timedelta(days=2))
    await hear(service, published(ROADS), at=FILED + timedelta(days=1))
    async with service.begin() as tx:
        seats = (await tx.execute("SELECT seats FROM agencies")).scalar_one()
    assert seats["leader"] is False


async def test_what_nobody_knows_goes_to_the_root_and_stops_nobody_else(site_of: Sites, clock: ManualClock) -> None:
    service = await site_of("sla", sweep_batch=3)
    await publish(service)
    sound, homeless, timeless, lawless = (UUID(int=n) for n in (9, 1, 2, 3))
    await hear(service, forwarded(homeless, "GONE"), forwarded(timeless, ROADS, zone="Mars"), forwarded(lawless))
    async with service.begin() as tx:
        await tx.execute("UPDATE clocks SET policy_version = 99 WHERE complaint_id = :id", {"id": lawless})
    await forwarded_complaint(service, sound)
    await settle(service, clock, utc("09-09 17:00"))
    told: dict[UUID, set[str]] = {}
    for fact in await drain(service):
        if isinstance(fact, ComplaintEscalated):
            told.setdefault(fact.complaint_id, set()).add(said(fact).split(" → ")[1])
    assert told == {
        sound: {"35.78.DPUPR leader"},
        homeless: {"NAS leader"},
        timeless: {"NAS leader"},
        lawless: {"NAS leader, NAS coordinator"},
    }


async def test_with_no_directory_yet_the_root_is_told(site_of: Sites, clock: ManualClock) -> None:
    service = await site_of("sla")
    await forwarded_complaint(service)
    await settle(service, clock, utc("09-04 05:00"))
    assert [said(fact) for fact in await drain(service)] == ["follow_up 50% → NAS coordinator"]
    await publish(service)
    await settle(service, clock, utc("09-08 17:00"))
    assert [said(fact) for fact in await drain(service)] == IGNORED[1][1]


async def test_each_agency_is_held_to_its_own_midnight(site_of: Sites, clock: ManualClock) -> None:
    service = await site_of("sla")
    await publish(service)
    complaint = uuid4()
    await hear(service, routed(complaint, EAST, "91.71"), verified(complaint), forwarded(complaint, EAST))
    due = {row.name: row.due_at for row in await clocks(service)}
    assert due["follow_up"] == utc("09-09 15:00")
    await settle(service, clock, utc("09-09 15:00") - INSTANT)
    await drain(service)
    await settle(service, clock, utc("09-09 15:00"))
    assert said((await drain(service))[1]) == "follow_up step 1 → 91.71.DINKES leader"


async def test_an_answered_complaint_climbs_no_further(site_of: Sites, clock: ManualClock) -> None:
    service = await site_of("sla")
    await publish(service)
    complaint = await forwarded_complaint(service)
    await settle(service, clock, utc("09-10 00:00"))
    await drain(service)
    await hear(service, answered(complaint), at=utc("09-10 00:00"))
    assert await settle(service, clock, utc("12-31 00:00")) == 0


async def test_the_sweep_reads_the_partial_index_at_100_000_clocks(site_of: Sites) -> None:
    from services.sla.actions.sweep import DUE

    service = await site_of("sla")
    seed = """
    INSERT INTO clocks (complaint_id, name, cycle, agency, zone, started_at, limit_days, unit, policy_version, due_at,
                        next_step, next_at)
    SELECT gen_random_uuid(), 'follow_up', 1, '35.78', 'WIB', CAST(:now AS timestamptz), 5, 'working', 1,
           CAST(:now AS timestamptz), 1, CASE WHEN n % 2 = 0 THEN CAST(:now AS timestamptz) + n * interval '1 s' END
    FROM generate_series(1, 100000) AS n
    """
    async with service.begin() as tx:
        await tx.execute(seed, {"now": FILED})
        await tx.execute("ANALYZE clocks")
        rows = await tx.execute(f"EXPLAIN {DUE}", {"now": FILED, "most": 2000})
        plan = "\n".join(row[0] for row in rows)
    assert "Index Scan using clocks_next on clocks" in plan and "Seq Scan" not in plan and "Sort" not in plan


def _ignored(complaint: UUID) -> list[Any]:
    return [filed(complaint), routed(complaint), verified(complaint), forwarded(complaint)]
