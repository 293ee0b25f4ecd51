"""The window after an answer: its length in three zones, what its steps say, and the limit of a call."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla.domain.clocks import started
from services.sla.domain.complaints import Complaint
from services.sla.domain.lifecycle import AgencyOf
from services.sla.domain.steps import raised, steps_of
from shared.clock import ManualClock
from shared.events import ComplaintEscalated, DeadlineMissed, WindowClosing, WindowLapsed
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import ROADS, answered, closed, contact_requested, contacted, reopened, replied
from tests.policies import POLICIES
from tests.services import client_of
from tests.sla.cases import COMPLAINT, FILED, RULES, announced, clocks_by_name, hear, ignored_complaint, publish, sweep

DAY = timedelta(days=1)
ANSWERED_AT = FILED + DAY
LAPSE = FILED + 18 * DAY
FREE = frozenset(holidays.country_holidays("ID", categories=("public", "government"), years=range(2023, 2032)))
ZONES = "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"


def tenth_working_day(since: datetime, zone: str) -> datetime:
    """The reference: walked day by day; the day of the answer does not count."""
    day, left = since.astimezone(ZoneInfo(zone)).date(), 10
    while left:
        day += DAY
        left -= day.weekday() < 5 and day not in FREE
    return datetime.combine(day + DAY, time(), ZoneInfo(zone))


@settings(max_examples=1_000, deadline=None)
@given(
    since=st.datetimes(datetime(2023, 1, 1), datetime(2030, 11, 30), timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
)
def test_a_window_lasts_ten_working_days_of_its_agency_in_each_zone(since: datetime, zone: str) -> None:
    window = started(RULES, Complaint(COMPLAINT, since - DAY), "window", AgencyOf(ROADS, zone), since, 1)
    assert window.due_at == tenth_working_day(since, zone)
    assert window.stopped_at is None and window.next_at is not None and since < window.next_at < window.due_at


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    return await make_service("sla")


async def test_a_window_reminds_once_and_says_its_end_until_it_is_closed(
    service: RunningService, clock: ManualClock
) -> None:
    await publish(service)
    await ignored_complaint(service, COMPLAINT)
    await hear(service, answered(COMPLAINT), at=ANSWERED_AT)
    await announced(service)
    await sweep(service, clock, FILED + 10 * DAY)
    await sweep(service, clock, LAPSE)
    assert [type(fact) for fact in await announced(service)] == [WindowClosing, WindowLapsed]
    async with client_of(service) as client:
        shown = (await client.get(f"/sla/complaints/{COMPLAINT}/clocks")).json()
        overdue = (await client.get("/sla/overdue")).json()
    states = {one["name"]: one["state"] for one in shown}
    assert (states["window"], states["life"], states["resolution"]) == ("running", "running", "met")
    # The time of the reporter is nobody's delay.
    assert overdue["items"] == []
    await hear(service, closed(COMPLAINT), at=LAPSE + DAY)
    await sweep(service, clock, LAPSE + 60 * DAY)
    assert await announced(service) == []


async def test_a_window_that_nobody_closes_is_not_silent(service: RunningService, clock: ManualClock) -> None:
    await publish(service)
    await ignored_complaint(service, COMPLAINT)
    await hear(service, answered(COMPLAINT), at=ANSWERED_AT)
    for days in range(0, 28, 7):
        await sweep(service, clock, LAPSE + days * DAY)
    facts = await announced(service)
    assert sum(isinstance(fact, WindowLapsed) for fact in facts) > 1
    assert {fact.clock for fact in facts if isinstance(fact, ComplaintEscalated)} == {"life"}


async def test_a_call_has_a_limit_that_climbs_until_the_reporter_is_told(
    service: RunningService, clock: ManualClock
) -> None:
    await publish(service)
    await ignored_complaint(service, COMPLAINT)
    await hear(service, answered(COMPLAINT), at=ANSWERED_AT)
    await hear(service, contact_requested(COMPLAINT), at=LAPSE)
    await announced(service)
    await sweep(service, clock, LAPSE + 8 * DAY)
    facts = await announced(service)
    assert [fact.clock for fact in facts if isinstance(fact, DeadlineMissed)] == ["contact"]
    assert "contact" in {fact.clock for fact in facts if isinstance(fact, ComplaintEscalated)}
    await hear(service, contacted(COMPLAINT), at=LAPSE + 8 * DAY)
    clocks = await clocks_by_name(service)
    assert (clocks["contact", 1].outcome, clocks["window", 1].outcome) == ("missed", "ended")
    assert clocks["window", 2].stopped_at is None


async def test_a_reply_to_an_answer_begins_a_new_window_and_any_other_changes_no_clock(service: RunningService) -> None:
    await ignored_complaint(service, COMPLAINT)
    before = await clocks_by_name(service)
    await hear(service, replied(COMPLAINT), at=FILED + DAY / 2)
    assert await clocks_by_name(service) == before
    await hear(service, answered(COMPLAINT), at=ANSWERED_AT)
    await hear(service, replied(COMPLAINT, window=2), at=ANSWERED_AT + 3 * DAY)
    clocks = await clocks_by_name(service)
    assert clocks["window", 1].outcome == "ended" and clocks["window", 2].stopped_at is None
    assert clocks["window", 2].due_at > clocks["window", 1].due_at


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_reply_that_came_before_the_closing_undoes_it_in_whatever_order_they_are_heard(
    service: RunningService, order: Sequence[int]
) -> None:
    await ignored_complaint(service, COMPLAINT)
    reply = replied(COMPLAINT, window=2, closing_taken_back=True)
    told = [(answered(COMPLAINT), ANSWERED_AT), (closed(COMPLAINT), LAPSE), (reply, LAPSE + DAY)]
    for place in order:
        await hear(service, told[place][0], at=told[place][1])
    clocks = await clocks_by_name(service)
    assert {key for key, clock in clocks.items() if clock.stopped_at is None} == {("life", 1), ("window", 2)}
    assert clocks["ombudsman", 1].stopped_at == ANSWERED_AT
    await hear(service, closed(COMPLAINT, accepted=True), at=LAPSE + 2 * DAY)
    assert (await clocks_by_name(service))["life", 1].stopped_at == LAPSE + 2 * DAY


async def test_a_dispute_lets_the_clocks_of_the_whole_complaint_go_on(service: RunningService) -> None:
    await ignored_complaint(service, COMPLAINT)
    await hear(service, answered(COMPLAINT), at=ANSWERED_AT)
    await hear(service, closed(COMPLAINT), at=LAPSE)
    stopped = await clocks_by_name(service)
    assert all(clock.stopped_at for clock in stopped.values())
    await hear(service, reopened(COMPLAINT, standing=2), at=LAPSE + DAY)
    clocks = await clocks_by_name(service)
    assert {key for key, clock in clocks.items() if clock.stopped_at is None} == {
        ("life", 1),
        ("ombudsman", 1),
        ("resolution", 2),
    }
    assert (clocks["resolution", 2].floor, clocks["resolution", 1].floor) == (2, 0)
    assert clocks["ombudsman", 1].started_at == clocks["life", 1].started_at == FILED


def test_a_climb_is_raised_to_the_floor_and_still_declares_the_limit_missed() -> None:
    steps = steps_of(POLICIES[0], "resolution", 14)
    assert [raised(step, 2).escalation for step in steps] == [0, 0, 2, 2, 3]
    assert [raised(step, 2).declares for step in steps] == [False, False, True, False, False]
