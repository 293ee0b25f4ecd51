"""Interim replies (jawaban sementara): once in each cycle, with a reason and a day, before the limit has passed."""

from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.routing.actions.restatements import say_again
from shared.events import InterimReplied, PartOpened
from shared.service import RunningService
from tests.make import CITY, ROADS, answer_text, hear, missed, reporter_acted
from tests.routing.complaints import empty_outbox, get, post, problem
from tests.routing.drafts import verified
from tests.routing.test_splits import parts_of, split
from tests.services import staged

INTERIM = {"reason": "Hasil uji laboratorium aspal baru keluar pekan depan.", "due_on": "2025-07-28"}


async def interim(client: httpx.AsyncClient, service: RunningService, id: UUID, key: str = "", **body: Any) -> Any:
    return await post(client, service, id, "interim-replies", "liaison", ROADS, key, **{**INTERIM, **body})


async def test_an_interim_reply_is_given_once_in_each_cycle_and_said_again(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await verified(client, service)
    first, again = [(await interim(client, service, id, "k1")).json() for _ in range(2)]
    assert first == again and (first["state"], first["next_date"]) == ("AWAITING_FOLLOW_UP", INTERIM["due_on"])
    [told] = await staged(service)
    assert isinstance(told, InterimReplied) and (told.agency.code, str(told.due_on)) == (ROADS, INTERIM["due_on"])
    assert service.state.open(told.sealed, str(id))["text"] == INTERIM["reason"]
    assert problem(await interim(client, service, id)) == (409, "InterimGiven")
    shown = (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).json()
    assert "interim-reply" not in shown["allowed"] and shown["acts"][-1]["text"] == INTERIM["reason"]
    await empty_outbox(service)
    async with service.begin() as tx:
        await say_again(tx, [id])
    assert told.model_copy(update={"again": True}) in await staged(service)
    assert (await post(client, service, id, "answers", "liaison", ROADS, text=answer_text(id))).is_success
    await hear(service, reporter_acted(id, act="dispute", stage=1))
    other = {"reason": "Aspal baru harus diuji sekali lagi setelah hujan reda.", "due_on": "2025-08-04"}
    assert (await interim(client, service, id, **other)).status_code == 201


@pytest.mark.parametrize(
    ("role", "agency", "body", "refusal"),
    [
        ("liaison", ROADS, {"due_on": "2025-07-04"}, (422, "DuePast")),
        ("liaison", ROADS, {"due_on": "2025-07-12"}, (422, "DueOff")),
        ("liaison", ROADS, {"reason": "Mohon menunggu. Terima kasih."}, (422, "OnlySetPhrases")),
        ("coordinator", "35.79", {}, (403, "NotYourCase")),
    ],
)
async def test_who_may_not_and_what_says_nothing_is_refused(
    client: httpx.AsyncClient, service: RunningService, role: str, agency: str, body: Any, refusal: tuple[int, str]
) -> None:
    id = await verified(client, service)
    answer = await post(client, service, id, "interim-replies", role, agency, **{**INTERIM, **body})
    assert problem(answer)[1] == refusal[1], answer.text
    assert await staged(service) == []


async def test_what_is_late_is_not_extended(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await verified(client, service)
    await hear(service, missed(id, "resolution"))
    answer = await post(client, service, id, "interim-replies", "coordinator", CITY, **INTERIM)
    assert problem(answer) == (409, "ResolutionLate")


async def test_a_part_has_the_interim_reply_of_its_whole(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await verified(client, service)
    given = (await interim(client, service, id)).json()
    await empty_outbox(service)
    assert (await split(client, service, id)).status_code == 201
    opened = [fact for fact in await staged(service) if isinstance(fact, PartOpened)]
    until = datetime.fromisoformat("2025-07-29T00:00:00+07:00")
    assert [fact.interims for fact in opened] == [((datetime.fromisoformat(given["at"]), until),)] * 2
    part = (await parts_of(service, id))[0]
    assert part.holder == ROADS and problem(await interim(client, service, part.id)) == (409, "InterimGiven")
    await empty_outbox(service)
    async with service.begin() as tx:
        await say_again(tx, [part.id])
    [again] = [fact for fact in await staged(service) if isinstance(fact, PartOpened)]
    assert again.interims == opened[0].interims
