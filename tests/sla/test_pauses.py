"""A pause takes nothing from a limit: moments past pauses equal a reference that walks day by day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from uuid import uuid4
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla.domain import complaints, lifecycle
from services.sla.domain.announcements import take_step
from services.sla.domain.clocks import Clock, next_moment
from services.sla.domain.complaints import Complaint
from services.sla.domain.pauses import GRACE, with_pauses
from services.sla.domain.settlements import settle
from services.sla.domain.spans import Span, moment_past, spans_of, working_days_past
from services.sla.state import calendars
from shared.calendar import ZONES
from shared.clock import ManualClock
from shared.events import DeadlineMissed, DeadlineNear
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import ROADS, completed, held, ref, resumed
from tests.sla.cases import (
    COMPLAINT,
    FILED,
    RULES,
    announced,
    clocks_by_name,
    hear,
    ignored_complaint,
    publish,
    summary,
    sweep,
)
from tests.sla.test_announcements import LADDER, running

TICK, DAY = timedelta(microseconds=1), timedelta(days=1)
CALENDAR_OF = calendars(None)
# Whole limits, and the reminders of half and of four fifths of them.
LENGTHS = (0.5, 1, 1.5, 2.4, 2.5, 3, 4, 5, 7, 11.2, 14, 30, 48, 60, 70)


@cache
def days_off(year: int) -> frozenset[object]:
    return frozenset(holidays.country_holidays("ID", categories=("public", "government"), years=year))


def counts(zone: str, moment: datetime, unit: str) -> bool:
    day = moment.astimezone(ZoneInfo(ZONES[zone])).date()
    return unit == "calendar" or (day.weekday() < 5 and day not in days_off(day.year))


def midnight_after(zone: str, moment: datetime) -> datetime:
    local = ZoneInfo(ZONES[zone])
    day = moment.astimezone(local).date() + DAY
    return datetime.combine(day, time(), local).astimezone(UTC)


def pieces(zone: str, unit: str, since: datetime, pauses: Sequence[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """The pieces of time since then that count: of each day, as far as it is no holiday and not paused."""
    while True:
        until = min([midnight_after(zone, since), *(moment for moment in pauses if moment > since)])
        is_paused = any(start <= since < end for start, end in spans_of(pauses))
        if counts(zone, since, unit) and not is_paused:
            yield since, until
        since = until


def reference(zone: str, unit: str, since: datetime, days: float, pauses: Sequence[datetime]) -> datetime:
    """When all the time has passed that a limit has from its start to its end, if nobody ever pauses."""
    for start, end in spans_of(pauses):
        since = end if start <= since < end else since
    end = since + timedelta(days=days) if unit == "calendar" else CALENDAR_OF(zone).due_at(since, days)
    left = timedelta()
    for start, until in pieces(zone, unit, since, ()):
        if start >= end:
            break
        left += min(until, end) - start
    for start, until in pieces(zone, unit, since, pauses):
        if until - start >= left:
            return start + left
        left -= until - start
    raise AssertionError("days never end")


@st.composite
def paused(draw: st.DrawFn) -> tuple[str, str, datetime, float, tuple[datetime, ...]]:
    """A limit, and up to four pauses that begin before, within or after it."""
    seconds = st.one_of(st.integers(1, 3 * 86_400), st.integers(1, 40 * 86_400), st.sampled_from([86_400, 43_200]))
    since = datetime(2023, 1, 9, tzinfo=UTC) + timedelta(
        days=draw(st.integers(0, 2_400)), microseconds=draw(st.integers(0, 86_399_999_999))
    )
    moment, pauses = since - timedelta(seconds=draw(seconds)), list[datetime]()
    for _ in range(draw(st.integers(0, 4))):
        start = moment + timedelta(seconds=draw(seconds))
        # Whoever answers at once is paused for no more than an instant.
        moment = start + (TICK if draw(st.booleans()) and draw(st.booleans()) else timedelta(seconds=draw(seconds)))
        pauses += [start, moment]
    zone, unit = draw(st.sampled_from(list(ZONES))), draw(st.sampled_from(["working", "calendar"]))
    return zone, unit, since, draw(st.sampled_from(LENGTHS)), tuple(pauses)


@settings(max_examples=10_000, deadline=None)
@given(paused())
def test_a_moment_past_pauses_is_that_of_the_reference(
    case: tuple[str, str, datetime, float, tuple[datetime, ...]],
) -> None:
    zone, unit, since, days, pauses = case
    found = moment_past(unit, CALENDAR_OF(zone), since, days, pauses)
    assert found == reference(zone, unit, since, days, pauses)
    # No pause brings a limit forward.
    assert found >= moment_past(unit, CALENDAR_OF(zone), since, days, ())


@settings(max_examples=2_000, deadline=None)
@given(paused())
def test_working_days_past_pauses_are_those_of_the_reference(
    case: tuple[str, str, datetime, float, tuple[datetime, ...]],
) -> None:
    zone, _, since, days, pauses = case
    end, total = since + timedelta(days=days), timedelta()
    for start, until in pieces(zone, "working", since, pauses):
        if start >= end:
            break
        total += min(until, end) - start
    assert working_days_past(CALENDAR_OF(zone), since, end, pauses) == pytest.approx(total / DAY, abs=1e-9)


def clocks_of(*changes: lifecycle.Changes) -> list[Clock]:
    """The clocks of a complaint after these changes, its limits with their pauses."""
    found: list[Clock] = []
    for change in changes:
        found = list(settle(RULES, Complaint(COMPLAINT, FILED), found, change).applied_to(found))
    return found


def test_a_pause_ends_a_day_after_its_hold_if_nobody_ends_it() -> None:
    complaint = Complaint(COMPLAINT, FILED)
    forwarded = lifecycle.forwarded(RULES, complaint, (), ref(ROADS), 1, FILED)
    asked = lifecycle.held(RULES, complaint, ref(ROADS), 1, FILED + DAY)
    by_name = {clock.name: clock for clock in clocks_of(forwarded, asked)}
    hold, follow_up = by_name["hold"], by_name["follow_up"]
    assert hold.due_at == FILED + DAY + timedelta(days=30) and hold.next_at == FILED + DAY + timedelta(days=15)
    assert follow_up.paused_at == FILED + DAY
    assert follow_up.paused_until == follow_up.next_at == hold.due_at + GRACE
    # An answer that comes later still finds the pause over.
    late = complaints.answered(complaint, hold.due_at + timedelta(days=9), 1)
    after = {clock.name: clock for clock in settle(RULES, late, [hold, follow_up], lifecycle.Changes()).changed}
    gone_on = after["follow_up"]
    assert (gone_on.paused_until, gone_on.due_at) == (None, follow_up.due_at)


def test_an_overdue_clock_climbs_on_after_the_time_that_was_left_until_its_next_step() -> None:
    complaint = Complaint(COMPLAINT, FILED)
    [follow_up, _] = lifecycle.forwarded(RULES, complaint, (), ref(ROADS), 1, FILED).begun
    # The first climb was taken at the limit; the second follows five working days later.
    overdue = replace(follow_up, next_step=4)
    second = next_moment(RULES, overdue)
    start, end = follow_up.due_at + timedelta(hours=1), follow_up.due_at + timedelta(hours=1, days=14)
    hold = lifecycle.held(RULES, complaint, ref(ROADS), 1, start).begun[0]
    resumed_at = replace(hold, stopped_at=end, next_at=None, outcome="met")
    [after, _] = with_pauses(RULES, [overdue, resumed_at])
    assert after.due_at == follow_up.due_at
    # Of the two weeks, ten days are working days.
    left = RULES.calendar_of(overdue.zone).working_days_between(start, second)
    assert after.next_at == RULES.calendar_of(overdue.zone).add_working_days(end, left) > second


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    return await make_service("sla")


async def test_a_hold_pauses_the_limits_and_an_answer_resumes_them(service: RunningService, clock: ManualClock) -> None:
    await publish(service)
    await ignored_complaint(service, COMPLAINT)
    before = await clocks_by_name(service)
    await hear(service, held(COMPLAINT), at=FILED + DAY)
    during = await clocks_by_name(service)
    limits = ("follow_up", "resolution", "ombudsman")
    assert {name for (name, _), clock in during.items() if clock.paused_at} == {*limits}
    assert during["life", 1].paused_at is None and during["hold", 1].due_at == FILED + timedelta(days=31)
    # A reminder of the follow-up would have been due meanwhile.
    await sweep(service, clock, FILED + timedelta(days=9))
    assert await announced(service) == []
    await hear(service, completed(COMPLAINT), at=FILED + timedelta(days=8))
    after = await clocks_by_name(service)
    assert after["hold", 1].outcome == "met" and not any(clock.paused_at for clock in after.values())
    for name in limits:
        assert after[name, 1].due_at > before[name, 1].due_at
    assert after["ombudsman", 1].due_at == before["ombudsman", 1].due_at + timedelta(days=7)
    # Of the limit, four days and fifteen hours are left; they go on on Tuesday at nine, and the next Friday is worked.
    assert after["follow_up", 1].due_at - before["follow_up", 1].due_at == timedelta(days=6)


async def test_a_hold_reminds_the_reporter_and_then_says_that_its_limit_has_passed(
    service: RunningService, clock: ManualClock
) -> None:
    await publish(service)
    await ignored_complaint(service, COMPLAINT)
    await hear(service, held(COMPLAINT), at=FILED)
    await sweep(service, clock, FILED + timedelta(days=15))
    [near] = await announced(service)
    assert isinstance(near, DeadlineNear)
    assert (near.clock, near.percent, near.recipients, near.due_at) == ("hold", 50, (), FILED + timedelta(days=30))
    await sweep(service, clock, FILED + timedelta(days=30))
    [missed] = await announced(service)
    assert isinstance(missed, DeadlineMissed) and (missed.clock, missed.cycle) == ("hold", 1)
    # Should routing never act, the limits go on after a day, and the end is said again.
    await sweep(service, clock, FILED + timedelta(days=31, minutes=1))
    assert await announced(service) == []
    limits = {name: row for (name, _), row in (await clocks_by_name(service)).items() if name != "hold"}
    assert not any(row.paused_at for row in limits.values())
    await sweep(service, clock, FILED + timedelta(days=37))
    assert [fact for fact in await announced(service) if getattr(fact, "clock", "") == "hold"] == [missed]


async def test_a_second_hold_pauses_what_the_first_has_left(service: RunningService) -> None:
    id = await ignored_complaint(service, uuid4())
    for cycle, (start, end) in enumerate(((1, 3), (4, 6)), start=1):
        await hear(service, held(id, cycle), at=FILED + start * DAY)
        await hear(service, resumed(id, cycle), at=FILED + end * DAY)
    rows = await clocks_by_name(service)
    assert rows["ombudsman", 1].due_at == FILED + timedelta(days=64)
    assert rows["ombudsman", 1].pauses == [FILED + n * DAY for n in (1, 3, 4, 6)]
    assert (rows["hold", 1].outcome, rows["hold", 2].outcome) == ("met", "met")


def test_the_end_of_a_hold_is_noted_once() -> None:
    complaint = complaints.resumed(Complaint(COMPLAINT, FILED), FILED + DAY)
    assert complaints.resumed(complaint, FILED + DAY) == complaint and complaint.resumptions == (FILED + DAY,)


def said(holds: Sequence[Span], sweeps: Iterable[datetime]) -> dict[int, int]:
    """The last round of each climb of a follow-up that is swept at these moments, each time until it waits.

    Each sweep has heard of all holds that began by then, and of all that ended.
    """
    clock, found = running(), dict[int, int]()
    for now in sweeps:
        heard = [asked(start, end if end <= now else None) for start, end in holds if start <= now]
        clock = with_pauses(RULES, [clock, *heard])[0]
        while clock.next_at is not None and clock.next_at <= now:
            taken = take_step(RULES, LADDER, clock, now)
            if taken.escalation:
                found[taken.step] = taken.after.round
            clock = taken.after
    return found


def asked(start: datetime, end: datetime | None) -> Clock:
    [hold] = lifecycle.held(RULES, Complaint(COMPLAINT, FILED), ref(ROADS), 1, start).begun
    return replace(hold, stopped_at=end, next_at=None, outcome="met") if end else hold


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.integers(1, 50 * 24), min_size=2, max_size=6, unique=True),
    st.sets(st.integers(1, 60), max_size=6),
    st.integers(5, 80),
)
def test_a_sweep_that_was_away_says_at_its_return_what_was_due_before_a_pause(
    hours: list[int], days: set[int], last: int
) -> None:
    moments = [FILED + timedelta(hours=hour) for hour in sorted(hours)]
    holds = [span for span in spans_of(moments[: len(moments) // 2 * 2]) if span[1] - span[0] < 30 * DAY]
    end = FILED + last * DAY
    # Nothing is late for whoever looks before each change.
    punctual = sorted(moment - TICK for span in holds for moment in span if moment < end)
    late = [FILED + day * DAY for day in sorted(days) if day < last]
    assert said(holds, [*late, end]) == said(holds, [*punctual, end])


async def test_a_limit_that_passed_before_a_hold_is_said_in_the_hold_by_a_sweep_that_was_away(
    service: RunningService, clock: ManualClock
) -> None:
    await publish(service)
    await ignored_complaint(service, COMPLAINT)
    # The limit passes on the ninth day; the reporter is asked on the tenth, and sla returns on the twelfth.
    await hear(service, held(COMPLAINT), at=FILED + 10 * DAY)
    await sweep(service, clock, FILED + 12 * DAY)
    missed = [summary(fact) for fact in await announced(service) if getattr(fact, "clock", "") == "follow_up"]
    assert missed == ["follow_up missed", "follow_up step 1 → 35.78.DPUPR leader"]
    paused = (await clocks_by_name(service))["follow_up", 1]
    assert (paused.paused_at, paused.next_at) == (FILED + 10 * DAY, paused.paused_until)
    await sweep(service, clock, FILED + 30 * DAY)
    assert not [fact for fact in await announced(service) if getattr(fact, "clock", "") == "follow_up"]
    await hear(service, completed(COMPLAINT), at=FILED + 30 * DAY)
    await sweep(service, clock, FILED + 45 * DAY)
    [second, *_] = [fact for fact in await announced(service) if getattr(fact, "clock", "") == "follow_up"]
    assert summary(second).startswith("follow_up step 2")
