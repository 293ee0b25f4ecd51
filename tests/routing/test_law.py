"""The law in routing's database: DML of its role leaves no open case without holder, verifier and state."""

from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from shared.service import RunningService
from shared.vocabulary import ENDED, State
from tests.routing.complaints import assigned, rows_of

ATTACKS = {
    "no holder": "UPDATE cases SET holder = ''",
    "an unknown holder": "UPDATE cases SET holder = NULL",
    "no verifier": "UPDATE cases SET verifier = ''",
    "no state": "UPDATE cases SET state = NULL",
    "a state of nobody's": "UPDATE cases SET state = 'FORGOTTEN'",
    "a kind of nobody's": "UPDATE cases SET kind = 'bogus'",
    "a class of nobody's": "UPDATE cases SET classification = 'bogus'",
    "more transfers than can be counted": "UPDATE cases SET transfers = 32767",
    "fewer transfers than none": "UPDATE cases SET transfers = -5, departures = -5",
    "more departures than transfers": "UPDATE cases SET departures = 32767",
    "no case": "DELETE FROM cases",
    "no case by a merge": (
        "MERGE INTO cases c USING (SELECT id FROM cases) AS o ON o.id = c.id WHEN MATCHED THEN DELETE"
    ),
    "the case of another": f"UPDATE cases SET id = '{uuid4()}'",
    "the cases emptied": "TRUNCATE cases CASCADE",
    "the law set aside": "SET session_replication_role = replica; DELETE FROM cases",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
async def test_the_database_refuses_a_case_without_holder_or_state(service: RunningService, attack: str) -> None:
    await assigned(service)
    before = await rows_of(service, "SELECT * FROM cases")
    with pytest.raises((DBAPIError, asyncpg.PostgresError)):
        async with service.begin() as tx:
            for statement in attack.split("; "):
                await tx.execute(statement)
    assert await rows_of(service, "SELECT * FROM cases") == before


@pytest.mark.parametrize("state", sorted(ENDED))
async def test_a_case_that_has_ended_may_be_deleted(service: RunningService, state: State) -> None:
    await assigned(service)
    async with service.begin() as tx:
        await tx.execute(f"UPDATE cases SET state = '{state}'")
        await tx.execute("DELETE FROM cases")
    assert await rows_of(service, "SELECT * FROM cases") == []
