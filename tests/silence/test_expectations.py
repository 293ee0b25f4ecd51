"""The reference of the simulation is right about known days, and takes a bus and a report at their word."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events import Fact, event_of
from tests import make
from tests.make import (
    CITY,
    ROADS,
    answered,
    archived,
    filed,
    followed_up,
    forwarded,
    held,
    merged,
    message_of,
    reassigned,
    resumed,
    routed,
    separated,
    taken_back,
    verified,
    wib,
)
from tests.services import MONDAY
from tests.silence.bus import PartitionedBus
from tests.silence.examine_mails import NOTHING, OVERTAKEN, PAST_NEAR, TWICE, UNSAID, Correspondence, Told, findings_of
from tests.silence.expectations import expected_clocks, reopens
from tests.silence.expected import Count, Expected
from tests.silence.faults import Faults
from tests.silence.outages import Outage, away_between
from tests.silence.report import Report
from tests.silence.withdrawals import takes_back, wrongly_taken_back

DAY = timedelta(days=1)


def test_the_reference_counts_working_days_over_idul_fitri() -> None:
    counted = Count()
    assert counted.due(wib("2025-03-27 10:00"), 5, "Asia/Jakarta") == wib("2025-04-15 00:00")
    assert counted.due(wib("2025-02-03 10:00"), 2.5, "Asia/Jakarta") == wib("2025-02-06 12:00")


def test_rounds_follow_the_last_named_step_from_the_start() -> None:
    clock = Expected(wib("2025-07-07 09:00"), 5, "Asia/Jakarta")
    rounds = list(clock.rounds(Count(), wib("2025-08-12 12:00")))
    # Fifteen working days after Monday the 7th end on the 28th; 18 August, a joint leave, lies behind.
    assert rounds == [(1, wib("2025-08-05 00:00")), (2, wib("2025-08-12 00:00"))]


def test_rounds_of_calendar_days_are_seven_days_apart() -> None:
    clock = Expected(MONDAY, 60, "Asia/Jakarta", is_calendar=True)
    assert list(clock.rounds(Count(), MONDAY + DAY * 75)) == [(1, MONDAY + DAY * 67), (2, MONDAY + DAY * 74)]


def test_the_events_say_which_clocks_run() -> None:
    id = uuid4()
    facts = [
        (filed(id), 0), (routed(id), 0), (verified(id, "information"), 1), (forwarded(id), 1), (followed_up(id), 3),
        (forwarded(id, "91.71.DINKES", transfers=1), 5), (answered(id), 9),
    ]  # fmt: skip
    clocks = expected_clocks([event_of(fact, MONDAY + DAY * day) for fact, day in facts])
    shown = {
        key: (clock.start - MONDAY, clock.days, clock.stop and clock.stop - MONDAY) for key, clock in clocks.items()
    }
    assert shown == {
        ("verification", 1): (DAY * 0, 3, DAY * 1),
        ("ombudsman", 1): (DAY * 0, 60, DAY * 9),
        ("follow_up", 1): (DAY * 1, 5, DAY * 3),
        ("follow_up", 2): (DAY * 5, 5, DAY * 9),
        ("resolution", 1): (DAY * 1, 5, DAY * 9),
        ("window", 1): (DAY * 9, 10, None),
    }
    assert clocks["resolution", 1].zone == "Asia/Jayapura"
    assert (CITY, ROADS) == ("35.78", "35.78.DPUPR")


@pytest.mark.parametrize("end", [archived, taken_back])
def test_an_end_without_an_answer_stops_every_clock(end: Callable[[UUID], Fact]) -> None:
    id = uuid4()
    for facts in ([filed(id), routed(id)], [filed(id), routed(id), verified(id), forwarded(id)]):
        events = [event_of(fact, MONDAY) for fact in facts] + [event_of(end(id), MONDAY + DAY)]
        clocks = expected_clocks(events)
        assert {clock.stop for key, clock in clocks.items() if key[0] != "verification"} == {MONDAY + DAY}
        assert clocks["verification", 1].stop == (MONDAY if len(facts) > 2 else MONDAY + DAY)


def test_a_merger_pauses_the_handling_and_not_the_way_to_the_ombudsman() -> None:
    id = uuid4()
    facts = [(filed(id), 0), (routed(id), 0), (merged(id, state="UNVERIFIED"), 1), (separated(id), 8), (held(id), 9)]
    facts += [(resumed(id), 10), (merged(id, 2, state="UNVERIFIED"), 11), (answered(id, window=1), 20)]
    clocks = expected_clocks([event_of(fact, MONDAY + DAY * day) for fact, day in facts])
    pauses = {name: [(start - MONDAY, end - MONDAY) for start, end in clocks[name, 1].pauses] for name, _ in clocks}
    assert pauses["verification"] == [(DAY, DAY * 8), (DAY * 9, DAY * 10), (DAY * 11, DAY * 20)]
    assert (pauses["ombudsman"], pauses["merger"]) == ([(DAY * 9, DAY * 10)], [])
    stops = {key: clock.stop and clock.stop - MONDAY for key, clock in clocks.items()}
    assert (stops["merger", 1], stops["merger", 2]) == (DAY * 8, DAY * 20)
    assert stops["verification", 1] == stops["ombudsman", 1] == DAY * 20, "the answer is shared"
    assert list(clocks["merger", 1].named_steps()) == [90]


def test_a_merger_that_nobody_ends_pauses_nothing_for_more_than_a_day_after_its_limit() -> None:
    id = uuid4()
    facts = [(routed(id), 0), (forwarded(id), 1), (merged(id), 2)]
    clocks = expected_clocks([event_of(fact, MONDAY + DAY * day) for fact, day in facts])
    assert clocks["resolution", 1].pauses == [(MONDAY + DAY * 2, MONDAY + DAY * 93)]


def test_a_promise_survives_the_answer_and_its_acceptance() -> None:
    id = uuid4()
    made = make.promised(id, due_on="2025-07-18")
    facts = [(routed(id), 0), (forwarded(id), 1), (made, 2), (answered(id, window=1), 3)]
    facts += [(make.closed(id, accepted=True), 4)]
    clocks = expected_clocks([event_of(fact, MONDAY + DAY * day) for fact, day in facts])
    assert (clocks["promise", 1].stop, clocks["window", 1].stop) == (None, MONDAY + DAY * 4)


def test_a_closing_that_a_reply_undid_is_no_end() -> None:
    id = uuid4()
    replied = make.replied(id, window=2, closing_taken_back=True)
    assert reopens(replied) and reopens(make.reopened(id)) and not reopens(make.replied(id, window=2))


def correspondence(*facts: tuple[object, int]) -> Correspondence:
    """All of a complaint, said on these days; the liaison was mailed the last of it on the tenth."""
    events = [event_of(fact, MONDAY + DAY * day) for fact, day in facts]  # type: ignore[arg-type]
    kinds = {"DeadlineNear": "deadline_near", "ComplaintForwarded": "to_follow_up"}
    told = [
        Told(event, kinds[type(event.fact).__name__], LIAISON, MONDAY + DAY * 10)
        for event in events
        if type(event.fact).__name__ in kinds
    ]
    return Correspondence(events, told[-1:], {})


LIAISON = "seat", ROADS, "liaison"


def test_a_mail_is_untrue_once_its_limit_has_passed_or_an_act_has_come() -> None:
    id, seat = uuid4(), make.seat(ROADS, "liaison")
    near = make.near(id, seat, due_at=MONDAY + DAY * 12), 3
    late = make.near(id, seat, due_at=MONDAY + DAY * 9), 3
    handled = (followed_up(id), 5)

    def found(*facts: tuple[object, int]) -> list[str]:
        return [name for name, _ in findings_of(correspondence((routed(id), 0), *facts))]

    assert found((forwarded(id), 1)) == found((forwarded(id), 1), near) == []
    assert found((forwarded(id), 1), late) == [PAST_NEAR]
    assert found((forwarded(id), 1), handled) == found((forwarded(id), 1), near, handled) == [OVERTAKEN]
    assert found((forwarded(id), 1), (followed_up(id), 11)) == [], "the act came after the mail"


def test_what_is_taken_back_is_mailed_once_to_those_who_were_told() -> None:
    id = uuid4()
    near = make.near(id, make.seat(ROADS, "liaison"), clock="follow_up", due_at=MONDAY + DAY * 12)
    taken = make.withdrawn(id, reminders=(near.percent,), clock="follow_up", agency=near.agency)
    one = correspondence((routed(id), 0), (forwarded(id), 1), (followed_up(id), 2), (near, 3), (taken, 11))
    withdrawal = one.events[-1].id

    def found(*recipients: tuple[str, str, str]) -> list[str]:
        return [name for name, _ in findings_of(Correspondence(one.events, one.told, {withdrawal: recipients}))]

    assert (found(), found(LIAISON), found(LIAISON, LIAISON)) == ([UNSAID], [], [TWICE])
    assert found(LIAISON, ("seat", CITY, "leader")) == [NOTHING]


def test_an_offer_is_untrue_if_the_answer_had_come_before_it() -> None:
    id = uuid4()
    events = [
        event_of(fact, MONDAY + DAY * day) for fact, day in ((routed(id), 0), (forwarded(id), 1), (answered(id), 59))
    ]
    offer = event_of(make.offered(id), MONDAY + DAY * 61)
    told = Told(offer, "ombudsman", ("reporter", None, None), MONDAY + DAY * 61)
    assert [name for name, _ in findings_of(Correspondence([*events, offer], [told], {}))] == [OVERTAKEN]
    late = event_of(answered(id), MONDAY + DAY * 61)
    assert not list(findings_of(Correspondence([*events[:2], late, offer], [told], {}))), "the offer was due before"


@pytest.mark.parametrize(("day", "wrongly"), [(59, 0), (61, 1), (None, 1)])
def test_a_withdrawal_is_wrong_if_the_clock_ran_at_the_moment_of_its_step(day: int | None, wrongly: int) -> None:
    id = uuid4()
    facts = [(routed(id), 0), (forwarded(id), 1), (make.offered(id), 70)]
    facts += [(make.withdrawn(id, 0, clock="ombudsman"), 71)]
    facts += [(answered(id), day)] if day else []
    events = [event_of(fact, MONDAY + DAY * at) for fact, at in facts]  # type: ignore[arg-type]
    assert len(list(wrongly_taken_back(Count(), events))) == wrongly


@pytest.mark.parametrize(
    ("holder", "facts", "wrongly"),
    [
        (CITY, [(reassigned, "91.71.DINKES")], 1),  # The verifier still holds it.
        (CITY, [(forwarded, ROADS)], 0),
        (CITY, [(forwarded, CITY)], 1),
        (ROADS, [(forwarded, ROADS)], 1),
    ],
)
def test_a_withdrawal_is_wrong_if_its_agency_held_the_clock(
    holder: str, facts: list[tuple[Any, str]], wrongly: int
) -> None:
    id = uuid4()
    said = [(routed(id), 0), *((fact(id, agency), 40) for fact, agency in facts), (make.offered(id, holder), 61)]
    said += [(make.withdrawn(id, 0, clock="ombudsman", agency=holder), 62)]
    events = [event_of(fact, MONDAY + DAY * at) for fact, at in said]
    assert len(list(wrongly_taken_back(Count(), events))) == wrongly


def test_a_climb_that_was_passed_on_is_taken_back_with_its_step() -> None:
    id, other = uuid4(), make.seat(CITY)
    first = make.escalated(id, 1, make.seat(ROADS))
    again = make.escalated(id, 1, other, agency=CITY, instead_of=[make.seat(ROADS)])
    own = again.model_copy(update={"instead_of": ()})
    taken = make.withdrawn(id, 1, agency=ROADS)
    first_said, again_said, own_said, withdrawal = (event_of(fact, MONDAY) for fact in (first, again, own, taken))
    events = [first_said, again_said, withdrawal]
    assert takes_back(events, withdrawal, first_said) and takes_back(events, withdrawal, again_said)
    assert not takes_back(events, withdrawal, own_said)


def test_the_days_with_a_service_away_are_counted_once() -> None:
    first, second = (
        Outage("routing", MONDAY + DAY * 4, MONDAY + DAY * 9),
        Outage("notify", MONDAY + DAY * 5, MONDAY + DAY * 7),
    )
    for outages in ([first, second], [second, first]):
        assert away_between(outages, MONDAY, MONDAY + DAY * 60) == 5 * DAY
        assert away_between(outages, MONDAY + DAY * 6, MONDAY + DAY * 8) == 2 * DAY
        assert away_between(outages, MONDAY + DAY * 10, MONDAY + DAY * 60) == 0 * DAY


async def test_the_bus_keeps_the_order_of_a_key_and_delivers_again_after_a_failure() -> None:
    bus, taken = PartitionedBus(Faults(False, random.Random(1), datetime.now(UTC))), []

    async def receive(batch) -> None:  # type: ignore[no-untyped-def]
        taken.extend(batch)
        if len(taken) < 3:
            raise ConnectionResetError

    id = uuid4()
    events = [event_of(fact, MONDAY) for fact in (filed(id), routed(id))]
    bus.subscribe("sla", ("complaints.v1",), receive)
    await bus.publish([message_of(event) for event in events])
    with pytest.raises(ConnectionResetError):
        await bus.poll_once("sla")
    assert (await bus.lag("sla"), await bus.poll_once("sla"), await bus.lag("sla")) == (2, 2, 0)
    assert taken == [message_of(event) for event in events] * 2
    assert list(bus.events) == [event.id for event in events]


def test_a_number_that_must_be_zero_refutes_the_promise(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    report.zero("steps missed", 0)
    report.note("open", 5)
    report.probe("dot_answer", "closed", "empty words are refused")
    assert report.refuted == 0
    report.zero("steps missed", 3)
    report.probe("unrouted", "SILENT", "nobody told")
    assert report.refuted == 2
    assert "REFUTED steps missed: 3" in capsys.readouterr().out


def test_services_may_differ_while_events_are_parked_but_nothing_may_be_silent() -> None:
    report = Report()
    report.is_parked = True
    report.zero("label differs from routing's", 3)
    assert report.refuted == 0
    report.zero("open without a next step", 1, always=True)
    assert report.refuted == 1
