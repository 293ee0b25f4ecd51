"""Whatever order a complaint's events arrive in, its status is the same."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.events import Fact, event_of
from tests.intake.citizen import Intake
from tests.make import (
    answered,
    archived,
    escalated,
    followed_up,
    forwarded,
    missed,
    reassigned,
    redeliver,
    routed,
    taken_back,
    verified,
    withdrawn,
)
from tests.services import MONDAY

COMPLAINT = UUID(int=7)
STATUS = "SELECT state, agency_name, transfers, missed, step FROM standings WHERE complaint_id = :id"
ACTS = ("passed on", "followed up", "late", "too late", "climbed", "taken back")
Life = Sequence[tuple[Fact, datetime]]


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """The events of a complaint, all at one moment or an hour apart: routed, verified, forwarded, then any acts."""
    facts: list[Fact] = [routed(COMPLAINT, "first")]
    facts += [reassigned(COMPLAINT, f"heir {n}") for n in range(draw(st.integers(0, 2)))]
    if draw(st.booleans()):
        facts.append(missed(COMPLAINT, "verification"))
    facts += [verified(COMPLAINT), forwarded(COMPLAINT, "0")]
    transfers = 0
    for act in draw(st.lists(st.sampled_from(ACTS), max_size=8)):
        transfers += act == "passed on"
        facts.append(_fact(draw, act, transfers))
    if end := draw(st.sampled_from([None, answered, archived, taken_back])):
        facts.append(end(COMPLAINT))
    step = draw(st.sampled_from([timedelta(), timedelta(hours=1)]))
    return [(fact, MONDAY + place * step) for place, fact in enumerate(facts)]


def _fact(draw: st.DrawFn, act: str, transfers: int) -> Fact:
    match act:
        case "passed on":
            return forwarded(COMPLAINT, str(transfers), transfers)
        case "followed up":
            return followed_up(COMPLAINT)
        case "late":  # sla may have missed the limit before or after it heard of the last forwarding
            return missed(COMPLAINT, "follow_up", draw(st.integers(max(1, transfers), transfers + 1)))
        case "too late":
            return missed(COMPLAINT, "resolution")
        case "taken back":
            reason, standing = draw(st.sampled_from(["acted", "passed_on"])), draw(st.integers(0, 2))
            return withdrawn(COMPLAINT, 3, standing=standing, reason=reason, clock="resolution")
    return escalated(COMPLAINT, draw(st.integers(1, 3)))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(life=lives(), data=st.data(), size=st.integers(1, 4))
async def test_the_order_of_arrival_does_not_change_the_status(
    service: Intake, life: Life, data: st.DataObject, size: int
) -> None:
    """Up to two events do not arrive, as if they were parked."""
    parked = data.draw(st.sets(st.sampled_from(range(len(life))), max_size=2))
    order = [n for n in data.draw(st.permutations(range(len(life)))) if n not in parked]
    assert await status_of(service, life, order, size) == await status_of(service, life, sorted(order), len(life))


async def test_the_ids_order_events_of_one_moment(service: Intake) -> None:
    life = [(forwarded(COMPLAINT), MONDAY), (answered(COMPLAINT), MONDAY)]
    in_order = await status_of(service, life, (0, 1), 1)
    assert in_order[0] == "ANSWERED"
    assert await status_of(service, life, (1, 0), 1) == in_order


async def status_of(service: Intake, life: Life, order: Sequence[int], size: int) -> tuple[object, ...]:
    """The status of a new complaint after these events have arrived, `size` at a time."""
    complaint = uuid4()
    events = [event_of(fact.model_copy(update={"complaint_id": complaint}), at) for fact, at in life]
    for first in range(0, len(order), size):
        await redeliver(service, [events[n] for n in order[first : first + size]])
    async with service.begin() as tx:
        return tuple((await tx.execute(STATUS, {"id": complaint})).one())
