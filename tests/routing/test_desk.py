"""The list of a desk is read from an index, whichever way it is asked for."""

import itertools

import pytest
from sqlalchemy.dialects import postgresql

from services.routing.actions import Desk
from services.routing.actions.desks import desk_statement
from shared.service import RunningService
from tests.conftest import Sites
from tests.routing.stories import CITY, UNIT

# 60,000 cases over all agencies, one in a hundred overdue, most of them answered long ago.
MANY = """
    INSERT INTO cases (id, reference, filed_at, kind, confidential, sealed, rule, explanation, verifier, holder, state,
                       step_missed)
    SELECT gen_random_uuid(), n::text, timestamptz '2025-01-01' + n * interval '1 minute', 'complaint', false, '', '',
           '', 'NAS', holders[1 + n % cardinality(holders)],
           CASE WHEN n % 20 = 0 THEN 'UNVERIFIED' WHEN n % 20 = 1 THEN 'IN_PROGRESS' ELSE 'ANSWERED' END, n % 100 = 0
    FROM generate_series(1, 60000) n, (SELECT CAST(:codes AS text[]) AS holders)
"""


@pytest.fixture
async def service(site_of: Sites) -> RunningService:
    service = await site_of("routing")
    async with service.begin() as tx:
        await tx.execute(MANY, {"codes": list(service.state.codes)})
    async with service.begin() as tx:
        await tx.execute("ANALYZE cases")
    return service


async def test_a_desk_never_reads_the_whole_table(service: RunningService) -> None:
    office = service.state
    scopes = {"unit": (UNIT,), "city": office.below[CITY], "province": office.below["35"], "all": None}
    states, overdue = (None, "UNVERIFIED", "ANSWERED"), (None, True)
    for (scope, codes), state, late in itertools.product(scopes.items(), states, overdue):
        statement = desk_statement(codes, Desk(state=state, overdue=late))
        compiled = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
        async with service.begin() as tx:
            plan = "\n".join(row[0] for row in await tx.execute(f"EXPLAIN {compiled}".replace(":", "\\:")))
        assert "Seq Scan" not in plan, (scope, state, late, plan)
        assert "ix_cases_" in plan, (scope, state, late, plan)
