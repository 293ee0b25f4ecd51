"""What a step announces, without a database."""

from dataclasses import replace

import pytest

from services.sla.domain.announcements import TakenStep, announcements_of, give_up, take_step
from services.sla.domain.clocks import Clock, started
from services.sla.domain.complaints import Complaint
from services.sla.domain.directory import Agency, Directory, Seat
from services.sla.domain.ladder import Ladder, Recipients
from services.sla.domain.steps import CLIMB, NEAR, OFFER, Step
from shared.vocabulary import FOLLOW_UP, OMBUDSMAN, ClockName
from tests.make import ROADS, ref
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


def test_a_clock_takes_its_steps_until_none_is_left() -> None:
    clock, first_events = running(), list[str]()
    while clock.next_at:
        taken = take_step(RULES, LADDER, clock)
        assert taken.next_at is None or taken.next_at > clock.next_at
        first_events.append(events(taken)[0])
        clock = replace(clock, next_step=clock.next_step + 1, next_at=taken.next_at)
    assert first_events == [
        "DeadlineNear",
        "DeadlineNear",
        "DeadlineMissed",
        "ComplaintEscalated",
        "ComplaintEscalated",
    ]


def test_the_ombudsmans_clock_has_one_step() -> None:
    taken = take_step(RULES, LADDER, running(OMBUDSMAN))
    assert (events(taken), taken.next_at) == (["OmbudsmanOffered"], None)


def test_a_clock_of_an_unknown_policy_climbs_to_the_root_for_the_last_time() -> None:
    clock = replace(running(), policy_version=99)
    with pytest.raises(KeyError):
        take_step(RULES, LADDER, clock)
    taken = give_up(RULES, LADDER, clock)
    [escalated] = taken.announcements
    assert (escalated.event.value, taken.escalation, taken.next_at) == ("ComplaintEscalated", 3, None)
    assert escalated.recipients.reached == (("NAS", "leader"), ("NAS", "coordinator"))


def test_a_clock_of_an_unknown_name_is_announced_as_a_resolution() -> None:
    clock = replace(running(), name="song")  # type: ignore[arg-type]
    [escalated] = give_up(RULES, LADDER, clock).announcements
    assert (escalated.event.value, escalated.clock.name) == ("ComplaintEscalated", "resolution")
