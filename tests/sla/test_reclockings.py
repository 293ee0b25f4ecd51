"""Re-clocking: open clocks go under a newer policy by an explicit act, in batches, and nobody is told twice."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.sla.actions import reclockings
from services.sla.actions.reclockings import reclock_once
from services.sla.domain.clocks import next_moment, started
from services.sla.domain.complaints import Complaint
from services.sla.domain.policies import Limit
from services.sla.domain.reclockings import OpenClocks, Unmovable, effect_of, reclocked
from services.sla.domain.rules import Rules
from services.sla.domain.terms import Terms
from services.sla.state import State, calendars
from shared.clock import ManualClock
from shared.events import ComplaintEscalated, DeadlineMissed, DeadlineNear
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, EAST, ROADS, answered, corrected, ref, wib
from tests.policies import POLICIES
from tests.services import bearer, client_of, definition
from tests.sla.cases import FILED, announced, clock_rows, filed, forwarded, hear, ignored, publish, summary, sweep
from tests.sla.test_policies import post

[SEED] = POLICIES
IN_FORCE = wib("2025-09-04 00:00")


async def order(service: RunningService[State], version: int = 2, expected: int = 202) -> Any:
    async with client_of(service) as client:
        path, headers = f"/sla/policies/{version}/reclockings", bearer(service, "admin")
        answer = await client.post(path, headers=headers)
        assert answer.status_code == expected, answer.text
        return answer.json() if expected >= 400 else (await client.get(path, headers=headers)).json()


async def reclock(service: RunningService[State]) -> int:
    """Re-clock until no order is left; how many clocks were looked at."""
    total = 0
    while done := await reclock_once(service):
        total += done
    return total


async def ignored_complaints(service: RunningService[State], clock: ManualClock, number: int = 2) -> None:
    """Ignored complaints of the city's roads, one of the east, and one that was answered."""
    clock.advance_to(FILED)
    await publish(service)
    for n in range(number):
        await hear(service, *ignored(UUID(int=n + 1)))
    east, done = UUID(int=101), UUID(int=102)
    await hear(service, filed(east), forwarded(east, EAST))
    await hear(service, *ignored(done))
    await hear(service, answered(done), at=FILED + timedelta(minutes=1))


async def follow_ups(service: RunningService[State]) -> dict[int, Any]:
    return {row.complaint_id.int: row for row in await clock_rows(service) if row.name == "follow_up"}


async def test_open_clocks_go_under_a_policy_only_by_the_act(
    make_service: ServiceMaker, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reclockings, "BATCH", 2)
    monkeypatch.setattr(reclockings, "OPEN_AT", reclockings.OPEN_AT.limit(2))
    service, other = await make_service("sla"), await make_service("sla")
    await ignored_complaints(service, clock, 5)
    await post(service)
    clock.advance_to(IN_FORCE)
    assert await reclock(service) == 0
    assert {row.policy_version for row in await clock_rows(service)} == {1}
    [ordered] = await order(service)
    assert (ordered["version"], ordered["requested_by"], ordered["done_at"]) == (2, "local", None)
    # Two replicas take turns.
    while await reclock_once(service) + await reclock_once(other):
        pass
    found = await follow_ups(service)
    calendar = service.state.rules.calendar_of("WIB")
    for n in range(1, 6):
        assert (found[n].policy_version, found[n].limit_days) == (2, 3)
        assert found[n].due_at == calendar.due_at(FILED, 3) and found[n].next_at == calendar.due_at(FILED, 1.5)
    assert found[101].policy_version == found[102].policy_version == 1
    assert {row.policy_version for row in await clock_rows(service) if row.name != "follow_up"} == {1}
    first, second = await order(service)
    assert (first["moved"], first["kept"]) == (5, 0) and first["done_at"] is not None
    await reclock(service)
    assert (await order(service))[1]["moved"] == second["moved"] == 0


async def test_a_policy_that_is_not_in_force_or_unknown_re_clocks_nothing(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await ignored_complaints(service, clock)
    await post(service)
    assert (await order(service, 2, 409))["type"] == "urn:tanggap:NotInForce"
    assert (await order(service, 9, 404))["type"] == "urn:tanggap:UnknownPolicy"


async def test_an_order_whose_policy_is_not_known_holds_up_no_other(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await ignored_complaints(service, clock)
    await post(service)
    clock.advance_to(IN_FORCE)
    async with service.begin() as tx:
        at = {"at": clock.now()}
        await tx.execute("INSERT INTO reclockings (version, requested_by, requested_at) VALUES (99, 'x', :at)", at)
    await order(service)
    assert [await reclock(service) > 0 for _ in range(2)] == [False, True]
    async with service.begin() as tx:
        assert (await tx.execute("SELECT version FROM reclockings WHERE done_at IS NULL")).all() == []
    assert {row.policy_version for row in (await follow_ups(service)).values()} >= {2}


async def test_what_was_corrected_counts_in_the_dry_run_and_in_the_act(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await ignored_complaints(service, clock, 3)
    said = ([corrected(UUID(int=1), kind="aspiration")], [corrected(UUID(int=2), classification="supervisory")])
    for day, facts in enumerate((*said, [corrected(UUID(int=2), classification="aspiration")]), 1):
        await hear(service, *facts, at=FILED + timedelta(minutes=day))
    said_of = (({"classification": "aspiration"}, 2), ({"kind": "aspiration"}, 3), ({}, 5))
    limits = [{"clock": "follow_up", "days": days, "unit": "working", **known} for known, days in said_of]
    changes = {"agency": None, "limits": limits}
    foreseen = await post(service, 200, "?dry_run=true", **changes)
    await post(service, **changes)
    clock.advance_to(IN_FORCE)
    await order(service)
    await reclock(service)
    found = await follow_ups(service)
    assert {n: row.limit_days for n, row in found.items() if row.policy_version == 2} == {1: 3, 2: 2, 3: 5, 101: 5}
    assert (foreseen["clocks"], foreseen["most_days"]) == (4, {"working": -3})


@pytest.mark.parametrize("days", [2, 10])
async def test_nobody_is_told_twice_when_a_limit_moves(
    make_service: ServiceMaker, clock: ManualClock, days: int
) -> None:
    service = await make_service("sla")
    await ignored_complaints(service, clock, 1)
    limits = [{"clock": "follow_up", "days": days, "unit": "working"}]
    await post(service, agency=None, limits=limits, effective_on="2025-09-10")
    # Both reminders and the first climb by the old limit of five days, which ended with the 9th.
    for day in ("04 13:00", "09 08:00", "10 08:00"):
        await sweep(service, clock, wib(f"2025-09-{day}"))
    before = [each for each in await announced(service) if is_of_first(each)]
    await order(service)
    await reclock(service)
    row = (await follow_ups(service))[1]
    assert (row.next_step, row.limit_days) == (4, days)
    await sweep(service, clock, FILED + timedelta(days=60))
    after = [each for each in await announced(service) if is_of_first(each)]
    assert [summary(each).split(" →")[0] for each in (*before, *after)][:6] == [
        "follow_up 50%",
        "follow_up 80%",
        "follow_up missed",
        "follow_up step 1",
        "follow_up step 2",
        "follow_up step 3",
    ]
    steps = [each.step for each in (*before, *after) if isinstance(each, ComplaintEscalated) and not each.round]
    assert steps == [1, 2, 3]
    assert sum(isinstance(each, DeadlineMissed) for each in (*before, *after)) == 1


def is_of_first(fact: Any) -> bool:
    is_step = isinstance(fact, DeadlineNear | DeadlineMissed | ComplaintEscalated)
    return is_step and fact.complaint_id == UUID(int=1) and fact.clock == "follow_up"


async def test_a_dry_run_says_what_re_clocking_then_does(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("sla")
    await ignored_complaints(service, clock, 3)
    foreseen = await post(service, 200, "?dry_run=true")
    assert foreseen == {"clocks": 3, "agencies": {ROADS: 3}, "most_days": {"working": -2}, "kept": 0}
    national = {"agency": None, "limits": [{"clock": "follow_up", "days": 9, "unit": "working"}]}
    foreseen = await post(service, 200, "?dry_run=true", **national)
    assert foreseen == {"clocks": 4, "agencies": {ROADS: 3, EAST: 1}, "most_days": {"working": 4}, "kept": 0}
    assert (await post(service, 422, "?dry_run=true", effective_on="2025-09-01"))["field"] == "effective_on"
    assert len(service.state.rules.policies) == 1
    assert (await post(service, **national))["version"] == 2
    clock.advance_to(IN_FORCE)
    await order(service)
    await reclock(service)
    [done] = (await order(service))[:1]
    assert done["moved"] == 4


async def test_a_clock_keeps_its_policy_if_the_other_counts_its_steps_otherwise(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await ignored_complaints(service, clock, 1)
    await sweep(service, clock, wib("2025-09-04 13:00"))  # the first reminder was taken on the third working day
    await hear(service, *ignored(UUID(int=2), clock.now()), at=clock.now())
    reminders = [{"percent": percent, "roles": ["liaison", "coordinator"]} for percent in (20, 50, 80)]
    changes = {"reminders": reminders, "effective_on": "2025-09-08"}
    foreseen = await post(service, 200, "?dry_run=true", **changes)
    assert (foreseen["clocks"], foreseen["kept"]) == (1, 1)
    await post(service, **changes)
    clock.advance_to(wib("2025-09-08 00:00"))
    await order(service)
    await reclock(service)
    assert [(row.policy_version, row.next_step) for row in (await follow_ups(service)).values()][:2] == [(1, 2), (2, 1)]
    assert [(one["moved"], one["kept"]) for one in (await order(service))[:1]] == [(1, 1)]


def test_a_clock_of_an_unknown_policy_is_kept() -> None:
    newer = replace(SEED, version=2)
    rules = Rules((SEED, newer), calendars(None))
    clock = started(Rules(POLICIES, calendars(None)), Complaint(UUID(int=1), FILED), "follow_up", ref(CITY), FILED)
    terms = Terms(newer, newer.limits[2])
    assert reclocked(rules, clock, terms, FILED).policy_version == 2
    with pytest.raises(KeyError):
        reclocked(rules, replace(clock, policy_version=99, next_step=2), terms, FILED)
    other = Terms(replace(newer, reminders=()), newer.limits[2])
    with pytest.raises(Unmovable):
        reclocked(rules, replace(clock, next_step=2), other, FILED)
    group = OpenClocks(CITY, "follow_up", "complaint", "complaint", 99, 5, "working", True, 7)
    assert effect_of(rules, 2, [group], FILED).kept == 7


@settings(max_examples=300, deadline=None)
@example(old=43, new=43, next_step=6, round=5, age=0)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 6), st.integers(0, 5), st.integers(0, 60))
def test_a_re_clocked_clock_is_counted_as_if_it_had_begun_so_and_keeps_its_steps(
    old: int, new: int, next_step: int, round: int, age: int
) -> None:
    before, after = (
        replace(SEED, version=number, limits=(Limit("follow_up", None, days, "working", "x"),))
        for number, days in ((1, old), (2, new))
    )
    both, complaint = Rules((before, after), calendars(None)), Complaint(UUID(int=1), FILED)
    fresh = started(Rules((before,), calendars(None)), complaint, "follow_up", ref(CITY), FILED)
    clock = replace(fresh, next_step=next_step, round=round if next_step > 5 else 0)
    clock = replace(clock, next_at=next_moment(both, clock))
    # Nothing is re-clocked before the moment of the last step that it has taken.
    last = replace(clock, next_step=next_step - 1) if next_step > 1 and not clock.round else clock
    taken = next_moment(both, replace(last, round=max(clock.round - 1, 0))) if next_step > 1 else FILED
    now = max(FILED + timedelta(days=age), taken)
    moved = reclocked(both, clock, Terms(after, after.limits[0]), now)
    expected = started(Rules((after,), calendars(None)), complaint, "follow_up", ref(CITY), FILED)
    assert (moved.due_at, moved.limit_days, moved.policy_version) == (expected.due_at, new, 2)
    assert (moved.next_step, moved.round, moved.started_at) == (next_step, clock.round, FILED)
    # A step keeps its moment by the new limit; what has begun to recur goes on as often as before.
    own = next_moment(both, moved)
    assert moved.next_at == (min(own, clock.next_at) if clock.round else own)
    assert reclocked(both, moved, Terms(after, after.limits[0]), now) == moved


def test_the_order_wakes_the_timer() -> None:
    assert reclockings.TIMER in {timer.name for timer in definition("sla").timers}
