"""Which policies are refused, and with which reason."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.sla.domain.acceptances import FURTHEST, Reason, problem_of
from services.sla.domain.policies import Limit, Policy, Recurrence, Reminder
from services.sla.domain.rules import Rules
from services.sla.domain.steps import moment_of
from services.sla.state import calendars
from shared.calendar import ZONES
from tests.make import CITY, ROADS
from tests.policies import POLICIES
from tests.sla.test_situations import DIRECTORY, REGION

NOW = datetime(2026, 1, 1, 3, tzinfo=UTC)
DAY = date(2026, 1, 5)
[SEED] = POLICIES


def follow_up(days: int, unit: str = "working", **more: Any) -> Limit:
    return Limit("follow_up", more.pop("classification", None), days, unit, "x", **more)


def policy(*limits: Limit, **changes: Any) -> Policy:
    return replace(SEED, version=0, effective_on=DAY, limits=limits or (follow_up(5),), **changes)


def problem(new: Policy, *before: Policy, now: datetime = NOW) -> Any:
    known = tuple(replace(one, version=number) for number, one in enumerate(before, start=2))
    return problem_of(Rules((*POLICIES, *known), calendars(None), DIRECTORY), DIRECTORY, new, now)


LATE, EARLY = Reminder(90, ("liaison", "coordinator")), Reminder(50, ("liaison",))
RESOLUTION = Limit("resolution", None, 14, "working", "x")
SUPERVISORY = replace(RESOLUTION, classification="supervisory")


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (policy(follow_up(5, "fortnights")), Reason.UNCOUNTABLE_UNIT),
        (policy(Limit("life", None, 1, "working", "x"), agency=CITY), Reason.NOT_KNOWN_YET),
        (policy(Limit("life", None, 1, "working", "x", "information")), Reason.NOT_KNOWN_YET),
        (policy(Limit("verification", "supervisory", 1, "working", "x")), Reason.NOT_KNOWN_YET),
        (policy(agency=CITY, region=REGION), Reason.TWO_PLACES),
        (policy(agency="NOBODY"), Reason.UNKNOWN_AGENCY),
        (policy(region="99"), Reason.UNKNOWN_REGION),
        (policy(follow_up(5), follow_up(4)), Reason.REPEATED_LIMIT),
        (policy(climbs=(0, 5)), Reason.INCOMPLETE_LADDER),
        (policy(climbs=(1, 5, 10)), Reason.INCOMPLETE_LADDER),
        (policy(climbs=(0, 5, 5)), Reason.INCOMPLETE_LADDER),
        (policy(reminders=(LATE, EARLY)), Reason.UNORDERED_REMINDERS),
        (policy(follow_up(61)), Reason.TOO_FAR),
        (policy(follow_up(101, "calendar")), Reason.TOO_FAR),
        (policy(follow_up(721, "hours")), Reason.TOO_FAR),
        (policy(follow_up(241, "working_hours")), Reason.TOO_FAR),
        (policy(Limit("promise", None, 9, "working_hours", "x")), Reason.UNCOUNTABLE_UNIT),
        (policy(follow_up(1, "working_hours"), agency=CITY), Reason.OTHER_UNIT),
        (policy(follow_up(5, "hours"), recurrence=Recurrence(5, 7, 721)), Reason.TOO_FAR),
        (policy(follow_up(5, "hours"), agency=CITY), Reason.OTHER_UNIT),
        (policy(recurrence=Recurrence(61, 7)), Reason.TOO_FAR),
        (policy(follow_up(5, "calendar"), agency=CITY), Reason.OTHER_UNIT),
        (policy(follow_up(6), agency=CITY), Reason.LONGER),
        (policy(follow_up(6), region=REGION), Reason.LONGER),
        (policy(follow_up(6, classification="information"), agency=ROADS), Reason.LONGER),
        # Fourteen days are fewer than sixty, and more than the five of a question.
        (policy(RESOLUTION, agency=CITY), Reason.LONGER),
        (policy(reminders=(EARLY, LATE), agency=CITY), Reason.LATER_REMINDER),
        (policy(reminders=(EARLY,), agency=CITY), Reason.LATER_REMINDER),
        (policy(reminders=(EARLY, Reminder(80, ("liaison",))), agency=CITY), Reason.LATER_REMINDER),
        (policy(follow_up(4), climbs=(0, 7, 10), agency=CITY), Reason.LATER_CLIMB),
        (policy(recurrence=Recurrence(6, 7), agency=CITY), Reason.RARER),
        # Time that the reporter has: less of it is laxer, and so is more of a hold, in which limits stand still.
        (policy(Limit("window", None, 1, "working", "x"), agency=CITY), Reason.SHORTER),
        (policy(Limit("hold", None, 3, "calendar", "x"), region=REGION), Reason.SHORTER),
        (policy(Limit("hold", None, 31, "calendar", "x"), agency=CITY), Reason.LONGER),
        # Danger waits for no office hours, whoever publishes it.
        (policy(Limit("alarm", None, 6, "working_hours", "x")), Reason.UNCOUNTABLE_UNIT),
        (policy(Limit("alarm", None, 1, "working", "x")), Reason.UNCOUNTABLE_UNIT),
        # On time by itself, it would climb later once an interim reply has extended it.
        (policy(replace(SUPERVISORY, days=50, extension=40), climbs=(0, 12, 17), agency=CITY), Reason.LATER_CLIMB),
    ],
    ids=lambda value: value if isinstance(value, Reason) else "",
)
def test_a_policy_is_refused_with_the_reason(new: Policy, reason: Reason) -> None:
    found = problem(new)
    assert found is not None and found.reason == reason


@pytest.mark.parametrize(
    "new",
    [
        policy(follow_up(20)),  # what the country may, no agency may
        policy(follow_up(20), tier="company"),
        policy(follow_up(5), agency=CITY),
        policy(follow_up(4), climbs=(0, 6, 11), agency=CITY),
        policy(reminders=(Reminder(10, ("liaison",)), *SEED.reminders), agency=CITY),
        policy(replace(RESOLUTION, classification="supervisory"), region=REGION),
    ],
)
def test_a_stricter_policy_and_a_national_one_are_accepted(new: Policy) -> None:
    assert problem(new) is None


def test_the_figures_say_what_is_laxer_than_which_policy() -> None:
    found = problem(policy(follow_up(6), agency=CITY))
    assert found.detail == f"follow_up, complaint, {CITY}: 6 > 5 (policy 1)"


def test_a_unit_is_measured_by_its_city_and_the_city_not_by_its_unit() -> None:
    city, unit = policy(follow_up(3), agency=CITY), policy(follow_up(4), agency=ROADS)
    assert problem(unit, city).reason == Reason.LONGER
    assert problem(city, unit) is None


def test_a_place_may_relax_its_own_policy_as_far_as_the_one_above() -> None:
    assert problem(policy(follow_up(5), agency=CITY), policy(follow_up(3), agency=CITY)) is None


def test_a_policy_is_measured_by_what_is_in_force_when_it_takes_effect() -> None:
    stricter = replace(policy(follow_up(2)), effective_on=DAY + timedelta(days=1))
    assert problem(policy(follow_up(4), agency=CITY), stricter) is None
    later = replace(policy(follow_up(4), agency=CITY), effective_on=DAY + timedelta(days=1))
    assert problem(later, stricter).reason == Reason.LONGER


def test_a_policy_takes_effect_a_minute_from_now_at_the_earliest() -> None:
    new = policy()
    assert problem(new, now=new.effective_at - timedelta(seconds=60)) is None
    assert problem(new, now=new.effective_at - timedelta(seconds=59)).reason == Reason.TOO_SOON


def test_the_furthest_step_is_one_that_the_law_allows() -> None:
    for zone in ZONES:
        calendar = calendars(None)(zone)
        for day in range(0, 1_500, 3):
            start = NOW + timedelta(days=day)
            for unit, days in FURTHEST.items():
                assert moment_of(unit, calendar, start, days) - start < timedelta(days=150)
