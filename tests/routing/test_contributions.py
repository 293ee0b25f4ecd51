"""Joint handling: the holder asks supporting units to contribute, and gives the one public answer."""

from typing import Any
from uuid import UUID

import httpx

from services.routing.actions.restatements import say_again
from services.routing.actions.worklists import Worklist, list_cases
from shared.events import ContributionGiven, ContributionRequested, SensitivityDeclared
from shared.identity.officials import Official
from shared.service import RunningService
from shared.vocabulary import Role
from tests.make import CITY, HEALTH, ROADS, TRANSPORT
from tests.routing.complaints import ANSWER, assigned, empty_outbox, get, post, problem, rows_of, verify
from tests.services import staged

ASK = {"agency": TRANSPORT, "due_on": "2025-07-14", "text": "Mohon data lampu lalu lintas di lokasi."}
SAID = "Lampu di lokasi itu padam sejak 3 Juli."
SUPPORT = "SELECT support, supporting, state FROM cases WHERE id = :id"


async def ask(client: httpx.AsyncClient, service: RunningService, id: UUID, key: str = "", **body: Any) -> Any:
    return await post(client, service, id, "contribution-requests", "liaison", ROADS, key, **{**ASK, **body})


async def contribute(
    client: httpx.AsyncClient,
    service: RunningService,
    id: UUID,
    agency: str = TRANSPORT,
    number: int = 1,
    text: str = SAID,
) -> Any:
    return await post(
        client, service, id, f"contribution-requests/{number}/contributions", "liaison", agency, text=text
    )


async def listed(service: RunningService, agency: str, role: Role = "liaison") -> list[UUID]:
    async with service.begin() as tx:
        official = Official("x", role, agency)
        return [case.id for case in await list_cases(tx, official, Worklist(agency, contributing=True))]


async def test_a_unit_is_asked_reads_the_complaint_and_contributes(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    assert (await get(client, service, f"/complaints/{id}", "liaison", TRANSPORT)).status_code == 403
    await empty_outbox(service)
    done = await ask(client, service, id)
    assert (done.status_code, done.json()["number"], done.json()["state"]) == (201, 1, "AWAITING_FOLLOW_UP")
    [told] = await staged(service)
    assert isinstance(told, ContributionRequested) and (told.agency.code, told.holder) == (TRANSPORT, ROADS)
    assert ASK["text"] not in str(told)
    assert await listed(service, TRANSPORT) == [id] and await listed(service, HEALTH) == []
    shown = (await get(client, service, f"/complaints/{id}", "liaison", TRANSPORT)).json()
    assert shown["allowed"] == ["contribution"] and shown["acts"][-1]["text"] == ASK["text"]
    await empty_outbox(service)
    for text in (SAID, f"{SAID} Sudah diganti."):
        assert (await contribute(client, service, id, text=text)).status_code == 201
    first, second = await staged(service)
    assert isinstance(first, ContributionGiven) and (first.asked_at, first.number) == (told.asked_at, 1)
    assert isinstance(second, ContributionGiven) and await listed(service, TRANSPORT) == []
    # The holder's own limits stop for none of it.
    assert (await rows_of(service, SUPPORT, id=id))[0].state == "AWAITING_FOLLOW_UP"


async def test_only_the_holder_asks_and_only_the_unit_that_was_asked_contributes(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    assert problem(await ask(client, service, id)) == (409, "NotVerified")
    await verify(client, service, id)
    assert problem(await ask(client, service, id, agency=ROADS)) == (422, "SameHolder")
    assert problem(await ask(client, service, id, agency="99.X")) == (422, "UnknownAgency")
    assert problem(await ask(client, service, id, due_on="2025-07-06"))[0] == 422
    refused = await post(client, service, id, "contribution-requests", "liaison", HEALTH, **ASK)
    assert problem(refused) == (403, "NotYourCase")
    answers = [await ask(client, service, id, key="once") for _ in range(2)]
    assert answers[0].status_code == 201 and answers[0].json() == answers[1].json()
    assert problem(await ask(client, service, id, key="once", agency=HEALTH)) == (409, "KeyReused")
    assert (await ask(client, service, id, agency=HEALTH)).json()["number"] == 2
    assert problem(await contribute(client, service, id, HEALTH, 1)) == (403, "NotYourCase")
    assert problem(await contribute(client, service, id, HEALTH, 3)) == (409, "NoSuchRequest")
    assert (await contribute(client, service, id, HEALTH, 2)).status_code == 201


async def test_ten_units_are_asked_at_once_and_no_more(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    assert {(await ask(client, service, id)).status_code for _ in range(10)} == {201}
    assert problem(await ask(client, service, id)) == (409, "AskedEnoughUnits")
    await contribute(client, service, id)
    assert (await ask(client, service, id)).status_code == 201


async def test_the_holders_answer_ends_what_was_asked(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    await ask(client, service, id)
    assert (await post(client, service, id, "answers", "liaison", ROADS, **ANSWER)).status_code == 201
    [row] = await rows_of(service, SUPPORT, id=id)
    assert row.supporting == [] and not row.support["1"]["open"]
    assert problem(await contribute(client, service, id)) == (409, "AlreadyAnswered")


async def test_requests_and_contributions_are_said_again_as_they_were_said(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    await empty_outbox(service)
    await ask(client, service, id)
    await contribute(client, service, id)
    await post(client, service, id, "forwards", "coordinator", CITY, agency=HEALTH, reason="Bukan kami")
    said = await staged(service)
    await empty_outbox(service)
    async with service.begin() as tx:
        assert await say_again(tx, [id]) == 1
    again = [fact for fact in await staged(service) if isinstance(fact, ContributionRequested | ContributionGiven)]
    assert [fact.model_copy(update={"again": False}) for fact in again] == list(said[:2])


async def test_named_seats_of_a_unit_know_of_a_sensitive_complaint_while_its_request_is_open(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    await ask(client, service, id)
    await empty_outbox(service)
    declared = await post(client, service, id, "sensitivities", "liaison", ROADS, reason="Pelapor takut dikenali")
    assert declared.status_code == 201
    [told] = await staged(service)
    assert isinstance(told, SensitivityDeclared)
    assert {(seat.agency, seat.role) for seat in told.seats} == {(ROADS, "leader"), (TRANSPORT, "leader")}
    path, unknown = f"/complaints/{id}", (404, "UnknownComplaint")
    assert problem(await get(client, service, path, "liaison", TRANSPORT)) == unknown
    assert (await get(client, service, path, "leader", TRANSPORT)).status_code == 200
    assert problem(await get(client, service, path, "leader", HEALTH)) == unknown
    assert problem(await ask(client, service, id, agency=HEALTH)) == unknown  # The liaison has lost it.
    assert await listed(service, TRANSPORT) == [] and await listed(service, TRANSPORT, "leader") == [id]
    about = ("contribution-requests/1/contributions", "leader", TRANSPORT, "once")
    given = [await post(client, service, id, *about, text=SAID) for _ in range(2)]
    assert given[0].status_code == 201 and given[0].json() == given[1].json()
    assert problem(await get(client, service, path, "leader", TRANSPORT)) == unknown
    assert await listed(service, TRANSPORT, "leader") == []
