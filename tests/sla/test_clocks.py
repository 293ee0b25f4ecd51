"""What starts, moves and stops the clocks of a complaint."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared import inbox
from shared.bus import Message
from shared.clock import ManualClock
from shared.errors import BadSettings
from shared.events import encode, event_of
from shared.service import RunningService
from tests.conftest import Sites
from tests.sla.story import (
    CITY,
    EAST,
    FILED,
    HEALTH,
    INSTANT,
    ROADS,
    SECOND,
    answered,
    clocks,
    drain,
    filed,
    followed_up,
    forwarded,
    forwarded_complaint,
    hear,
    publish,
    routed,
    said,
    settle,
    utc,
    verified,
)

COMPLAINT = UUID(int=7)
DUE = utc("09-09 17:00")  # five working days after Monday 2025-09-01


async def table(service: RunningService) -> dict[tuple[str, int], Any]:
    return {(row.name, row.cycle): row for row in await clocks(service)}


async def test_exceptions_that_cannot_be_read_stop_the_start(site_of: Sites, tmp_path: Path) -> None:
    faulty = tmp_path / "libur.csv"
    faulty.write_text("garbage")
    with pytest.raises(BadSettings, match=r"TANGGAP_CALENDAR_EXCEPTIONS is refused: .*line 1"):
        await site_of("sla", calendar_exceptions=faulty)


async def test_a_moment_without_working_days_stops_the_start(site_of: Sites, clock: ManualClock) -> None:
    clock.advance_to(datetime(2200, 1, 1, tzinfo=UTC))
    with pytest.raises(BadSettings, match=r"TANGGAP_CLOCK_START is refused: 2200-01-01 is outside"):
        await site_of("sla")


async def test_a_routing_starts_the_verifiers_clock_and_the_ombudsmans_since_the_filing(site_of: Sites) -> None:
    service = await site_of("sla")
    await hear(service, filed(COMPLAINT), routed(COMPLAINT), at=FILED + timedelta(minutes=5))
    found = await table(service)
    assert {name: (row.agency, row.started_at, row.due_at) for (name, _), row in found.items()} == {
        "verification": (CITY, FILED, utc("09-04 17:00")),
        "ombudsman": (ROADS, FILED, FILED + timedelta(days=60)),
    }
    assert {row.policy_version for row in found.values()} == {1}


@pytest.mark.parametrize(
    ("classification", "due"),
    [
        ("information", "09-09 17:00"),
        ("aspiration", "09-09 17:00"),
        ("complaint", "09-22 17:00"),
        ("supervisory", "11-25 17:00"),
    ],
)
async def test_the_resolution_has_the_limit_of_its_class(site_of: Sites, classification: str, due: str) -> None:
    service = await site_of("sla")
    await hear(service, routed(COMPLAINT), verified(COMPLAINT, classification), forwarded(COMPLAINT))
    assert (await table(service))["resolution", 1].due_at == utc(due)


async def test_without_a_verified_class_the_kind_decides(site_of: Sites) -> None:
    service = await site_of("sla")
    await hear(service, routed(COMPLAINT, kind="information"), forwarded(COMPLAINT))
    assert (await table(service))["resolution", 1].limit_days == 5


@pytest.mark.parametrize(
    ("at", "outcome", "worked"),
    [(DUE - INSTANT, "met", 5.0), (DUE, "met", 5.0), (DUE + INSTANT, "missed", 5.0), (utc("09-04 05:00"), "met", 2.5)],
)
async def test_a_follow_up_at_the_limit_meets_it(site_of: Sites, at: Any, outcome: str, worked: float) -> None:
    service = await site_of("sla")
    await forwarded_complaint(service, COMPLAINT)
    await hear(service, followed_up(COMPLAINT), at=at)
    row = (await table(service))["follow_up", 1]
    # The day of the forwarding has 15 of its 24 hours left after 09:00.
    assert (row.stopped_at, row.outcome, row.next_at) == (at, outcome, None)
    assert row.worked_days == pytest.approx(worked + 15 / 24, abs=1e-6)


async def test_each_act_stops_its_own_clocks(site_of: Sites) -> None:
    service = await site_of("sla")
    running: list[set[str]] = []
    await hear(service, filed(COMPLAINT), routed(COMPLAINT))
    for fact in (verified(COMPLAINT), forwarded(COMPLAINT), followed_up(COMPLAINT), answered(COMPLAINT)):
        await hear(service, fact, at=FILED + timedelta(hours=len(running)))
        running.append({name for (name, _), row in (await table(service)).items() if row.stopped_at is None})
    assert running == [
        {"ombudsman"},
        {"ombudsman", "follow_up", "resolution"},
        {"ombudsman", "resolution"},
        set(),
    ]


async def test_an_answer_without_a_follow_up_stops_the_follow_up_too(site_of: Sites) -> None:
    service = await site_of("sla")
    await forwarded_complaint(service, COMPLAINT)
    await hear(service, answered(COMPLAINT), at=FILED + timedelta(hours=1))
    assert {row.outcome for row in await clocks(service)} == {"met"}


async def test_a_transfer_starts_a_new_follow_up_and_moves_the_resolution(site_of: Sites, clock: ManualClock) -> None:
    service = await site_of("sla")
    await publish(service)
    await forwarded_complaint(service, COMPLAINT)
    later = FILED + timedelta(days=2)
    await hear(service, forwarded(COMPLAINT, EAST, 1), at=later)
    found = await table(service)
    old, new, resolution = found["follow_up", 1], found["follow_up", 2], found["resolution", 1]
    assert (old.agency, old.outcome, old.stopped_at, old.worked_days) == (ROADS, "transferred", later, 2.0)
    assert (new.agency, new.started_at, new.due_at, new.outcome) == (EAST, later, utc("09-11 15:00"), None)
    # Not reset, but now by the clock of Jayapura, two hours ahead.
    assert (resolution.agency, resolution.started_at, resolution.due_at) == (EAST, FILED, utc("09-22 15:00"))
    assert found["ombudsman", 1].agency == EAST
    await settle(service, clock, utc("09-11 15:00"))
    assert "follow_up step 1 → 91.71.DINKES leader" in [said(fact) for fact in await drain(service)]


async def test_a_forwarding_after_a_follow_up_is_a_new_cycle(site_of: Sites) -> None:
    service = await site_of("sla")
    await forwarded_complaint(service, COMPLAINT)
    await hear(service, followed_up(COMPLAINT), at=FILED + timedelta(hours=1))
    await hear(service, forwarded(COMPLAINT, HEALTH, 1), at=FILED + timedelta(hours=2))
    found = await table(service)
    assert (found["follow_up", 1].outcome, found["follow_up", 2].outcome) == ("met", None)
    assert found["follow_up", 2].agency == HEALTH


async def test_a_whole_life_in_one_batch_is_told_in_order(site_of: Sites) -> None:
    service = await site_of("sla")
    ids = [uuid4() for _ in range(20)]
    acts = (filed, routed, verified, forwarded, followed_up, answered)
    await hear(service, *(act(complaint) for complaint in ids for act in acts))
    found = await clocks(service)
    assert len(found) == 4 * len(ids)
    assert {row.outcome for row in found} == {"met"}


async def test_the_same_events_delivered_twice_change_nothing(site_of: Sites) -> None:
    service = await site_of("sla")
    first, second = forwarded(COMPLAINT), forwarded(COMPLAINT, HEALTH, 1)
    facts = filed(COMPLAINT), routed(COMPLAINT), verified(COMPLAINT), first, second
    messages = [Message(e.fact.topic, e.fact.key, encode(e)) for e in (event_of(fact, FILED) for fact in facts)]
    await inbox.receive(service, messages)
    before = await clocks(service)
    await inbox.receive(service, messages)
    async with service.begin() as tx:
        # As after the inbox has forgotten them: the turn of a forwarding stands in itself.
        await tx.execute("DELETE FROM inbox")
    await inbox.receive(service, messages)
    assert await clocks(service) == before
    assert {(row.name, row.cycle) for row in before} >= {("follow_up", 1), ("follow_up", 2)}


async def test_a_routing_that_comes_late_starts_no_clock_that_nothing_would_stop(site_of: Sites) -> None:
    service = await site_of("sla")
    await hear(service, verified(COMPLAINT), forwarded(COMPLAINT, HEALTH), at=FILED + timedelta(hours=1))
    await hear(service, answered(COMPLAINT, HEALTH), at=FILED + timedelta(hours=2))
    await hear(service, routed(COMPLAINT), at=FILED)
    found = await table(service)
    assert found["verification", 1].stopped_at == FILED + timedelta(hours=1)
    assert found["ombudsman", 1].stopped_at == FILED + timedelta(hours=2)
    async with service.begin() as tx:
        complaint = (await tx.execute("SELECT filed_at, holder FROM complaints")).one()
    assert (complaint.filed_at, complaint.holder) == (FILED, HEALTH)


async def test_acts_by_a_clock_that_is_behind_stop_what_they_answer(site_of: Sites, clock: ManualClock) -> None:
    """Machines differ by some milliseconds."""
    service = await site_of("sla")
    complaint = await forwarded_complaint(service)
    await hear(service, followed_up(complaint), at=FILED - timedelta(milliseconds=50))
    await hear(service, answered(complaint), at=FILED - timedelta(milliseconds=20))
    assert {row.outcome for row in await clocks(service) if row.name != "verification"} == {"met"}
    assert await settle(service, clock, FILED + timedelta(days=100)) == 0


async def test_a_class_that_is_told_again_keeps_the_policy_its_clock_began_with(
    site_of: Sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await site_of("sla")
    complaint = await forwarded_complaint(service)
    monkeypatch.setattr("services.sla.actions.clocks.policy_on", lambda _: SECOND)
    await hear(service, verified(complaint))
    resolution = (await table(service))["resolution", 1]
    assert (resolution.policy_version, resolution.limit_days) == (1, 14)


async def test_an_unknown_zone_keeps_the_days_of_the_capital(site_of: Sites) -> None:
    service = await site_of("sla")
    await hear(service, forwarded(COMPLAINT, ROADS, zone="Mars/Olympus"))
    assert (await table(service))["follow_up", 1].due_at == DUE


async def test_stops_and_sweeps_at_once_agree(site_of: Sites, clock: ManualClock) -> None:
    """Whichever comes first, a stopped clock is never due again."""
    import asyncio

    service = await site_of("sla", sweep_batch=5)
    await publish(service)
    ids = [uuid4() for _ in range(40)]
    for complaint in ids:
        await forwarded_complaint(service, complaint)
    clock.advance_to(utc("12-31 00:00"))
    await asyncio.gather(settle(service), hear(service, *map(answered, ids), at=utc("12-31 00:00")), settle(service))
    found = await clocks(service)
    assert all(row.stopped_at is not None and row.next_at is None for row in found)
    assert await settle(service) == 0
