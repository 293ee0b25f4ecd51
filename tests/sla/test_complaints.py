"""The events of a complaint start, move and stop its clocks."""

import asyncio
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.clock import ManualClock
from shared.events import LimitSet, event_of
from shared.service import RunningService
from shared.telemetry import unusable_values
from tests import make
from tests.conftest import ServiceMaker
from tests.make import (
    CITY,
    EAST,
    HEALTH,
    ROADS,
    answered,
    archived,
    followed_up,
    forwarded,
    held,
    reassigned,
    redeliver,
    utc,
    verified,
)
from tests.services import staged
from tests.sla.cases import (
    COMPLAINT,
    DUE,
    FILED,
    INSTANT,
    SECOND,
    announced,
    clock_rows,
    clocks_by_name,
    filed,
    forwarded_in_zone,
    hear,
    ignored_complaint,
    publish,
    routed,
    summary,
    sweep,
)


async def test_a_routing_starts_the_clocks_of_the_verifier_and_the_ombudsman_at_the_filing(
    make_service: ServiceMaker,
) -> None:
    service = await make_service("sla")
    await hear(service, filed(COMPLAINT), routed(COMPLAINT), at=FILED + timedelta(minutes=5))
    found = await clocks_by_name(service)
    assert {name: (row.agency, row.started_at, row.due_at) for (name, _), row in found.items()} == {
        "life": (ROADS, FILED, utc("09-02 17:00")),
        "verification": (CITY, FILED, utc("09-04 17:00")),
        "ombudsman": (ROADS, FILED, FILED + timedelta(days=60)),
    }
    assert {row.policy_version for row in found.values()} == {1}


async def limits_set(service: RunningService) -> list[tuple[str, int, str, datetime]]:
    """Clock, cycle, agency and end of the limits that were set since the last time."""
    facts = [fact for fact in await staged(service) if isinstance(fact, LimitSet)]
    await announced(service)
    return [(fact.clock, fact.cycle, fact.agency, fact.due_at) for fact in facts]


async def test_each_limit_for_one_act_is_told_once_as_soon_as_it_runs(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    first = await make.receive(service, [(filed(COMPLAINT), FILED), (routed(COMPLAINT), FILED)])
    assert await limits_set(service) == [("verification", 1, CITY, utc("09-04 17:00"))]
    await hear(service, reassigned(COMPLAINT, HEALTH, EAST))
    [(clock, _, verifier, due_at)] = await limits_set(service)
    assert (clock, verifier) == ("verification", EAST) and due_at == utc("09-04 17:00"), "its day ends last in the west"
    await hear(service, verified(COMPLAINT), forwarded(COMPLAINT))
    assert await limits_set(service) == [("follow_up", 1, ROADS, DUE)]
    await hear(service, forwarded(COMPLAINT, HEALTH, 1), at=FILED + timedelta(hours=1))
    assert await limits_set(service) == [("follow_up", 2, HEALTH, DUE)]
    await redeliver(service, first)
    await hear(service, routed(COMPLAINT), followed_up(COMPLAINT, HEALTH), at=FILED + timedelta(hours=2))
    assert await limits_set(service) == []


async def test_the_limit_of_a_question_is_told_to_its_reporter_once(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    await hear(service, filed(COMPLAINT), routed(COMPLAINT), verified(COMPLAINT), forwarded(COMPLAINT))
    await announced(service)
    await hear(service, held(COMPLAINT), held(COMPLAINT))
    assert await limits_set(service) == [("hold", 1, ROADS, FILED + timedelta(days=30))]


async def test_a_limit_that_has_stopped_before_it_is_known_is_not_told(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    await hear(service, answered(COMPLAINT), at=FILED + timedelta(days=1))
    await hear(service, filed(COMPLAINT), verified(COMPLAINT), forwarded(COMPLAINT), routed(COMPLAINT))
    assert await limits_set(service) == []


@pytest.mark.parametrize(
    ("classification", "due"),
    [
        ("information", "09-09 17:00"),
        ("aspiration", "09-09 17:00"),
        ("complaint", "09-22 17:00"),
        ("supervisory", "11-25 17:00"),
    ],
)
async def test_the_resolution_has_the_limit_of_its_class(
    make_service: ServiceMaker, classification: str, due: str
) -> None:
    service = await make_service("sla")
    await hear(service, routed(COMPLAINT), verified(COMPLAINT, classification), forwarded(COMPLAINT))
    assert (await clocks_by_name(service))["resolution", 1].due_at == utc(due)


async def test_without_a_verified_class_the_kind_sets_the_limit(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    await hear(service, routed(COMPLAINT, kind="information"), forwarded(COMPLAINT))
    assert (await clocks_by_name(service))["resolution", 1].limit_days == 5


@pytest.mark.parametrize(
    ("at", "outcome", "worked"),
    [(DUE - INSTANT, "met", 5.0), (DUE, "met", 5.0), (DUE + INSTANT, "missed", 5.0), (utc("09-04 05:00"), "met", 2.5)],
)
async def test_a_follow_up_at_the_limit_meets_it(
    make_service: ServiceMaker, at: Any, outcome: str, worked: float
) -> None:
    service = await make_service("sla")
    await ignored_complaint(service, COMPLAINT)
    await hear(service, followed_up(COMPLAINT), at=at)
    row = (await clocks_by_name(service))["follow_up", 1]
    # The day of the forwarding has 15 of its 24 hours left after 09:00.
    assert (row.stopped_at, row.outcome, row.next_at) == (at, outcome, None)
    assert row.worked_days == pytest.approx(worked + 15 / 24, abs=1e-6)


async def test_each_act_stops_its_own_clocks(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    running: list[set[str]] = []
    await hear(service, filed(COMPLAINT), routed(COMPLAINT))
    for fact in (verified(COMPLAINT), forwarded(COMPLAINT), followed_up(COMPLAINT), answered(COMPLAINT)):
        await hear(service, fact, at=FILED + timedelta(hours=len(running)))
        running.append({name for (name, _), row in (await clocks_by_name(service)).items() if row.stopped_at is None})
    assert running == [
        {"life", "ombudsman"},
        {"life", "ombudsman", "follow_up", "resolution"},
        {"life", "ombudsman", "resolution"},
        {"life", "window"},
    ]


async def test_a_limit_that_an_archiving_ends_is_neither_met_nor_missed(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    early, late, unverified = (uuid4() for _ in range(3))
    for complaint in (early, late):
        await ignored_complaint(service, complaint)
    await hear(service, filed(unverified), routed(unverified))
    await hear(service, archived(early), archived(unverified), at=FILED + timedelta(hours=1))
    # Ten days are more than the follow-up may take, and less than the resolution may.
    await hear(service, archived(late), at=FILED + timedelta(days=10))
    outcomes: dict[UUID, dict[str, str]] = defaultdict(dict)
    for row in await clock_rows(service):
        outcomes[row.complaint_id][row.name] = row.outcome
    ended = dict.fromkeys(("life", "follow_up", "resolution", "ombudsman"), "ended")
    assert outcomes == {
        early: {**ended, "verification": "met"},
        late: {**ended, "verification": "met", "follow_up": "missed"},
        unverified: dict.fromkeys(("life", "verification", "ombudsman"), "ended"),
    }


async def test_an_answer_stops_the_follow_up_clock_too(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    await ignored_complaint(service, COMPLAINT)
    await hear(service, answered(COMPLAINT), at=FILED + timedelta(hours=1))
    assert {row.name: row.outcome for row in await clock_rows(service)} == {
        "life": None,
        "verification": "met",
        "follow_up": "met",
        "resolution": "met",
        "ombudsman": "met",
        "window": None,
    }


async def test_a_transfer_starts_a_new_follow_up_and_moves_the_resolution(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service, COMPLAINT)
    later = FILED + timedelta(days=2)
    await hear(service, forwarded(COMPLAINT, EAST, 1), at=later)
    found = await clocks_by_name(service)
    old, new, resolution = found["follow_up", 1], found["follow_up", 2], found["resolution", 1]
    assert (old.agency, old.outcome, old.stopped_at, old.worked_days) == (ROADS, "transferred", later, 2.0)
    assert (new.agency, new.started_at, new.due_at, new.outcome) == (EAST, later, utc("09-11 15:00"), None)
    # Not reset, nor two hours earlier by the clock of Jayapura.
    assert (resolution.agency, resolution.started_at, resolution.due_at) == (EAST, FILED, utc("09-22 17:00"))
    assert found["ombudsman", 1].agency == EAST
    await sweep(service, clock, utc("09-11 15:00"))
    assert "follow_up step 1 → 91.71.DINKES leader" in [summary(fact) for fact in await announced(service)]


async def test_a_forwarding_after_a_follow_up_begins_a_new_cycle(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    await ignored_complaint(service, COMPLAINT)
    await hear(service, followed_up(COMPLAINT), at=FILED + timedelta(hours=1))
    await hear(service, forwarded(COMPLAINT, HEALTH, 1), at=FILED + timedelta(hours=2))
    found = await clocks_by_name(service)
    assert (found["follow_up", 1].outcome, found["follow_up", 2].outcome) == ("met", None)
    assert found["follow_up", 2].agency == HEALTH


async def test_all_events_of_a_complaint_in_one_batch_take_effect_in_order(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    ids = [uuid4() for _ in range(20)]
    acts = (filed, routed, verified, forwarded, followed_up, answered)
    await hear(service, *(act(complaint) for complaint in ids for act in acts))
    found = await clock_rows(service)
    assert len(found) == 6 * len(ids)
    assert {row.name for row in found if row.outcome != "met"} == {"life", "window"}


async def test_the_same_events_delivered_twice_change_nothing(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    first, second = forwarded(COMPLAINT), forwarded(COMPLAINT, HEALTH, 1)
    facts = filed(COMPLAINT), routed(COMPLAINT), verified(COMPLAINT), first, second
    events = [event_of(fact, FILED) for fact in facts]
    await redeliver(service, events)
    before = await clock_rows(service)
    await redeliver(service, events)
    async with service.begin() as tx:
        # The inbox forgets old events; a forwarding itself tells its turn.
        await tx.execute("DELETE FROM inbox")
    await redeliver(service, events)
    assert await clock_rows(service) == before
    assert {(row.name, row.cycle) for row in before} >= {("follow_up", 1), ("follow_up", 2)}


async def test_a_late_routing_starts_clocks_as_stopped_by_the_acts_so_far(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    await hear(service, verified(COMPLAINT), forwarded(COMPLAINT, HEALTH), at=FILED + timedelta(hours=1))
    await hear(service, answered(COMPLAINT, HEALTH), at=FILED + timedelta(hours=2))
    await hear(service, routed(COMPLAINT), at=FILED)
    found = await clocks_by_name(service)
    assert found["verification", 1].stopped_at == FILED + timedelta(hours=1)
    assert found["ombudsman", 1].stopped_at == FILED + timedelta(hours=2)
    async with service.begin() as tx:
        complaint = (await tx.execute("SELECT filed_at, holder FROM complaints")).one()
    assert (complaint.filed_at, complaint.holder) == (FILED, HEALTH)


async def test_acts_timed_by_a_slow_machine_stop_their_clocks(make_service: ServiceMaker, clock: ManualClock) -> None:
    """Machines differ by some milliseconds."""
    service = await make_service("sla")
    complaint = await ignored_complaint(service)
    await hear(service, followed_up(complaint), at=FILED - timedelta(milliseconds=50))
    await hear(service, answered(complaint, window=0), at=FILED - timedelta(milliseconds=20))
    assert {row.outcome for row in await clock_rows(service) if row.name not in ("verification", "life")} == {"met"}
    assert await sweep(service, clock, FILED + timedelta(days=100)) == 0


async def test_a_repeated_class_keeps_the_policy_with_which_its_clock_started(
    make_service: ServiceMaker,
) -> None:
    service = await make_service("sla")
    complaint = await ignored_complaint(service)
    service.state.rules = replace(service.state.rules, policies=(*service.state.rules.policies, SECOND))
    await hear(service, verified(complaint), at=utc("09-04 02:00"))
    resolution = (await clocks_by_name(service))["resolution", 1]
    assert (resolution.policy_version, resolution.limit_days) == (1, 14)


async def test_an_unknown_zone_has_the_working_days_of_the_capital(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    counter = unusable_values.labels("sla", "zone")
    before = counter._value.get()
    await hear(service, forwarded_in_zone(COMPLAINT, "Mars/Olympus"))
    assert counter._value.get() > before
    assert (await clocks_by_name(service))["follow_up", 1].due_at == DUE


async def test_a_clock_stopped_during_a_sweep_is_never_due_again(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla", sweep_batch=5)
    await publish(service)
    ids = [uuid4() for _ in range(40)]
    for complaint in ids:
        await ignored_complaint(service, complaint)
    clock.advance_to(utc("12-31 00:00"))
    ends = [answered(complaint, window=0) for complaint in ids]
    await asyncio.gather(sweep(service), hear(service, *ends, at=utc("12-31 00:00")), sweep(service))
    found = await clock_rows(service)
    assert all(row.stopped_at is not None and row.next_at is None for row in found)
    assert await sweep(service) == 0
