"""Drafts: an answer waits for the approver that the agency names, and only its publication ends the complaint."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from uuid_utils.compat import uuid4

from services.routing.actions.acts import perform_acts
from services.routing.actions.requests import forward, quiet
from services.routing.actions.restatements import say_again
from shared.events import (
    AnswerDrafted,
    AnswerReturned,
    ComplaintAnswered,
    ComplaintArchived,
    ComplaintForwarded,
    ComplaintWithdrawn,
    Fact,
    Recipient,
)
from shared.identity.officials import Official
from shared.lifecycle.acts import ActKind
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, NATIONAL, PROVINCE, ROADS, TRANSPORT, answer_text, hear, reporter_acted
from tests.routing.complaints import ARCHIVE, empty_outbox, get, post, problem, rows_of, waits_for_lock
from tests.routing.drafts import drafted, verified, with_approver
from tests.services import client_of, staged

LEADER = Recipient(agency=ROADS, role="leader")
LIAISON = Recipient(agency=ROADS, role="liaison")


@pytest.fixture
async def service(make_service: ServiceMaker, tmp_path: Path) -> RunningService:
    """Routing where the leader of the unit approves its answers."""
    return await with_approver(make_service, tmp_path)


@pytest.fixture
async def client(service: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(service) as client:
        yield client


def returned(id: UUID, number: int, reason: str) -> AnswerReturned:
    values = {"complaint_id": id, "agency": ROADS, "number": number, "reason": reason, "authors": (LIAISON,)}
    return AnswerReturned.model_validate(values)


async def test_a_liaisons_answer_waits_and_reaches_nobody_but_the_approver(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await verified(client, service)
    done = await drafted(client, service, id)
    assert (done["state"], done["number"]) == ("AWAITING_FOLLOW_UP", 1)
    [fact] = await staged(service)
    assert isinstance(fact, AnswerDrafted) and (fact.number, fact.approvers) == (1, (LEADER,))
    [row] = await rows_of(service, "SELECT value FROM outbox")
    assert "sealed" not in str(row.value) and answer_text(id) not in str(row.value)
    shown = (await get(client, service, f"/complaints/{id}", "leader", ROADS)).json()
    assert shown["draft"] == 1 and {"approval", "rejection", "answer"} <= {*shown["allowed"]}
    assert [(act["kind"], act["number"], act["text"]) for act in shown["acts"]][-1] == ("draft", 1, answer_text(id))
    mine = (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).json()["allowed"]
    assert not {"approval", "rejection", "answer", "draft"} & {*mine}
    overseer = (await get(client, service, f"/complaints/{id}", "overseer", None)).json()
    assert "draft" not in {act["kind"] for act in overseer["acts"]}


async def test_the_approval_publishes_the_words_of_the_draft_with_what_it_says_of_each_point(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await verified(client, service)
    text = answer_text(id)
    await drafted(client, service, id, text)
    await empty_outbox(service)
    done = await post(client, service, id, "drafts/1/approvals", "leader", ROADS)
    assert (done.status_code, done.json()["kind"], done.json()["state"]) == (201, "approval", "ANSWERED")
    [fact] = await staged(service)
    assert isinstance(fact, ComplaintAnswered) and fact.agency == ROADS
    assert service.state.open(fact.sealed, str(id))["text"] == text
    assert (await get(client, service, f"/complaints/{id}", "leader", ROADS)).json()["draft"] is None
    again = await post(client, service, id, "drafts/1/approvals", "leader", ROADS)
    assert problem(again) == (409, "AlreadyAnswered")


async def test_a_draft_that_is_rejected_goes_back_with_the_reason_and_may_be_written_anew(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await verified(client, service)
    await drafted(client, service, id)
    second = await post(client, service, id, "answers", "liaison", ROADS, text=answer_text("Kedua"))
    assert problem(second) == (409, "DraftWaits")
    await empty_outbox(service)
    reason = {"reason": "Sebutkan tanggal perbaikannya"}
    assert (await post(client, service, id, "drafts/1/rejections", "leader", ROADS, **reason)).status_code == 201
    assert await staged(service) == [returned(id, 1, "rejected")]
    shown = (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).json()
    assert (shown["state"], shown["draft"], shown["acts"][-1]["text"]) == ("AWAITING_FOLLOW_UP", None, reason["reason"])
    late = await post(client, service, id, "drafts/1/approvals", "leader", ROADS)
    assert problem(late) == (409, "NoSuchDraft")
    # What nobody has read was not said: the same words may be tried again.
    assert (await drafted(client, service, id))["number"] == 2
    assert (await post(client, service, id, "drafts/2/approvals", "leader", ROADS)).status_code == 201


async def test_the_approver_and_those_above_publish_at_once(client: httpx.AsyncClient, service: RunningService) -> None:
    for role, agency in (("leader", ROADS), ("coordinator", CITY), ("coordinator", PROVINCE)):
        id = await verified(client, service)
        done = await post(client, service, id, "answers", role, agency, text=answer_text(id))
        assert (done.status_code, done.json()["kind"]) == (201, "answer")


async def test_those_above_approve_where_the_seat_is_vacant_and_nobody_else_does(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    for role, agency in (("liaison", ROADS), ("liaison", TRANSPORT), ("leader", TRANSPORT)):
        id = await verified(client, service)
        await drafted(client, service, id)
        refused = await post(client, service, id, "drafts/1/approvals", role, agency)
        assert problem(refused) == (403, "NotYourCase")
    for role, agency in (("leader", CITY), ("coordinator", CITY), ("leader", NATIONAL)):
        id = await verified(client, service)
        await drafted(client, service, id)
        assert (await post(client, service, id, "drafts/1/approvals", role, agency)).status_code == 201


@pytest.mark.parametrize("named", ["coordinator", ""])
async def test_a_coordinator_approves_unless_the_agency_names_another_seat_or_waives_it(
    make_service: ServiceMaker, tmp_path: Path, named: str
) -> None:
    service = await with_approver(make_service, tmp_path, named)
    async with client_of(service) as client:
        id = await verified(client, service)
        await drafted(client, service, id)
        [fact] = await staged(service)
        assert isinstance(fact, AnswerDrafted) and fact.approvers == (Recipient(agency=ROADS, role="coordinator"),)
        assert (await post(client, service, id, "drafts/1/approvals", "coordinator", CITY)).status_code == 201


async def test_an_agency_that_waives_the_approval_publishes_what_waits(
    client: httpx.AsyncClient, service: RunningService, make_service: ServiceMaker, tmp_path: Path
) -> None:
    id = await verified(client, service)
    await drafted(client, service, id)
    waived = await with_approver(make_service, tmp_path, "none")
    async with client_of(waived) as client:
        assert (await post(client, waived, id, "drafts/1/approvals", "liaison", ROADS)).status_code == 201


@pytest.mark.parametrize(
    ("act", "kind", "reason"),
    [
        ("forwards", ComplaintForwarded, "forwarded"),
        ("archivings", ComplaintArchived, "archived"),
        ("withdrawal", ComplaintWithdrawn, "withdrawn"),
        ("answers", ComplaintAnswered, "answered"),
    ],
)
async def test_a_case_that_goes_on_without_its_draft_tells_the_author(
    client: httpx.AsyncClient, service: RunningService, act: str, kind: type[Fact], reason: str
) -> None:
    id = await verified(client, service)
    await drafted(client, service, id)
    await empty_outbox(service)
    if act == "withdrawal":
        await hear(service, reporter_acted(id))
    else:
        body = {"forwards": {"agency": TRANSPORT, "reason": "Bukan kami"}, "archivings": ARCHIVE}
        said = body.get(act, {"text": answer_text("Langsung")})
        assert (await post(client, service, id, act, "coordinator", CITY, **said)).status_code == 201
    first, second = await staged(service)
    assert isinstance(first, kind) and second == returned(id, 1, reason)
    [case] = await rows_of(service, "SELECT drafts, draft, draft_by FROM cases")
    assert tuple(case) == (1, None, None)


async def test_words_are_judged_when_they_are_drafted_and_again_when_they_are_published(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await verified(client, service)
    empty = await post(client, service, id, "answers", "liaison", ROADS, text=".")
    assert problem(empty) == (422, "TooShort")
    # One text for many complaints: each draft is fine by itself, and the eleventh publication says nothing any more.
    ids = [await verified(client, service) for _ in range(11)]
    for one in ids:
        await drafted(client, service, one, answer_text())
    codes = [await post(client, service, one, "drafts/1/approvals", "leader", ROADS) for one in ids]
    assert [answer.status_code for answer in codes] == [201] * 10 + [422]
    assert problem(codes[-1]) == (422, "CopiedText")
    assert (await get(client, service, f"/complaints/{ids[-1]}", "leader", ROADS)).json()["draft"] == 1


async def test_repeated_requests_have_the_first_result(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await verified(client, service)
    body, reason = {"text": answer_text(id)}, {"reason": "Sebutkan tanggal"}
    steps = (
        ("answers", "liaison", "a", body),
        ("drafts/1/rejections", "leader", "b", reason),
        ("answers", "liaison", "c", body),
        ("drafts/2/approvals", "leader", "d", {}),
    )
    for door, role, key, said in steps:
        first, again = [await post(client, service, id, door, role, ROADS, key, **said) for _ in range(2)]
        assert (first.status_code, first.json()) == (201, again.json())
    assert problem(await post(client, service, id, "drafts/1/approvals", "leader", ROADS, "d")) == (409, "KeyReused")
    changed = {"reason": "Lain"}
    other = await post(client, service, id, "drafts/1/rejections", "leader", ROADS, "b", **changed)
    assert problem(other) == (409, "KeyReused")


async def test_a_draft_that_cannot_be_opened_is_not_published_and_can_be_given_back(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await verified(client, service)
    await drafted(client, service, id)
    await rows_of(service, "UPDATE cases SET draft = 'x' RETURNING id")
    assert problem(await post(client, service, id, "drafts/1/approvals", "leader", ROADS)) == (422, "TooShort")
    reason = {"reason": "Tidak terbaca"}
    assert (await post(client, service, id, "drafts/1/rejections", "leader", ROADS, **reason)).status_code == 201


async def test_what_was_said_of_drafts_is_said_again(client: httpx.AsyncClient, service: RunningService) -> None:
    """Also of those that other acts have sent back."""
    id = await verified(client, service)
    for number, (door, role, agency, body) in enumerate(
        [
            ("drafts/1/rejections", "leader", ROADS, {"reason": "Sebutkan tanggal"}),
            ("forwards", "coordinator", CITY, {"agency": TRANSPORT, "reason": "Bukan kami"}),
            ("forwards", "coordinator", CITY, {"agency": ROADS, "reason": "Kembali"}),
            ("drafts/3/approvals", "leader", ROADS, {}),
        ]
    ):
        if number != 2:
            await drafted(client, service, id, answer_text(number))
        assert (await post(client, service, id, door, role, agency, **body)).status_code == 201
    kinds = (AnswerDrafted, AnswerReturned, ComplaintAnswered)
    before = [fact for fact in await staged(service) if isinstance(fact, kinds)]
    await empty_outbox(service)
    async with service.begin() as tx:
        await say_again(tx, [id])
    after = [fact for fact in await staged(service) if isinstance(fact, kinds)]
    assert after == [fact.model_copy(update={"again": True}) for fact in before]
    assert [fact.number for fact in after if isinstance(fact, AnswerReturned)] == [1, 2]


HEAD, FRONT = Official("kepala", "leader", ROADS), Official("koordinator", "coordinator", CITY)
RIVALS = {"forward": ComplaintForwarded, "rejection": AnswerReturned, "withdrawal": ComplaintWithdrawn}


async def decide(service: RunningService, id: UUID, what: str) -> None:
    """One transaction of its own, as of another replica."""
    if what == "withdrawal":
        return await hear(service, reporter_acted(id))
    request = {
        "approval": quiet(ActKind.APPROVAL, id, HEAD, None, number=1),
        "rejection": quiet(ActKind.REJECTION, id, HEAD, None, text="Sebutkan tanggal", number=1),
        "forward": forward(id, FRONT, None, agency=TRANSPORT, reason="Bukan kami"),
    }[what]
    async with service.begin() as tx:
        await perform_acts(tx, [request])


@pytest.mark.parametrize("rival", RIVALS)
@pytest.mark.parametrize("approval_first", [True, False])
async def test_an_approval_and_whatever_ends_the_draft_exclude_one_another(
    client: httpx.AsyncClient, service: RunningService, rival: str, approval_first: bool
) -> None:
    """Both wait for the lock of the case, in this order; one is done and the other refused."""
    id = await verified(client, service)
    await drafted(client, service, id)
    await empty_outbox(service)
    tasks: list[asyncio.Task[None]] = []
    async with service.begin() as tx:
        await tx.execute("SELECT 1 FROM cases WHERE id = :id FOR UPDATE", {"id": id})
        for what in ("approval", rival) if approval_first else (rival, "approval"):
            tasks.append(asyncio.create_task(decide(service, id, what)))
            async with asyncio.timeout(20):
                assert await waits_for_lock(service, *tasks)
    await asyncio.gather(*tasks)
    said = [type(each) for each in await staged(service)]
    assert said[0] is (ComplaintAnswered if approval_first else RIVALS[rival])
    assert (ComplaintAnswered in said) == approval_first
    assert said.count(AnswerReturned) == (not approval_first)


async def test_one_batch_may_draft_reject_and_approve(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await verified(client, service)
    leader = Official("kepala", "leader", ROADS)
    await drafted(client, service, id)
    requests = [
        quiet(ActKind.REJECTION, id, leader, None, text="Sebutkan tanggal", number=1),
        quiet(ActKind.APPROVAL, id, leader, None, number=1),
        quiet(ActKind.APPROVAL, uuid4(), leader, None, number=1),
    ]
    async with service.begin() as tx:
        outcomes = await perform_acts(tx, requests)
    assert [type(each).__name__ for each in outcomes] == ["ActResult", "NoSuchDraft", "UnknownComplaint"]
