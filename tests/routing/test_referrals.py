"""Referrals: once the Ombudsman was offered, a reporter consents and a coordinator hands the file over, once."""

from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.routing.actions.referrals import referrer_of
from services.routing.actions.restatements import say_again
from services.routing.domain.cases import Case
from services.routing.domain.reporters import transition_of
from shared.events import (
    ActRefused,
    AnswerReturned,
    ComplaintAnswered,
    ComplaintCorrected,
    ComplaintForwarded,
    ComplaintReferred,
    ComplaintVerified,
    FollowUpRecorded,
    ReferralHandedOver,
)
from shared.lifecycle.transitions import Transition
from shared.service import RunningService
from shared.vocabulary import State
from tests.conftest import ServiceMaker
from tests.make import CITY, HEALTH, NATIONAL, ROADS, answer_text, follow_up_text, hear, offered, reporter_acted
from tests.make import withdrawn as taken_back
from tests.routing.complaints import VERIFY, assigned, empty_outbox, get, post, problem, rows_of, verify
from tests.routing.drafts import drafted, with_approver
from tests.routing.test_windows import state_of
from tests.services import MONDAY, client_of, staged

FILE = {"reference": "0231/LM/VII/2025/SBY", "text": "Berkas dan riwayatnya diterima perwakilan di Surabaya."}


async def consent(service: RunningService, id: UUID, stage: int = 1, **changes: Any) -> None:
    await hear(service, reporter_acted(id, act="consent", stage=stage, **changes))


async def referred(
    client: httpx.AsyncClient, service: RunningService, is_verified: bool = True, **changes: Any
) -> UUID:
    id = await assigned(service, **changes)
    if is_verified:
        await verify(client, service, id)
    await hear(service, offered(id))
    await empty_outbox(service)
    await consent(service, id)
    return id


@pytest.mark.parametrize("is_verified", [True, False])
async def test_a_consent_refers_the_complaint_and_asks_a_coordinator_for_its_file(
    client: httpx.AsyncClient, service: RunningService, is_verified: bool
) -> None:
    id = await referred(client, service, is_verified)
    await consent(service, id)
    [told] = await staged(service)
    assert isinstance(told, ComplaintReferred)
    assert (told.agency.code, told.unverified, told.number) == (ROADS if is_verified else CITY, not is_verified, 1)
    # A unit has no coordinator of its own.
    assert [(seat.agency, seat.role) for seat in told.referrers] == [(CITY, "coordinator")]
    shown = (await get(client, service, f"/complaints/{id}", "coordinator", CITY)).json()
    assert (shown["state"], shown["holder"], shown["handover_open"]) == ("REFERRED", ROADS, True)
    assert "handover" in shown["allowed"] and "archiving" not in shown["allowed"]
    # Its liaison has no part in the hand-over.
    assert (await post(client, service, id, "handovers", "liaison", ROADS, **FILE)).status_code == 403


async def test_without_an_offer_that_stands_there_is_no_referral(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    never, withdrawn = await assigned(service), await assigned(service)
    await hear(service, offered(withdrawn))
    await hear(service, taken_back(withdrawn, 0, clock="ombudsman"))
    await empty_outbox(service)
    for id in (never, withdrawn):
        await consent(service, id)
    refused = await staged(service)
    assert [fact.reason for fact in refused if isinstance(fact, ActRefused)] == ["not_offered"] * 2
    # A later offer is another stage, and the wish counts.
    await hear(service, offered(never))
    await consent(service, never, 2)
    assert await state_of(service, never) == "REFERRED"


async def test_a_file_is_handed_over_once_with_the_number_that_the_ombudsman_gave(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await referred(client, service)
    await empty_outbox(service)
    done = await post(client, service, id, "handovers", "coordinator", CITY, "k", **FILE)
    assert (done.status_code, done.json()["state"], done.json()["number"]) == (201, "REFERRED", 1)
    [told] = await staged(service)
    assert isinstance(told, ReferralHandedOver)
    words = service.state.read(told.sealed, str(id))["text"]
    assert (told.agency.code, told.by, told.number) == (ROADS, CITY, 1)
    assert words and FILE["reference"] in words and FILE["text"] in words
    again = await post(client, service, id, "handovers", "coordinator", CITY, "k", **FILE)
    assert again.json()["id"] == done.json()["id"]
    other = await post(client, service, id, "handovers", "coordinator", CITY, **FILE)
    assert problem(other) == (409, "HandedOver")
    never = await assigned(service)
    assert problem(await post(client, service, never, "handovers", "coordinator", CITY, **FILE)) == (409, "NotReferred")


async def test_the_handling_goes_on_beside_the_ombudsman_until_the_answer(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await referred(client, service)
    await empty_outbox(service)
    moved = await post(client, service, id, "forwards", "coordinator", CITY, agency=HEALTH, reason="Bukan kami")
    assert problem(moved) == (409, "WithOmbudsman")
    followed = await post(client, service, id, "follow-ups", "liaison", ROADS, text=follow_up_text(id))
    assert followed.json()["state"] == "REFERRED"
    answered = await post(client, service, id, "answers", "liaison", ROADS, text=answer_text(id))
    assert answered.json()["state"] == "ANSWERED"
    told = await staged(service)
    assert [type(fact) for fact in told] == [FollowUpRecorded, ComplaintAnswered]
    # The file was never handed over: whoever disputes the answer may consent once more.
    await hear(service, reporter_acted(id, act="dispute", stage=2))
    assert await state_of(service, id) == "IN_PROGRESS"
    await consent(service, id, 3)
    assert (await staged(service))[-1].number == 2  # type: ignore[attr-defined]
    await post(client, service, id, "handovers", "coordinator", CITY, **FILE)
    await post(client, service, id, "answers", "liaison", ROADS, text=answer_text((id, 2)))
    await hear(service, reporter_acted(id, act="dispute", stage=4))
    await consent(service, id, 5)
    refused = (await staged(service))[-1]
    assert isinstance(refused, ActRefused) and refused.reason == "referred"


async def test_an_unverified_complaint_is_answered_beside_the_ombudsman_and_its_reporter_may_withdraw(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    answered, withdrawn = [await referred(client, service, is_verified=False) for _ in range(2)]
    refused = await post(client, service, answered, "follow-ups", "liaison", ROADS, text=follow_up_text())
    assert problem(refused) == (409, "NotVerified")
    done = await post(client, service, answered, "answers", "liaison", ROADS, text=answer_text())
    assert done.json()["state"] == "ANSWERED"
    await hear(service, reporter_acted(answered, act="dispute", stage=2))
    await hear(service, reporter_acted(withdrawn, act="withdrawal", stage=1))
    assert [await state_of(service, id) for id in (answered, withdrawn)] == ["UNVERIFIED", "WITHDRAWN"]


async def test_a_complaint_is_verified_beside_the_ombudsman_once_and_its_holder_begins(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await referred(client, service, is_verified=False)
    await empty_outbox(service)
    classed = {"reason": "Pelapor bertanya", "classification": "information"}
    correction = await post(client, service, id, "corrections", "coordinator", CITY, **classed)
    assert problem(correction) == (409, "NotVerified")
    titled = await post(
        client, service, id, "corrections", "coordinator", CITY, title="Jalan", reason="Terlalu panjang"
    )
    assert (titled.status_code, titled.json()["state"]) == (201, "REFERRED")
    foreign = await post(client, service, id, "verifications", "coordinator", "35.79", **VERIFY)
    assert problem(foreign) == (403, "NotYourCase")
    body = {**VERIFY, "agency": HEALTH}
    done, same = [await post(client, service, id, "verifications", "coordinator", CITY, "k", **body) for _ in range(2)]
    assert (done.status_code, done.json()["state"], done.json()["holder"]) == (201, "REFERRED", HEALTH)
    assert same.json()["id"] == done.json()["id"]
    [case] = await rows_of(service, "SELECT state, held_from FROM cases WHERE id = :id", id=id)
    assert tuple(case) == ("REFERRED", "AWAITING_FOLLOW_UP")
    again = await post(client, service, id, "verifications", "coordinator", CITY, **VERIFY)
    assert problem(again) == (409, "AlreadyVerified")
    followed = await post(client, service, id, "follow-ups", "liaison", HEALTH, text=follow_up_text(id))
    assert followed.json()["state"] == "REFERRED"
    handed = await post(client, service, id, "handovers", "coordinator", CITY, **FILE)
    assert handed.status_code == 201
    said = await staged(service)
    told = [ComplaintCorrected, ComplaintVerified, ComplaintForwarded, FollowUpRecorded, ReferralHandedOver]
    assert [type(fact) for fact in said] == told
    assert said[-1].agency.code == HEALTH  # type: ignore[attr-defined]
    # Routing says the same again, and the consent that came before.
    await empty_outbox(service)
    async with service.begin() as tx:
        await say_again(tx, [id])
    assert (await staged(service))[-5:] == [fact.model_copy(update={"again": True}) for fact in said]


async def test_a_verification_beside_the_ombudsman_gives_a_draft_back_and_takes_an_order_with_it(
    make_service: ServiceMaker, tmp_path: Path
) -> None:
    service = await with_approver(make_service, tmp_path)
    async with client_of(service) as client:
        id = await referred(client, service, is_verified=False)
        await post(client, service, id, "orders", "leader", CITY, text="Selesaikan pekan ini")
        await drafted(client, service, id)
        await empty_outbox(service)
        await verify(client, service, id, HEALTH)
    told = [type(fact) for fact in await staged(service)]
    assert told == [ComplaintVerified, ComplaintForwarded, AnswerReturned]
    [case] = await rows_of(service, "SELECT draft_by, order_open FROM cases WHERE id = :id", id=id)
    assert tuple(case) == (None, False)


async def test_a_consent_ends_a_hold_and_the_state_beneath_it_stays(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service, reporter_ref=UUID(int=7))
    await verify(client, service, id)
    await hear(service, offered(id))
    held = await post(client, service, id, "holdings", "liaison", ROADS, question="Di tiang nomor berapa?")
    assert held.status_code == 201
    await consent(service, id)
    [case] = await rows_of(service, "SELECT state, held_from FROM cases WHERE id = :id", id=id)
    assert tuple(case) == ("REFERRED", "AWAITING_FOLLOW_UP")


@pytest.mark.parametrize("is_verified", [True, False])
async def test_a_referral_and_its_handover_are_said_again_as_they_were(
    client: httpx.AsyncClient, service: RunningService, is_verified: bool
) -> None:
    id = await referred(client, service, is_verified)
    await post(client, service, id, "handovers", "coordinator", CITY, **FILE)
    said = await staged(service)
    await empty_outbox(service)
    async with service.begin() as tx:
        assert await say_again(tx, [id]) == 1
    assert [type(fact) for fact in said] == [ComplaintReferred, ReferralHandedOver]
    assert (await staged(service))[-2:] == [fact.model_copy(update={"again": True}) for fact in said]


@pytest.mark.parametrize(("code", "expected"), [(ROADS, CITY), (CITY, CITY), (NATIONAL, NATIONAL)])
async def test_the_nearest_coordinator_hands_the_file_over(service: RunningService, code: str, expected: str) -> None:
    seat = referrer_of(service.state, code)
    assert (seat.agency, seat.role) == (expected, "coordinator")


@pytest.mark.parametrize(
    ("state", "is_offered", "handed_over", "expected"),
    [
        ("UNVERIFIED", True, False, "REFERRED"),
        ("IN_PROGRESS", True, False, "REFERRED"),
        ("ON_HOLD", True, False, "REFERRED"),
        ("MERGED", True, False, "REFERRED"),
        ("REFERRED", True, False, "referred"),
        ("IN_PROGRESS", False, False, "not_offered"),
        ("IN_PROGRESS", True, True, "referred"),
        ("APPEALED", True, False, "appealed"),
        ("ANSWERED", True, False, "answered"),
        ("WITHDRAWN", True, False, "withdrawn"),
    ],
)
def test_consent_is_for_an_open_complaint_with_an_offer_and_no_file_at_the_ombudsman(
    state: State, is_offered: bool, handed_over: bool, expected: str
) -> None:
    case = Case(ROADS, CITY, state, ombudsman_offered=is_offered, handed_over=handed_over)
    row = transition_of("consent", case, MONDAY)
    assert (row.after if isinstance(row, Transition) else row) == expected


async def test_of_a_sensitive_one_named_seats_alone_hand_the_file_over(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await referred(client, service, sensitive=True)
    for role, agency in (("coordinator", "35.79"), ("admin", None)):
        refused = await post(client, service, id, "handovers", role, agency, **FILE)
        assert problem(refused) == (404, "UnknownComplaint")
    for role, agency in (("liaison", ROADS), ("admin", None), ("overseer", None)):
        listed = await get(client, service, "/complaints?state=REFERRED", role, agency)
        assert listed.json()["items"] == []
    done = await post(client, service, id, "handovers", "coordinator", CITY, **FILE)
    assert done.status_code == 201
    shown = (await get(client, service, f"/complaints/{id}", "leader", ROADS)).json()
    assert FILE["reference"] in shown["acts"][-1]["text"] and not shown["handover_open"]
    assert problem(await get(client, service, f"/complaints/{id}", "liaison", ROADS)) == (404, "UnknownComplaint")
