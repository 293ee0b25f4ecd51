"""Extensions: an interim reply lets a resolution last longer, once in a cycle, and never beyond its policy's bound."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla.domain.clocks import Clock, started
from services.sla.domain.complaints import Complaint
from services.sla.domain.extensions import end_of, extended
from services.sla.domain.extensions import interim_replied as noted
from services.sla.domain.lifecycle import AgencyOf
from shared.clock import ManualClock
from shared.events import ComplaintEscalated, DeadlineMissed, EscalationWithdrawn, LimitSet
from shared.service import RunningService
from shared.vocabulary import RESOLUTION
from tests.conftest import ServiceMaker
from tests.make import ROADS, answered, interim_replied, reopened
from tests.policies import POLICIES
from tests.services import client_of, staged
from tests.sla.cases import COMPLAINT, FILED, RULES, announced, clocks_by_name, hear, ignored_complaint, publish, sweep

DAY = timedelta(days=1)
BOUNDS = {"information": (5, 2), "aspiration": (5, 2), "complaint": (14, 7), "supervisory": (60, 30)}
DAYS = st.integers(0, 150)


def resolution(complaint: Complaint) -> Clock:
    return started(RULES, complaint, RESOLUTION, AgencyOf(ROADS, "Asia/Jakarta"), FILED)


@settings(max_examples=300, deadline=None)
@given(classification=st.sampled_from(sorted(BOUNDS)), said=DAYS, named=DAYS)
def test_an_extension_ends_with_the_day_named_or_at_the_bound(classification: str, said: int, named: int) -> None:
    """The reference tries every length."""
    at, until = FILED + said * DAY, end_of(FILED.date() + (said + named) * DAY, "Asia/Jakarta")
    complaint = noted(Complaint(COMPLAINT, FILED, classification=classification), at, until)
    plain = resolution(complaint)
    longer = extended(RULES, complaint, plain)
    length, most = BOUNDS[classification]
    calendar = RULES.calendar_of("Asia/Jakarta")
    ends = [calendar.due_at(FILED, length + days) for days in range(most + 1)]
    expected = next((end for end in ends if end >= until), ends[-1]) if at <= ends[0] else ends[0]
    assert (longer.due_at, longer.limit_days) == (expected, length)
    assert extended(RULES, complaint, longer) == longer


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    return await make_service("sla")


async def test_an_interim_reply_extends_the_resolution_once_and_everyone_sees_it(service: RunningService) -> None:
    await ignored_complaint(service, COMPLAINT)
    before = (await clocks_by_name(service))["resolution", 1]
    await announced(service)
    day = (before.due_at + 4 * DAY).date()
    await hear(service, interim_replied(COMPLAINT, due_on=str(day)), at=FILED + 3 * DAY)
    [limit] = [fact for fact in await staged(service) if isinstance(fact, LimitSet)]
    after = (await clocks_by_name(service))["resolution", 1]
    assert (limit.clock, limit.due_at) == ("resolution", after.due_at)
    assert before.due_at < after.due_at and after.extended_days in range(1, 8)
    # What a second one asks for is nothing to this cycle; routing refuses it anyway.
    await hear(service, interim_replied(COMPLAINT, due_on="2025-12-01"), at=FILED + 4 * DAY)
    assert (await clocks_by_name(service))["resolution", 1] == after
    async with client_of(service) as client:
        shown = {one["name"]: one for one in (await client.get(f"/sla/complaints/{COMPLAINT}/clocks")).json()}
        page = await client.get(f"/sla/pages/complaints/{(await reference_of(service))}")
    assert shown["resolution"]["extended_days"] == after.extended_days and shown["follow_up"]["extended_days"] == 0
    assert f"diperpanjang {after.extended_days} hari kerja oleh jawaban sementara" in page.text
    # Another cycle has an interim reply of its own.
    await hear(service, answered(COMPLAINT), at=FILED + 5 * DAY)
    await hear(service, reopened(COMPLAINT), at=FILED + 6 * DAY)
    await hear(service, interim_replied(COMPLAINT, due_on="2025-12-01"), at=FILED + 7 * DAY)
    clocks = await clocks_by_name(service)
    assert (clocks["resolution", 1].extended_days, clocks["resolution", 2].extended_days) == (after.extended_days, 7)


async def reference_of(service: RunningService) -> str:
    async with service.begin() as tx:
        return str((await tx.execute("SELECT reference FROM complaints")).scalar_one())


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_an_extension_does_not_depend_on_the_order_of_the_news(
    service: RunningService, order: tuple[int, ...]
) -> None:
    await ignored_complaint(service, COMPLAINT)
    told: list[Any] = [
        (interim_replied(COMPLAINT, due_on="2025-09-26"), FILED + 2 * DAY),
        (answered(COMPLAINT), FILED + 5 * DAY),
        (reopened(COMPLAINT), FILED + 6 * DAY),
    ]
    for place in order:
        await hear(service, told[place][0], at=told[place][1])
    clocks = await clocks_by_name(service)
    assert (clocks["resolution", 1].extended_days > 0, clocks["resolution", 2].extended_days) == (True, 0)


async def test_a_climb_that_was_said_before_the_interim_reply_was_heard_is_taken_back(
    service: RunningService, clock: ManualClock
) -> None:
    await publish(service)
    await ignored_complaint(service, COMPLAINT)
    due = (await clocks_by_name(service))["resolution", 1].due_at
    await sweep(service, clock, due + timedelta(hours=1))
    facts = await announced(service)
    assert RESOLUTION in {fact.clock for fact in facts if isinstance(fact, ComplaintEscalated | DeadlineMissed)}
    await hear(service, interim_replied(COMPLAINT, due_on=str(date.fromordinal(due.toordinal() + 4))), at=due - DAY)
    [back] = [fact for fact in await announced(service) if isinstance(fact, EscalationWithdrawn)]
    assert (back.clock, back.steps) == (RESOLUTION, (1,))


def test_what_a_policy_allows_at_most_is_in_the_seed() -> None:
    found = {limit.classification: (limit.days, limit.extension) for limit in POLICIES[0].limits if limit.extension}
    assert found == BOUNDS
