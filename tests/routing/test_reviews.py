"""The second look: the agency above finds a sampled answer in order, or has the complaint opened again."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.routing.actions.restatements import say_again
from services.routing.domain.reviews import is_sampled
from shared.events import AnswerEndorsed, ComplaintAnswered, ComplaintReopened
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, PROVINCE, ROADS, answer_text, hear, lapsed, reporter_acted
from tests.routing.complaints import empty_outbox, get, post, problem
from tests.routing.drafts import verified
from tests.routing.test_windows import settled
from tests.services import bearer, client_of, staged

REMAND = {"reason": "Jawaban tidak menyebutkan kapan lampu di sisi utara diperbaiki."}


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    """Routing where every answer is in the sample."""
    service = await make_service("routing")
    service.state = replace(service.state, gate=replace(service.state.gate, sample=100))
    return service


@pytest.fixture
async def client(service: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(service) as client:
        yield client


async def answered(client: httpx.AsyncClient, service: RunningService) -> UUID:
    id = await verified(client, service)
    done = await post(client, service, id, "answers", "liaison", ROADS, text=answer_text(id))
    # It takes effect at once all the same.
    assert done.json()["state"] == "ANSWERED"
    return id


async def to_review(client: httpx.AsyncClient, service: RunningService, agency: str = CITY) -> set[str]:
    path = "/routing/complaints?to_review=true"
    found = (await client.get(path, headers=bearer(service, "coordinator", agency))).json()
    return {item["id"] for item in found["items"]}


async def state_of(client: httpx.AsyncClient, service: RunningService, id: UUID) -> Any:
    shown = (await get(client, service, f"/complaints/{id}", "coordinator", CITY)).json()
    return shown["state"], shown["review_open"]


def test_the_sample_is_the_same_by_every_reckoning_and_has_its_share() -> None:
    ids = [UUID(int=n) for n in range(10_000)]
    drawn = {id for id in ids if is_sampled(id, 1, 5)}
    assert 400 < len(drawn) < 600 and drawn == {id for id in ids if is_sampled(id, 1, 5)}
    assert drawn < {id for id in ids if is_sampled(id, 1, 20)} and drawn != {id for id in ids if is_sampled(id, 2, 5)}
    assert all(is_sampled(id, 1, 100) for id in ids) and not any(is_sampled(id, 1, 0) for id in ids)


async def test_an_answer_in_the_sample_is_on_the_list_of_the_agency_above_until_it_is_found_in_order(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await answered(client, service)
    [told] = await staged(service)
    assert isinstance(told, ComplaintAnswered) and told.reviewer == CITY
    assert await to_review(client, service) == await to_review(client, service, PROVINCE) == {str(id)}
    for role, agency in (("liaison", ROADS), ("leader", CITY), ("admin", None)):
        assert (await post(client, service, id, "endorsements", role, agency)).status_code == 403
    await empty_outbox(service)
    done = await post(client, service, id, "endorsements", "coordinator", CITY, text="Sesuai.")
    assert (done.status_code, done.json()["state"]) == (201, "ANSWERED")
    assert await staged(service) == [AnswerEndorsed(complaint_id=id, agency=ROADS, by=CITY)]
    assert await to_review(client, service) == set()
    assert problem(await post(client, service, id, "remands", "coordinator", CITY, **REMAND)) == (409, "NotSampled")


@pytest.mark.parametrize("is_closed", [False, True])
async def test_an_answer_that_is_sent_back_begins_another_cycle(
    client: httpx.AsyncClient, service: RunningService, is_closed: bool
) -> None:
    id = await answered(client, service)
    if is_closed:
        await hear(service, settled(id), lapsed(id))
    await empty_outbox(service)
    done = await post(client, service, id, "remands", "coordinator", CITY, "k", **REMAND)
    again = await post(client, service, id, "remands", "coordinator", CITY, "k", **REMAND)
    assert done.json() == again.json() and await state_of(client, service, id) == ("IN_PROGRESS", False)
    [told] = await staged(service)
    assert isinstance(told, ComplaintReopened) and (told.cycle, told.sent_back_by) == (2, CITY)
    assert service.state.open(told.sealed or "", str(id))["text"] == REMAND["reason"]
    await empty_outbox(service)
    async with service.begin() as tx:
        await say_again(tx, [id])
    repeated = [fact for fact in await staged(service) if isinstance(fact, ComplaintReopened)]
    assert repeated == [told.model_copy(update={"again": True})]
    # The next answer is drawn anew.
    assert (await post(client, service, id, "answers", "liaison", ROADS, text=answer_text("Kini utara."))).is_success
    assert await to_review(client, service) == {str(id)}


@pytest.mark.parametrize("act", ["acceptance", "dispute"])
async def test_a_reporter_who_accepts_or_disputes_an_answer_makes_the_second_look_needless(
    client: httpx.AsyncClient, service: RunningService, act: str
) -> None:
    id = await answered(client, service)
    await hear(service, reporter_acted(id, act=act, stage=1))
    assert (await state_of(client, service, id))[1] is False and await to_review(client, service) == set()


async def test_what_is_not_in_the_sample_is_nobodys_to_review(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    service.state = replace(service.state, gate=replace(service.state.gate, sample=0))
    id = await answered(client, service)
    [told] = await staged(service)
    assert isinstance(told, ComplaintAnswered) and told.reviewer is None
    assert await to_review(client, service) == set()
    assert problem(await post(client, service, id, "endorsements", "coordinator", CITY)) == (409, "NotSampled")
    assert problem(await post(client, service, uuid4(), "endorsements", "coordinator", CITY))[0] == 404
