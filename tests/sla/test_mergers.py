"""Clocks of a complaint that was merged into another: they pause, and go on with the time that they had left."""

from datetime import timedelta

import pytest

from shared.clock import ManualClock
from shared.events import ComplaintEscalated, DeadlineMissed, OmbudsmanOffered
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import ROADS, answered, held, merged, resumed, separated
from tests.sla.cases import (
    COMPLAINT,
    FILED,
    announced,
    clocks_by_name,
    filed,
    hear,
    ignored_complaint,
    publish,
    routed,
    sweep,
)

DAY = timedelta(days=1)


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    made = await make_service("sla")
    await publish(made)
    return made


async def test_a_merger_pauses_the_handling_and_not_the_way_to_the_ombudsman(
    service: RunningService, clock: ManualClock
) -> None:
    await ignored_complaint(service, COMPLAINT)
    before = await clocks_by_name(service)
    await hear(service, merged(COMPLAINT), at=FILED + DAY)
    during = await clocks_by_name(service)
    assert {name for (name, _), clock in during.items() if clock.paused_at} == {"follow_up", "resolution"}
    assert during["merger", 1].due_at == FILED + timedelta(days=91)
    assert during["follow_up", 1].paused_until == FILED + timedelta(days=92)
    await sweep(service, clock, FILED + timedelta(days=61))
    said = await announced(service)
    assert any(isinstance(fact, OmbudsmanOffered) for fact in said)
    assert not any(isinstance(fact, ComplaintEscalated) and fact.clock != "ombudsman" for fact in said)
    assert before["ombudsman", 1].due_at == during["ombudsman", 1].due_at


async def test_a_separated_complaint_has_the_time_that_it_had_left(service: RunningService) -> None:
    await ignored_complaint(service, COMPLAINT)
    before = await clocks_by_name(service)
    await hear(service, merged(COMPLAINT), at=FILED + DAY)
    await hear(service, separated(COMPLAINT), at=FILED + timedelta(days=8))
    after = await clocks_by_name(service)
    assert after["merger", 1].outcome == "met" and not any(clock.paused_at for clock in after.values())
    assert after["follow_up", 1].due_at - before["follow_up", 1].due_at == timedelta(days=6)
    assert after["ombudsman", 1].due_at == before["ombudsman", 1].due_at


async def test_holds_and_mergers_pause_one_after_the_other(service: RunningService) -> None:
    await ignored_complaint(service, COMPLAINT)
    await hear(service, held(COMPLAINT), at=FILED + DAY)
    await hear(service, resumed(COMPLAINT), at=FILED + 2 * DAY)
    await hear(service, merged(COMPLAINT), at=FILED + 3 * DAY)
    await hear(service, separated(COMPLAINT), at=FILED + 5 * DAY)
    clocks = await clocks_by_name(service)
    assert [clocks[name, 1].stopped_at for name in ("hold", "merger")] == [FILED + 2 * DAY, FILED + 5 * DAY]
    moments = [FILED + days * DAY for days in (1, 2, 3, 5)]
    assert list(clocks["follow_up", 1].pauses) == moments
    assert list(clocks["ombudsman", 1].pauses) == moments[:2]


async def test_an_answer_that_is_shared_ends_the_merger_and_an_open_verification(service: RunningService) -> None:
    await hear(service, filed(COMPLAINT), routed(COMPLAINT))
    await hear(service, merged(COMPLAINT, state="UNVERIFIED"), at=FILED + DAY)
    await hear(service, answered(COMPLAINT, ROADS, window=1), at=FILED + 9 * DAY)
    clocks = await clocks_by_name(service)
    running = {name for (name, _), clock in clocks.items() if clock.stopped_at is None}
    assert running == {"life", "window"}
    assert clocks["verification", 1].outcome == clocks["merger", 1].outcome == "met"


async def test_a_merger_without_an_answer_lapses_again_and_again_until_it_is_ended(
    service: RunningService, clock: ManualClock
) -> None:
    await ignored_complaint(service, COMPLAINT)
    await hear(service, merged(COMPLAINT), at=FILED + DAY)
    await sweep(service, clock, FILED + timedelta(days=91, hours=1))
    [lapse] = [fact for fact in await announced(service) if isinstance(fact, DeadlineMissed)]
    assert (lapse.clock, lapse.cycle, lapse.agency) == ("merger", 1, ROADS)
    await sweep(service, clock, FILED + timedelta(days=99))
    lapses = [fact for fact in await announced(service) if isinstance(fact, DeadlineMissed) and fact.clock == "merger"]
    assert len(lapses) >= 1
    # Whatever becomes of the merger, the limits go on a day after its end.
    clocks = await clocks_by_name(service)
    assert clocks["follow_up", 1].paused_at is None and clocks["follow_up", 1].next_at is not None
