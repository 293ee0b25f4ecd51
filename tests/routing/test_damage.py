"""A row that cannot be used hides only itself: neither worklists nor other cases, and no act of an official."""

import asyncio
from uuid import UUID

import httpx
import pytest
from sqlalchemy.exc import DBAPIError

from shared.service import RunningService
from shared.telemetry import unusable_values
from tests.make import CITY
from tests.routing.complaints import ANSWER, NARRATIVE, WORDS, assigned, get, post, verify

SEALS = {
    "of another key": "UPDATE cases SET sealed = 'v1.x.y' WHERE id = :id",
    "of another complaint": "UPDATE cases SET sealed = (SELECT sealed FROM cases WHERE id <> :id) WHERE id = :id",
    "lost": "UPDATE cases SET sealed = '' WHERE id = :id",
}
MOMENTS = ("infinity", "-infinity", "20000-01-01Z", "0044-03-15 BC")


async def two_cases(client: httpx.AsyncClient, service: RunningService) -> tuple[UUID, UUID]:
    good, bad = await assigned(service), await assigned(service)
    await verify(client, service, good)
    await verify(client, service, bad)
    return good, bad


async def change(service: RunningService, statement: str, id: UUID) -> None:
    async with service.begin() as tx:
        await tx.execute(statement, {"id": id})


@pytest.mark.parametrize("damage", SEALS.values(), ids=SEALS)
async def test_a_case_whose_words_cannot_be_opened_hides_no_other(
    client: httpx.AsyncClient, service: RunningService, damage: str
) -> None:
    good, bad = await two_cases(client, service)
    await change(service, damage, bad)
    counted = unusable_values.labels("routing", "seal")
    before = counted._value.get()
    listed = (await get(client, service, "/complaints", "coordinator", CITY)).json()["items"]
    assert {(item["id"], item["readable"]) for item in listed} == {(str(good), True), (str(bad), False)}
    assert counted._value.get() == before + 1
    shown = (await get(client, service, f"/complaints/{bad}", "coordinator", CITY)).json()
    assert (shown["title"], shown["text"], shown["readable"]) == (None, None, False)
    assert (await get(client, service, f"/complaints/{good}", "coordinator", CITY)).json()["text"] == NARRATIVE
    # The case goes on like any other.
    done = await asyncio.gather(
        *(post(client, service, id, "answers", "coordinator", CITY, **ANSWER) for id in (good, bad))
    )
    assert [answer.status_code for answer in done] == [201, 201]


async def test_an_act_whose_words_cannot_be_opened_hides_no_other(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    _, bad = await two_cases(client, service)
    key = "a-key-of-the-first-follow-up"
    assert (await post(client, service, bad, "follow-ups", "coordinator", CITY, key, **WORDS)).status_code == 201
    assert (await post(client, service, bad, "answers", "coordinator", CITY, **ANSWER)).status_code == 201
    await change(service, "UPDATE acts SET sealed = 'v1.x.y' WHERE complaint_id = :id AND kind = 'follow-up'", bad)
    acts = (await get(client, service, f"/complaints/{bad}", "coordinator", CITY)).json()["acts"]
    assert [act["text"] for act in acts] == [None, None, ANSWER["text"]]
    # Nobody can tell any more whether the repeated request has the same words.
    assert (await post(client, service, bad, "follow-ups", "coordinator", CITY, key, **WORDS)).status_code == 409


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("column", ["cases SET filed_at", "cases SET withdrawn_at", "acts SET at"])
async def test_a_moment_that_nobody_can_read_is_refused(
    client: httpx.AsyncClient, service: RunningService, column: str, moment: str
) -> None:
    await two_cases(client, service)
    with pytest.raises(DBAPIError, match="moments_are_readable"):
        async with service.begin() as tx:
            await tx.execute(f"UPDATE {column} = '{moment}'")
