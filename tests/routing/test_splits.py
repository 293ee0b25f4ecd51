"""A complaint is split into parts, each a complaint of its own; it ends with the last of them."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.routing.actions.restatements import say_again
from services.routing.domain.splits import act_of_whole
from shared.events import ComplaintAnswered, ComplaintArchived, ComplaintSplit, PartOpened
from shared.service import RunningService
from shared.vocabulary import State
from tests.make import CITY, HEALTH, ROADS, TRANSPORT, answer_text, hear, reporter_acted
from tests.routing.complaints import WORDS, assigned, empty_outbox, get, post, problem, rows_of, verify
from tests.services import staged

PARTS = [
    {"agency": ROADS, "classification": "complaint", "title": "Jalan berlubang", "text": "Lubang di depan sekolah."},
    {"agency": TRANSPORT, "classification": "supervisory", "title": "Pungutan", "text": "Pungutan di terminal."},
]
REASON = "Dua pokok bagi dua instansi."
STATE = "SELECT state FROM cases WHERE id = :id"
OF_WHOLE = "SELECT * FROM cases WHERE part_of = :id ORDER BY reference"


async def split(
    client: httpx.AsyncClient, service: RunningService, id: UUID, key: str = "", agency: str = CITY, **body: Any
) -> httpx.Response:
    body = {"parts": PARTS, "reason": REASON, **body}
    return await post(client, service, id, "splits", "coordinator", agency, key, **body)


async def parts_of(service: RunningService, id: UUID) -> list[Any]:
    return list(await rows_of(service, OF_WHOLE, id=id))


async def state_of(service: RunningService, id: UUID) -> str:
    [row] = await rows_of(service, STATE, id=id)
    return str(row.state)


async def answer(client: httpx.AsyncClient, service: RunningService, part: Any, again: str = "") -> httpx.Response:
    body = {"text": answer_text(f"{part.id}{again}")}
    return await post(client, service, part.id, "answers", "coordinator", CITY, **body)


async def test_a_split_opens_a_part_for_each_agency_and_tells_of_all(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await empty_outbox(service)
    done = await split(client, service, id)
    assert (done.status_code, done.json()["state"], done.json()["number"]) == (201, "SPLIT", 2)
    first, second = await parts_of(service, id)
    assert [(part.holder, part.state, part.classification) for part in (first, second)] == [
        (ROADS, "AWAITING_FOLLOW_UP", "complaint"),
        (TRANSPORT, "AWAITING_FOLLOW_UP", "supervisory"),
    ]
    [whole] = await rows_of(service, "SELECT * FROM cases WHERE id = :id", id=id)
    assert (first.reference, second.reference) == (f"{whole.reference}-1", f"{whole.reference}-2")
    assert {part.filed_at for part in (first, second)} == {whole.filed_at}
    told = await staged(service)
    assert [type(fact) for fact in told] == [ComplaintSplit, PartOpened, PartOpened]
    assert isinstance(told[0], ComplaintSplit) and (told[0].parts, told[0].verifier) == (2, CITY)
    assert isinstance(told[1], PartOpened) and (told[1].part_of, told[1].agency.code) == (id, ROADS)
    shown = (await get(client, service, f"/complaints/{first.id}", "liaison", ROADS)).json()
    assert shown["title"] == "Jalan berlubang" and shown["text"].startswith("Lubang di depan sekolah.")
    assert "Jalan berlubang di depan sekolah" in shown["text"] and shown["part_of"] == str(id)
    assert [act["kind"] for act in shown["acts"]] == ["part"] and "split" not in shown["allowed"]


async def test_a_part_inherits_what_its_whole_has(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await assigned(service, confidential=True, urgent=True, kind="aspiration")
    body = {"classification": "complaint", "points": ["Lubang", "Pungutan", "Lampu"]}
    assert (await post(client, service, id, "verifications", "coordinator", CITY, **body)).status_code == 201
    [verified_at] = await rows_of(service, "SELECT at FROM acts WHERE complaint_id = :id", id=id)
    await empty_outbox(service)
    parts = [{**PARTS[0], "points": [1, 3]}, PARTS[1]]
    assert (await split(client, service, id, parts=parts)).status_code == 201
    first, second = await parts_of(service, id)
    assert (first.confidential, first.urgent, first.kind, first.reachable) == (True, True, "aspiration", False)
    # A limit of the whole goes on: it began when its first holder got it.
    assert first.inherited["resolution_since"] == verified_at.at.isoformat()
    assert [holder for _, holder in first.inherited["held"]] == [ROADS]
    assert first.inherited["urgent_since"] == first.filed_at.isoformat()
    shown = (await get(client, service, f"/complaints/{first.id}", "liaison", ROADS)).json()
    assert shown["points"] == ["Lubang", "Lampu"] and second.points is None
    [opened] = [
        fact for fact in await staged(service) if isinstance(fact, PartOpened) and fact.complaint_id == first.id
    ]
    assert [seat.agency for seat in opened.duty] == [ROADS]
    assert (await rows_of(service, "SELECT urgent FROM cases WHERE id = :id", id=id)) == [(False,)]


async def test_the_times_in_which_the_reporter_was_asked_are_left_out_of_the_limits_of_a_part(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service, reporter_ref=uuid4())
    await verify(client, service, id)
    await post(client, service, id, "holdings", "coordinator", CITY, question="Di tiang nomor berapa lampunya padam?")
    await hear(service, reporter_acted(id, act="completion", number=1, sealed=service.state.seal("Di sana", str(id))))
    await empty_outbox(service)
    await split(client, service, id)
    acts = await rows_of(service, "SELECT kind, at FROM acts WHERE complaint_id = :id", id=id)
    at = {act.kind: act.at for act in acts}
    opened = (await staged(service))[-1]
    assert isinstance(opened, PartOpened) and opened.resolution_since == at["verification"]
    assert opened.holds == ((at["holding"], at["completion"]),) and opened.mergers == ()
    assert [part.holds for part in await parts_of(service, id)] == [1, 1]


async def test_the_whole_is_answered_with_its_last_part_and_opened_by_a_dispute(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service, reporter_ref=uuid4())
    await split(client, service, id)
    first, second = await parts_of(service, id)
    assert (await answer(client, service, first)).status_code == 201
    assert await state_of(service, id) == "SPLIT"
    await empty_outbox(service)
    assert (await answer(client, service, second)).status_code == 201
    assert await state_of(service, id) == "CLOSED"
    _, of_whole = await staged(service)
    assert isinstance(of_whole, ComplaintAnswered) and (of_whole.complaint_id, of_whole.window) == (id, 0)
    assert f"{first.reference}: Terdisposisi Selesai" in service.state.read(of_whole.sealed, str(id))["text"]
    await empty_outbox(service)
    await hear(service, reporter_acted(second.id, act="dispute", stage=1))
    assert (await state_of(service, second.id), await state_of(service, id)) == ("IN_PROGRESS", "SPLIT")
    again = (await staged(service))[-1]
    assert isinstance(again, ComplaintSplit) and again.reopened and again.complaint_id == id
    assert (await answer(client, service, second, "lagi")).status_code == 201
    assert await state_of(service, id) == "CLOSED"
    await hear(service, reporter_acted(second.id, act="acceptance", stage=3))
    assert (await state_of(service, second.id), await state_of(service, id)) == ("CLOSED", "CLOSED")


async def test_a_whole_none_of_whose_parts_was_answered_is_archived(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service, reporter_ref=uuid4())
    await split(client, service, id)
    first, second = await parts_of(service, id)
    body = {"reason": "before_a_court", "text": "Persoalan ini diperiksa pengadilan."}
    await post(client, service, first.id, "archivings", "coordinator", CITY, **body)
    await empty_outbox(service)
    await hear(service, reporter_acted(second.id, act="withdrawal"))
    told = (await staged(service))[-1]
    assert isinstance(told, ComplaintArchived) and (told.reason, told.reopen_until) == ("parts_ended", None)
    assert await state_of(service, id) == "ARCHIVED"
    await hear(service, reporter_acted(id, act="reopening", stage=1))
    assert await state_of(service, id) == "ARCHIVED"


async def test_two_last_parts_that_are_answered_at_once_end_the_whole_once(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    for _ in range(5):
        id = await assigned(service)
        await split(client, service, id)
        answers = await asyncio.gather(*(answer(client, service, part) for part in await parts_of(service, id)))
        assert {each.status_code for each in answers} == {201}
        acts = await rows_of(service, "SELECT kind FROM acts WHERE complaint_id = :id ORDER BY at", id=id)
        assert [act.kind for act in acts] == ["split", "answer"] and await state_of(service, id) == "CLOSED"


async def test_nobody_acts_on_a_whole_and_nobody_splits_a_part(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id, other = await assigned(service), await assigned(service)
    await split(client, service, id)
    first, _ = await parts_of(service, id)
    assert problem(await split(client, service, first.id)) == (409, "PartOfAnother")
    assert problem(await split(client, service, id)) == (409, "SplitAlready")
    merger = {"merged_into": str(other), "reason": "Sama"}
    assert problem(await post(client, service, id, "mergers", "coordinator", CITY, **merger)) == (409, "SplitAlready")
    into = {"merged_into": str(id), "reason": "Sama"}
    assert problem(await post(client, service, other, "mergers", "coordinator", CITY, **into)) == (409, "UnfitMain")
    assert problem(await post(client, service, id, "follow-ups", "coordinator", CITY, **WORDS)) == (409, "SplitAlready")
    assert problem(await split(client, service, other, agency=HEALTH)) == (403, "NotYourCase")
    body = {"agency": TRANSPORT, "reason": "Bukan kami"}
    assert (await post(client, service, first.id, "forwards", "coordinator", CITY, **body)).status_code == 201


async def test_a_split_with_one_key_is_done_once_and_bad_parts_are_refused(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    unknown = [PARTS[0], {**PARTS[1], "agency": "99.X"}]
    refused = await split(client, service, id, parts=unknown)
    assert problem(refused) == (422, "UnknownAgency") and refused.json()["field"] == "parts.1.agency"
    assert problem(await split(client, service, id, parts=[PARTS[0], {**PARTS[1], "points": [1]}]))[0] == 422
    assert (await split(client, service, id, parts=PARTS[:1])).status_code == 422
    assert (await split(client, service, id, parts=PARTS * 6)).status_code == 422
    answers = [await split(client, service, id, key="once") for _ in range(2)]
    assert answers[0].status_code == 201 and answers[0].json() == answers[1].json()
    assert problem(await split(client, service, id, key="once", reason="Lain")) == (409, "KeyReused")
    assert len(await parts_of(service, id)) == 2


async def test_a_duplicate_of_a_complaint_that_is_split_goes_on_by_itself(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id, duplicate = await assigned(service), await assigned(service)
    merger = {"merged_into": str(id), "reason": "Sama"}
    assert (await post(client, service, duplicate, "mergers", "coordinator", CITY, **merger)).status_code == 201
    await split(client, service, id)
    assert await state_of(service, duplicate) == "UNVERIFIED"


async def test_a_part_that_shares_the_answer_of_another_complaint_ends_its_whole(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id, main = await assigned(service), await assigned(service)
    await verify(client, service, main)
    await split(client, service, id)
    first, second = await parts_of(service, id)
    await answer(client, service, first)
    merger = {"merged_into": str(main), "reason": "Sama"}
    assert (await post(client, service, second.id, "mergers", "coordinator", CITY, **merger)).status_code == 201
    assert await state_of(service, id) == "SPLIT"
    body = {"text": answer_text(main)}
    assert (await post(client, service, main, "answers", "coordinator", CITY, **body)).status_code == 201
    assert (await state_of(service, second.id), await state_of(service, id)) == ("ANSWERED", "CLOSED")


async def test_splits_are_said_again_as_they_were_said(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await assigned(service, reporter_ref=uuid4(), urgent=True)
    await empty_outbox(service)
    await split(client, service, id)
    parts = await parts_of(service, id)
    await post(client, service, parts[0].id, "forwards", "coordinator", CITY, agency=TRANSPORT, reason="Bukan kami")
    for part in parts:
        await answer(client, service, part)
    await hear(service, reporter_acted(parts[0].id, act="dispute", stage=1))
    said = list(await staged(service))
    for one in (id, *(part.id for part in parts)):
        await empty_outbox(service)
        async with service.begin() as tx:
            assert await say_again(tx, [one]) == 1
        names = ("ComplaintRouted", "UrgencyDeclared")
        again = [fact for fact in await staged(service) if type(fact).__name__ not in names]
        first = [fact for fact in said if fact.complaint_id == one]  # type: ignore[attr-defined]
        assert [_plain(fact) for fact in again] == [_plain(fact) for fact in first]


def _plain(fact: Any) -> Any:
    """A fact as it was said first; what is kept only as of now is left out."""
    return fact.model_copy(update={"again": False, "asked_at": None, "duty": ()})


@pytest.mark.parametrize(
    ("whole", "parts", "act"),
    [
        ("SPLIT", ["ANSWERED", "IN_PROGRESS"], None),
        ("SPLIT", ["ANSWERED", "ON_HOLD"], None),
        ("SPLIT", ["ANSWERED", "MERGED"], None),
        ("SPLIT", ["ANSWERED", "WITHDRAWN"], "answer"),
        ("SPLIT", ["CLOSED", "ARCHIVED"], "answer"),
        ("SPLIT", ["ARCHIVED", "WITHDRAWN"], "archiving"),
        ("CLOSED", ["ANSWERED", "CLOSED"], None),
        ("CLOSED", ["ANSWERED", "IN_PROGRESS"], "split"),
        ("ARCHIVED", ["WITHDRAWN", "AWAITING_FOLLOW_UP"], "split"),
    ],
)
def test_a_whole_is_open_as_long_as_a_part_is(whole: State, parts: list[State], act: str | None) -> None:
    found = act_of_whole(whole, parts)
    assert (found.kind.value if found else None) == act
