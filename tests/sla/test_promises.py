"""The sweep waits for what intake and routing have promised, within a grace; then it escalates and says so."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla.actions import complaints, promises
from services.sla.actions.steps import sweep_once
from services.sla.domain.promises import LONGEST_PAUSE, Wait, after_look
from services.sla.state import State
from shared import inbox
from shared.clock import TICK, AcceleratedClock, ClockAstray, ManualClock, RealClock
from shared.db.transaction import Tx
from shared.events import ComplaintEscalated, Event, FollowUpRecorded
from shared.service import RunningService
from tests import make
from tests.conftest import ServiceMaker
from tests.make import answered, followed_up, hear_promises, promise, utc
from tests.sla.cases import announced, hear, ignored_complaint, publish, summary

FIRST = utc("09-04 05:00")  # The first reminder of the follow-up.
MISSED = utc("09-09 17:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService[State]:
    """sla with the whole directory, which has heard all others up to now."""
    service = await make_service("sla")
    await publish(service)
    await hear_promises(service)
    return service


async def said(service: RunningService[State]) -> list[str]:
    return [summary(fact) for fact in await announced(service)]


async def test_a_step_waits_until_both_publishers_have_promised_its_moment(
    service: RunningService[State], clock: ManualClock
) -> None:
    await ignored_complaint(service)
    clock.advance_to(FIRST + MINUTE)
    await inbox.receive(service, [promise("routing", FIRST + MINUTE)])
    assert await sweep_once(service) == 0
    await inbox.receive(service, [promise("intake", FIRST - 2 * TICK)])
    await sweep_once(service)
    assert await said(service) == []
    await inbox.receive(service, [promise("intake", FIRST - TICK)])
    assert await sweep_once(service) == 1
    assert await said(service) == ["follow_up 50% → 35.78.DPUPR liaison"]


async def test_an_answer_that_comes_before_the_promise_stops_the_step(
    service: RunningService[State], clock: ManualClock
) -> None:
    complaint = await ignored_complaint(service)
    clock.advance_to(utc("12-31 00:00"))
    assert await sweep_once(service) == 0
    await hear(service, answered(complaint, window=0), at=utc("09-03 02:00"))
    await hear_promises(service)
    assert await sweep_once(service) == 0
    assert await announced(service) == []


async def test_after_an_outage_nothing_is_made_up_until_all_is_heard_that_was_done_meanwhile(
    service: RunningService[State], clock: ManualClock
) -> None:
    """The acts of an outage come in several batches: a climb of the first ones is no longer true."""
    complaint = await ignored_complaint(service)
    clock.advance_to(utc("12-31 00:00"))
    await hear_promises(service, utc("09-20 00:00"))
    assert await sweep_once(service) == 0
    await hear(service, answered(complaint, window=0), at=utc("10-01 02:00"))
    await hear_promises(service)
    assert (await sweep_once(service), await announced(service)) == (0, [])


async def test_who_never_catches_up_sweeps_what_was_heard_after_the_grace(
    service: RunningService[State], clock: ManualClock
) -> None:
    await ignored_complaint(service)
    clock.advance_to(utc("12-31 00:00"))
    taken = []
    for minute in range(0, 40, 5):
        clock.advance_to(utc("12-31 00:00") + minute * MINUTE)
        await hear_promises(service, utc("09-20 00:00") + minute * MINUTE)
        taken.append(await sweep_once(service) > 0)
    assert taken == [False] * 6 + [True] * 2


async def test_who_hears_less_than_time_passes_escalates_after_the_grace_and_is_not_sure(
    service: RunningService[State], clock: ManualClock
) -> None:
    """A second is promised every four minutes: each is a progress, and none will ever be enough."""
    await ignored_complaint(service)
    clock.advance_to(MISSED - 10 * MINUTE)
    await hear_promises(service)
    while await sweep_once(service):
        pass
    await announced(service)
    start, found = clock.now(), list[tuple[int, datetime | None]]()
    for minute in range(4, 100, 4):
        clock.advance_to(start + minute * MINUTE)
        await hear_promises(service, start + minute / 4 * timedelta(seconds=1))
        await sweep_once(service)
        found += [(minute, fact.unsure_since) for fact in await announced(service) if hasattr(fact, "unsure_since")]
    [(minute, since)] = found
    assert 30 + 30 <= minute <= 70, "further behind than the grace, and then for as long"
    assert since is not None and start < since < start + MINUTE


async def test_without_a_promise_the_sweep_escalates_after_the_grace_and_says_since_when_it_heard_nothing(
    service: RunningService[State], clock: ManualClock
) -> None:
    await ignored_complaint(service)
    await hear_promises(service, utc("09-09 16:00"))
    clock.advance_to(utc("09-09 16:00"))
    while await sweep_once(service):
        pass
    await announced(service)
    taken: list[int] = []
    for minute in range(0, 95, 5):
        clock.advance_to(utc("09-09 16:00") + minute * MINUTE)
        taken.append(await sweep_once(service))
    assert taken == [*[0] * 12, 1, *[0] * 6], "due after an hour, when the grace has long passed"
    _, escalated = await announced(service)
    assert isinstance(escalated, ComplaintEscalated)
    assert escalated.unsure_since == utc("09-09 16:00")
    await hear_promises(service)
    clock.advance_to(utc("09-16 17:00"))
    await hear_promises(service)
    while await sweep_once(service):
        pass
    later = [fact for fact in await announced(service) if isinstance(fact, ComplaintEscalated)]
    assert [fact.unsure_since for fact in later] == [None]


async def test_the_grace_begins_when_sla_listens_again_not_when_it_went_away(
    service: RunningService[State], clock: ManualClock
) -> None:
    await ignored_complaint(service)
    assert await sweep_once(service) == 0
    clock.advance_to(utc("12-31 00:00"))
    assert [await sweep_once(service) for _ in range(100)] == [0] * 100
    for _ in range(4):
        clock.advance_to(clock.now() + 30 * timedelta(days=1))
        assert await sweep_once(service) == 0
    clock.advance_to(clock.now() + timedelta(days=1))
    assert await sweep_once(service) > 0, "who has looked often enough has listened"


@pytest.mark.parametrize("speed", [1, 1_440])
async def test_alarm_and_grace_are_of_real_time_on_an_accelerated_clock_too(
    service: RunningService[State], clock: ManualClock, monkeypatch: pytest.MonkeyPatch, speed: float
) -> None:
    lines: list[tuple[int, str]] = []
    for level in ("warning", "error"):
        monkeypatch.setattr(promises.log, level, lambda line, **_: lines.append((minute, line)))
    await ignored_complaint(service)
    clock.advance_to(FIRST)
    # The promises of a system that runs are some seconds old.
    await hear_promises(service, FIRST - timedelta(seconds=2) * speed)
    real = ManualClock(FIRST)
    service.clock = AcceleratedClock(speed, FIRST, real=real)
    while await sweep_once(service):
        pass
    taken = []
    for minute in range(32):
        real.advance_to(FIRST + minute * MINUTE)
        taken.append(await sweep_once(service))
    assert [bool(count) for count in taken].index(True) == 30
    assert lines == [
        (5, "the sweep waits for what was not promised"),
        (30, "the sweep escalates without having heard"),
    ]


async def test_a_clock_that_leaps_by_years_and_comes_back_burns_no_ladder(
    service: RunningService[State], clock: ManualClock
) -> None:
    await ignored_complaint(service)
    service.clock = ManualClock(clock.now() + timedelta(days=3_650))
    assert await sweep_once(service) == 0
    service.clock = clock
    assert await sweep_once(service) == 0
    assert await announced(service) == []


async def test_in_production_the_grace_is_counted_on_the_clock_of_the_database(
    service: RunningService[State],
) -> None:
    class Leaping(RealClock):
        ahead = timedelta()

        def now(self) -> datetime:
            return super().now() + self.ahead

    service.clock = real = Leaping()
    await ignored_complaint(service, at=real.now() - timedelta(days=60))
    assert await sweep_once(service) == 0
    for days in range(1, 20):
        real.ahead = timedelta(days=days)
        with pytest.raises(ClockAstray):
            await sweep_once(service)
    real.ahead = timedelta()
    wait = service.state.wait
    assert wait is not None and wait.waited < MINUTE and abs(wait.looked_at - datetime.now(UTC)) < MINUTE
    service.state.wait = Wait(wait.up_to, wait.looked_at, timedelta(minutes=30))
    assert await sweep_once(service) > 0


async def test_the_alarm_is_raised_once_after_five_minutes_and_once_when_the_grace_is_over(
    service: RunningService[State], clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    for level in ("warning", "error"):
        monkeypatch.setattr(promises.log, level, lambda line, level=level, **_: lines.append(f"{level}: {line}"))
    start = clock.now()
    for minute in range(45):
        clock.advance_to(start + minute * MINUTE)
        await sweep_once(service)
        if minute == 4:
            assert lines == []
    assert lines == [
        "warning: the sweep waits for what was not promised",
        "error: the sweep escalates without having heard",
    ]
    assert promises.sweep_behind.labels("sla")._value.get() == 44 * 60
    assert promises.sweep_unsure.labels("sla")._value.get() == 1
    await hear_promises(service)
    await sweep_once(service)
    assert promises.sweep_unsure.labels("sla")._value.get() == 0


async def break_follow_ups(service: RunningService[State], monkeypatch: pytest.MonkeyPatch, id: UUID) -> None:
    """The follow-up of this complaint is parked at the moment at which it was given."""

    async def fails(tx: Tx[State], events: Sequence[Event[FollowUpRecorded]]) -> None:
        raise RuntimeError("the handler is broken")

    handlers: Any = service.definition.handlers
    with monkeypatch.context() as patch:
        patch.setitem(handlers, FollowUpRecorded, fails)
        await make.receive(service, [(followed_up(id), utc("09-03 02:00"))])
    assert len(await make.parked(service)) == 1
    assert handlers[FollowUpRecorded] is complaints.note_follow_up


async def test_a_complaint_with_a_parked_event_waits_for_it_within_the_grace_and_no_other_does(
    service: RunningService[State], clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown, other = await ignored_complaint(service), await ignored_complaint(service)
    await break_follow_ups(service, monkeypatch, unknown)
    clock.advance_to(FIRST + 29 * MINUTE)
    await hear_promises(service)
    while await sweep_once(service):
        pass
    assert {fact.complaint_id for fact in await announced(service)} == {other}  # type: ignore[attr-defined]
    clock.advance_to(FIRST + 30 * MINUTE)
    await hear_promises(service)
    assert await sweep_once(service) == 1
    assert [fact.complaint_id for fact in await announced(service)] == [unknown]  # type: ignore[attr-defined]


async def test_an_escalation_of_a_complaint_whose_event_stays_parked_says_that_it_is_not_sure(
    service: RunningService[State], clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaint = await ignored_complaint(service)
    await break_follow_ups(service, monkeypatch, complaint)
    clock.advance_to(MISSED + 30 * MINUTE)
    await hear_promises(service)
    while await sweep_once(service):
        pass
    [escalated] = [fact for fact in await announced(service) if isinstance(fact, ComplaintEscalated)]
    assert escalated.unsure_since == MISSED


async def test_many_parked_complaints_keep_no_other_from_its_step(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla", sweep_batch=3)
    await publish(service)
    for number in range(1, 9):
        await ignored_complaint(service, UUID(int=number))
    sound = await ignored_complaint(service, uuid4())
    parked = "INSERT INTO parked (topic, key, value, error) SELECT 'complaints.v1', id, '', '' FROM complaints"
    async with service.begin() as tx:
        await tx.execute(parked + " WHERE id <> :sound", {"sound": sound})
        await tx.execute("INSERT INTO parked (topic, key, value, error) VALUES ('complaints.v1', 'no id', '', '')")
    clock.advance_to(FIRST)
    await hear_promises(service)
    await announced(service)
    while await sweep_once(service):
        pass
    assert [fact.complaint_id for fact in await announced(service)] == [sound]  # type: ignore[attr-defined]


LOOKS = st.lists(st.tuples(st.booleans(), st.integers(-400_000, 400_000)), min_size=1, max_size=40)


@given(LOOKS, st.booleans())
def test_a_wait_is_the_listening_since_the_last_progress(looks: list[tuple[bool, int]], is_real: bool) -> None:
    wait, at, heard = None, utc("09-01 00:00"), 0
    naive = timedelta()
    for has_moved, seconds in looks:
        at += timedelta(seconds=seconds)
        if has_moved or wait is None or (is_real and seconds > 300):
            heard, naive = heard + has_moved, timedelta()
        elif seconds > 0:
            naive += min(timedelta(seconds=seconds), LONGEST_PAUSE)
        wait = after_look(wait, utc("08-01 00:00") + heard * MINUTE, at, is_real, 30 * MINUTE)
        assert wait.waited == naive
        assert wait.in_vain >= naive
