"""Promises: each has a clock that ends with its day, survives the answer, and is the same in any order of events."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla.domain.clocks import started as begun
from services.sla.domain.complaints import Complaint
from services.sla.domain.holders import counted_anew, given_to, last_day, until
from shared.clock import ManualClock
from shared.events import Fact
from shared.service import RunningService
from shared.vocabulary import COMMITMENT, FOLLOW_UP
from tests.conftest import ServiceMaker
from tests.make import (
    EAST,
    HEALTH,
    ROADS,
    answered,
    archived,
    forwarded,
    promise_kept,
    promise_moved,
    promised,
    ref,
    utc,
)
from tests.sla.cases import (
    COMPLAINT,
    FILED,
    RULES,
    announced,
    clock_rows,
    clocks_by_name,
    hear,
    ignored_complaint,
    publish,
    receive,
    summary,
    sweep,
)

MADE, MOVED, KEPT = utc("09-02 03:00"), utc("09-03 03:00"), utc("09-08 03:00")


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    service = await make_service("sla")
    await publish(service)
    return service


async def said_of_promises(service: RunningService) -> list[str]:
    """What was announced of promises, and not of the window of the answer."""
    return [line for line in map(summary, await announced(service)) if line.startswith("promise")]


async def test_a_promise_runs_to_the_end_of_its_day_and_survives_the_answer(service: RunningService) -> None:
    await ignored_complaint(service, COMPLAINT)
    await receive(service, [(promised(COMPLAINT), MADE), (promised(COMPLAINT, number=2, due_on="2025-09-10"), MADE)])
    await hear(service, answered(COMPLAINT), at=utc("09-04 03:00"))
    clocks = await clocks_by_name(service)
    assert (clocks["resolution", 1].outcome, clocks["window", 1].stopped_at) == ("met", None)
    for number, due in ((1, "09-15 17:00"), (2, "09-10 17:00")):
        clock = clocks["promise", number]
        assert (clock.due_at, clock.stopped_at, clock.agency) == (utc(due), None, ROADS)
    await hear(service, promise_kept(COMPLAINT, MADE, number=2, due_on="2025-09-10"), at=KEPT)
    clocks = await clocks_by_name(service)
    assert (clocks["promise", 2].outcome, clocks["promise", 2].stopped_at) == ("met", KEPT)
    assert clocks["promise", 1].stopped_at is None


async def test_a_missed_promise_climbs_after_the_answer_until_it_is_kept(
    service: RunningService, clock: ManualClock
) -> None:
    await ignored_complaint(service, COMPLAINT)
    await hear(service, promised(COMPLAINT), at=MADE)
    await hear(service, answered(COMPLAINT), at=utc("09-04 03:00"))
    for day in ("09-09", "09-12"):
        await sweep(service, clock, utc(f"{day} 17:00"))
    await announced(service)
    await sweep(service, clock, utc("09-15 17:00"))
    assert await said_of_promises(service) == ["promise missed", "promise step 1 → 35.78.DPUPR leader"]
    await sweep(service, clock, utc("09-22 17:00"))
    assert await said_of_promises(service) == ["promise step 2 → 35.78 leader"]
    await hear(service, promise_kept(COMPLAINT, MADE), at=utc("09-23 03:00"))
    await sweep(service, clock, utc("10-30 17:00"))
    assert (await clocks_by_name(service))["promise", 1].outcome == "missed"
    assert await said_of_promises(service) == []


async def test_an_archive_makes_a_promise_void_and_a_forwarding_passes_it_on(service: RunningService) -> None:
    await ignored_complaint(service, COMPLAINT)
    await hear(service, promised(COMPLAINT), at=MADE)
    await hear(service, forwarded(COMPLAINT, EAST, 1), at=MOVED)
    clock = (await clocks_by_name(service))["promise", 1]
    # The day is the same, and ends where it was promised: in the east it would two hours earlier.
    assert (clock.agency, clock.due_at) == (EAST, utc("09-15 17:00"))
    await hear(service, archived(COMPLAINT, EAST), at=KEPT)
    assert (await clocks_by_name(service))["promise", 1].outcome == "ended"


@pytest.mark.parametrize("end", [None, answered, archived])
async def test_the_order_of_events_does_not_matter(service: RunningService, end: Any) -> None:
    """Also with a forwarding between, of which the promise may be told before or after."""
    found = []
    for order in permutations(range(4 + bool(end))):
        complaint = uuid4()
        await ignored_complaint(service, complaint)
        # Kept by the new holder, or void.
        last = promise_moved(complaint, MADE, HEALTH) if end is archived else None
        told: list[tuple[Fact, datetime]] = [
            (promised(complaint), MADE),
            (forwarded(complaint, HEALTH, 1), MADE + timedelta(hours=1)),
            (promise_moved(complaint, MADE, HEALTH), MOVED),
            (last or promise_kept(complaint, MADE, HEALTH, due_on="2025-09-22"), MOVED if last else KEPT),
        ]
        told += [(end(complaint, HEALTH), utc("09-05 03:00"))] if end else []
        for place in order:
            await receive(service, [told[place]])
        rows = [row._asdict() for row in await clock_rows(service) if row.complaint_id == complaint]
        found.append([{**row, "complaint_id": None, "moved_at": None} for row in rows])
    assert all(each == found[0] for each in found)
    [clock] = [row for row in found[0] if row["name"] == "promise"]
    assert (clock["due_at"], clock["agency"]) == (utc("09-22 17:00"), HEALTH)


@settings(max_examples=1_000, deadline=None)
@given(
    since=st.datetimes(datetime(2023, 1, 1), datetime(2030, 6, 1)),
    days=st.integers(1, 80),
    zones=st.lists(st.sampled_from(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]), min_size=2, max_size=4),
)
def test_the_day_of_a_promise_stays_whoever_has_it_and_however_often_it_is_counted(
    since: datetime, days: int, zones: Sequence[str]
) -> None:
    start = since.replace(tzinfo=FILED.tzinfo)
    complaint = Complaint(COMPLAINT, start)
    clock = begun(RULES, complaint, COMMITMENT, ref(ROADS, zone=zones[0]), start)
    wanted = start.date() + timedelta(days=days + 1)
    clock = until(RULES, clock, wanted)
    day = last_day(clock)
    # Exactly that day, or the next working day.
    assert day >= wanted and all(not works(wanted + timedelta(days=n)) for n in range((day - wanted).days))
    for zone in zones[1:]:
        turn = begun(RULES, complaint, FOLLOW_UP, ref(EAST, zone=zone), start + timedelta(hours=1))
        clock = counted_anew(RULES, given_to(RULES, clock, [turn]))
        assert last_day(clock) == day and clock.started_at == start


def works(day: date) -> bool:
    noon = datetime(day.year, day.month, day.day, 5, tzinfo=FILED.tzinfo)
    return RULES.calendar_of("Asia/Jakarta").working_days_between(noon, noon + timedelta(hours=1)) > 0
