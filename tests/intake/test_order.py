"""Whatever order a complaint's events come in, the public sees it stand in the same place."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.events import (
    AgencyRef,
    ComplaintAnswered,
    ComplaintEscalated,
    ComplaintForwarded,
    ComplaintRouted,
    ComplaintVerified,
    DeadlineMissed,
    Fact,
    FollowUpRecorded,
    event_of,
)
from shared.service import RunningService
from tests.conftest import Sites
from tests.house import MONDAY
from tests.intake.make import KOMINFO, redeliver

COMPLAINT = UUID(int=7)
STANDING = "SELECT label, agency_name, transfers, missed, step FROM standings WHERE complaint_id = :id"
Life = Sequence[tuple[Fact, datetime]]


def unit(name: str) -> AgencyRef:
    return AgencyRef(code=name, name=name, tier="unit", zone="Asia/Jakarta")


def missed(clock: str, cycle: int) -> DeadlineMissed:
    values = {"complaint_id": COMPLAINT, "clock": clock, "cycle": cycle, "agency": "a", "due_at": MONDAY}
    return DeadlineMissed.model_validate(values)


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Routed, verified and forwarded; then whatever may happen to it, all at one moment or an hour apart."""
    known = {"complaint_id": COMPLAINT, "rule": "r", "explanation": "", "filed_at": MONDAY, "kind": "complaint"}
    facts: list[Fact] = [ComplaintRouted.model_validate({**known, "agency": unit("first"), "verifier": KOMINFO})]
    if draw(st.booleans()):
        facts.append(missed("verification", 1))
    facts.append(ComplaintVerified(complaint_id=COMPLAINT, by="x", classification="complaint"))
    facts.append(ComplaintForwarded(complaint_id=COMPLAINT, agency=unit("0"), by="x"))
    transfers = 0
    for what in draw(
        st.lists(st.sampled_from(["passed on", "followed up", "late", "too late", "climbed"]), max_size=8)
    ):
        if what == "passed on":
            transfers += 1
            to = unit(str(transfers))
            facts.append(ComplaintForwarded(complaint_id=COMPLAINT, agency=to, by="x", transfers=transfers))
        elif what == "followed up":
            facts.append(FollowUpRecorded(complaint_id=COMPLAINT, agency="a", sealed=""))
        elif what == "late":  # The news of it may have been quicker than it was passed on, or slower.
            facts.append(missed("follow_up", draw(st.integers(max(1, transfers), transfers + 1))))
        elif what == "too late":
            facts.append(missed("resolution", 1))
        else:
            facts.append(climbed(draw(st.integers(1, 3))))
    if draw(st.booleans()):
        facts.append(ComplaintAnswered(complaint_id=COMPLAINT, agency="a", sealed=""))
    step = draw(st.sampled_from([timedelta(), timedelta(hours=1)]))
    return [(fact, MONDAY + place * step) for place, fact in enumerate(facts)]


def climbed(step: int) -> ComplaintEscalated:
    return ComplaintEscalated(
        complaint_id=COMPLAINT, clock="follow_up", cycle=1, step=step, agency="a", due_at=MONDAY, recipients=()
    )


@pytest.fixture
async def service(site_of: Sites) -> RunningService:
    return await site_of("intake")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(life=lives(), data=st.data(), size=st.integers(1, 4))
async def test_in_whatever_order_a_life_is_told_its_standing_is_the_same(
    service: RunningService, life: Life, data: st.DataObject, size: int
) -> None:
    """What is left out is parked still."""
    parked = data.draw(st.sets(st.sampled_from(range(len(life))), max_size=2))
    order = [n for n in data.draw(st.permutations(range(len(life)))) if n not in parked]
    assert await told(service, life, order, size) == await told(service, life, sorted(order), len(life))


async def told(service: RunningService, life: Life, order: Sequence[int], size: int) -> tuple[object, ...]:
    """The standing of a new complaint once these events have come, `size` at a time."""
    complaint = uuid4()
    events = [event_of(fact.model_copy(update={"complaint_id": complaint}), at) for fact, at in life]
    for first in range(0, len(order), size):
        await redeliver(service, [events[n] for n in order[first : first + size]])
    async with service.begin() as tx:
        return tuple((await tx.execute(STANDING, {"id": complaint})).one())
