"""A case shows missed limits, its step of the ladder and the offer of the Ombudsman."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.cases import Case
from services.routing.domain.deadlines import after_escalation, after_missed_limit, after_withdrawal
from shared.lifecycle.clocks import RUNNING_IN
from shared.retries import replay_parked
from shared.service import RunningService
from shared.vocabulary import ACTED, FOLLOW_UP, ClockName, State
from tests.make import CITY, ROADS, answer_text, escalated, follow_up_text, hear, missed, offered, withdrawn
from tests.routing.complaints import assigned, post, rows_of, sealed_complaint, verify
from tests.services import MONDAY


async def test_a_missed_limit_makes_the_case_overdue_until_the_act_is_done(
    service: RunningService, client: httpx.AsyncClient
) -> None:
    state = "SELECT step_missed, resolution_missed FROM cases"
    id = await assigned(service)
    await hear(service, missed(id, "verification"))
    assert await rows_of(service, state) == [(True, False)]
    await verify(client, service, id)
    assert await rows_of(service, state) == [(False, False)]
    await hear(service, missed(id, "follow_up"), missed(id, "resolution"))
    assert await rows_of(service, state) == [(True, True)]
    await post(client, service, id, "follow-ups", "liaison", ROADS, text=follow_up_text())
    assert await rows_of(service, state) == [(False, True)]
    await post(client, service, id, "answers", "liaison", ROADS, text=answer_text())
    assert await rows_of(service, state) == [(False, False)]


async def test_a_limit_missed_after_its_act_changes_nothing(service: RunningService, client: httpx.AsyncClient) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    await hear(service, missed(id, "verification"), missed(id, "ombudsman"))
    assert await rows_of(service, "SELECT step_missed, resolution_missed FROM cases") == [(False, False)]


async def test_a_case_keeps_its_highest_step_and_the_offer_of_the_ombudsman(service: RunningService) -> None:
    first, second = await assigned(service), await assigned(service)
    offer = offered(second, at=MONDAY - timedelta(days=60))
    await hear(service, escalated(first, 2), escalated(first, 1), escalated(second, 4), offer)
    await hear(service, offer)
    shown = {row.id: row for row in await rows_of(service, "SELECT id, ladder_step, ombudsman_offered FROM cases")}
    assert (shown[first].ladder_step, shown[first].ombudsman_offered) == (2, False)
    assert (shown[second].ladder_step, shown[second].ombudsman_offered) == (4, True)
    assert not await rows_of(service, "SELECT 1 FROM parked")


async def test_steps_of_a_case_whose_filing_is_parked_wait_for_it(service: RunningService) -> None:
    filing = sealed_complaint(service)
    id = filing.complaint_id
    # The life clock climbs although routing does not know the complaint.
    await hear(service, escalated(id, 3, clock="life"), missed(id), at=MONDAY)
    assert len(await rows_of(service, "SELECT 1 FROM parked")) == 2
    assert await replay_parked(service) == (0, 2)
    await hear(service, filing)
    assert await replay_parked(service) == (2, 0)
    [shown] = await rows_of(service, "SELECT ladder_step FROM cases")
    assert shown.ladder_step == 3


async def test_a_step_that_is_taken_back_is_no_longer_shown(service: RunningService) -> None:
    climbed, late = await assigned(service), await assigned(service)
    await hear(service, escalated(climbed, 3), escalated(late, 2), offered(climbed), offered(late))
    await hear(service, withdrawn(climbed, 2, 3, standing=1), withdrawn(late, 0, clock="ombudsman", standing=2))
    shown = {row.id: row for row in await rows_of(service, "SELECT id, ladder_step, ombudsman_offered FROM cases")}
    assert (shown[climbed].ladder_step, shown[climbed].ombudsman_offered) == (1, True)
    assert (shown[late].ladder_step, shown[late].ombudsman_offered) == (2, False)


async def test_an_escalation_or_withdrawal_that_comes_late_does_not_bring_back_a_step(service: RunningService) -> None:
    id = await assigned(service)
    now = service.now()
    late = escalated(id, 3), withdrawn(id, 1, 2, 3, standing=0)
    await hear(service, withdrawn(id, 3, standing=2), at=now)
    for fact in late:
        await hear(service, fact, at=now - timedelta(hours=1))
    assert await rows_of(service, "SELECT ladder_step FROM cases") == [(2,)]
    await hear(service, escalated(id, 3), at=now + timedelta(hours=1))
    assert await rows_of(service, "SELECT ladder_step FROM cases") == [(3,)]


@given(st.permutations(range(5)))
def test_the_ladder_is_the_same_in_whatever_order_climbs_and_withdrawals_come(order: list[int]) -> None:
    hour = timedelta(hours=1)

    def climb(step: int, hours: int) -> Callable[[Case], Case]:
        return lambda case: after_escalation(case, step, MONDAY + hours * hour)

    def take_back(standing: int, hours: int) -> Callable[[Case], Case]:
        return lambda case: after_withdrawal(case, FOLLOW_UP, ACTED, standing, MONDAY + hours * hour)

    # Step 3 is taken back; step 2 is taken after it.
    changes = [climb(1, 1), climb(3, 2), take_back(1, 3), climb(2, 4), climb(1, 5)]
    case = Case(ROADS, CITY)
    for nth in order:
        case = changes[nth](case)
    assert case.ladder_step == 2


@pytest.mark.parametrize(
    ("state", "clock", "step", "resolution"),
    [
        ("UNVERIFIED", "verification", True, False),
        ("UNVERIFIED", "follow_up", False, False),
        ("AWAITING_FOLLOW_UP", "verification", False, False),
        ("AWAITING_FOLLOW_UP", "follow_up", True, False),
        ("AWAITING_FOLLOW_UP", "resolution", False, True),
        ("IN_PROGRESS", "follow_up", False, False),
        ("IN_PROGRESS", "resolution", False, True),
        ("IN_PROGRESS", "ombudsman", False, False),
        ("ANSWERED", "resolution", False, False),
        ("ANSWERED", "verification", False, False),
    ],
)
def test_a_missed_limit_counts_only_while_its_act_is_undone(
    state: State, clock: ClockName, step: bool, resolution: bool
) -> None:
    case = Case("C1", "C", state)
    then = after_missed_limit(case, clock, 1)
    was_late = (state, clock) == ("IN_PROGRESS", "follow_up")
    assert then == replace(case, step_missed=step, resolution_missed=resolution, was_late=was_late)
    assert then.overdue == (step or resolution)


def test_a_limit_missed_before_a_transfer_does_not_count_for_the_new_holder() -> None:
    # Forwarded twice, back to its first holder.
    forwarded = Case("C1", "C", "AWAITING_FOLLOW_UP", transfers=2)
    assert not after_missed_limit(forwarded, "follow_up", 2).overdue
    assert after_missed_limit(forwarded, "follow_up", 3).overdue
    assert after_missed_limit(forwarded, "resolution", 1).overdue


@pytest.mark.parametrize("clock", RUNNING_IN)
def test_a_missed_limit_of_a_case_that_was_reopened_counts_by_the_cycle_of_its_own_clock(clock: ClockName) -> None:
    [state, *_] = sorted(RUNNING_IN[clock])
    # Each of these counts something else; none but the number that is missing would do for another clock.
    counts = {"verifications": 2, "transfers": 3, "cycle": 5, "windows": 6, "appeals": 1}
    running = {"verification": 2, "follow_up": 4, "resolution": 5, "window": 6, "contact": 6, "appeal": 1}[clock]
    case = Case("C1", "C", state, **counts)
    assert after_missed_limit(case, clock, running).overdue
    assert not after_missed_limit(case, clock, running - 1).overdue
