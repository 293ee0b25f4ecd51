"""A duplicate is merged into another complaint, and goes on by itself where it was."""

import asyncio
from uuid import UUID, uuid4

import httpx
import pytest

from services.routing.actions.restatements import say_again
from services.routing.domain.acts import Act
from services.routing.domain.cases import Actor, Case
from services.routing.domain.drafts import reason_of_return
from services.routing.domain.mergers import Kin, refusal_of
from services.routing.domain.refusals import RefusalReason
from shared.events import ComplaintMerged, ComplaintSeparated
from shared.lifecycle.acts import ActKind
from shared.service import RunningService
from tests.make import CITY, EAST_CITY, ROADS, hear, missed
from tests.routing.complaints import ANSWER, WORDS, assigned, empty_outbox, get, post, problem, rows_of, verify
from tests.services import staged

WHY = "Menyangkut lubang yang sama."
MERGED = "SELECT state, held_from, mergers, merged_into FROM cases WHERE id = :id"


async def merge(
    client: httpx.AsyncClient, service: RunningService, id: UUID, main: UUID, agency: str = CITY, key: str = ""
) -> httpx.Response:
    body = {"merged_into": str(main), "reason": WHY}
    return await post(client, service, id, "mergers", "coordinator", agency, key, **body)


async def separate(client: httpx.AsyncClient, service: RunningService, id: UUID) -> httpx.Response:
    return await post(client, service, id, "separations", "coordinator", CITY, reason="Ternyata jalan lain.")


async def state_of(service: RunningService, id: UUID) -> str:
    [row] = await rows_of(service, MERGED, id=id)
    return str(row.state)


async def test_a_verifier_merges_a_duplicate_before_its_verification(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id, main = await assigned(service), await assigned(service)
    await empty_outbox(service)
    assert (await merge(client, service, id, main)).json()["state"] == "MERGED"
    assert await rows_of(service, MERGED, id=id) == [("MERGED", "UNVERIFIED", 1, main)]
    [told] = await staged(service)
    assert isinstance(told, ComplaintMerged) and (told.agency.code, told.verifier, told.by) == (ROADS, CITY, CITY)
    assert (told.merged_into, told.cycle, told.state) == (main, 1, "UNVERIFIED")
    shown = (await get(client, service, f"/complaints/{id}", "coordinator", CITY)).json()
    assert shown["merged_into"] == str(main) and shown["allowed"] == ["note", "separation", "urgency", "sensitivity"]
    assert [(act["kind"], act["merged_into"], act["text"]) for act in shown["acts"]] == [("merger", str(main), WHY)]


async def test_a_separated_complaint_goes_on_where_it_was(client: httpx.AsyncClient, service: RunningService) -> None:
    id, main = await assigned(service), await assigned(service)
    await verify(client, service, id)
    assert (await post(client, service, id, "follow-ups", "liaison", ROADS, **WORDS)).status_code == 201
    await merge(client, service, id, main)
    await empty_outbox(service)
    assert (await separate(client, service, id)).json()["state"] == "IN_PROGRESS"
    assert await rows_of(service, MERGED, id=id) == [("IN_PROGRESS", None, 1, None)]
    [told] = await staged(service)
    assert isinstance(told, ComplaintSeparated)
    assert (told.agency, told.verifier, told.cycle, told.state) == (ROADS, None, 1, "IN_PROGRESS")
    assert problem(await separate(client, service, id)) == (409, "NotMerged")
    # The other way round, now that nobody waits for it.
    assert (await merge(client, service, main, id)).status_code == 201


async def test_a_merged_complaint_is_not_handled_by_itself(client: httpx.AsyncClient, service: RunningService) -> None:
    id, main = await assigned(service), await assigned(service)
    await verify(client, service, id)
    await merge(client, service, id, main)
    assert problem(await post(client, service, id, "answers", "liaison", ROADS, **ANSWER)) == (409, "MergedAlready")
    assert problem(await merge(client, service, id, main)) == (409, "MergedAlready")
    body = {"agency": EAST_CITY, "reason": "Bukan kami"}
    assert problem(await post(client, service, id, "forwards", "coordinator", CITY, **body)) == (409, "MergedAlready")


async def test_no_chain_and_no_circle_comes_about(client: httpx.AsyncClient, service: RunningService) -> None:
    first, second, third = [await assigned(service) for _ in range(3)]
    await merge(client, service, first, second)
    assert problem(await merge(client, service, second, third)) == (409, "LeadsOthers")
    assert problem(await merge(client, service, second, first)) == (409, "UnfitMain")
    assert problem(await merge(client, service, third, first)) == (409, "UnfitMain")
    assert problem(await merge(client, service, third, third)) == (409, "UnfitMain")
    assert problem(await merge(client, service, third, uuid4())) == (404, "UnknownComplaint")
    assert (await merge(client, service, third, second)).status_code == 201


async def test_of_two_mergers_in_opposite_directions_one_is_refused(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    for _ in range(5):
        first, second = await assigned(service), await assigned(service)
        answers = await asyncio.gather(merge(client, service, first, second), merge(client, service, second, first))
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        assert sorted([await state_of(service, first), await state_of(service, second)]) == ["MERGED", "UNVERIFIED"]


async def test_only_who_verifies_both_merges_them_and_a_confidential_one_leads_none(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id, elsewhere = await assigned(service), await assigned(service, region=EAST_CITY)
    assert problem(await merge(client, service, id, elsewhere)) == (403, "NotYourCase")
    assert problem(await merge(client, service, elsewhere, id)) == (403, "NotYourCase")
    confidential = await assigned(service, confidential=True)
    assert problem(await merge(client, service, id, confidential)) == (409, "UnfitMain")
    assert (await merge(client, service, confidential, id)).status_code == 201


async def test_nothing_is_merged_into_what_has_ended_and_a_repeated_request_merges_once(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id, main, ended = [await assigned(service) for _ in range(3)]
    await verify(client, service, ended)
    assert (await post(client, service, ended, "answers", "liaison", ROADS, **ANSWER)).status_code == 201
    assert problem(await merge(client, service, id, ended)) == (409, "UnfitMain")
    answers = [await merge(client, service, id, main, key="once") for _ in range(2)]
    assert answers[0].status_code == 201 and answers[0].json() == answers[1].json()
    assert problem(await merge(client, service, id, ended, key="once")) == (409, "KeyReused")


async def test_a_merger_ends_by_itself_at_its_limit_and_no_later_one_with_it(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id, main = await assigned(service), await assigned(service)
    await merge(client, service, id, main)
    await separate(client, service, id)
    await merge(client, service, id, main)
    await hear(service, missed(id, clock="merger", cycle=1))
    assert await state_of(service, id) == "MERGED"
    await empty_outbox(service)
    await hear(service, missed(id, clock="merger", cycle=2))
    await hear(service, missed(id, clock="merger", cycle=2))
    assert await state_of(service, id) == "UNVERIFIED"
    [told] = await staged(service)
    assert isinstance(told, ComplaintSeparated) and (told.cycle, told.verifier) == (2, CITY)


async def test_mergers_are_said_again_as_they_were_said(client: httpx.AsyncClient, service: RunningService) -> None:
    id, main = await assigned(service), await assigned(service)
    await empty_outbox(service)
    await merge(client, service, id, main)
    await separate(client, service, id)
    await verify(client, service, id)
    await merge(client, service, id, main)
    await hear(service, missed(id, clock="merger", cycle=2))
    said = await staged(service)
    await empty_outbox(service)
    async with service.begin() as tx:
        assert await say_again(tx, [id]) == 1
    again = [fact for fact in await staged(service) if type(fact).__name__ != "ComplaintRouted"]
    assert [fact.model_copy(update={"again": False}) for fact in again] == list(said)


def test_a_draft_goes_back_when_its_case_is_merged() -> None:
    assert reason_of_return(ActKind.MERGER, "MERGED") == "merged"


@pytest.mark.parametrize("state", ["ANSWERED", "CLOSED", "ARCHIVED", "WITHDRAWN", "MERGED"])
def test_a_main_complaint_is_open_and_not_merged(state: str) -> None:
    id, main_id = uuid4(), uuid4()
    act, admin = Act(ActKind.MERGER, merged_into=main_id), Actor("admin", None)
    main = Case(ROADS, CITY, state=state)  # type: ignore[arg-type]
    assert refusal_of(id, act, main, Kin(), admin, lambda code: (code,)) == RefusalReason.MAIN_NOT_OPEN
    main = Case(ROADS, CITY, state="ON_HOLD", held_from="UNVERIFIED")
    assert refusal_of(id, act, main, Kin(), admin, lambda code: (code,)) is None
