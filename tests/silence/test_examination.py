"""The examination finds what was missed or said twice, and knows what is put off or meant to be said again."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from shared.events import Event, Fact, event_of
from tests import make
from tests.make import CITY, ROADS, forwarded, held, merged, routed
from tests.services import MONDAY
from tests.silence.examine_clocks import Course
from tests.silence.examine_mails import OVERTAKEN, Correspondence, Told, findings_of
from tests.silence.examine_sayings import said_twice
from tests.silence.expected import Count, Expected
from tests.silence.outages import Conditions, Outage

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


def course(stop: float | None, *outages: Outage, pauses: tuple[tuple[float, float], ...] = ()) -> Course:
    """A clock of the first day that stopped on this day."""
    spans = [(MONDAY + DAY * start, MONDAY + DAY * end) for start, end in pauses]
    stopped_at = MONDAY + DAY * stop if stop else None
    expected = Expected(MONDAY, 5, "Asia/Jakarta", name="follow_up", stop=stopped_at, pauses=spans)
    return Course(
        ("follow_up", 1), expected, {}, {}, [], False, MONDAY + DAY * 90, Conditions(True, outages, MONDAY + DAY * 60)
    )


def away(service: str, start: float, end: float) -> Outage:
    return Outage(service, MONDAY + DAY * start, MONDAY + DAY * end)


STEP = MONDAY + DAY * 8


@pytest.mark.parametrize(
    ("stop", "outage", "missed"),
    [
        (8.1, None, True),
        (None, away("sla", 7, 20), True),
        (19, away("sla", 7, 20), False),
        (20.4, away("sla", 7, 20), False),  # It hears first what was done.
        (21, away("sla", 7, 20), True),
        (9, away("intake", 7.9, 11), False),  # The sweep waits for six looks, then it escalates.
        (10, away("intake", 7.9, 11), True),
        (9, away("notify", 7.9, 11), True),
        (8.4, away("routing", 5, 8), False),
        (8.6, away("routing", 5, 8), True),
    ],
)
def test_a_step_is_missed_if_sla_could_take_it_before_the_act(stop: float, outage: Outage, missed: bool) -> None:
    assert course(stop, *([outage] if outage else [])).is_missed(STEP) == missed


def test_while_nobody_acts_the_end_of_a_hold_may_overtake_what_came_in_the_same_leap() -> None:
    assert not course(69).is_missed(MONDAY + DAY * 65)
    assert course(71).is_missed(MONDAY + DAY * 65) and course(None).is_missed(MONDAY + DAY * 85)
    assert course(59).is_missed(MONDAY + DAY * 58), "people act until the sixtieth day"


def test_a_step_that_an_absence_put_off_into_a_pause_is_said_in_it() -> None:
    absence, pauses = away("sla", 7, 20), ((10, 40),)
    assert not course(20.4, absence, pauses=pauses).is_missed(STEP)
    assert course(21, absence, pauses=pauses).is_missed(STEP)


def test_an_offer_whose_moment_came_between_an_answer_and_a_reopening_is_said_with_the_reopening() -> None:
    id = uuid4()

    def event(fact: Fact, day: float, later: timedelta = timedelta()) -> Event[Fact]:
        return event_of(fact, MONDAY + DAY * day + later)

    said_at: datetime = MONDAY + DAY * 70
    told = event(make.offered(id), 70)
    acts = [event(routed(id), 0), event(forwarded(id), 1), event(make.answered(id, window=1), 50)]
    reopened = event(make.reopened(id), 70)
    mail = Told(told, "ombudsman", ("reporter", None, None), said_at)
    assert not list(findings_of(Correspondence([*acts, reopened, told], [mail], {})))
    assert [name for name, _ in findings_of(Correspondence([*acts, told], [mail], {}))] == [OVERTAKEN]
