"""Officials act on their cases over HTTP."""

from uuid import uuid4

import httpx
import pytest

from shared.events import (
    ComplaintAnswered,
    ComplaintArchived,
    ComplaintForwarded,
    ComplaintVerified,
    FollowUpRecorded,
)
from shared.service import RunningService
from tests.make import CITY, ROADS, TRANSPORT
from tests.routing.complaints import (
    ANSWER,
    ARCHIVE,
    VERIFY,
    WORDS,
    assigned,
    empty_outbox,
    get,
    post,
    problem,
    rows_of,
    verify,
)
from tests.services import staged


async def test_a_complaint_is_verified_followed_up_and_answered(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await empty_outbox(service)
    done = await post(
        client, service, id, "verifications", "coordinator", CITY, classification="supervisory", note="Ya"
    )
    assert done.status_code == 201
    assert (done.json()["state"], done.json()["holder"]) == ("AWAITING_FOLLOW_UP", ROADS)
    done = await post(client, service, id, "follow-ups", "liaison", ROADS, **WORDS)
    assert (done.status_code, done.json()["state"]) == (201, "IN_PROGRESS")
    done = await post(client, service, id, "answers", "leader", ROADS, **ANSWER)
    assert (done.status_code, done.json()["state"]) == (201, "ANSWERED")
    verification, forwarding, follow_up, answer = await staged(service)
    assert isinstance(verification, ComplaintVerified)
    assert (verification.by, verification.classification) == (CITY, "supervisory")
    assert isinstance(forwarding, ComplaintForwarded)
    assert (forwarding.agency.code, forwarding.previous, forwarding.transfers) == (ROADS, None, 0)
    assert isinstance(follow_up, FollowUpRecorded) and follow_up.agency == ROADS
    assert isinstance(answer, ComplaintAnswered) and answer.sealed.startswith("v1.")


async def test_an_answer_needs_no_follow_up_before_it(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    assert (await post(client, service, id, "answers", "coordinator", CITY, **ANSWER)).status_code == 201


@pytest.mark.parametrize(
    ("role", "agency", "by"), [("coordinator", CITY, CITY), ("coordinator", "35", "35"), ("admin", None, "NAS")]
)
@pytest.mark.parametrize("is_verified", [False, True])
async def test_the_verifier_or_who_is_above_it_archives_with_a_reason(
    client: httpx.AsyncClient, service: RunningService, is_verified: bool, role: str, agency: str | None, by: str
) -> None:
    id = await assigned(service)
    if is_verified:
        await verify(client, service, id, TRANSPORT)
    await empty_outbox(service)
    done = await post(client, service, id, "archivings", role, agency, "k", **ARCHIVE)
    assert (done.status_code, done.json()["state"], done.json()["holder"]) == (
        201,
        "ARCHIVED",
        TRANSPORT if is_verified else ROADS,
    )
    [fact] = await staged(service)
    assert isinstance(fact, ComplaintArchived) and "pengadilan" not in str(fact)
    assert (fact.agency, fact.by, fact.reason) == (done.json()["holder"], by, "no_authority")
    again = await post(client, service, id, "archivings", role, agency, "k", **ARCHIVE)
    assert (again.status_code, again.json()) == (201, done.json())
    other = await post(client, service, id, "archivings", role, agency, "k", **{**ARCHIVE, "reason": "moot"})
    assert problem(other) == (409, "KeyReused")
    case = (await get(client, service, f"/complaints/{id}", "liaison", fact.agency)).json()
    assert (case["acts"][-1]["reason"], case["acts"][-1]["text"]) == ("no_authority", ARCHIVE["text"])
    late = await post(client, service, id, "verifications", "admin", None, **VERIFY)
    assert problem(late) == (409, "AlreadyArchived")


async def test_a_coordinator_above_the_holder_follows_up_in_the_name_of_the_holder(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id, TRANSPORT)
    await empty_outbox(service)
    assert (await post(client, service, id, "follow-ups", "coordinator", "35", **WORDS)).status_code == 201
    [fact] = await staged(service)
    assert isinstance(fact, FollowUpRecorded) and fact.agency == TRANSPORT


async def test_a_liaison_gives_back_and_a_coordinator_forwards(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    await empty_outbox(service)
    back = await post(client, service, id, "forwards", "liaison", ROADS, reason="Bukan kewenangan kami")
    assert (back.status_code, back.json()["holder"]) == (201, CITY)
    on = await post(client, service, id, "forwards", "coordinator", CITY, agency=TRANSPORT, reason="Lampu jalan")
    assert (on.status_code, on.json()["holder"]) == (201, TRANSPORT)
    first, second = await staged(service)
    assert isinstance(first, ComplaintForwarded) and isinstance(second, ComplaintForwarded)
    assert (first.previous, first.agency.code, first.transfers, first.by) == (ROADS, CITY, 1, ROADS)
    assert (second.previous, second.transfers) == (CITY, 2)
    assert "kewenangan" not in str(first) and first.sealed and second.sealed


async def test_after_three_transfers_the_agency_above_the_verifier_decides(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    for agency in (TRANSPORT, ROADS, TRANSPORT):
        assert (
            await post(client, service, id, "forwards", "coordinator", CITY, agency=agency, reason="Alih")
        ).status_code == 201
    for role, agency in (("coordinator", CITY), ("liaison", TRANSPORT)):
        late = await post(client, service, id, "forwards", role, agency, reason="Alih")
        assert problem(late) == (409, "TooManyTransfers")
    for role, above, to in (("coordinator", "35", ROADS), ("admin", None, TRANSPORT)):
        assert (await post(client, service, id, "forwards", role, above, agency=to, reason="Putus")).status_code == 201


@pytest.mark.parametrize(
    ("act", "role", "agency", "body", "refusal"),
    [
        ("verifications", "coordinator", "91.71", VERIFY, (403, "NotYourCase")),
        ("verifications", "coordinator", ROADS, VERIFY, (403, "NotYourCase")),
        ("verifications", "liaison", ROADS, VERIFY, (403, "WrongRole")),
        ("verifications", "coordinator", CITY, {**VERIFY, "agency": "NOPE"}, (422, "UnknownAgency")),
        ("follow-ups", "liaison", ROADS, WORDS, (409, "NotVerified")),
        ("answers", "liaison", ROADS, ANSWER, (409, "NotVerified")),
        ("forwards", "liaison", ROADS, {"reason": "x"}, (409, "NotVerified")),
        ("follow-ups", "admin", None, WORDS, (403, "WrongRole")),
        ("follow-ups", "liaison", TRANSPORT, WORDS, (403, "NotYourCase")),
        ("answers", "overseer", None, ANSWER, (403, "WrongRole")),
        ("forwards", "leader", ROADS, {"reason": "x"}, (403, "WrongRole")),
        ("archivings", "liaison", ROADS, ARCHIVE, (403, "WrongRole")),
        ("archivings", "leader", ROADS, ARCHIVE, (403, "WrongRole")),
        ("archivings", "coordinator", "91.71", ARCHIVE, (403, "NotYourCase")),
    ],
)
async def test_an_act_refused_before_verification_changes_nothing(
    client: httpx.AsyncClient,
    service: RunningService,
    act: str,
    role: str,
    agency: str | None,
    body: dict[str, str],
    refusal: tuple[int, str],
) -> None:
    id = await assigned(service)
    await empty_outbox(service)
    assert problem(await post(client, service, id, act, role, agency, **body)) == refusal
    assert not await staged(service) and not await rows_of(service, "SELECT 1 FROM acts")
    assert [row.state for row in await rows_of(service, "SELECT state FROM cases")] == ["UNVERIFIED"]


async def test_an_act_that_does_not_fit_the_state_is_refused(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    assert problem(await post(client, service, id, "verifications", "admin", None, **VERIFY)) == (
        409,
        "AlreadyVerified",
    )
    named = await post(client, service, id, "forwards", "liaison", ROADS, agency=TRANSPORT, reason="x")
    assert problem(named) == (422, "OnlyGivesBack") and named.json()["field"] == "agency"
    same = await post(client, service, id, "forwards", "coordinator", CITY, agency=ROADS, reason="x")
    assert problem(same) == (422, "SameHolder")
    unknown = await post(client, service, id, "forwards", "coordinator", CITY, agency="NOPE", reason="x")
    assert problem(unknown) == (422, "UnknownAgency") and unknown.json()["field"] == "agency"
    await post(client, service, id, "answers", "liaison", ROADS, **ANSWER)
    bodies = {"answers": ANSWER, "follow-ups": ANSWER, "forwards": {"reason": "x"}, "archivings": ARCHIVE}
    for act, body in bodies.items():
        assert problem(await post(client, service, id, act, "coordinator", CITY, **body)) == (409, "AlreadyAnswered")


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("verifications", {}),
        ("verifications", {"classification": "praise"}),
        ("verifications", {**VERIFY, "agency": "a b"}),
        ("verifications", {**VERIFY, "extra": 1}),
        ("follow-ups", {"text": "   "}),
        ("follow-ups", {"text": "x" * 10_001}),
        ("answers", {"text": "nul\x00"}),
        ("answers", {"text": 5}),
        ("forwards", {}),
        ("forwards", {"reason": "two\nlines"}),
        ("archivings", {"reason": "moot"}),
        ("archivings", {**ARCHIVE, "reason": "too difficult"}),
        ("archivings", {**ARCHIVE, "text": f"{'x' * 19}  "}),
        ("archivings", {**ARCHIVE, "text": "x" * 10_001}),
    ],
)
async def test_bad_input_is_refused_with_its_field(
    client: httpx.AsyncClient, service: RunningService, act: str, body: dict[str, object]
) -> None:
    answer = await post(client, service, uuid4(), act, "coordinator", CITY, **body)
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"]


async def test_an_unknown_complaint_or_agency_is_not_found(client: httpx.AsyncClient, service: RunningService) -> None:
    absent = uuid4()
    assert (await post(client, service, absent, "answers", "liaison", ROADS, **ANSWER)).status_code == 404
    assert (await get(client, service, f"/complaints/{absent}", "admin", None)).status_code == 404
    assert (await get(client, service, "/complaints/abc", "admin", None)).status_code == 422
    assert (await client.get("/routing/agencies/NOPE")).status_code == 404


async def test_complaints_need_a_token(client: httpx.AsyncClient) -> None:
    assert (await client.get("/routing/complaints")).status_code == 401
    assert (await client.post(f"/routing/complaints/{uuid4()}/answers", json=WORDS)).status_code == 401


async def test_the_same_key_gives_the_same_answer_and_no_second_event(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    await empty_outbox(service)
    first = await post(client, service, id, "follow-ups", "liaison", ROADS, "k1", **WORDS)
    await post(client, service, id, "answers", "liaison", ROADS, "k2", **ANSWER)
    again = await post(client, service, id, "follow-ups", "liaison", ROADS, "k1", **WORDS)
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(await staged(service)) == 2
    other = await post(client, service, id, "answers", "liaison", ROADS, "k1", **ANSWER)
    assert problem(other) == (409, "KeyReused")
    reworded = await post(client, service, id, "follow-ups", "liaison", ROADS, "k1", text="Sudah selesai.")
    assert problem(reworded) == (409, "KeyReused")
