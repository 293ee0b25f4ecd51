"""Corrections of class: limits are reckoned anew, nobody is late at receipt, and the order of the news is nothing."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla.domain import corrections
from services.sla.domain.clocks import started
from services.sla.domain.complaints import Complaint
from services.sla.domain.extensions import extended
from services.sla.domain.lifecycle import AgencyOf
from shared.events import LimitSet
from shared.service import RunningService
from shared.vocabulary import RESOLUTION
from tests.conftest import ServiceMaker
from tests.make import answered, corrected, followed_up, forwarded, reopened, verified
from tests.services import staged
from tests.sla.cases import COMPLAINT, FILED, RULES, announced, clocks_by_name, filed, hear, routed

DAY = timedelta(days=1)
LENGTHS = {"information": 5, "complaint": 14, "supervisory": 60}
CLASSES = st.sampled_from(sorted(LENGTHS))


@settings(max_examples=300, deadline=None)
@given(before=CLASSES, after=CLASSES, days=st.integers(1, 100))
def test_a_shorter_limit_is_never_past_at_its_receipt_and_never_later_than_the_longer_one(
    before: str, after: str, days: int
) -> None:
    """The reference counts both limits from the filing, and the new one from the correction."""
    agency, at = AgencyOf("35.78.DPUPR", "Asia/Jakarta"), FILED + days * DAY
    known = Complaint(COMPLAINT, FILED, classification=before, verified_at=FILED)
    said = corrections.corrected(known, at, None, after)
    clock = started(RULES, known, RESOLUTION, agency, FILED)
    clock = extended(RULES, said, corrections.reckoned(RULES, said, clock, agency.code))
    calendar = RULES.calendar_of(agency.zone)
    former, plain = calendar.due_at(FILED, LENGTHS[before]), calendar.due_at(FILED, LENGTHS[after])
    expected = plain if plain > at or former <= at else min(former, calendar.due_at(at, LENGTHS[after]))
    assert (clock.due_at, clock.limit_days) == (expected, LENGTHS[after])
    assert clock.due_at > at or min(former, plain) <= at
    assert corrections.corrected(said, at, None, after) == said


@settings(max_examples=100, deadline=None)
@given(before=CLASSES, after=CLASSES, days=st.integers(1, 100), later=st.integers(1, 100))
def test_a_class_that_is_only_said_again_grants_and_takes_no_days(
    before: str, after: str, days: int, later: int
) -> None:
    known = Complaint(COMPLAINT, FILED, classification=before, verified_at=FILED)
    once = corrections.corrected(known, FILED + days * DAY, None, after)
    twice = corrections.corrected(once, FILED + (days + later) * DAY, None, after)
    clock = started(RULES, known, RESOLUTION, AgencyOf("35.78.DPUPR", "Asia/Jakarta"), FILED)
    limits = [
        extended(RULES, said, corrections.reckoned(RULES, said, clock, clock.agency)).due_at for said in (once, twice)
    ]
    assert limits[0] == limits[1]


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    return await make_service("sla")


async def test_a_corrected_class_gives_the_running_resolution_its_limit_and_says_so(service: RunningService) -> None:
    await hear(service, filed(COMPLAINT), routed(COMPLAINT), verified(COMPLAINT), forwarded(COMPLAINT))
    await hear(service, followed_up(COMPLAINT), at=FILED + DAY)
    before = await clocks_by_name(service)
    await announced(service)
    await hear(service, corrected(COMPLAINT), at=FILED + DAY)
    assert await clocks_by_name(service) == before
    await hear(service, corrected(COMPLAINT, classification="supervisory"), at=FILED + 2 * DAY)
    after = await clocks_by_name(service)
    assert (before["resolution", 1].limit_days, after["resolution", 1].limit_days) == (14, 60)
    [limit] = [fact for fact in await staged(service) if isinstance(fact, LimitSet)]
    assert (limit.clock, limit.due_at) == ("resolution", after["resolution", 1].due_at)
    assert {key: clock for key, clock in after.items() if key[0] != "resolution"} == {
        key: clock for key, clock in before.items() if key[0] != "resolution"
    }


@pytest.mark.parametrize("order", list(permutations(range(5))))
async def test_what_was_corrected_changes_no_limit_that_had_stopped_before_in_whatever_order_it_is_heard(
    service: RunningService, order: tuple[int, ...]
) -> None:
    await hear(service, filed(COMPLAINT), routed(COMPLAINT), forwarded(COMPLAINT))
    told: list[Any] = [
        (verified(COMPLAINT), FILED),
        (corrected(COMPLAINT, classification="information"), FILED + DAY),
        (answered(COMPLAINT), FILED + 2 * DAY),
        (reopened(COMPLAINT), FILED + 3 * DAY),
        (corrected(COMPLAINT, classification="supervisory"), FILED + 4 * DAY),
    ]
    for place in order:
        await hear(service, told[place][0], at=told[place][1])
    clocks = await clocks_by_name(service)
    assert (clocks["resolution", 1].limit_days, clocks["resolution", 2].limit_days) == (5, 60)
    async with service.begin() as tx:
        assert (await tx.execute("SELECT classification FROM complaints")).scalar_one() == "supervisory"
