"""The policies: limits as data, the steps that follow from them, and the public list."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla.domain.complaints import Complaint
from services.sla.domain.policies import limit_of
from services.sla.domain.rules import Rules
from services.sla.domain.steps import moment_of, steps_of
from services.sla.state import calendars
from shared.calendar import calendar_for
from shared.vocabulary import ClockName
from tests.conftest import ServiceMaker
from tests.make import ROADS, wib
from tests.policies import POLICIES
from tests.services import client_of

[POLICY] = POLICIES


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
def test_the_limits_are_those_of_the_regulation(clock: ClockName, classification: str, days: int, unit: str) -> None:
    limit = limit_of(POLICY, clock, classification)
    assert (limit.days, limit.unit) == (days, unit)


def test_the_newest_policy_in_force_counts() -> None:
    first, second = (replace(POLICY, version=n, effective_on=date(2019 + n, 1, 1)) for n in (1, 2))
    rules = Rules((first, second), calendars(None))
    # A day begins with the capital's midnight.
    asked = wib("2019-05-01 00:00"), wib("2020-12-31 23:59"), wib("2021-01-01 00:00"), wib("2021-05-01 00:00")
    found = [rules.terms("follow_up", Complaint(UUID(int=1), at), ROADS, at).policy.version for at in asked]
    assert found == [1, 1, 2, 2]


def test_the_steps_of_a_limit() -> None:
    table = [
        (step.number, step.kind, step.days, step.percent, step.escalation) for step in steps_of(POLICY, "follow_up", 5)
    ]
    assert table == [
        (1, "near", 2.5, 50, 0),
        (2, "near", 4.0, 80, 0),
        (3, "climb", 5, 0, 1),
        (4, "climb", 10, 0, 2),
        (5, "climb", 15, 0, 3),
    ]
    assert [(step.number, step.kind, step.days) for step in steps_of(POLICY, "ombudsman", 60)] == [(1, "offer", 60)]


@given(st.integers(1, 100), st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))
def test_steps_never_go_back_in_time(limit: int, since: datetime) -> None:
    calendar, start = calendar_for("WIT"), since.replace(tzinfo=UTC)
    moments = [moment_of("working", calendar, start, step.days) for step in steps_of(POLICY, "resolution", limit)]
    assert moments == sorted(set(moments)) and moments[0] > start


async def test_the_policies_are_public_with_their_source(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    async with client_of(service) as client:
        policy = (await client.get("/sla/policies")).json()[0]
    assert (policy["version"], policy["source"], policy["climbs"]) == (1, "PermenPANRB 62/2018", [0, 5, 10])
    assert {(limit["clock"], limit["days"]) for limit in policy["limits"]} >= {("verification", 3), ("follow_up", 5)}
