"""The examination finds what was said twice to one seat, and knows what is meant to be said again."""

from datetime import timedelta
from uuid import uuid4

import pytest

from shared.events import Event, Fact, event_of
from tests import make
from tests.make import CITY, ROADS, forwarded, held, merged, routed
from tests.services import MONDAY
from tests.silence.examine_sayings import said_twice
from tests.silence.expected import Count

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LEADER = make.seat(ROADS)
# Both begin with the second day, and end after so many.
LIMITS = {"hold": (held, 30), "merger": (merged, 90)}


def found(*told: tuple[Fact, float]) -> int:
    """How much was said twice of what was told of one complaint on these days."""
    events: list[Event[Fact]] = [event_of(fact, MONDAY + DAY * day) for fact, day in told]
    return len(said_twice(Count(), [events]))


@pytest.mark.parametrize("clock", LIMITS)
def test_the_end_of_a_pause_may_be_said_again_each_week_and_no_sooner(clock: str) -> None:
    id = uuid4()
    begin, days = LIMITS[clock]
    begun = (routed(id), 0), (forwarded(id), 0), (begin(id), 1)
    lapse, end = make.missed(id, clock), days + 1
    assert found(*begun, (lapse, end), (lapse, end + 7)) == 0
    # sla was away for three weeks: it says the limit and the last of the rounds one after the other.
    assert found(*begun, (lapse, end + 21), (lapse, end + 21)) == 0
    assert found(*begun, (lapse, end), (lapse, end)) == found(*begun, (lapse, end), (lapse, end + 6)) == 1
    assert found(*begun, (lapse, end + 7), (lapse, end + 7), (lapse, end + 7)) == 1
    assert found(*begun, (lapse, end - 1), (lapse, end + 7)) == 1, "the first was said before its time"


def test_a_missed_limit_and_a_climb_are_said_once_to_each_seat() -> None:
    id = uuid4()
    begun = (routed(id), 0), (forwarded(id), 0)
    missed, climb = make.missed(id), make.escalated(id, 1, LEADER)
    above, again = make.escalated(id, 2, LEADER), make.escalated(id, 3, LEADER, round=1)
    assert found(*begun, (missed, 8), (climb, 8), (above, 15), (again, 29)) == 0
    assert found(*begun, (missed, 8), (missed, 15)) == 1
    assert found(*begun, (climb, 8), (climb, 8)) == found(*begun, (again, 29), (again, 36)) == 1
    assert found(*begun, (climb, 8), (make.escalated(id, 1, make.seat(CITY), instead_of=[LEADER]), 9)) == 0


def test_climbs_that_were_raised_to_one_step_may_be_as_many_as_the_steps_below_it() -> None:
    id = uuid4()
    reopened = make.reopened(id, state="AWAITING_FOLLOW_UP", cycle=2, standing=2, transfers=1)
    climb = make.escalated(id, 2, LEADER, clock="resolution", cycle=2)
    begun = (routed(id), 0), (forwarded(id), 0), (reopened, 40)
    assert found(*begun, (climb, 60), (climb, 67)) == 0
    assert found(*begun, (climb, 60), (climb, 67), (climb, 74)) == 1


def test_a_reminder_of_the_window_is_said_once_in_each_window() -> None:
    id = uuid4()
    first, second = make.closing(id), make.closing(id, window=2)
    assert found((first, 7), (second, 20)) == 0
    assert found((first, 7), (first, 7)) == 1
