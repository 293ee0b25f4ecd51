"""Answers: what one promises is a promise of its own, made with it in one act, and only with its publication."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.routing.actions.restatements import say_again
from shared.clock import ManualClock
from shared.events import AnswerDrafted, ComplaintAnswered, PromiseMade
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import ROADS, answer_text
from tests.routing.complaints import empty_outbox, get, post, problem
from tests.routing.drafts import verified, with_approver
from tests.services import client_of, staged

PROMISE = {"what": "Marka jalan dicat ulang setelah aspal kering.", "due_on": "2025-07-14", "by_whom": "Bidang Jalan"}
PROMISING = {"text": answer_text("Marka menyusul."), "promise": PROMISE}


async def answer(
    client: httpx.AsyncClient, service: RunningService, id: UUID, key: str = "", /, **body: Any
) -> httpx.Response:
    return await post(client, service, id, "answers", "liaison", ROADS, key, **{**PROMISING, **body})


async def test_an_answer_and_its_promise_are_one_act_and_two_facts(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await verified(client, service)
    first, again = [(await answer(client, service, id, "k1")).json() for _ in range(2)]
    assert first == again and (first["kind"], first["state"], first["next_date"]) == (
        "answer",
        "ANSWERED",
        "2025-07-14",
    )
    promised, answered = await staged(service)
    assert isinstance(promised, PromiseMade) and isinstance(answered, ComplaintAnswered)
    words = service.state.open(promised.sealed, str(id))["text"]
    assert words == f"{PROMISE['what']}\n\nPelaksana: {PROMISE['by_whom']}" and str(promised.due_on) == "2025-07-14"
    assert service.state.open(answered.sealed, str(id))["text"] == PROMISING["text"]
    shown = (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).json()
    assert shown["open_promises"] == 1 and "fulfilment" in shown["allowed"]
    assert [act["kind"] for act in shown["acts"][1:]] == ["promise", "answer"]
    changed = {"promise": {**PROMISE, "due_on": "2025-07-15"}}
    assert problem(await answer(client, service, id, "k1", **changed)) == (409, "KeyReused")
    await empty_outbox(service)
    async with service.begin() as tx:
        await say_again(tx, [id])
    repeated = [fact for fact in await staged(service) if isinstance(fact, PromiseMade | ComplaintAnswered)]
    assert repeated == [fact.model_copy(update={"again": True}) for fact in (promised, answered)]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"promise": {**PROMISE, "due_on": "2025-07-12"}}, "DueOff"),
        ({"promise": {**PROMISE, "due_on": "2025-07-04"}}, "DuePast"),
        ({"text": "."}, "TooShort"),
    ],
)
async def test_an_answer_that_is_refused_promises_nothing_and_none_is_given_without_its_promise(
    client: httpx.AsyncClient, service: RunningService, body: dict[str, Any], refusal: str
) -> None:
    id = await verified(client, service)
    refused = await answer(client, service, id, **body)
    assert refused.status_code in (409, 422) and problem(refused)[1] == refusal, refused.text
    shown = (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).json()
    assert (shown["state"], shown["open_promises"], await staged(service)) == ("AWAITING_FOLLOW_UP", 0, [])


async def test_a_draft_promises_nothing_before_its_approval(
    make_service: ServiceMaker, tmp_path: Path, clock: ManualClock
) -> None:
    service = await with_approver(make_service, tmp_path)
    async with client_of(service) as client:
        ids = [await verified(client, service) for _ in range(2)]
        for id in ids:
            assert (await answer(client, service, id, text=answer_text(id))).json()["kind"] == "draft"
        assert {type(fact) for fact in await staged(service)} == {AnswerDrafted}
        done = await post(client, service, ids[0], "drafts/1/approvals", "leader", ROADS)
        assert done.json()["state"] == "ANSWERED"
        assert [type(fact) for fact in await staged(service)][2:] == [PromiseMade, ComplaintAnswered]
        # A day that has passed meanwhile cannot be promised any more: the draft goes back to its author.
        clock.advance_to(service.now() + timedelta(days=20))
        late = await post(client, service, ids[1], "drafts/1/approvals", "leader", ROADS)
        assert problem(late)[1] == "DuePast"
