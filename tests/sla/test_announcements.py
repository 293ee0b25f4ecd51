"""What a step announces, without a database."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla.domain.announcements import TakenStep, announcements_of, give_up, take_step
from services.sla.domain.clocks import Clock, moment_of_round, next_step_of, reclassified, started
from services.sla.domain.complaints import Complaint
from services.sla.domain.directory import UNKNOWN_ROOT, Agency, Directory, Seat
from services.sla.domain.ladder import Ladder, Recipients
from services.sla.domain.steps import CLIMB, NEAR, OFFER, Step
from shared.vocabulary import FOLLOW_UP, LIFE, OMBUDSMAN, RESOLUTION, VERIFICATION, ClockName
from tests.make import ROADS, ref, utc
from tests.sla.cases import COMPLAINT, FILED, RULES

LADDER = Ladder(Directory(1, {ROADS: Agency(ROADS, None, "WIB", {"liaison": False, "leader": True})}))
VACANT = Seat(ROADS, "liaison")


def running(name: ClockName = FOLLOW_UP) -> Clock:
    return started(RULES, Complaint(COMPLAINT, FILED), name, ref(ROADS), FILED)


def events(taken: TakenStep) -> list[str]:
    return [announcement.event.value for announcement in taken.announcements]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Step(1, NEAR, 2.5, percent=50), ["DeadlineNear", "SeatFoundVacant"]),
        (Step(3, CLIMB, 5, escalation=1), ["DeadlineMissed", "ComplaintEscalated", "SeatFoundVacant"]),
        (Step(4, CLIMB, 10, escalation=2), ["ComplaintEscalated", "SeatFoundVacant"]),
        (Step(1, OFFER, 60), ["OmbudsmanOffered"]),
    ],
)
def test_a_step_announces_its_events_and_each_vacant_seat(step: Step, expected: list[str]) -> None:
    found = announcements_of(running(), step, Recipients((Seat("NAS", "leader"),), (VACANT,)))
    assert [announcement.event.value for announcement in found] == expected
    assert [found.vacant_seat for found in found if found.vacant_seat] == [VACANT] * ("SeatFoundVacant" in expected)


def walk(clock: Clock, moments: int) -> list[tuple[str, int, datetime]]:
    """The first event, the round and the moment of so many steps, each taken when it is due."""
    found = []
    for _ in range(moments):
        assert clock.next_at is not None
        taken = take_step(RULES, LADDER, clock, clock.next_at)
        assert taken.after.next_at is not None and taken.after.next_at > clock.next_at
        found.append((events(taken)[0], taken.after.round, clock.next_at))
        clock = taken.after
    return found


def test_a_clock_takes_its_named_steps_and_then_climbs_again_every_five_working_days() -> None:
    assert [(event, round) for event, round, _ in walk(running(), 8)] == [
        ("DeadlineNear", 0),
        ("DeadlineNear", 0),
        ("DeadlineMissed", 0),
        ("ComplaintEscalated", 0),
        ("ComplaintEscalated", 0),
        ("ComplaintEscalated", 1),
        ("ComplaintEscalated", 2),
        ("ComplaintEscalated", 3),
    ]
    assert [at for _, _, at in walk(running(), 8)[4:]] == [utc(f"09-{day} 17:00") for day in (23, 30)] + [
        utc("10-07 17:00"),
        utc("10-14 17:00"),
    ]


def test_the_ombudsman_is_offered_once_and_then_the_complaint_climbs_every_seven_days() -> None:
    day = FILED + timedelta(days=60)
    assert walk(running(OMBUDSMAN), 3) == [
        ("OmbudsmanOffered", 0, day),
        ("ComplaintEscalated", 1, day + timedelta(days=7)),
        ("ComplaintEscalated", 2, day + timedelta(days=14)),
    ]


@given(
    name=st.sampled_from([VERIFICATION, FOLLOW_UP, RESOLUTION, OMBUDSMAN, LIFE]),
    waits=st.lists(st.floats(0, 90), min_size=1, max_size=40),
)
def test_rounds_are_said_once_however_late_the_sweep_and_never_drift(name: ClockName, waits: list[float]) -> None:
    clock, now, rounds = running(name), FILED, [0]
    for wait in waits:
        now = now + timedelta(days=wait)
        if clock.next_at is None or clock.next_at > now:
            continue
        step, recurs = next_step_of(RULES, clock)
        taken = take_step(RULES, LADDER, clock, now)
        if recurs:
            passed = taken.announcements[0].passed
            assert taken.after.round == rounds[-1] + 1 + passed
            # The naive reference counts the rounds from the start one by one.
            moments = [moment_of_round(RULES, clock, step, round) for round in range(1, taken.after.round + 2)]
            assert [at <= now for at in moments] == [True] * taken.after.round + [False]
            assert taken.after.next_at == moments[-1]
            rounds.append(taken.after.round)
        clock = taken.after
    assert rounds == sorted(set(rounds))


def test_a_reminder_is_not_said_once_the_next_step_is_due() -> None:
    clock = running()
    assert clock.next_at is not None
    late = take_step(RULES, LADDER, clock, clock.due_at)
    assert (events(late), late.after.next_step) == ([], 2)
    later = take_step(RULES, LADDER, late.after, clock.due_at)
    assert (events(later), later.after.next_step) == ([], 3)
    assert events(take_step(RULES, LADDER, later.after, clock.due_at))[0] == "DeadlineMissed"


def test_a_reminder_is_not_said_either_while_the_acts_up_to_the_next_step_are_not_heard_yet() -> None:
    clock = running()
    assert clock.next_at is not None
    late = take_step(RULES, LADDER, clock, clock.due_at, until=clock.next_at)
    assert (events(late), late.after.next_step) == ([], 2)
    assert events(take_step(RULES, LADDER, clock, clock.next_at, until=clock.next_at))[0] == "DeadlineNear"


def test_a_vacant_seat_is_reported_in_the_first_round_only() -> None:
    step, recipients = Step(6, CLIMB, 15, escalation=3), Recipients((Seat("NAS", "leader"),), (VACANT,))
    found = [announcements_of(replace(running(), round=round), step, recipients) for round in (1, 2)]
    assert [[one.event.value for one in each] for each in found] == [
        ["ComplaintEscalated", "SeatFoundVacant"],
        ["ComplaintEscalated"],
    ]


def test_a_life_clock_climbs_to_the_top_only_if_no_other_limit_runs() -> None:
    clock = started(RULES, Complaint(COMPLAINT, FILED), LIFE, UNKNOWN_ROOT, FILED)
    assert clock.next_at == utc("09-02 17:00")
    watched = take_step(RULES, LADDER, clock, clock.next_at, is_watched=True)
    assert (watched.announcements, watched.after.next_at) == ((), utc("09-10 17:00"))
    taken = take_step(RULES, LADDER, clock, clock.next_at)
    [escalated] = taken.announcements
    assert (escalated.event.value, taken.escalation) == ("ComplaintEscalated", 3)
    assert escalated.recipients.reached == (("NAS", "leader"), ("NAS", "coordinator"))


def test_a_longer_limit_that_comes_late_does_not_silence_a_clock_that_recurs() -> None:
    complaint = Complaint(COMPLAINT, FILED, kind="information")
    clock = started(RULES, complaint, RESOLUTION, ref(ROADS), FILED)
    while clock.round < 2:
        assert clock.next_at is not None
        clock = take_step(RULES, LADDER, clock, clock.next_at).after
    longer = reclassified(RULES, replace(complaint, classification="supervisory"), clock)
    assert longer.next_at == clock.next_at
    assert longer.next_at is not None
    taken = take_step(RULES, LADDER, longer, longer.next_at)
    assert (events(taken), taken.after.round) == (["ComplaintEscalated"], 3)
    assert taken.after.next_at is not None and taken.after.next_at - longer.next_at <= timedelta(days=8)


def test_a_clock_of_an_unknown_policy_climbs_to_the_root_every_week() -> None:
    clock = replace(running(), policy_version=99)
    with pytest.raises(KeyError):
        take_step(RULES, LADDER, clock, FILED)
    taken = give_up(RULES, LADDER, clock, FILED)
    [escalated] = taken.announcements
    assert (escalated.event.value, taken.escalation) == ("ComplaintEscalated", 3)
    assert (taken.after.round, taken.after.next_at) == (1, FILED + timedelta(days=7))
    assert escalated.recipients.reached == (("NAS", "leader"), ("NAS", "coordinator"))


def test_a_clock_of_an_unknown_name_is_announced_as_a_resolution() -> None:
    clock = replace(running(), name="song")  # type: ignore[arg-type]
    [escalated] = give_up(RULES, LADDER, clock, FILED).announcements
    assert (escalated.event.value, escalated.clock.name) == ("ComplaintEscalated", "resolution")
