"""The sweep: an ignored complaint takes each step once, at its exact moment, whoever sweeps and whatever fails."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.sla.actions.steps import sweep_once
from shared import outbox
from shared.clock import ManualClock
from shared.events import ComplaintEscalated, DeadlineNear, SeatFoundVacant, WindowLapsed
from tests.conftest import ServiceMaker
from tests.make import CITY, EAST, ROADS, answered, closed, forwarded, hear_promises, utc, verified
from tests.sla.cases import (
    FILED,
    INSTANT,
    announced,
    clock_rows,
    filed,
    forwarded_in_zone,
    hear,
    ignored_complaint,
    publish,
    routed,
    summary,
    sweep,
)

ROOT = "NAS coordinator, NAS leader"
TOP = "NAS leader, NAS coordinator"
# Filed Monday 2025-09-01 09:00 in Jakarta; Friday the 5th is Maulid. Whole working days end at 24:00 = 17:00 UTC.
UNVERIFIED = [
    ("09-03 05:00", ["verification 50% → 35.78 coordinator"]),
    ("09-04 02:36", ["verification 80% → 35.78 coordinator"]),
    ("09-04 17:00", ["verification missed", "verification step 1 → 35.78 leader"]),
    ("09-12 17:00", ["verification step 2 → 35 leader"]),
    ("09-19 17:00", ["verification step 3 → NAS leader, NAS coordinator"]),
    ("09-26 17:00", ["verification step 3 round 1 → NAS leader, NAS coordinator"]),
    ("10-03 17:00", ["verification step 3 round 2 → NAS leader, NAS coordinator"]),
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
    ("09-30 17:00", [f"follow_up step 3 round 1 → 35 leader, {ROOT}"]),
    ("10-06 17:00", [f"resolution step 3 → 35 leader, {ROOT}"]),
    ("10-07 17:00", [f"follow_up step 3 round 2 → 35 leader, {ROOT}"]),
]


async def climb(service: Any, clock: ManualClock, table: list[tuple[str, list[str]]]) -> None:
    for moment, expected in table:
        await sweep(service, clock, utc(moment) - INSTANT)
        assert await announced(service) == [], moment
        await sweep(service, clock, utc(moment))
        assert [summary(fact) for fact in await announced(service)] == expected, moment


async def test_an_ignored_complaint_climbs_to_the_mayor_the_province_the_root_and_the_ombudsman(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service)
    await climb(service, clock, IGNORED)


async def test_an_unverified_complaint_climbs_from_its_verifier(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("sla")
    await publish(service)
    complaint = uuid4()
    await hear(service, filed(complaint), routed(complaint, agency=CITY, verifier=CITY))
    await climb(service, clock, UNVERIFIED)


async def test_a_late_sweep_catches_up_in_order(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service)
    await sweep(service, clock, utc("12-31 00:00"))
    facts = await announced(service)
    # No reminder of what is past, each climb once and in order, and of the rounds the last.
    for name, rounds in (("follow_up", 13), ("resolution", 11)):
        assert [summary(fact) for fact in facts if summary(fact).startswith(name)] == [
            f"{name} missed",
            f"{name} step 1 → 35.78.DPUPR leader",
            f"{name} step 2 → 35.78 leader",
            f"{name} step 3 → 35 leader, {ROOT}",
            f"{name} step 3 round {rounds} → 35 leader, {ROOT}",
        ]
    offered = [summary(fact) for fact in facts if summary(fact).startswith("ombudsman")]
    assert offered == ["ombudsman", f"ombudsman step 3 round 8 → 35 leader, {ROOT}"]
    rounds = [(fact.round, fact.passed) for fact in facts if isinstance(fact, ComplaintEscalated) and fact.round]
    assert rounds and all(passed == round - 1 for round, passed in rounds)


async def test_no_open_complaint_falls_silent(make_service: ServiceMaker, clock: ManualClock) -> None:
    """Four hundred days after its filing somebody still hears of it each week, and so they do after a thousand."""
    service = await make_service("sla")
    await publish(service)
    complaint, unrouted, unforwarded = uuid4(), uuid4(), uuid4()
    await ignored_complaint(service, complaint)
    await hear(service, filed(unrouted), filed(unforwarded), routed(unforwarded), verified(unforwarded))
    for day in (400, 1_000):
        await sweep(service, clock, FILED + timedelta(days=day))
        await announced(service)
        weeks = []
        for week in range(1, 9):
            await sweep(service, clock, FILED + timedelta(days=day + 7 * week))
            weeks.append({fact.complaint_id for fact in await announced(service)})  # type: ignore[attr-defined]
        # A week with a holiday has four working days.
        assert sum(complaint in week for week in weeks) >= 7, day
        assert all(sum(id in week for week in weeks) >= 6 for id in (unrouted, unforwarded)), day


async def test_an_unrouted_complaint_climbs_to_the_root_within_a_working_day(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await publish(service)
    await hear(service, filed(uuid4()))
    await climb(
        service,
        clock,
        [
            ("09-02 17:00", [f"life step 3 → {TOP}"]),
            ("09-10 17:00", [f"life step 3 round 1 → {TOP}"]),
            ("09-17 17:00", [f"life step 3 round 2 → {TOP}"]),
        ],
    )


async def test_a_vacant_seat_is_passed_over_and_reported(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("sla")
    await publish(service, (ROADS, "leader"), (ROADS, "liaison"), (CITY, "leader"))
    await ignored_complaint(service)
    await sweep(service, clock, utc("09-04 05:00"))
    near, vacancy = await announced(service)
    assert isinstance(near, DeadlineNear) and isinstance(vacancy, SeatFoundVacant)
    assert [(seat.agency, seat.role) for seat in near.recipients] == [(CITY, "coordinator")]
    assert (vacancy.agency, vacancy.role, vacancy.step, vacancy.reported_to) == (ROADS, "liaison", 0, near.recipients)
    await sweep(service, clock, utc("09-08 17:00"))
    await announced(service)
    await sweep(service, clock, utc("09-09 17:00"))
    _, escalated, *vacancies = await announced(service)
    assert isinstance(escalated, ComplaintEscalated)
    assert summary(escalated) == "follow_up step 1 → 35 leader"
    assert [(seat.agency, seat.role) for seat in escalated.vacant] == [(ROADS, "leader"), (CITY, "leader")]
    assert [(v.agency, v.step, v.reported_to) for v in vacancies if isinstance(v, SeatFoundVacant)] == [
        (ROADS, 1, escalated.recipients),
        (CITY, 1, escalated.recipients),
    ]


async def test_a_clock_with_unknown_agency_zone_or_policy_climbs_to_the_root_and_stops_no_other(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla", sweep_batch=3)
    await publish(service)
    sound, no_agency, no_zone, no_policy, no_name = (UUID(int=n) for n in (9, 1, 2, 3, 4))
    await hear(service, forwarded(no_agency, "GONE"), forwarded_in_zone(no_zone, "Mars"), forwarded(no_policy))
    async with service.begin() as tx:
        await tx.execute("UPDATE clocks SET policy_version = 99 WHERE complaint_id = :id", {"id": no_policy})
    await hear(service, filed(no_name))
    async with service.begin() as tx:
        await tx.execute(
            """INSERT INTO clocks (complaint_id, name, cycle, agency, zone, started_at, limit_days, unit,
                                   policy_version, due_at, next_step, next_at, moved_at)
               SELECT complaint_id, 'closing', 1, '35.78', zone, started_at, 10, 'working', 1, started_at, 3,
                      started_at, moved_at FROM clocks WHERE complaint_id = :id""",
            {"id": no_name},
        )
    await ignored_complaint(service, sound)
    await sweep(service, clock, utc("09-09 17:00"))
    recipients: dict[UUID, set[str]] = {}
    for fact in await announced(service):
        if isinstance(fact, ComplaintEscalated):
            recipients.setdefault(fact.complaint_id, set()).add(summary(fact).split(" → ")[1])
    assert recipients == {
        sound: {"35.78.DPUPR leader"},
        no_agency: {"NAS leader"},
        no_zone: {"NAS leader"},
        no_policy: {"NAS leader, NAS coordinator"},
        no_name: {"NAS leader, NAS coordinator"},
    }


async def test_without_a_directory_the_root_is_told(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("sla")
    await ignored_complaint(service)
    await sweep(service, clock, utc("09-04 05:00"))
    assert [summary(fact) for fact in await announced(service)] == ["follow_up 50% → NAS coordinator"]
    await publish(service)
    await sweep(service, clock, utc("09-08 17:00"))
    assert [summary(fact) for fact in await announced(service)] == IGNORED[1][1]


async def test_a_limit_ends_at_midnight_in_the_zone_of_the_agency(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await publish(service)
    complaint = uuid4()
    await hear(service, routed(complaint, EAST, "91.71"), verified(complaint), forwarded(complaint, EAST))
    due = {row.name: row.due_at for row in await clock_rows(service)}
    assert due["follow_up"] == utc("09-09 15:00")
    await sweep(service, clock, utc("09-09 15:00") - INSTANT)
    await announced(service)
    await sweep(service, clock, utc("09-09 15:00"))
    assert summary((await announced(service))[1]) == "follow_up step 1 → 91.71.DINKES leader"


async def test_an_answered_complaint_climbs_no_further(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("sla")
    await publish(service)
    complaint = await ignored_complaint(service)
    await sweep(service, clock, utc("09-10 00:00"))
    await announced(service)
    await hear(service, answered(complaint), at=utc("09-10 00:00"))
    await sweep(service, clock, utc("12-31 00:00"))
    assert {type(fact) for fact in await announced(service)} == {WindowLapsed}
    await hear(service, closed(complaint), at=utc("12-31 00:00"))
    assert await sweep(service, clock, utc("12-31 00:00") + timedelta(days=365)) == 0


async def test_a_crash_before_the_commit_loses_nothing(
    make_service: ServiceMaker, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service)
    before = await clock_rows(service)
    clock.advance_to(utc("09-04 05:00"))
    await hear_promises(service)

    def crash(*_: Any) -> None:
        raise RuntimeError("the power failed")

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "rows_of", crash)
        with pytest.raises(RuntimeError):
            await sweep_once(service)
    assert await clock_rows(service) == before
    await sweep(service)
    assert [summary(fact) for fact in await announced(service)] == IGNORED[0][1]
