"""Whatever order a complaint's events come in, and if some are parked or told again, its clocks are the same."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.sla.domain.policies import POLICIES, policy_on
from shared.events import Fact
from shared.service import RunningService
from tests.conftest import Sites
from tests.sla.story import (
    EAST,
    FILED,
    HEALTH,
    ROADS,
    SECOND,
    answered,
    clocks,
    filed,
    followed_up,
    forwarded,
    forwarded_complaint,
    hear,
    receive,
    routed,
    verified,
)

COMPLAINT = UUID(int=7)
HOLDERS = (ROADS, EAST, HEALTH)
Life = Sequence[tuple[Fact, datetime]]
KNOWN = """
SELECT filed_at, kind, confidential, classification, holder, transfers, verified_at, answered_at,
       ARRAY(SELECT unnest(follow_ups) ORDER BY 1) FROM complaints WHERE id = :id
"""


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Filed, routed, verified and forwarded; then follow-ups and transfers, and maybe an answer."""
    kind = draw(st.sampled_from(["complaint", "information", "aspiration"]))
    step = draw(st.sampled_from([timedelta(microseconds=1), timedelta(hours=7), timedelta(days=3)]))
    holder, transfers = draw(st.sampled_from(HOLDERS)), 0
    told = filed(COMPLAINT, kind=kind, confidential=draw(st.booleans()))
    verdict = verified(COMPLAINT, draw(st.sampled_from(["complaint", "information", "supervisory"])))
    acts: list[Sequence[Fact]] = [(told, routed(COMPLAINT, kind=kind)), (verdict, forwarded(COMPLAINT, holder))]
    for passed_on in draw(st.lists(st.booleans(), max_size=7)):
        if passed_on:
            holder, transfers = draw(st.sampled_from([other for other in HOLDERS if other != holder])), transfers + 1
            acts.append([forwarded(COMPLAINT, holder, transfers)])
        else:
            acts.append([followed_up(COMPLAINT, holder)])
    if draw(st.booleans()):
        acts.append([answered(COMPLAINT, holder)])
    return [(fact, FILED + place * step) for place, facts in enumerate(acts) for fact in facts]


@pytest.fixture
async def service(site_of: Sites) -> RunningService:
    return await site_of("sla")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(life=lives(), data=st.data(), size=st.integers(1, 4))
async def test_in_whatever_order_a_life_is_told_all_that_is_kept_of_it_is_the_same(
    service: RunningService, life: Life, data: st.DataObject, size: int
) -> None:
    """What is left out is parked still; what is told again was delivered again after the inbox had forgotten it."""
    places = range(len(life))
    # While neither filing nor routing is known, the moment of the filing is a guess.
    parked = data.draw(st.sets(st.sampled_from(places), max_size=2).filter(lambda parked: not parked >= {0, 1}))
    order = [n for n in data.draw(st.permutations(places)) if n not in parked]
    again = data.draw(st.lists(st.sampled_from(order), max_size=3))
    assert await told(service, life, order + again, size) == await told(service, life, sorted(order), len(life))


async def told(service: RunningService, life: Life, order: Sequence[int], size: int) -> list[Any]:
    """What is kept of a new complaint of which these parts of a life have come, `size` at a time; all but its id."""
    complaint = uuid4()
    for batch in (order[first : first + size] for first in range(0, len(order), size)):
        await receive(service, ((life[n][0].model_copy(update={"complaint_id": complaint}), life[n][1]) for n in batch))
    async with service.begin() as tx:
        known = (await tx.execute(KNOWN, {"id": complaint})).one()
    return [known, *(tuple(row)[1:] for row in await clocks(service) if row.complaint_id == complaint)]


@pytest.mark.parametrize("late", [filed, routed])
async def test_a_kind_that_comes_late_is_that_of_a_resolution_which_has_begun(
    service: RunningService, late: Callable[..., Fact]
) -> None:
    await hear(service, forwarded(COMPLAINT), late(COMPLAINT, kind="information"))
    assert [row.limit_days for row in await clocks(service) if row.name == "resolution"] == [5]


async def test_a_resolution_has_the_policy_of_the_day_it_began_though_that_is_told_late(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.sla.actions.clocks.policy_on", lambda day: policy_on(day, (*POLICIES, SECOND)))
    monkeypatch.setattr("services.sla.actions.clocks.BY_VERSION", {1: POLICIES[0], 2: SECOND})
    monkeypatch.setattr("services.sla.domain.steps.BY_VERSION", {1: POLICIES[0], 2: SECOND})
    await hear(service, filed(COMPLAINT), routed(COMPLAINT), verified(COMPLAINT))
    await hear(service, forwarded(COMPLAINT, HEALTH, 1), at=FILED + timedelta(days=4))
    await hear(service, forwarded(COMPLAINT))
    [resolution] = [row for row in await clocks(service) if row.name == "resolution"]
    assert (resolution.started_at, resolution.policy_version, resolution.limit_days) == (FILED, 1, 14)


async def test_a_transfer_by_a_clock_that_is_behind_moves_the_limits_of_the_whole_case(service: RunningService) -> None:
    await forwarded_complaint(service, COMPLAINT)
    await hear(service, forwarded(COMPLAINT, HEALTH, 1), at=FILED - timedelta(milliseconds=50))
    holders = {row.name: row.agency for row in await clocks(service)}
    assert (holders["resolution"], holders["ombudsman"]) == (HEALTH, HEALTH)
