"""The policies: limits as data, the steps that follow from them, and the public list."""

import asyncio
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from services.sla.actions import policies
from services.sla.domain.complaints import Complaint
from services.sla.domain.policies import limit_of
from services.sla.domain.rules import Rules
from services.sla.domain.steps import moment_of, steps_of
from services.sla.models.policies import PolicyRow
from services.sla.state import State, calendars
from shared.calendar import calendar_for
from shared.clock import ManualClock
from shared.service import RunningService
from shared.telemetry import unusable_values
from shared.vocabulary import ClockName
from tests.conftest import ServiceMaker
from tests.make import CITY, EAST, ROADS, forwarded, verified, wib
from tests.policies import POLICIES
from tests.services import bearer, client_of
from tests.sla.cases import (
    COMPLAINT,
    FILED,
    announced,
    clock_rows,
    clocks_by_name,
    filed,
    hear,
    ignored,
    publish,
    summary,
    sweep,
)

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


def body(**changes: Any) -> dict[str, Any]:
    """A policy of the city that is stricter than the country's, from Thursday the 4th of September on."""
    reminders = [{"percent": 50, "roles": ["liaison"]}, {"percent": 80, "roles": ["liaison", "coordinator"]}]
    return {
        "effective_on": "2025-09-04",
        "source": "Perwali 12/2025",
        "agency": CITY,
        "limits": [{"clock": "follow_up", "days": 3, "unit": "working"}],
        "reminders": reminders,
        "climbs": [0, 5, 10],
        "recurrence": {"working_days": 5, "calendar_days": 7},
        **changes,
    }


async def post(service: RunningService[State], expected: int = 201, query: str = "", **changes: Any) -> Any:
    async with client_of(service) as client:
        headers = {**bearer(service, "admin"), "Accept-Language": "en"}
        answer = await client.post(f"/sla/policies{query}", json=body(**changes), headers=headers)
    assert answer.status_code == expected, answer.text
    return answer.json()


async def test_the_seed_is_the_regulation(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    [seed] = service.state.rules.policies
    assert (seed.version, seed.content) == (1, POLICY.content)


@pytest.mark.parametrize(
    "statement", ["UPDATE policies SET source = 'x'", "DELETE FROM policies", "TRUNCATE policies CASCADE"]
)
async def test_no_policy_is_changed_or_deleted(make_service: ServiceMaker, statement: str) -> None:
    service = await make_service("sla")
    with pytest.raises(IntegrityError, match="a policy is never changed"):
        async with service.begin() as tx:
            await tx.execute(statement)


async def test_a_published_policy_counts_at_every_replica_for_clocks_that_start_by_it(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    clock.advance_to(FILED)
    service, other = await make_service("sla"), await make_service("sla")
    await publish(service)
    early, late, outside = UUID(int=1), UUID(int=2), UUID(int=3)
    await hear(service, *ignored(early))
    assert (await post(service))["version"] == 2
    at = wib("2025-09-04 08:00")
    clock.advance_to(at)
    await hear(other, *ignored(late, at), filed(outside, at), forwarded(outside, EAST), at=at)
    rows = {(row.complaint_id, row.name): (row.policy_version, row.limit_days) for row in await clock_rows(other)}
    assert rows[early, "follow_up"] == rows[outside, "follow_up"] == (1, 5)
    assert rows[late, "follow_up"] == (2, 3)
    assert rows[late, "resolution"] == (1, 14) and rows[late, "verification"] == (1, 3)
    # The sweep of a replica that has heard no event since counts by it as well.
    await sweep(service, clock, wib("2025-09-11 08:00"))
    async with service.begin() as tx:
        fired = (await tx.execute("SELECT step FROM fired WHERE complaint_id = :id", {"id": late})).scalars().all()
    assert 3 in fired  # Friday is a holiday: the third working day is the 10th.


async def test_a_stricter_national_policy_counts_where_a_local_one_is_laxer(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    clock.advance_to(FILED)
    service = await make_service("sla")
    await publish(service)
    await post(service)
    two_days = [{"clock": "follow_up", "days": 2, "unit": "working"}]
    await post(service, agency=None, limits=two_days, source="Permen", effective_on="2025-09-09")
    for n, day in enumerate(("04", "09"), start=1):
        at = wib(f"2025-09-{day} 08:00")
        await hear(service, *ignored(UUID(int=n), at), at=at)
    rows = [row for row in await clock_rows(service) if row.name == "follow_up"]
    assert [(row.policy_version, row.limit_days) for row in rows] == [(2, 3), (3, 2)]


async def test_a_clock_keeps_its_policy_when_its_complaint_moves(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    clock.advance_to(FILED)
    service = await make_service("sla")
    await publish(service)
    limits = [{"clock": "resolution", "classification": "complaint", "days": 9, "unit": "working"}]
    await post(service, limits=limits)
    at = wib("2025-09-04 08:00")
    await hear(service, *ignored(COMPLAINT, at), at=at)
    await hear(service, forwarded(COMPLAINT, EAST, 1), at=wib("2025-09-08 08:00"))
    found = (await clocks_by_name(service))["resolution", 1]
    assert (found.agency, found.policy_version, found.limit_days) == (EAST, 2, 9)
    # Another class is the matter of another policy, for which the city has none.
    await hear(service, verified(COMPLAINT, "supervisory"), at=wib("2025-09-09 08:00"))
    found = (await clocks_by_name(service))["resolution", 1]
    assert (found.policy_version, found.limit_days) == (1, 60)


@pytest.mark.parametrize(
    ("changes", "name", "field"),
    [
        ({"field": "roads"}, "UnknownTrait", "field"),
        ({"limits": [{"clock": "follow_up", "days": 9, "unit": "working_hours"}]}, "OtherUnit", "unit"),
        ({"limits": [{"clock": "follow_up", "days": 6, "unit": "working"}]}, "LongerLimit", "days"),
        ({"effective_on": "2025-09-01"}, "TooSoon", "effective_on"),
        ({"agency": "NOBODY"}, "UnknownAgency", "agency"),
        ({"climbs": [0, 6, 13]}, "LaterClimb", "climbs"),
    ],
)
async def test_a_refused_policy_says_why(
    make_service: ServiceMaker, clock: ManualClock, changes: dict[str, Any], name: str, field: str
) -> None:
    clock.advance_to(FILED)
    service = await make_service("sla")
    await publish(service)
    refused = await post(service, 422, **changes)
    assert (refused["type"], refused["field"]) == (f"urn:tanggap:{name}", field)
    assert len(await listed(service)) == 1


async def listed(service: RunningService[State], query: str = "") -> list[int]:
    async with client_of(service) as client:
        answer = await client.get(f"/sla/policies{query}")
    assert answer.status_code == 200, answer.text
    return [policy["version"] for policy in answer.json()]


async def test_policies_are_found_by_agency_clock_and_day(make_service: ServiceMaker, clock: ManualClock) -> None:
    clock.advance_to(FILED)
    service = await make_service("sla")
    await publish(service)
    await post(service)
    await post(service, effective_on="2025-09-08", source="Perwali 13/2025")
    await post(service, agency=None, region="91", source="Pergub")
    assert await listed(service) == [1, 2, 3, 4]
    assert await listed(service, f"?agency={ROADS}") == [1, 2, 3]
    assert await listed(service, f"?agency={EAST}") == [1, 4]
    assert await listed(service, "?clock=ombudsman") == [1]
    assert await listed(service, "?date=2025-09-05") == [1, 2, 4]
    assert await listed(service, "?date=2025-09-08&clock=follow_up") == [1, 3, 4]
    async with client_of(service) as client:
        assert (await client.get("/sla/policies?agency=NOBODY")).status_code == 422


async def test_a_repeated_policy_is_the_same_version(make_service: ServiceMaker, clock: ManualClock) -> None:
    clock.advance_to(FILED)
    service, other = await make_service("sla"), await make_service("sla")
    await publish(service)
    answers = await asyncio.gather(*(post(one) for one in (service, other, service, other)))
    assert {answer["version"] for answer in answers} == {2} and await listed(other) == [1, 2]


async def test_only_the_national_administrator_publishes(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    async with client_of(service) as client:
        for headers, status in (({}, 401), (bearer(service, "coordinator", CITY), 403)):
            for path in ("/sla/policies", "/sla/policies/1/reclockings"):
                assert (await client.post(path, json=body(), headers=headers)).status_code == status


async def test_a_slow_reader_takes_no_policy_back(
    make_service: ServiceMaker, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.advance_to(FILED)
    service = await make_service("sla")
    await publish(service)
    before = service.state.rules
    await post(service)
    assert await listed(service) == [1, 2]

    async def slow(*_: Any) -> Rules:
        return before

    monkeypatch.setattr(policies, "with_published", slow)
    async with service.begin() as tx:
        assert (await policies.current_rules(tx)).newest == 2
    assert service.state.rules.newest == 2


def each_limit(**changes: Any) -> dict[str, Any]:
    return {"limits": [{**asdict(limit), **changes} for limit in POLICY.limits]}


UNREADABLE: dict[str, dict[str, Any]] = {
    "no limit": {"limits": [{}]},
    "no object": {"limits": [7]},
    "a word of a later release": each_limit(unless="x"),
    "a unit of a later release": each_limit(unit="minutes"),
    "a text for days": each_limit(days="5"),
    "no days": each_limit(days=0),
    "no percentage": {"reminders": [{}]},
    "no climb": {"climbs": []},
    "climbs that fall": {"climbs": [0, 10, 5]},
    "rounds without end": {"every_working_days": 0, "every_calendar_days": 0},
}


@pytest.mark.parametrize("changes", UNREADABLE.values(), ids=UNREADABLE)
async def test_a_policy_that_cannot_be_read_stops_neither_events_nor_steps(
    make_service: ServiceMaker, clock: ManualClock, changes: dict[str, Any]
) -> None:
    clock.advance_to(FILED)
    service = await make_service("sla")
    await publish(service)
    async with service.begin() as tx:
        seed = (await tx.execute("SELECT * FROM policies")).one()._asdict()
        await tx.insert(PolicyRow, [{**seed, "version": 2, "effective_on": date(2025, 1, 1), **changes}])
    counted = unusable_values.labels("sla", "policy")
    before = counted._value.get()
    await hear(service, *ignored(UUID(int=1)))
    await sweep(service, clock, wib("2025-09-10 08:00"))
    assert {row.policy_version for row in await clock_rows(service)} == {1}
    assert "follow_up step 1 → 35.78.DPUPR leader" in map(summary, await announced(service))
    assert counted._value.get() == before + 1, "it is read once"
    # Another process starts beside it, and the next policy has a version of its own.
    assert (await post(await make_service("sla"), effective_on="2025-10-01"))["version"] == 3
