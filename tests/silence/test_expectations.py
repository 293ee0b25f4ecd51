"""The reference of the simulation is right about known days, and about what each event begins and stops."""

from collections.abc import Callable
from datetime import datetime, timedelta
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
    resumed,
    routed,
    separated,
    taken_back,
    verified,
    wib,
)
from tests.services import MONDAY
from tests.silence.expectations import ends, expected_clocks, reopens
from tests.silence.expected import Count, Expected

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
    assert clocks["resolution", 1].moves == [(MONDAY + DAY, "Asia/Jakarta"), (MONDAY + DAY * 5, "Asia/Jayapura")]
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


def test_a_part_goes_on_with_the_limits_of_its_whole_and_has_a_turn_of_its_own() -> None:
    id, whole = uuid4(), uuid4()
    inherited = {"resolution_since": MONDAY + DAY, "holds": [(MONDAY + DAY * 2, MONDAY + DAY * 3)]}
    opened = make.part_opened(id, whole, classification="information", **inherited)
    clocks = expected_clocks([event_of(opened, MONDAY + DAY * 4)])
    starts = {key: clock.start - MONDAY for key, clock in clocks.items()}
    of_whole = {("resolution", 1): DAY, ("ombudsman", 1): DAY * 0, ("hold", 1): DAY * 2}
    assert starts == {**of_whole, ("follow_up", 1): DAY * 4}
    assert clocks["resolution", 1].days == 5 and len(clocks["resolution", 1].pauses) == 1
    assert clocks["follow_up", 1].pauses == []


def test_a_part_is_counted_where_its_whole_was_held_before_the_limit_had_passed() -> None:
    id, whole, counted = uuid4(), uuid4(), Count()
    held_by = [{"since": MONDAY, "agency": make.ref(CITY)}]
    opened = make.part_opened(id, whole, "91.71", classification="information", resolution_since=MONDAY, held=held_by)
    for days, zone in ((2, "Asia/Jayapura"), (9, "Asia/Jakarta")):
        clock = expected_clocks([event_of(opened, MONDAY + DAY * days)])["resolution", 1]
        # Five working days after Monday, 7 July; Jayapura is two hours ahead, so that its days end first.
        assert clock.moment(counted, 5) == wib("2025-07-15 00:00"), zone
        assert clock.counting(counted) == {"Asia/Jakarta", zone}


def test_a_part_has_the_interim_reply_of_its_whole_and_its_step() -> None:
    given = ((MONDAY + DAY, wib("2025-07-29 00:00")),)
    opened = make.part_opened(uuid4(), uuid4(), classification="complaint", interims=given, standing=2)
    clock = expected_clocks([event_of(opened, MONDAY + DAY * 4)])["resolution", 1]
    assert (clock.days, clock.floor, clock.moment(Count(), clock.days)) == (15, 2, wib("2025-07-29 00:00"))


def test_a_step_of_a_verification_is_not_missed_before_routing_took_the_complaint_up() -> None:
    id = uuid4()
    late = event_of(routed(id), MONDAY + DAY * 6)
    clock = expected_clocks([event_of(filed(id), MONDAY), late])["verification", 1]
    assert clock.awake_at(clock.moment(Count(), 1.5)) == late.time


def test_a_reminder_of_an_earlier_limit_may_have_come_at_its_full_days() -> None:
    # 80 % of five working days are four, though of seven days they are 5.6000000000000005.
    clock = Expected(wib("2025-08-31 01:00"), 7, "Asia/Jakarta", earlier=[5])
    assert clock.soonest(Count(), clock.named_steps()[1]) == wib("2025-09-05 00:00")


def test_the_limits_of_a_whole_end_with_the_split_and_its_life_with_the_last_part() -> None:
    id = uuid4()
    facts = [(routed(id), 0), (forwarded(id), 1), (make.promised(id), 2), (make.split(id), 3)]
    clocks = expected_clocks([event_of(fact, MONDAY + DAY * day) for fact, day in facts])
    running = {name for (name, _), clock in clocks.items() if clock.stop is None}
    assert running == {"promise"}
    assert ends(answered(id, window=0)) and not ends(answered(id, window=1)) and not ends(make.split(id))
    assert reopens(make.split(id, reopened=True)) and not reopens(make.split(id))


def test_an_interim_reply_extends_the_limit_once_up_to_its_day_or_by_half() -> None:
    def due(day: str, at: int, hold_from: int = 40) -> tuple[float, datetime]:
        id = uuid4()
        reply = make.interim_replied(id, due_on=day)
        facts = [(routed(id), 0), (forwarded(id), 0), (reply, at), (make.interim_replied(id), at + 1)]
        facts += [(held(id), hold_from), (resumed(id), hold_from + 7)]
        facts.sort(key=lambda told: told[1])
        clock = expected_clocks([event_of(fact, MONDAY + DAY * day) for fact, day in facts])["resolution", 1]
        return clock.days, clock.moment(Count(), clock.days)

    # Fourteen working days after Monday, 7 July, end with Friday the 25th.
    assert due("2025-07-28", at=3) == (15, wib("2025-07-29 00:00"))
    assert due("2025-09-30", at=3) == (21, wib("2025-08-06 00:00"))
    assert due("2025-07-24", at=3) == (14, wib("2025-07-26 00:00"))
    assert due("2025-07-30", at=20) == (14, wib("2025-07-26 00:00")), "it came too late"
    # The days were counted before the hold of a week that came after the reply.
    assert due("2025-07-28", at=3, hold_from=7) == (15, wib("2025-08-05 00:00"))


def test_an_appeal_has_a_clock_of_its_own_and_leads_to_an_end_or_a_new_cycle() -> None:
    id = uuid4()
    facts = [(routed(id), 0), (forwarded(id), 1), (answered(id, window=1), 5), (make.appealed(id), 10)]

    def after(decision: Fact) -> dict[tuple[str, int], tuple[float, timedelta | None]]:
        clocks = expected_clocks([event_of(fact, MONDAY + DAY * day) for fact, day in [*facts, (decision, 20)]])
        assert clocks["window", 1].stop == MONDAY + DAY * 10
        return {key: (clock.days, clock.stop and clock.stop - MONDAY) for key, clock in clocks.items()}

    dismissed, upheld = after(make.decided(id)), after(make.upheld(id, standing=1))
    assert dismissed["appeal", 1] == upheld["appeal", 1] == (10, DAY * 20)
    assert dismissed["ombudsman", 1] == (60, DAY * 20) and upheld["ombudsman", 1] == (60, None)
    assert upheld.keys() - dismissed.keys() == {("resolution", 2), ("follow_up", 2)}
    assert reopens(make.appealed(id)) and ends(make.decided(id)) and not ends(make.upheld(id))


def test_a_referral_has_a_clock_of_its_own_ends_a_hold_and_stops_no_limit() -> None:
    id = uuid4()
    facts = [(routed(id), 0), (forwarded(id), 1), (make.held(id), 3), (make.referred(id), 8), (make.handed_over(id), 9)]
    clocks = expected_clocks([event_of(fact, MONDAY + DAY * day) for fact, day in facts])
    stops = {name: clock.stop and clock.stop - MONDAY for (name, _), clock in clocks.items()}
    assert (stops["referral"], stops["hold"], clocks["referral", 1].days) == (DAY * 9, DAY * 8, 5)
    assert stops["resolution"] is stops["follow_up"] is stops["ombudsman"] is None
    assert clocks["resolution", 1].pauses == [(MONDAY + DAY * 3, MONDAY + DAY * 8)]


def test_a_contest_has_a_clock_of_its_own_and_an_annulled_follow_up_stops_nothing() -> None:
    id = uuid4()
    said_at = MONDAY + DAY * 2
    facts = [(routed(id), 0), (forwarded(id), 1), (followed_up(id), 2), (make.contested(id), 3)]

    def after(judgement: Fact) -> dict[tuple[str, int], timedelta | None]:
        clocks = expected_clocks([event_of(fact, MONDAY + DAY * day) for fact, day in [*facts, (judgement, 5)]])
        return {key: clock.stop and clock.stop - MONDAY for key, clock in clocks.items()}

    upheld, dismissed = after(make.judged(id, followed_up_at=said_at)), after(make.judged(id, upheld=False))
    assert upheld["contest", 1] == dismissed["contest", 1] == DAY * 5
    assert upheld["follow_up", 1] is None and dismissed["follow_up", 1] == DAY * 2


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
