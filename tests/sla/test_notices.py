"""Reached: a seat whose mail fails counts as vacant, and the next one up is told of the same climb."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.sla.actions.notices import pass_over_once
from services.sla.actions.steps import sweep_once
from shared import inbox
from shared.clock import ManualClock
from shared.events import ComplaintEscalated, EscalationWithdrawn, Fact, Notice, NoticesSettled, SeatFoundVacant
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import (
    CITY,
    HEALTH,
    ROADS,
    TREE,
    answered,
    forwarded,
    hear_promises,
    parked,
    promise,
    published,
    receive,
    utc,
)
from tests.services import client_of
from tests.sla.cases import COMPLAINT, announced, hear, ignored_complaint, publish, summary, sweep
from tests.sla.climbs import CLIMBED, NEXT_DAY, climbed, climbs, pass_over, settled


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service, COMPLAINT)
    return service


@pytest.mark.parametrize("outcome", ["failed", "bounced", "nobody"])
async def test_the_next_one_up_is_told_instead_and_hears_of_the_vacancy(
    service: RunningService, clock: ManualClock, outcome: str
) -> None:
    fact = await climbed(service, clock)
    await hear(service, settled(fact, outcome), at=CLIMBED)
    [again, vacancy] = await announced(service)
    assert isinstance(again, ComplaintEscalated) and isinstance(vacancy, SeatFoundVacant)
    assert summary(again) == "follow_up step 1 → 35.78 leader"
    assert (
        [(seat.agency, seat.role) for seat in again.instead_of]
        == [(ROADS, "leader")]
        == [(seat.agency, seat.role) for seat in again.vacant]
    )
    assert (vacancy.agency, vacancy.role, vacancy.reported_to) == (ROADS, "leader", again.recipients)


async def test_an_unreachable_seat_is_passed_over_until_a_mail_arrives_or_its_agency_is_published(
    service: RunningService, clock: ManualClock
) -> None:
    fact = await climbed(service, clock)
    await hear(service, settled(fact, "bounced"), settled(fact, "bounced"), at=CLIMBED)
    assert len(await announced(service)) == 2
    other = uuid4()
    await ignored_complaint(service, other, CLIMBED)
    assert summary(await climbed(service, clock, utc("09-18 00:00"))) == "follow_up step 1 → 35.78 leader"
    await hear(service, settled(fact, "sent"), at=utc("09-18 00:00"))
    await ignored_complaint(service, UUID(int=8), utc("09-18 00:00"))
    assert "35.78.DPUPR leader" in summary(await climbed(service, clock, utc("09-26 00:00")))
    await hear(service, settled(fact, "failed"), at=utc("09-26 00:00"))
    await hear(service, published(ROADS, "liaison"), at=utc("09-26 00:00"))
    await announced(service)
    await ignored_complaint(service, UUID(int=9), utc("09-26 00:00"))
    assert "35.78.DPUPR leader" in summary(await climbed(service, clock, utc("10-04 00:00")))


async def test_one_seat_after_the_other_fails_up_to_the_root(service: RunningService, clock: ManualClock) -> None:
    fact, told = await climbed(service, clock), list[str]()
    while True:
        await hear(service, settled(fact, "failed"), at=CLIMBED)
        found = climbs(await announced(service))
        if not found:
            break
        [fact] = found
        told.append(summary(fact))
    assert told[:3] == [
        "follow_up step 1 → 35.78 leader",
        "follow_up step 1 → 35 leader",
        "follow_up step 1 → NAS leader",
    ]
    assert len(told) == len(set(told)) <= 8


async def test_an_ended_limit_is_told_to_nobody_else(service: RunningService, clock: ManualClock) -> None:
    fact = await climbed(service, clock)
    await hear(service, answered(COMPLAINT), at=CLIMBED)
    await hear(service, settled(fact, "failed"), at=CLIMBED)
    assert climbs(await announced(service)) == []


async def test_a_climb_is_complete_once_the_next_step_is_taken(service: RunningService, clock: ManualClock) -> None:
    first = await climbed(service, clock)
    second = await climbed(service, clock, utc("09-16 17:00"))
    # The first mail comes back only now, and neither had reached anyone within a working day.
    await hear(service, settled(first, "bounced"), at=utc("09-16 18:00"))
    assert climbs(await announced(service)) == []
    await hear(service, settled(second, "bounced"), at=utc("09-16 18:00"))
    assert [summary(fact) for fact in climbs(await announced(service))] == ["follow_up step 2 → 35 leader"]


async def test_climbs_made_up_after_an_outage_go_higher_once(service: RunningService, clock: ManualClock) -> None:
    await sweep(service, clock, utc("09-20 00:00"))
    await announced(service)
    await pass_over(service, clock, utc("09-23 16:00"))
    told = [summary(fact) for fact in climbs(await announced(service))]
    # The second climb has told the mayor, whom the first would tell again.
    assert [line for line in told if line.startswith("follow_up")] == [
        "follow_up step 2 → 35 leader, NAS coordinator, NAS leader"
    ]


async def test_the_root_is_tried_again_in_each_round_where_nobody_can_be_reached(
    service: RunningService, clock: ManualClock
) -> None:
    seats = [(code, role) for code in TREE for role in ("liaison", "coordinator", "leader")]
    lost = Notice(complaint_id=COMPLAINT, cause="ComplaintForwarded", cause_id=uuid4())
    facts = [NoticesSettled(agency=a, role=r, outcome="bounced", notices=(lost,)) for a, r in seats]  # type: ignore[arg-type]
    await hear(service, *facts, at=utc("09-02 00:00"))
    fact = await climbed(service, clock, utc("09-30 17:00"))
    assert summary(fact) == "follow_up step 3 round 1 → NAS coordinator, NAS leader"
    await hear(service, *(settled(fact, "bounced", seat) for seat in (0, 1)), at=utc("09-30 18:00"))
    assert climbs(await announced(service)) == []
    fact = await climbed(service, clock, utc("10-07 17:00"))
    assert summary(fact) == "follow_up step 3 round 2 → NAS coordinator, NAS leader"
    await hear(service, settled(fact, "sent"), at=utc("10-07 18:00"))
    assert "NAS coordinator" in summary(await climbed(service, clock, utc("10-14 17:00")))


async def test_a_climb_that_reached_nobody_within_a_working_day_goes_one_higher_once(
    service: RunningService, clock: ManualClock
) -> None:
    await climbed(service, clock)
    assert await pass_over_once(service) == 0
    assert await pass_over(service, clock, NEXT_DAY) == 1
    [again] = climbs(await announced(service))
    assert summary(again) == "follow_up step 1 → 35.78 leader"
    assert await pass_over(service, clock, utc("09-15 00:00")) == 0


async def test_a_seat_that_can_be_reached_again_is_no_end_for_a_climb_that_has_passed_it_over(
    service: RunningService, clock: ManualClock
) -> None:
    fact = await climbed(service, clock)
    await hear(service, settled(fact, "failed"), at=CLIMBED)
    [again] = climbs(await announced(service))
    later = CLIMBED + timedelta(hours=1)
    await hear(service, published(ROADS, "liaison"), at=later)
    await announced(service)
    await hear(service, settled(again, "failed"), at=later)
    assert [summary(each) for each in climbs(await announced(service))] == ["follow_up step 1 → 35 leader"]


async def test_a_climb_that_was_reached_or_acknowledged_goes_no_higher_before_its_time(
    service: RunningService, clock: ManualClock
) -> None:
    fact = await climbed(service, clock)
    await hear(service, settled(fact, "sent"), at=CLIMBED + timedelta(minutes=1))
    await hear(service, settled(fact, "acknowledged"), at=CLIMBED + timedelta(hours=1))
    assert await pass_over(service, clock, utc("09-12 00:00")) == 0
    async with client_of(service) as client:
        clocks = (await client.get(f"/sla/complaints/{COMPLAINT}/clocks")).json()
    [step] = next(each["steps"] for each in clocks if each["name"] == "follow_up")
    assert step["reached_at"] == "2025-09-09T17:01:00Z"
    assert step["acknowledged_at"] == "2025-09-09T18:00:00Z"


async def test_a_failed_request_reports_the_vacancy_to_the_coordinator(service: RunningService) -> None:
    notice = Notice(complaint_id=COMPLAINT, cause="ComplaintForwarded", cause_id=uuid4())
    await hear(service, NoticesSettled(agency=ROADS, role="liaison", outcome="failed", notices=(notice,)))
    [vacancy] = await announced(service)
    assert isinstance(vacancy, SeatFoundVacant)
    assert [(seat.agency, seat.role) for seat in vacancy.reported_to] == [(CITY, "coordinator")]


async def test_nobody_is_passed_over_before_all_is_heard_that_notify_has_said_of_that_day(
    service: RunningService, clock: ManualClock
) -> None:
    """sla was away for four days, and its timer comes before its consumer."""
    fact = await climbed(service, clock)
    clock.advance_to(CLIMBED + timedelta(days=4))
    assert await pass_over_once(service) == 0
    await hear(service, settled(fact, "sent"), at=CLIMBED + timedelta(minutes=1))
    await hear_promises(service)
    assert await pass_over_once(service) == 0
    assert await announced(service) == []


async def test_a_climb_waits_for_notify_alone_and_for_no_longer_than_the_grace(
    service: RunningService, clock: ManualClock
) -> None:
    await climbed(service, clock)
    clock.advance_to(NEXT_DAY)
    taken = []
    for minute in range(0, 40, 5):
        clock.advance_to(NEXT_DAY + timedelta(minutes=minute))
        await inbox.receive(service, [promise(name, clock.now()) for name in ("intake", "routing")])
        taken.append(await pass_over_once(service))
    assert taken == [0] * 6 + [1, 0]
    await climbed(service, clock, utc("09-16 17:00"))
    clock.advance_to(utc("09-18 17:00"))
    await inbox.receive(service, [promise("notify", clock.now())])
    assert await pass_over_once(service) == 1


async def park_notices(service: RunningService, monkeypatch: pytest.MonkeyPatch, *facts: Fact) -> None:
    """sla cannot handle what notify says of these notices."""

    async def fails(tx: Any, events: Any) -> None:
        raise RuntimeError("the handler is broken")

    with monkeypatch.context() as patch:
        patch.setitem(service.definition.handlers, NoticesSettled, fails)  # type: ignore[arg-type]
        await receive(service, [(fact, CLIMBED) for fact in facts])
    assert len(await parked(service)) == len(facts)


async def test_what_a_parked_notice_tells_of_is_not_passed_over_within_the_grace_and_all_else_is(
    service: RunningService, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key of such an event is the agency of the seat, and no complaint."""
    other = UUID(int=8)
    await ignored_complaint(service, other)
    fact = await climbed(service, clock)
    mine = fact if fact.complaint_id == COMPLAINT else fact.model_copy(update={"complaint_id": COMPLAINT})
    await park_notices(service, monkeypatch, settled(mine, "sent"))
    assert await pass_over(service, clock, NEXT_DAY) == 1
    assert {each.complaint_id for each in climbs(await announced(service))} == {other}
    assert await pass_over(service, clock, NEXT_DAY + timedelta(minutes=29)) == 0
    assert await pass_over(service, clock, NEXT_DAY + timedelta(minutes=30)) == 1
    assert [each.complaint_id for each in climbs(await announced(service))] == [COMPLAINT]


@pytest.mark.parametrize("value", [b"", b"[]", b"{}", b'{"data":{"notices":[{"complaint_id":"x"}]}}', b"\xff"])
async def test_a_parked_notice_that_nobody_can_read_keeps_no_climb_waiting(
    service: RunningService, clock: ManualClock, value: bytes
) -> None:
    await climbed(service, clock)
    async with service.begin() as tx:
        await tx.execute(
            "INSERT INTO parked (topic, key, value, error, type) VALUES ('complaints.v1', :key, :value, 'e', :type)",
            {"key": ROADS, "value": value, "type": "NoticesSettled"},
        )
    assert await pass_over(service, clock, NEXT_DAY) == 1


async def test_a_climb_that_was_taken_back_is_passed_over_by_nobody(
    service: RunningService, clock: ManualClock
) -> None:
    """The case had been passed on before the limit: notify sends no mail about it, and the limit runs on."""
    climb_at = utc("09-22 17:00")
    while clock.now() < climb_at:
        await sweep(service, clock, min(climb_at, clock.now() + timedelta(days=1)))
    await announced(service)
    await hear(service, forwarded(COMPLAINT, HEALTH, 1), at=utc("09-22 16:00"))
    [taken_back] = [fact for fact in await announced(service) if isinstance(fact, EscalationWithdrawn)]
    assert (taken_back.clock, taken_back.steps) == ("resolution", (1,))
    await pass_over(service, clock, climb_at + timedelta(days=3))
    assert [fact for fact in climbs(await announced(service)) if fact.clock == "resolution"] == []
    # A limit that runs on takes its next step, and that one must reach somebody.
    await sweep(service, clock, utc("09-29 17:00"))
    await announced(service)
    await pass_over(service, clock, utc("10-01 17:00"))
    assert "resolution" in [fact.clock for fact in climbs(await announced(service))]


async def test_no_step_waits_for_notify(service: RunningService, clock: ManualClock) -> None:
    clock.advance_to(CLIMBED)
    await inbox.receive(service, [promise(name, CLIMBED) for name in ("intake", "routing")])
    while await sweep_once(service):
        pass
    assert len(climbs(await announced(service))) == 1


@pytest.mark.parametrize("is_heard", [True, False])
@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE fired SET passed_over = '{x}' WHERE complaint_id = :id",
        "UPDATE fired SET passed_over = '{NULL}' WHERE complaint_id = :id",
        "UPDATE fired SET passed_over = '{{a/leader},{b/leader}}' WHERE complaint_id = :id",
        "UPDATE fired SET clock = 'x' WHERE complaint_id = :id",
    ],
)
async def test_one_climb_that_cannot_be_read_stops_no_other(
    service: RunningService, clock: ManualClock, damage: str, is_heard: bool
) -> None:
    bad = UUID(int=1)
    await ignored_complaint(service, bad)
    await sweep(service, clock, CLIMBED)
    facts = [fact for fact in climbs(await announced(service)) if fact.clock == "follow_up"]
    async with service.begin() as tx:
        # As in a database in which the law was set aside.
        await tx.execute("ALTER TABLE fired DROP CONSTRAINT passed_over_are_seats")
        await tx.execute("UPDATE clocks SET name = 'x' WHERE complaint_id = :id AND name = 'follow_up'", {"id": bad})
        await tx.execute(damage, {"id": bad})
    if is_heard:
        await hear(service, *(settled(fact, "failed") for fact in facts), at=CLIMBED)
    else:
        await pass_over(service, clock, NEXT_DAY)
    assert COMPLAINT in [fact.complaint_id for fact in climbs(await announced(service)) if fact.clock == "follow_up"]
