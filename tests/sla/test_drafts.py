"""Drafts: the approval of an answer has a clock of its own, which stops no other and climbs above the approver."""

import pytest

from services.sla.domain.directory import Agency
from services.sla.domain.ladder import recipients_of_approval
from shared.clock import ManualClock
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import ROADS, answered, draft_returned, drafted, published, utc
from tests.sla.cases import (
    COMPLAINT,
    FILED,
    announced,
    clocks_by_name,
    hear,
    ignored_complaint,
    publish,
    summary,
    sweep,
)


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    service = await make_service("sla")
    await publish(service)
    await hear(service, published(ROADS, approver="leader"))
    await ignored_complaint(service, COMPLAINT)
    return service


async def test_a_draft_begins_its_own_clock_and_stops_none(service: RunningService) -> None:
    before = await clocks_by_name(service)
    await hear(service, drafted(COMPLAINT), at=utc("09-02 09:00"))
    clocks = await clocks_by_name(service)
    approval = clocks.pop(("approval", 1))
    assert clocks == before and all(clocks[name, 1].stopped_at is None for name in ("follow_up", "resolution", "life"))
    # Two working days; Friday the 5th is a holiday.
    assert (approval.agency, approval.due_at, approval.limit_days) == (ROADS, utc("09-04 17:00"), 2)


async def test_each_draft_is_a_cycle_and_publication_stops_the_last(service: RunningService) -> None:
    await hear(service, drafted(COMPLAINT), at=utc("09-02 09:00"))
    await hear(service, draft_returned(COMPLAINT), at=utc("09-03 09:00"))
    await hear(service, drafted(COMPLAINT, number=2), at=utc("09-04 09:00"))
    clocks = await clocks_by_name(service)
    first, second = clocks["approval", 1], clocks["approval", 2]
    assert (first.stopped_at, first.outcome, second.stopped_at) == (utc("09-03 09:00"), "met", None)
    await hear(service, answered(COMPLAINT), at=utc("09-08 09:00"))
    clocks = await clocks_by_name(service)
    assert (clocks["approval", 2].outcome, clocks["resolution", 1].outcome) == ("met", "met")
    assert {name for (name, _), clock in clocks.items() if clock.stopped_at is None} == {"life", "window"}


async def test_a_draft_that_waits_reminds_the_approver_and_climbs_to_the_leaders_above(
    service: RunningService, clock: ManualClock
) -> None:
    await hear(service, drafted(COMPLAINT), at=FILED)
    await announced(service)
    await sweep(service, clock, utc("09-02 17:00"))
    await sweep(service, clock, utc("09-03 17:00"))
    said = [line for line in map(summary, await announced(service)) if line.startswith("approval")]
    assert said == ["approval 50% → 35.78.DPUPR leader", "approval missed", "approval step 1 → 35.78.DPUPR leader"]
    await sweep(service, clock, utc("09-12 17:00"))
    said = [line for line in map(summary, await announced(service)) if line.startswith("approval")]
    assert said == ["approval step 2 → 35.78 leader"]


def test_the_reminder_of_a_vacant_approver_goes_to_the_nearest_seat_above_that_may_approve() -> None:
    city = Agency("C", None, "WIB", {"coordinator": True, "leader": True})
    for approver, expected in (("leader", "C/leader"), ("coordinator", "C/coordinator"), (None, "C/leader")):
        unit = Agency("U", "C", "WIB", {"liaison": True, "leader": False}, approver=approver)
        found = recipients_of_approval((unit, city))
        assert [seat.name for seat in found.reached] == [expected]
        assert [seat.name for seat in found.vacant] == ([] if approver == "coordinator" else ["U/leader"])
