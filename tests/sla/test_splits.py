"""Clocks of a complaint that is split: its limits stop, those of its parts go on, and its life ends with the last."""

from datetime import datetime, time, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from shared.clock import ManualClock
from shared.events import ComplaintEscalated, InterimReplied
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import (
    EAST,
    HEALTH,
    ROADS,
    TRANSPORT,
    answered,
    corrected,
    forwarded,
    held,
    part_opened,
    ref,
    reopened,
    resumed,
    split,
    verified,
)
from tests.sla.cases import (
    FILED,
    announced,
    clock_rows,
    filed,
    hear,
    ignored_complaint,
    publish,
    receive,
    routed,
    sweep,
)

DAY = timedelta(days=1)
WHOLE, PART = UUID(int=7), UUID(int=8)


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    made = await make_service("sla")
    await publish(made)
    return made


async def clocks_of(service: RunningService, id: UUID) -> dict[tuple[str, int], Any]:
    return {(row.name, row.cycle): row for row in await clock_rows(service) if row.complaint_id == id}


async def test_a_split_stops_every_limit_but_the_life_of_the_whole(service: RunningService) -> None:
    await ignored_complaint(service, WHOLE)
    await hear(service, split(WHOLE), at=FILED + DAY)
    clocks = await clocks_of(service, WHOLE)
    assert {name for (name, _), clock in clocks.items() if clock.stopped_at is None} == {"life"}
    assert clocks["resolution", 1].outcome == clocks["ombudsman", 1].outcome == "ended"
    assert clocks["life", 1].agency == ROADS


async def test_an_unverified_whole_is_its_holders_once_it_is_split(service: RunningService) -> None:
    await hear(service, filed(WHOLE), routed(WHOLE))
    await hear(service, split(WHOLE, verifier="35.78"), at=FILED + DAY)
    clocks = await clocks_of(service, WHOLE)
    assert {name for (name, _), clock in clocks.items() if clock.stopped_at is None} == {"life"}
    assert clocks["verification", 1].stopped_at == FILED + DAY


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_whole_split_before_its_verification_has_no_first_resolution(
    service: RunningService, order: tuple[int, ...]
) -> None:
    """Reopened and passed on, it has that of its later cycle alone."""
    told = [
        (split(WHOLE, verifier="35.78"), FILED + DAY),
        (reopened(WHOLE, cycle=2), FILED + 2 * DAY),
        (forwarded(WHOLE, HEALTH, 1), FILED + 3 * DAY),
    ]
    await hear(service, filed(WHOLE), routed(WHOLE))
    for place in order:
        await hear(service, told[place][0], at=told[place][1])
    running = {key for key, clock in (await clocks_of(service, WHOLE)).items() if clock.stopped_at is None}
    assert running == {("life", 1), ("ombudsman", 1), ("resolution", 2), ("follow_up", 2)}


async def test_the_limits_of_a_part_go_on_where_those_of_its_whole_were(service: RunningService) -> None:
    await ignored_complaint(service, WHOLE)
    before = await clocks_of(service, WHOLE)
    await hear(service, part_opened(PART, WHOLE, TRANSPORT, FILED, urgent_since=FILED), at=FILED + 3 * DAY)
    clocks = await clocks_of(service, PART)
    assert {(name, clock.agency) for (name, _), clock in clocks.items()} == {
        (name, TRANSPORT) for name in ("life", "follow_up", "resolution", "ombudsman", "alarm")
    }
    for name in ("resolution", "ombudsman"):
        assert clocks[name, 1].due_at == before[name, 1].due_at
    # Its holder is not late at receipt: the first follow-up has the time of any turn.
    assert clocks["follow_up", 1].started_at == FILED + 3 * DAY
    assert clocks["life", 1].started_at == clocks["alarm", 1].started_at == FILED


@pytest.mark.parametrize("is_passed_on", [False, True])
async def test_a_part_ends_no_earlier_than_its_whole_would_have(service: RunningService, is_passed_on: bool) -> None:
    """The east is two hours ahead: a whole that the west had ends with its day, whoever gets a part, and later ones."""
    await ignored_complaint(service, WHOLE)
    before = await clocks_of(service, WHOLE)
    west = {"since": FILED, "agency": ref(ROADS)}
    opened = part_opened(PART, WHOLE, EAST, FILED, held=[west]), FILED + 3 * DAY
    passed_on = [(forwarded(PART, HEALTH, transfers=1), FILED + 4 * DAY)] if is_passed_on else []
    await receive(service, [*passed_on, opened])
    resolution = (await clocks_of(service, PART))["resolution", 1]
    assert (resolution.due_at, resolution.agency) == (before["resolution", 1].due_at, HEALTH if is_passed_on else EAST)
    # Nobody had the other whole.
    other = UUID(int=9)
    await hear(service, part_opened(other, UUID(int=10), EAST, FILED), at=FILED + 3 * DAY)
    assert (await clocks_of(service, other))["resolution", 1].due_at < resolution.due_at


async def test_a_part_has_the_pauses_of_its_whole(service: RunningService) -> None:
    await ignored_complaint(service, WHOLE)
    await receive(service, [(held(WHOLE), FILED + DAY), (resumed(WHOLE), FILED + 8 * DAY)])
    before = await clocks_of(service, WHOLE)
    opened = part_opened(PART, WHOLE, TRANSPORT, FILED, holds=((FILED + DAY, FILED + 8 * DAY),))
    await hear(service, opened, at=FILED + 9 * DAY)
    clocks = await clocks_of(service, PART)
    for name in ("resolution", "ombudsman"):
        assert (clocks[name, 1].due_at, clocks[name, 1].paused_at) == (before[name, 1].due_at, None)
        assert clocks[name, 1].pauses == before[name, 1].pauses
    assert clocks["hold", 1].outcome == "met"


async def test_a_part_has_the_extension_of_its_whole(service: RunningService) -> None:
    await ignored_complaint(service, WHOLE)
    until = datetime.combine(FILED.date() + 25 * DAY, time(), ZoneInfo("Asia/Jakarta"))
    said = {"complaint_id": WHOLE, "agency": ref(ROADS), "due_on": until.date() - DAY, "sealed": ""}
    await hear(service, InterimReplied.model_validate(said), at=FILED + DAY)
    whole = (await clocks_of(service, WHOLE))["resolution", 1]
    await hear(service, part_opened(PART, WHOLE, ROADS, FILED, interims=((FILED + DAY, until),)), at=FILED + 9 * DAY)
    part = (await clocks_of(service, PART))["resolution", 1]
    assert (part.due_at, part.extended_days) == (whole.due_at, whole.extended_days) and whole.extended_days > 0


@pytest.mark.parametrize("is_passed_on", [False, True])
async def test_a_part_climbs_no_lower_than_its_whole_had_come(service: RunningService, is_passed_on: bool) -> None:
    opened = part_opened(PART, WHOLE, TRANSPORT, FILED, standing=2), FILED + 3 * DAY
    passed_on = [(forwarded(PART, HEALTH, transfers=1), FILED + 4 * DAY)] if is_passed_on else []
    await receive(service, [*passed_on, opened])
    clocks = await clocks_of(service, PART)
    assert clocks["resolution", 1].floor == 2
    assert {clock.floor for (name, _), clock in clocks.items() if name != "resolution"} == {0}


@pytest.mark.parametrize("is_corrected_again", [False, True])
@pytest.mark.parametrize("order", list(permutations(range(2))))
async def test_a_part_has_the_days_that_a_correction_granted_its_whole(
    service: RunningService, order: tuple[int, ...], is_corrected_again: bool
) -> None:
    await hear(service, filed(WHOLE), routed(WHOLE), verified(WHOLE, "supervisory"), forwarded(WHOLE))
    await receive(service, [(corrected(WHOLE, classification="complaint"), FILED + 30 * DAY)])
    whole = (await clocks_of(service, WHOLE))["resolution", 1]
    said = {FILED: "supervisory", FILED + 30 * DAY: "complaint"}
    classes = [{"at": at, "classification": value} for at, value in said.items()]
    opened = part_opened(PART, WHOLE, ROADS, FILED, classes=classes), FILED + 31 * DAY
    # What is only said again changes nothing.
    word = "supervisory" if is_corrected_again else "complaint"
    told = [opened, (corrected(PART, classification=word), FILED + 32 * DAY)]
    for place in order:
        await receive(service, [told[place]])
    part = (await clocks_of(service, PART))["resolution", 1]
    if is_corrected_again:
        assert (part.limit_days, part.extended_days) == (60, 0)
    else:
        assert (part.limit_days, part.due_at, part.extended_days) == (14, whole.due_at, whole.extended_days)
    assert whole.extended_days > 0 and part.due_at > FILED + 31 * DAY


async def test_the_life_of_the_whole_ends_with_its_answer_and_goes_on_with_a_part(service: RunningService) -> None:
    await ignored_complaint(service, WHOLE)
    await hear(service, split(WHOLE), at=FILED + DAY)
    await hear(service, answered(WHOLE, window=0), at=FILED + 2 * DAY)
    assert (await clocks_of(service, WHOLE))["life", 1].outcome == "answered"
    await hear(service, split(WHOLE, reopened=True), at=FILED + 3 * DAY)
    clocks = await clocks_of(service, WHOLE)
    assert {name for (name, _), clock in clocks.items() if clock.stopped_at is None} == {"life"}
    await hear(service, answered(WHOLE, window=0), at=FILED + 4 * DAY)
    assert (await clocks_of(service, WHOLE))["life", 1].stopped_at == FILED + 4 * DAY


@pytest.mark.parametrize("has_part", [True, False])
async def test_a_whole_climbs_only_if_no_part_of_it_is_alive(
    service: RunningService, clock: ManualClock, has_part: bool
) -> None:
    await ignored_complaint(service, WHOLE)
    await hear(service, split(WHOLE), at=FILED + DAY)
    if has_part:
        await hear(service, part_opened(PART, WHOLE, at=FILED), at=FILED + DAY)
    await sweep(service, clock, FILED + timedelta(days=100))
    climbs = [fact for fact in await announced(service) if isinstance(fact, ComplaintEscalated)]
    assert bool([fact for fact in climbs if fact.complaint_id == WHOLE]) == (not has_part)
    assert bool([fact for fact in climbs if fact.complaint_id == PART]) == has_part


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2, 0)])
async def test_the_clocks_of_a_part_do_not_depend_on_the_order_of_its_events(
    service: RunningService, order: tuple[int, ...]
) -> None:
    id = uuid4()
    opened = part_opened(id, WHOLE, TRANSPORT, FILED, classification="supervisory")
    told = [
        (opened, FILED + 3 * DAY),
        (forwarded(id, HEALTH, 1), FILED + 4 * DAY),
        (forwarded(id, ROADS, 2), FILED + 5 * DAY),
    ]
    for place in order:
        await receive(service, [told[place]])
    await receive(service, [told[0]])
    clocks = await clocks_of(service, id)
    assert {key: (clock.agency, clock.started_at, clock.limit_days) for key, clock in clocks.items()} == {
        ("life", 1): (ROADS, FILED, clocks["life", 1].limit_days),
        ("follow_up", 1): (TRANSPORT, FILED + 3 * DAY, 5),
        ("follow_up", 2): (HEALTH, FILED + 4 * DAY, 5),
        ("follow_up", 3): (ROADS, FILED + 5 * DAY, 5),
        ("resolution", 1): (ROADS, FILED, 60),
        ("ombudsman", 1): (ROADS, FILED, 60),
    }
