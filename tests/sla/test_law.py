"""The law in the database: DML of the service's role cannot leave an open complaint without holder, clock or step."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from services.sla.domain import clocks
from services.sla.domain.steps import moment_of, steps_of
from services.sla.models.clocks import FURTHEST
from services.sla.state import calendars
from shared.calendar import ZONES
from shared.clock import ManualClock
from shared.events import Fact
from tests.conftest import ServiceMaker
from tests.make import answered, archived, closed, taken_back
from tests.policies import POLICIES
from tests.sla.cases import COMPLAINT, FILED, announced, clock_rows, filed, hear, ignored_complaint, publish, sweep

ATTACKS = {
    "no next step": "UPDATE clocks SET next_at = NULL WHERE name = 'life'",
    "no next step of a limit": "UPDATE clocks SET next_at = NULL WHERE name = 'resolution'",
    "a next step that never comes": "UPDATE clocks SET next_at = 'infinity'",
    "a next step before all time": "UPDATE clocks SET next_at = '-infinity'",
    "a next step in the year 9999": "UPDATE clocks SET next_at = '9999-01-01Z'",
    "a next step in a year": "UPDATE clocks SET next_at = moved_at + interval '1 year'",
    "a next step before Christ": "UPDATE clocks SET next_at = '0044-03-15Z BC'",
    "a beginning before all time": "UPDATE clocks SET started_at = '-infinity'",
    "a limit that is never over": "UPDATE clocks SET due_at = 'infinity'",
    "a limit that nobody can read": "UPDATE clocks SET due_at = '20000-01-01Z'",
    "no moment to count from": "UPDATE clocks SET moved_at = NULL",
    "no holder": "UPDATE clocks SET agency = ''",
    "an unknown holder": "UPDATE clocks SET agency = NULL",
    "stopped for no reason": "UPDATE clocks SET stopped_at = now() WHERE name = 'follow_up'",
    "a reason and no stop": "UPDATE clocks SET outcome = 'met' WHERE name = 'follow_up'",
    "life ended by a limit": "UPDATE clocks SET stopped_at = now(), outcome = 'missed' WHERE name = 'life'",
    "a pause that is not seen": "UPDATE clocks SET paused_until = now() + interval '1 day'",
    "a pause that never ends": "UPDATE clocks SET paused_at = now(), paused_until = 'infinity'",
    "a pause of thousands of years": "UPDATE clocks SET paused_at = next_at, paused_until = '8000-01-01Z'",
    "a pause without an end": "UPDATE clocks SET paused_at = now()",
    "a pause that outlasts its end": (
        "UPDATE clocks SET paused_at = now(), paused_until = next_at - interval '1 day' WHERE name = 'life'"
    ),
    "no life clock": "DELETE FROM clocks WHERE name = 'life'",
    "no clock at all": "DELETE FROM clocks",
    "no complaint": "DELETE FROM complaints",
    "the complaints emptied": "TRUNCATE complaints",
    "neither complaint nor clock": "WITH gone AS (DELETE FROM complaints) DELETE FROM clocks WHERE name = 'life'",
    "another life clock": "UPDATE complaints SET life = 'resolution'",
    "no life at all": "UPDATE complaints SET life = NULL",
    "another cycle": "UPDATE complaints SET life_cycle = 2",
    "the life clock under another name": "UPDATE clocks SET name = 'death' WHERE name = 'life'",
    "the life clock of another": f"UPDATE clocks SET complaint_id = '{uuid4()}' WHERE name = 'life'",
    "a complaint without a clock": (
        f"INSERT INTO complaints (id, filed_at, silent_since) VALUES ('{uuid4()}', now(), now())"
    ),
    "the life clock without its complaint under another name": (
        "DELETE FROM complaints; UPDATE clocks SET name = 'death' WHERE name = 'life'; DELETE FROM clocks"
    ),
    "the life clock without its complaint in another cycle": (
        "DELETE FROM complaints; UPDATE clocks SET cycle = 2 WHERE name = 'life'"
    ),
    "a step after the stop": "UPDATE clocks SET stopped_at = now(), outcome = 'met' WHERE name = 'follow_up'",
    "the law set aside by a replica": "SET session_replication_role = replica; DELETE FROM clocks",
    "the law set aside": "SET CONSTRAINTS ALL IMMEDIATE; DELETE FROM clocks WHERE name = 'life'",
    "the clocks emptied": "TRUNCATE clocks",
    "complaints and clocks emptied": "TRUNCATE complaints, clocks",
    "all emptied that hangs together": "TRUNCATE clocks CASCADE",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
async def test_the_database_refuses_a_silent_complaint(make_service: ServiceMaker, attack: str) -> None:
    service = await make_service("sla")
    await ignored_complaint(service, COMPLAINT)
    before = await clock_rows(service)
    with pytest.raises((DBAPIError, IntegrityError, asyncpg.PostgresError)):
        async with service.begin() as tx:
            for statement in attack.split("; "):
                await tx.execute(statement)
    assert await clock_rows(service) == before


@pytest.mark.parametrize("end", [closed, archived, taken_back])
async def test_the_law_lets_every_true_change_pass(
    make_service: ServiceMaker, clock: ManualClock, end: Callable[[UUID], Fact]
) -> None:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service, COMPLAINT)
    await hear(service, filed(uuid4()))
    await sweep(service, clock, FILED + timedelta(days=100))
    assert await announced(service)
    if end is closed:
        await hear(service, answered(COMPLAINT), at=clock.now() - timedelta(hours=1))
    await hear(service, end(COMPLAINT), at=clock.now())
    running = [row for row in await clock_rows(service) if row.stopped_at is None]
    assert [row.name for row in running] == ["life"]
    async with service.begin() as tx:
        # What has ended may be deleted, the complaint first.
        await tx.execute("DELETE FROM complaints WHERE id = :id", {"id": COMPLAINT})
        await tx.execute("DELETE FROM clocks WHERE complaint_id = :id", {"id": COMPLAINT})


def test_the_sweep_knows_how_far_a_step_may_be() -> None:
    assert f"{clocks.FURTHEST.days} days" == FURTHEST


def test_no_way_between_two_steps_is_longer_than_the_law_allows() -> None:
    """The longest is that of a question whose reminders were taken when it is classed as supervisory."""
    calendar_of = calendars(None)
    for policy in POLICIES:
        for limit in policy.limits:
            steps = steps_of(policy, limit.clock, limit.days)
            for zone in ZONES:
                for day in range(0, 360, 7):
                    start = FILED + timedelta(days=day)
                    moments = [moment_of(limit.unit, calendar_of(zone), start, step.days) for step in steps]
                    third = moments[min(2, len(moments) - 1)]
                    assert third - start < timedelta(days=150)
                    assert all(after - at < timedelta(days=60) for at, after in pairwise(moments))


UNREADABLE = "{x}", "{NULL}", "{a/leader,NULL}", "{{a/leader},{b/leader}}", "{a/boss}", "{/leader}", '{""}'


@pytest.mark.parametrize("seats", UNREADABLE)
async def test_a_list_of_seats_that_cannot_be_read_is_refused(
    make_service: ServiceMaker, clock: ManualClock, seats: str
) -> None:
    service = await make_service("sla")
    await ignored_complaint(service)
    await sweep(service, clock, FILED + timedelta(days=9))
    with pytest.raises(IntegrityError, match="passed_over_are_seats"):
        async with service.begin() as tx:
            await tx.execute(f"UPDATE fired SET passed_over = '{seats}'")
    async with service.begin() as tx:
        await tx.execute("UPDATE fired SET passed_over = '{35.78.DPUPR/leader,NAS/coordinator}'")
