"""Limits and steps as data."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla.domain.policies import POLICIES, Policy, limit_of, policy_on
from services.sla.domain.steps import moment_of, outcome_of, state_of, steps, steps_of
from shared.calendar import calendar_for

NOON = datetime(2025, 9, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("clock", "classification", "days", "unit"),
    [
        ("verification", "complaint", 3, "working"),
        ("follow_up", "supervisory", 5, "working"),
        ("resolution", "information", 5, "working"),
        ("resolution", "aspiration", 5, "working"),
        ("resolution", "complaint", 14, "working"),
        ("resolution", "supervisory", 60, "working"),
        ("resolution", "unheard of", 14, "working"),
        ("ombudsman", "complaint", 60, "calendar"),
    ],
)
def test_the_limits_are_those_of_the_regulation(clock: str, classification: str, days: int, unit: str) -> None:
    limit = limit_of(POLICIES[0], clock, classification)
    assert (limit.days, limit.unit) == (days, unit)


def test_the_newest_policy_in_force_is_taken() -> None:
    old, new = (Policy(n, date(2019 + n, 1, 1), "", (), (), ()) for n in (1, 2))
    asked = date(2019, 5, 1), date(2020, 1, 1), date(2020, 12, 31), date(2021, 1, 1)
    assert [policy_on(day, (old, new)).version for day in asked] == [1, 1, 1, 2]


def test_the_steps_of_a_limit() -> None:
    table = [(step.number, step.kind, step.days, step.percent, step.escalation) for step in steps(5)]
    assert table == [
        (1, "near", 2.5, 50, 0),
        (2, "near", 4.0, 80, 0),
        (3, "climb", 5, 0, 1),
        (4, "climb", 10, 0, 2),
        (5, "climb", 15, 0, 3),
    ]
    assert [(step.number, step.kind, step.days) for step in steps_of(1, "ombudsman", 60)] == [(1, "offer", 60)]


@given(st.integers(1, 100), st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))
def test_steps_never_go_back_in_time(limit: int, since: datetime) -> None:
    calendar, start = calendar_for("WIT"), since.replace(tzinfo=UTC)
    moments = [moment_of("working", calendar, start, step.days) for step in steps(limit)]
    assert moments == sorted(set(moments)) and moments[0] > start


@pytest.mark.parametrize(
    ("stopped_at", "outcome"),
    [(NOON, "met"), (NOON - timedelta(microseconds=1), "met"), (NOON + timedelta(microseconds=1), "missed")],
)
def test_a_clock_stopped_at_its_very_limit_has_met_it(stopped_at: datetime, outcome: str) -> None:
    assert outcome_of(NOON, stopped_at) == outcome


def test_a_running_clock_past_its_limit_is_overdue() -> None:
    assert [state_of(NOON, None, NOON + timedelta(hours=h)) for h in (-1, 0, 1)] == ["running", "running", "overdue"]
    assert state_of(NOON, "transferred", NOON) == "transferred"
