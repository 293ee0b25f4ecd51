"""A case on hold: its reporter is asked, the case returns to where it was, or the system ends it at the limit."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.routing.actions import requests
from services.routing.actions.acts import perform_acts
from services.routing.actions.restatements import say_again
from services.routing.domain.acts import Act
from services.routing.domain.cases import Case
from services.routing.domain.holds import act_at_the_end, with_outcome
from shared.events import (
    ActRefused,
    ComplaintArchived,
    ComplaintCompleted,
    ComplaintHeld,
    ComplaintReopened,
    ComplaintResumed,
    Fact,
    NoticesSettled,
    ReporterReplied,
)
from shared.identity.officials import Official
from shared.lifecycle.acts import ActKind
from shared.service import RunningService
from tests.make import CITY, ROADS, TRANSPORT, hear, missed, parked, reporter_acted
from tests.routing.complaints import (
    ARCHIVE,
    WORDS,
    assigned,
    empty_outbox,
    get,
    post,
    problem,
    rows_of,
    verify,
    waits_for_lock,
)
from tests.services import staged

QUESTION = {"question": "Di tiang nomor berapa lampunya padam?"}
REPLY = "Tiang nomor 12, di seberang masjid."
LIAISON = Official("penghubung", "liaison", ROADS)
HELD = "SELECT state, held_from, holds, asked_in_turn, question_reached, next_date IS NULL AS undated FROM cases"


async def ask(client: httpx.AsyncClient, service: RunningService, id: UUID, agency: str = ROADS) -> httpx.Response:
    return await post(
        client, service, id, "holdings", "coordinator" if agency == CITY else "liaison", agency, **QUESTION
    )


async def asked(client: httpx.AsyncClient, service: RunningService) -> UUID:
    """A complaint that its holder has verified and asks its reporter about."""
    id = await assigned(service, reporter_ref=uuid4())
    await verify(client, service, id)
    assert (await ask(client, service, id)).status_code == 201
    await empty_outbox(service)
    return id


def completion(service: RunningService, id: UUID, number: int = 1) -> Fact:
    return reporter_acted(id, act="completion", number=number, sealed=service.state.seal(REPLY, str(id)))


def settled(id: UUID, outcome: str = "sent", cycle: int = 1) -> NoticesSettled:
    notice = {"complaint_id": id, "cause": "ComplaintHeld", "cause_id": uuid4(), "cycle": cycle}
    return NoticesSettled.model_validate({"agency": ROADS, "outcome": outcome, "notices": [notice]})


def lapsed(id: UUID, cycle: int = 1) -> Fact:
    return missed(id, clock="hold", cycle=cycle)


async def told_of(service: RunningService) -> Sequence[Fact]:
    return await staged(service)


async def test_a_verifier_asks_before_the_verification_and_reads_the_answer(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service, reporter_ref=uuid4())
    await empty_outbox(service)
    assert (await ask(client, service, id, CITY)).json()["state"] == "ON_HOLD"
    [held] = await told_of(service)
    assert isinstance(held, ComplaintHeld) and (held.agency.code, held.cycle, held.state) == (CITY, 1, "UNVERIFIED")
    assert service.state.open(held.sealed, str(id)) == {"text": QUESTION["question"]}
    await empty_outbox(service)
    await hear(service, completion(service, id))
    [told] = await told_of(service)
    assert isinstance(told, ComplaintCompleted)
    assert (told.agency, told.verifier, told.cycle, told.state) == (ROADS, CITY, 1, "UNVERIFIED")
    shown = (await get(client, service, f"/complaints/{id}", "coordinator", CITY)).json()
    assert shown["state"] == "UNVERIFIED" and "holding" not in shown["allowed"]
    assert [(act["kind"], act["role"], act["text"]) for act in shown["acts"]] == [
        ("holding", "coordinator", QUESTION["question"]),
        ("completion", "reporter", REPLY),
    ]


async def test_a_case_returns_to_the_state_in_which_its_reporter_was_asked(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service, reporter_ref=uuid4())
    await verify(client, service, id)
    assert (await post(client, service, id, "follow-ups", "liaison", ROADS, **WORDS)).status_code == 201
    await ask(client, service, id)
    # What was promised stays promised.
    assert await rows_of(service, HELD) == [("ON_HOLD", "IN_PROGRESS", 1, True, False, False)]
    await hear(service, completion(service, id))
    assert await rows_of(service, HELD) == [("IN_PROGRESS", None, 1, True, False, False)]


async def test_a_reporter_is_asked_once_in_a_turn_and_twice_altogether(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await asked(client, service)
    assert problem(await ask(client, service, id)) == (409, "OnHold")
    assert (await post(client, service, id, "resumptions", "liaison", ROADS)).json()["state"] == "AWAITING_FOLLOW_UP"
    assert problem(await ask(client, service, id)) == (409, "AskedEnough")
    body = {"agency": TRANSPORT, "reason": "Menyangkut rambu"}
    assert (await post(client, service, id, "forwards", "coordinator", CITY, **body)).status_code == 201
    assert (await ask(client, service, id, TRANSPORT)).status_code == 201
    # An answer to the first question is none to the second.
    await empty_outbox(service)
    await hear(service, completion(service, id, 1))
    assert [type(fact) for fact in await told_of(service)] == [ActRefused]
    await hear(service, completion(service, id, 2))
    body = {"agency": ROADS, "reason": "Kembali ke jalan"}
    assert (await post(client, service, id, "forwards", "coordinator", CITY, **body)).status_code == 201
    assert problem(await ask(client, service, id)) == (409, "AskedEnough")


async def test_a_reporter_without_a_contact_is_not_asked(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await assigned(service)
    assert problem(await ask(client, service, id, CITY)) == (409, "NoContact")
    shown = (await get(client, service, f"/complaints/{id}", "coordinator", CITY)).json()
    assert "holding" not in shown["allowed"]


@pytest.mark.parametrize(
    ("door", "body", "refusal"),
    [
        ("forwards", {"agency": TRANSPORT, "reason": "x"}, "OnHold"),
        ("follow-ups", WORDS, "OnHold"),
        ("answers", WORDS, "OnHold"),
        ("verifications", {"classification": "complaint"}, "OnHold"),
        ("corrections", {"title": "Lampu", "reason": "Jelas"}, ""),
        ("notes", {"text": "Menunggu"}, ""),
        ("archivings", ARCHIVE, ""),
    ],
)
async def test_on_hold_the_handling_waits(
    client: httpx.AsyncClient, service: RunningService, door: str, body: dict[str, str], refusal: str
) -> None:
    id = await asked(client, service)
    answer = await post(client, service, id, door, "coordinator", CITY, **body)
    assert answer.status_code == 201 if not refusal else problem(answer) == (409, refusal)


async def test_at_the_limit_a_reporter_who_was_reached_loses_the_case_to_the_archive(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await asked(client, service)
    await hear(service, settled(id), lapsed(id))
    [told] = await told_of(service)
    assert isinstance(told, ComplaintArchived) and (told.reason, told.agency) == ("not_completed", ROADS)
    assert "tidak Anda jawab" in service.state.open(told.sealed, str(id))["text"]
    await hear(service, lapsed(id), completion(service, id), at=service.now() + timedelta(seconds=1))
    assert [(type(fact), getattr(fact, "reason", "")) for fact in await told_of(service)] == [
        (ComplaintArchived, "not_completed"),
        (ActRefused, "archived"),
    ]
    # What the reporter wrote too late is not lost.
    shown = (await get(client, service, f"/complaints/{id}", "coordinator", CITY)).json()
    assert (shown["acts"][-1]["kind"], shown["acts"][-1]["text"]) == ("refused completion", REPLY)
    assert (shown["acts"][-2]["role"], shown["acts"][-2]["agency"]) == ("system", None)


@pytest.mark.parametrize("verified", [False, True])
async def test_a_case_that_a_question_has_archived_is_reopened_where_it_came_from(
    client: httpx.AsyncClient, service: RunningService, verified: bool
) -> None:
    id = await assigned(service, reporter_ref=uuid4())
    if verified:
        await verify(client, service, id)
    assert (await ask(client, service, id, ROADS if verified else CITY)).status_code == 201
    await hear(service, settled(id), lapsed(id))
    await empty_outbox(service)
    await hear(service, reporter_acted(id, act="reopening", stage=1, sealed=service.state.seal(REPLY, str(id))))
    [told] = await told_of(service)
    assert isinstance(told, ComplaintReopened)
    assert told.state == ("AWAITING_FOLLOW_UP" if verified else "UNVERIFIED")
    assert (told.verifier is None) is verified


async def test_a_proposed_holder_does_not_end_the_question_of_the_verifier(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service, reporter_ref=uuid4())
    assert (await ask(client, service, id, CITY)).status_code == 201
    body = {"reason": "Pertanyaan itu tidak perlu dijawab lagi."}
    refused = await post(client, service, id, "resumptions", "liaison", ROADS, **body)
    assert problem(refused) == (409, "NotVerified")
    shown = (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).json()
    assert "resumption" not in shown["allowed"]
    assert (await post(client, service, id, "resumptions", "coordinator", CITY, **body)).status_code == 201


@pytest.mark.parametrize("outcomes", [[], ["nobody"], ["failed"], ["sent", "bounced"]])
async def test_at_the_limit_a_case_whose_question_reached_nobody_goes_on(
    client: httpx.AsyncClient, service: RunningService, outcomes: list[str]
) -> None:
    id = await asked(client, service)
    for outcome in outcomes:
        await hear(service, settled(id, outcome))
    await hear(service, lapsed(id))
    [told] = await told_of(service)
    assert isinstance(told, ComplaintResumed) and told.unreached
    assert (told.verifier, told.state, told.cycle) == (CITY, "AWAITING_FOLLOW_UP", 1)
    assert [row.state for row in await rows_of(service, HELD)] == ["AWAITING_FOLLOW_UP"]


async def test_the_end_of_a_hold_that_is_over_changes_nothing(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await asked(client, service)
    await hear(service, settled(id), completion(service, id), lapsed(id))
    assert [type(fact) for fact in await told_of(service)] == [ComplaintCompleted]
    assert [row.state for row in await rows_of(service, HELD)] == ["AWAITING_FOLLOW_UP"]


async def test_the_end_of_a_hold_whose_filing_is_parked_waits_behind_it(service: RunningService) -> None:
    await hear(service, lapsed(uuid4()))
    assert len(await parked(service)) == 1


async def test_a_missed_limit_that_is_heard_on_hold_is_kept(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await asked(client, service)
    await hear(service, missed(id))
    shown = (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).json()
    assert shown["overdue"]


def test_what_became_of_an_earlier_question_says_nothing_of_this_one() -> None:
    case = Case("C1", "C", "ON_HOLD", holds=2, held_from="IN_PROGRESS")
    assert with_outcome(case, 1, "sent") == case and with_outcome(case, 2, "sent").question_reached
    assert act_at_the_end(case, 1) is None
    assert act_at_the_end(case, 2) == Act(ActKind.RESUMPTION)


async def test_a_hold_is_said_again_as_it_was_said(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await assigned(service, reporter_ref=uuid4())
    await empty_outbox(service)
    await ask(client, service, id, CITY)
    await hear(service, completion(service, id))
    await verify(client, service, id)
    await ask(client, service, id)
    await hear(service, lapsed(id, 2))
    said = await told_of(service)
    await empty_outbox(service)
    async with service.begin() as tx:
        assert await say_again(tx, [id]) == 1
    again = [fact for fact in await told_of(service) if type(fact).__name__ != "ComplaintRouted"]
    assert [fact.model_copy(update={"again": False}) for fact in again] == list(said)


async def test_of_answer_resumption_and_end_exactly_one_wins(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await asked(client, service)
    await hear(service, settled(id))
    async with service.begin() as tx:
        await tx.execute("SELECT 1 FROM cases WHERE id = :id FOR UPDATE", {"id": id})
        resuming = service.submit(perform_acts, requests.quiet(ActKind.RESUMPTION, id, LIAISON, None))
        racing: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(each)
            for each in (resuming, hear(service, completion(service, id)), hear(service, lapsed(id)))
        ]
        assert await waits_for_lock(service, racing[0])
    await asyncio.gather(*racing, return_exceptions=True)
    # An answer that finds the case resumed is a reply, and ends nothing.
    ends = [fact for fact in await told_of(service) if not isinstance(fact, ActRefused | ReporterReplied)]
    assert len(ends) == 1 and isinstance(ends[0], ComplaintCompleted | ComplaintResumed | ComplaintArchived)
    [row] = await rows_of(service, HELD)
    assert row.state == ("ARCHIVED" if isinstance(ends[0], ComplaintArchived) else "AWAITING_FOLLOW_UP")
