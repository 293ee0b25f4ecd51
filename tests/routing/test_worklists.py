"""A worklist has the cases of an agency and of those below it; every combination of filters uses an index."""

import base64
import itertools
from datetime import timedelta
from uuid import UUID

import httpx
import orjson
import pytest
from sqlalchemy.dialects import postgresql

from services.routing.actions.worklists import Worklist, worklist_statement
from shared.service import RunningService
from shared.vocabulary import State
from tests.make import CITY, PROVINCE, ROADS, TRANSPORT
from tests.routing.complaints import assigned, get, verify
from tests.services import MONDAY, bearer

# 60,000 cases over all agencies, one in a hundred overdue, most of them answered long ago.
MANY = """
    INSERT INTO cases (id, reference, filed_at, kind, confidential, sealed, rule, explanation, verifier, holder, state,
                       step_missed)
    SELECT gen_random_uuid(), n::text, timestamptz '2025-01-01' + n * interval '1 minute', 'complaint', false, '', '',
           '', 'NAS', holders[1 + n % cardinality(holders)],
           CASE WHEN n % 20 = 0 THEN 'UNVERIFIED' WHEN n % 20 = 1 THEN 'IN_PROGRESS' ELSE 'ANSWERED' END, n % 100 = 0
    FROM generate_series(1, 60000) n, (SELECT CAST(:codes AS text[]) AS holders)
"""


def cursor(moment: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([moment, str(UUID(int=1))])).decode()


@pytest.fixture
async def crowded(service: RunningService) -> RunningService:
    async with service.begin() as tx:
        await tx.execute(MANY, {"codes": list(service.state.codes)})
    async with service.begin() as tx:
        await tx.execute("ANALYZE cases")
    return service


async def test_a_worklist_never_scans_the_whole_table(crowded: RunningService) -> None:
    subtrees = crowded.state.subtrees
    scopes = {"unit": (ROADS,), "city": subtrees[CITY], "province": subtrees[PROVINCE], "all": None}
    states: tuple[State | None, ...] = (None, "UNVERIFIED", "ANSWERED")
    for (scope, codes), state, late in itertools.product(scopes.items(), states, (None, True)):
        statement, values = worklist_statement(codes, Worklist(state=state, overdue=late))
        compiled = statement.params(values).compile(
            dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
        )  # type: ignore[no-untyped-call]
        async with crowded.begin() as tx:
            plan = "\n".join(row[0] for row in await tx.execute(f"EXPLAIN {compiled}".replace(":", "\\:")))
        assert "Seq Scan" not in plan, (scope, state, late, plan)
        assert "ix_cases_" in plan, (scope, state, late, plan)


async def test_a_worklist_has_the_cases_of_an_agency_and_of_those_below_oldest_first(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    first, *others = [await assigned(service, filed_at=MONDAY - timedelta(hours=hours)) for hours in (1, 3, 2)]
    far = str(await assigned(service, region="91.71", confidential=True))
    await verify(client, service, first)
    ids = [str(id) for id in (first, *others)]

    async def listed(role: str, agency: str | None, query: str = "") -> list[str]:
        answer = await get(client, service, f"/complaints{query}", role, agency)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    ordered = [ids[1], ids[2], ids[0]]
    assert await listed("liaison", ROADS) == await listed("coordinator", "35") == ordered
    assert await listed("liaison", TRANSPORT) == []
    assert await listed("admin", None) == [*ordered, far]
    assert await listed("overseer", None) == ordered
    assert await listed("coordinator", CITY, "?state=AWAITING_FOLLOW_UP") == [ids[0]]
    assert await listed("coordinator", CITY, "?overdue=true") == []
    assert await listed("coordinator", CITY, "?overdue=false") == ordered
    assert await listed("coordinator", "35", f"?agency={ROADS}") == ordered
    assert await listed("overseer", None, "?agency=91.71") == []


async def test_a_worklist_is_read_page_by_page(client: httpx.AsyncClient, service: RunningService) -> None:
    ids = {str(await assigned(service)) for _ in range(5)}
    seen: list[str] = []
    query: dict[str, str] | None = {"limit": "2"}
    while query:
        answer = await client.get("/routing/complaints", params=query, headers=bearer(service, "coordinator", CITY))
        page = answer.json()
        seen += [item["id"] for item in page["items"]]
        query = {"limit": "2", "after": page["next"]} if page["next"] else None
    assert set(seen) == ids and len(seen) == 5


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?agency=91.71", 403),
        ("?agency=35", 403),
        ("?agency=NOPE", 422),
        ("?after=x", 422),
        ("?after=%C3%A9", 422),
        ("?after=MjAyNS0wNy0wN1QwMjowMDowMCAx", 422),
        (f"?after={cursor('0001-01-01T00:00+23:59')}", 422),
        (f"?after={cursor('9999-12-31T23:59-23:59')}", 422),
        ("?limit=0", 422),
        ("?limit=201", 422),
        ("?state=LOST", 422),
        ("?overdue=perhaps", 422),
    ],
)
async def test_a_worklist_that_cannot_be_shown_is_refused(
    client: httpx.AsyncClient, service: RunningService, query: str, status: int
) -> None:
    answer = await get(client, service, f"/complaints{query}", "coordinator", CITY)
    assert answer.status_code == status, answer.text
