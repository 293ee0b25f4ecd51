"""Clocks of a referral: the file is handed over in five working days, and no other limit stops for the Ombudsman."""

from datetime import timedelta

import pytest

from shared.clock import ManualClock
from shared.events import ComplaintEscalated, DeadlineMissed, DeadlineNear
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, ROADS, answered, forwarded, handed_over, held, merged, referred, taken_back, verified
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
from tests.sla.test_appeals import running

DAY = timedelta(days=1)
LATE = FILED + 61 * DAY


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    made = await make_service("sla")
    await publish(made)
    await ignored_complaint(made, COMPLAINT)
    return made


async def test_a_consent_begins_the_limit_of_the_file_and_stops_no_other(service: RunningService) -> None:
    before = await running(service)
    await hear(service, referred(COMPLAINT), at=LATE)
    assert await running(service) == {**before, "referral": ROADS}
    clock = (await clocks_by_name(service))["referral", 1]
    # Filed on a Monday, it is a Saturday: the next Friday.
    assert (clock.limit_days, clock.unit, (clock.due_at - LATE).days) == (5, "working", 6)
    await hear(service, handed_over(COMPLAINT), at=LATE + 2 * DAY)
    assert await running(service) == before
    assert (await clocks_by_name(service))["referral", 1].outcome == "met"


async def test_an_answer_and_a_withdrawal_end_the_limit_with_all_others(service: RunningService) -> None:
    await hear(service, referred(COMPLAINT), at=LATE)
    await hear(service, answered(COMPLAINT), at=LATE + DAY)
    assert set(await running(service)) == {"life", "window"}
    await hear(service, taken_back(COMPLAINT), at=LATE + 2 * DAY)
    assert await running(service) == {}


@pytest.mark.parametrize("interruption", [held, merged])
async def test_a_consent_ends_what_had_interrupted_the_handling(service: RunningService, interruption: object) -> None:
    before = await running(service)
    await hear(service, interruption(COMPLAINT, 1, "AWAITING_FOLLOW_UP", ROADS), at=FILED + DAY)  # type: ignore[operator]
    await hear(service, referred(COMPLAINT), at=FILED + 3 * DAY)
    assert await running(service) == {**before, "referral": ROADS}
    clocks = await clocks_by_name(service)
    assert clocks["follow_up", 1].paused_at is None and len(clocks["follow_up", 1].pauses) == 2


async def test_a_file_goes_with_the_holder_and_is_the_verifiers_before_the_verification(
    make_service: ServiceMaker,
) -> None:
    service = await make_service("sla")
    await publish(service)
    await hear(service, filed(COMPLAINT), routed(COMPLAINT), at=FILED)
    await hear(service, referred(COMPLAINT, CITY, unverified=True), at=LATE)
    assert (await running(service))["referral"] == CITY
    await hear(service, verified(COMPLAINT), forwarded(COMPLAINT), at=LATE + DAY)
    assert (await running(service))["referral"] == ROADS


async def test_a_file_that_nobody_hands_over_reminds_and_climbs_every_week(
    service: RunningService, clock: ManualClock
) -> None:
    await hear(service, referred(COMPLAINT), at=LATE)
    for days in (5, 6, 7, 12, 20, 30, 40):
        await sweep(service, clock, LATE + days * DAY)
    said = [fact for fact in await announced(service) if getattr(fact, "clock", "") == "referral"]
    assert [fact.percent for fact in said if isinstance(fact, DeadlineNear)] == [50, 80]
    # A unit has no coordinator of its own.
    near = {(seat.agency, seat.role) for fact in said if isinstance(fact, DeadlineNear) for seat in fact.recipients}
    assert near == {(CITY, "coordinator")}
    assert sum(isinstance(fact, DeadlineMissed) for fact in said) == 1
    climbs = [fact for fact in said if isinstance(fact, ComplaintEscalated)]
    assert [fact.step for fact in climbs][:3] == [1, 2, 3] and climbs[-1].round >= 1
