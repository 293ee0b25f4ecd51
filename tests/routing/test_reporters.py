"""What reporters do: routing decides it by the table, records it without a name, and says what became of it."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from services.routing.actions import requests
from services.routing.actions.acts import perform_acts
from shared.clock import ManualClock
from shared.events import ActRefused, ComplaintWithdrawn
from shared.identity.officials import Official
from shared.retries import retry_once
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, ROADS, TRANSPORT, answer_text, hear, parked, redeliver, replied, reporter_acted
from tests.routing.complaints import (
    ARCHIVE,
    WORDS,
    assigned,
    empty_outbox,
    get,
    post,
    problem,
    rows_of,
    sealed_complaint,
    verify,
    waits_for_lock,
)
from tests.services import staged

LIAISON = Official("penghubung", "liaison", ROADS)
ACTS = "SELECT kind, by, role, agency, holder, state, reason FROM acts ORDER BY at"


async def test_a_reporter_withdraws_a_complaint_before_its_verification(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await empty_outbox(service)
    await hear(service, reporter_acted(id, sealed=service.state.seal("Sudah beres.", str(id))))
    assert await staged(service) == [ComplaintWithdrawn(complaint_id=id, agency=ROADS, verifier=CITY)]
    assert [tuple(row) for row in await rows_of(service, ACTS)] == [
        ("withdrawal", "reporter", "reporter", None, ROADS, "WITHDRAWN", None)
    ]
    shown = (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).json()
    # Officials may still leave each other a note, and declare that nobody else may know of it.
    assert (shown["state"], shown["allowed"]) == ("WITHDRAWN", ["note", "sensitivity"])
    assert [(act["kind"], act["role"], act["text"]) for act in shown["acts"]] == [
        ("withdrawal", "reporter", "Sudah beres.")
    ]


async def test_of_a_verified_complaint_its_holder_is_told(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await assigned(service)
    await verify(client, service, id, TRANSPORT)
    await empty_outbox(service)
    await hear(service, reporter_acted(id))
    assert await staged(service) == [ComplaintWithdrawn(complaint_id=id, agency=TRANSPORT)]
    for door, who in (("follow-ups", TRANSPORT), ("answers", TRANSPORT)):
        refused = await post(client, service, id, door, "liaison", who, **WORDS)
        assert problem(refused) == (409, "AlreadyWithdrawn")
    refused = await post(client, service, id, "archivings", "coordinator", CITY, **ARCHIVE)
    assert problem(refused) == (409, "AlreadyWithdrawn")


@pytest.mark.parametrize(
    ("door", "body", "reason"), [("answers", WORDS, "answered"), ("archivings", ARCHIVE, "archived")]
)
async def test_what_comes_too_late_is_refused_with_its_reason(
    client: httpx.AsyncClient, service: RunningService, door: str, body: dict[str, str], reason: str
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    assert (await post(client, service, id, door, "coordinator", CITY, **body)).status_code == 201
    await empty_outbox(service)
    await hear(service, reporter_acted(id))
    [said] = await staged(service)
    assert said == ActRefused.model_validate(
        {"complaint_id": id, "agency": ROADS, "act": "withdrawal", "reason": reason}
    )
    shown = (await get(client, service, f"/complaints/{id}", "coordinator", CITY)).json()
    assert shown["state"] == reason.upper()
    assert (shown["acts"][-1]["kind"], shown["acts"][-1]["reason"]) == ("refused withdrawal", reason)


async def test_what_comes_twice_has_one_effect(client: httpx.AsyncClient, service: RunningService) -> None:
    taken, late = await assigned(service), await assigned(service)
    await verify(client, service, late)
    await post(client, service, late, "answers", "liaison", ROADS, **WORDS)
    await empty_outbox(service)
    events = await hear(service, reporter_acted(taken), reporter_acted(late))
    async with service.begin() as tx:
        await tx.execute("DELETE FROM inbox")  # As after so long that it has forgotten them.
    await redeliver(service, events)
    await hear(service, *(reporter_acted(id, again=True) for id in (taken, late)))
    assert [type(fact).__name__ for fact in await staged(service)] == ["ComplaintWithdrawn", "ActRefused"]
    assert len(await rows_of(service, "SELECT 1 FROM acts WHERE by = 'reporter'")) == 2


async def test_an_act_asked_for_again_after_it_was_done_is_no_new_wish(service: RunningService) -> None:
    id = await assigned(service)
    await empty_outbox(service)
    # The end of a complaint is another stage: intake takes the second wish as an act of its own.
    await hear(service, reporter_acted(id), reporter_acted(id, stage=1))
    # A wish that was refused is refused again, with its reason.
    await hear(service, reporter_acted(id, act="dispute", stage=1), reporter_acted(id, act="dispute", stage=2))
    assert [type(fact).__name__ for fact in await staged(service)] == ["ComplaintWithdrawn", *["ActRefused"] * 2]


async def test_an_act_that_comes_before_its_case_waits_for_it(service: RunningService) -> None:
    early, known = uuid4(), await assigned(service)
    await empty_outbox(service)
    await hear(service, reporter_acted(early), reporter_acted(known))
    assert [type(fact).__name__ for fact in await staged(service)] == ["ComplaintWithdrawn"]
    assert len(await parked(service)) == 1
    await hear(service, sealed_complaint(service, early))
    async with service.begin() as tx:
        await tx.execute("UPDATE parked SET next_try_at = '2000-01-01Z'")
    await retry_once(service)
    assert await parked(service) == []
    assert [row.state for row in await rows_of(service, "SELECT state FROM cases WHERE id = :id", id=early)] == [
        "WITHDRAWN"
    ]


async def test_a_withdrawal_that_waited_for_an_answer_is_refused(make_service: ServiceMaker) -> None:
    services = await make_service("routing"), await make_service("routing")
    id = await assigned(services[0])
    await _verified(services[0], id)
    async with services[0].begin() as tx:
        [done] = await perform_acts(tx, [requests.answer(id, LIAISON, None, text=answer_text())])
        rival = asyncio.create_task(hear(services[1], reporter_acted(id)))
        assert await waits_for_lock(services[0], rival)
    await rival
    assert not isinstance(done, Exception) and done.state == "ANSWERED"
    assert isinstance((await staged(services[0]))[-1], ActRefused)


async def test_an_act_of_a_reporter_is_later_than_the_last_act(service: RunningService, clock: ManualClock) -> None:
    id = await assigned(service)
    await _verified(service, id)
    async with service.begin() as tx:
        await tx.execute("UPDATE acts SET at = at + interval '2 seconds'")
    await hear(service, reporter_acted(id))
    first, second = await rows_of(service, "SELECT at FROM acts ORDER BY at")
    assert second.at - first.at == timedelta(microseconds=1)


async def _verified(service: RunningService, id: UUID) -> None:
    by = Official("koordinator", "coordinator", CITY)
    async with service.begin() as tx:
        await perform_acts(
            tx, [requests.verification(id, by, None, classification="complaint", agency=None, note=None)]
        )


@pytest.mark.parametrize("is_verified", [False, True])
async def test_every_reply_is_told_and_changes_nothing_in_an_open_case(
    client: httpx.AsyncClient, service: RunningService, is_verified: bool
) -> None:
    id = await assigned(service)
    if is_verified:
        await verify(client, service, id, TRANSPORT)
    [before] = await rows_of(service, "SELECT * FROM cases")
    await empty_outbox(service)
    words = [service.state.seal(text, str(id)) for text in ("Di depan sekolah.", "Di tiang nomor 12.")]
    asked = [reporter_acted(id, act="reply", number=n, sealed=sealed) for n, sealed in enumerate(words, start=1)]
    await hear(service, *asked)
    await hear(service, asked[1])
    holder, verifier = (TRANSPORT, None) if is_verified else (ROADS, CITY)
    assert [fact.model_dump(exclude={"zone"}) for fact in await staged(service)] == [
        replied(id, holder, verifier=verifier, sealed=sealed).model_dump(exclude={"zone"}) for sealed in words
    ]
    assert await rows_of(service, "SELECT * FROM cases") == [before]
    shown = (await get(client, service, f"/complaints/{id}", "coordinator", CITY)).json()
    assert [act["text"] for act in shown["acts"] if act["kind"] == "reply"] == [
        "Di depan sekolah.",
        "Di tiang nomor 12.",
    ]


async def test_a_reply_to_what_has_ended_is_refused_and_its_words_stay(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await post(client, service, id, "archivings", "coordinator", CITY, **ARCHIVE)
    await empty_outbox(service)
    await hear(service, reporter_acted(id, act="reply", number=1, sealed=service.state.seal("Tunggu dulu.", str(id))))
    [said] = await staged(service)
    assert isinstance(said, ActRefused) and (said.act, said.reason) == ("reply", "archived")
    shown = (await get(client, service, f"/complaints/{id}", "coordinator", CITY)).json()
    assert (shown["acts"][-1]["kind"], shown["acts"][-1]["text"]) == ("refused reply", "Tunggu dulu.")
