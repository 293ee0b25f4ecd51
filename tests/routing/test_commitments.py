"""Commitments (janji): made for a working day, kept, moved once; they survive the answer and no other end."""

from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.routing.actions.commitments import with_open_commitments
from services.routing.actions.restatements import say_again
from shared.clock import ManualClock
from shared.events import ComplaintForwarded, PromiseKept, PromiseMade, PromiseMoved
from shared.service import RunningService
from tests.make import CITY, ROADS, TRANSPORT, answer_text, hear, reporter_acted, utc
from tests.routing.complaints import ARCHIVE, WORDS, assigned, empty_outbox, get, post, problem, verify
from tests.services import MONDAY, staged

WHAT = "Lubang di depan sekolah ditambal dengan aspal baru"
PROMISE = {"what": WHAT, "due_on": "2025-07-14", "by_whom": "Bidang Preservasi Jalan"}
KEPT = {"text": "Lubang ditambal dan diperiksa pengawas pada pagi hari"}
LATER = {"due_on": "2025-07-21", "reason": "Aspal baru tiba pekan depan dari gudang provinsi"}


async def verified(client: httpx.AsyncClient, service: RunningService) -> UUID:
    id = await assigned(service)
    await verify(client, service, id)
    await empty_outbox(service)
    return id


async def act(
    client: httpx.AsyncClient, service: RunningService, id: UUID, door: str, key: str = "", /, **body: Any
) -> httpx.Response:
    return await post(client, service, id, door, "liaison", ROADS, key, **body)


async def open_ones(service: RunningService, *ids: UUID) -> set[UUID]:
    async with service.begin() as tx:
        return await with_open_commitments(tx, ids)


async def test_a_promise_is_made_moved_and_kept(
    client: httpx.AsyncClient, service: RunningService, clock: ManualClock
) -> None:
    id = await verified(client, service)
    made = (await act(client, service, id, "promises", **PROMISE)).json()
    assert (made["number"], made["next_date"], made["state"]) == (1, "2025-07-14", "AWAITING_FOLLOW_UP")
    assert await open_ones(service, id) == {id}
    for door, body in (("promises/1/postponements", LATER), ("promises/1/fulfilments", KEPT)):
        assert (await act(client, service, id, door, **body)).status_code == 201
    first, moved, kept = await staged(service)
    assert isinstance(first, PromiseMade) and (first.number, first.due_on) == (1, date(2025, 7, 14))
    assert service.state.open(first.sealed, str(id))["text"] == f"{WHAT}\n\nPelaksana: Bidang Preservasi Jalan"
    assert isinstance(moved, PromiseMoved) and (moved.due_on, moved.previous) == (date(2025, 7, 21), first.due_on)
    assert isinstance(kept, PromiseKept) and (kept.due_on, kept.made_at) == (moved.due_on, moved.made_at)
    assert kept.made_at >= MONDAY and await open_ones(service, id) == set()
    shown = (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).json()
    acts = [(one["kind"], one["number"], one["next_date"]) for one in shown["acts"][1:]]
    days = ("2025-07-14", "2025-07-21", None)
    assert acts == [(kind, 1, day) for kind, day in zip(("promise", "postponement", "fulfilment"), days, strict=True)]
    assert shown["open_promises"] == 0 and "fulfilment" not in shown["allowed"]


@pytest.mark.parametrize(
    ("day", "refusal"),
    [
        ("2025-07-07", "DuePast"),
        ("2025-07-04", "DuePast"),
        ("2025-07-12", "DueOff"),
        ("2025-08-18", "DueOff"),
        ("2025-10-02", "DueTooFar"),
    ],
)
async def test_a_day_that_is_no_working_day_ahead_is_refused(
    client: httpx.AsyncClient, service: RunningService, day: str, refusal: str
) -> None:
    id = await verified(client, service)
    refused = await act(client, service, id, "promises", **{**PROMISE, "due_on": day})
    assert problem(refused) == (422, refusal)
    assert (await act(client, service, id, "promises", **{**PROMISE, "due_on": "2025-09-30"})).status_code == 201


async def test_a_promise_moves_once_before_its_day_has_passed_and_is_kept_once(
    client: httpx.AsyncClient, service: RunningService, clock: ManualClock
) -> None:
    id = await verified(client, service)
    for _ in range(2):
        await act(client, service, id, "promises", **PROMISE)
    moved = [await act(client, service, id, "promises/1/postponements", **LATER) for _ in range(2)]
    assert moved[0].status_code == 201 and problem(moved[1]) == (409, "PromiseMovedBefore")
    assert problem(await act(client, service, id, "promises/3/fulfilments", **KEPT)) == (409, "NoOpenPromise")
    clock.advance_to(utc("07-15 02:00"))
    missed = await act(client, service, id, "promises/2/postponements", **LATER)
    assert problem(missed) == (409, "PromiseMissed")
    kept = [await act(client, service, id, "promises/2/fulfilments", **KEPT) for _ in range(2)]
    assert kept[0].status_code == 201 and problem(kept[1]) == (409, "NoOpenPromise")


async def test_a_promise_survives_the_answer_and_a_forwarding_but_no_archive_and_no_withdrawal(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    ids = {end: await verified(client, service) for end in ("answer", "forward", "archive", "withdrawal")}
    for id in ids.values():
        await act(client, service, id, "promises", **PROMISE)
    await act(client, service, ids["answer"], "answers", text=answer_text(1))
    forward = {"agency": TRANSPORT, "reason": "Bukan kami"}
    assert (await post(client, service, ids["forward"], "forwards", "coordinator", CITY, **forward)).is_success
    assert (await post(client, service, ids["archive"], "archivings", "coordinator", CITY, **ARCHIVE)).is_success
    await hear(service, reporter_acted(ids["withdrawal"]))
    assert await open_ones(service, *ids.values()) == {ids["answer"], ids["forward"]}
    assert problem(await act(client, service, ids["archive"], "promises/1/fulfilments", **KEPT))[0] == 409
    assert (await act(client, service, ids["answer"], "promises/1/fulfilments", **KEPT)).json()["state"] == "ANSWERED"
    by_new = await post(client, service, ids["forward"], "promises/1/fulfilments", "liaison", TRANSPORT, **KEPT)
    assert by_new.status_code == 201 and await open_ones(service, *ids.values()) == set()


async def test_repeated_requests_have_the_first_result(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await verified(client, service)
    steps = (("promises", PROMISE), ("promises/1/postponements", LATER), ("promises/1/fulfilments", KEPT))
    for door, body in steps:
        first, again = [await act(client, service, id, door, door.replace("/", "-"), **body) for _ in range(2)]
        assert (first.status_code, first.json()) == (201, again.json())
    other = await act(client, service, id, "promises", "promises", **{**PROMISE, "due_on": "2025-07-15"})
    assert problem(other) == (409, "KeyReused")
    assert problem(await act(client, service, id, "promises", **{**PROMISE, "what": "Pendek"})) == (422, "Invalid")


async def test_what_was_promised_is_said_again(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await verified(client, service)
    steps = (
        ("promises", PROMISE),
        ("follow-ups", WORDS),
        ("promises", PROMISE),
        ("promises/1/postponements", LATER),
        ("promises/2/fulfilments", KEPT),
    )
    for door, body in steps:
        assert (await act(client, service, id, door, **body)).status_code == 201
    forward = {"agency": TRANSPORT, "reason": "Bukan kami"}
    assert (await post(client, service, id, "forwards", "coordinator", CITY, **forward)).is_success
    kinds = (PromiseMade, PromiseKept, PromiseMoved, ComplaintForwarded)
    before = [fact for fact in await staged(service) if isinstance(fact, kinds)]
    await empty_outbox(service)
    async with service.begin() as tx:
        await say_again(tx, [id])
    after = [fact for fact in await staged(service) if isinstance(fact, kinds)]
    assert after[1:] == [fact.model_copy(update={"again": True}) for fact in before]


async def test_a_promise_that_an_archiving_made_void_is_not_kept_after_the_reopening(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await verified(client, service)
    assert (await act(client, service, id, "promises", **PROMISE)).status_code == 201
    assert (await post(client, service, id, "archivings", "coordinator", CITY, **ARCHIVE)).status_code == 201
    await hear(service, reporter_acted(id, act="reopening", stage=1))
    assert (await act(client, service, id, "promises", **PROMISE)).json()["number"] == 2
    for door, body in (("fulfilments", KEPT), ("postponements", LATER)):
        assert problem(await act(client, service, id, f"promises/1/{door}", **body)) == (409, "NoOpenPromise")
    assert await open_ones(service, id) == {id}
    assert (await act(client, service, id, "promises/2/fulfilments", **KEPT)).status_code == 201
    assert await open_ones(service, id) == set()
