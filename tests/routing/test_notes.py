"""Acts that change no state: notes, obstacles, orders and their acknowledgement."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.events import ObstacleReported, OrderAcknowledged, OrderGiven
from shared.service import RunningService
from tests.make import CITY, ROADS, TRANSPORT, hear, missed
from tests.routing.complaints import ANSWER, WORDS, assigned, empty_outbox, get, post, problem, rows_of, verify
from tests.services import staged

NOTE, ORDER = {"text": "Pelapor pernah menelepon loket"}, {"text": "Selesaikan pekan ini"}
OBSTACLE = {"reason": "Menunggu suku cadang dari pabrik"}
UNCHANGED = "SELECT state, holder, classification, transfers, step_missed, resolution_missed, next_date FROM cases"


async def followed_up(client: httpx.AsyncClient, service: RunningService) -> UUID:
    """A complaint in progress, past its resolution, of which nothing waits to be published."""
    id = await assigned(service, reporter_ref=uuid4())
    await verify(client, service, id)
    assert (await post(client, service, id, "follow-ups", "liaison", ROADS, **WORDS)).status_code == 201
    await hear(service, missed(id, "resolution"))
    await empty_outbox(service)
    return id


async def shown_to(client: httpx.AsyncClient, service: RunningService, id: UUID, role: str, agency: str | None) -> Any:
    return (await get(client, service, f"/complaints/{id}", role, agency)).json()


async def test_a_note_is_read_by_the_chain_alone_and_told_to_nobody(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await followed_up(client, service)
    before = await rows_of(service, UNCHANGED)
    assert (await post(client, service, id, "notes", "liaison", ROADS, **NOTE)).status_code == 201
    assert await staged(service) == [] and await rows_of(service, UNCHANGED) == before
    for role, agency in (("liaison", ROADS), ("leader", CITY), ("coordinator", "35"), ("admin", None)):
        assert (await shown_to(client, service, id, role, agency))["acts"][-1]["text"] == NOTE["text"]
    overseen = await shown_to(client, service, id, "overseer", None)
    assert [act["kind"] for act in overseen["acts"]] == ["verification", "follow-up"] and NOTE["text"] not in str(
        overseen
    )
    kept = str(await rows_of(service, "SELECT * FROM acts"))
    assert NOTE["text"] not in kept


async def test_a_note_is_written_in_every_state(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await assigned(service)
    assert (await post(client, service, id, "notes", "coordinator", CITY, **NOTE)).json()["state"] == "UNVERIFIED"
    await verify(client, service, id)
    await post(client, service, id, "answers", "liaison", ROADS, **ANSWER)
    assert (await post(client, service, id, "notes", "leader", ROADS, **NOTE)).json()["state"] == "ANSWERED"


async def test_an_obstacle_is_told_in_its_words_and_changes_nothing(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await followed_up(client, service)
    before = await rows_of(service, UNCHANGED)
    assert (await post(client, service, id, "obstacles", "liaison", ROADS, **OBSTACLE)).status_code == 201
    [told] = await staged(service)
    assert isinstance(told, ObstacleReported) and told.agency == ROADS
    assert service.state.open(told.sealed, str(id)) == {"text": OBSTACLE["reason"]}
    assert await rows_of(service, UNCHANGED) == before


async def test_an_order_is_open_until_the_liaison_acknowledges_it(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await followed_up(client, service)
    refused = await post(client, service, id, "acknowledgements", "liaison", ROADS)
    assert problem(refused) == (409, "NoOpenOrder")
    before = await rows_of(service, UNCHANGED)
    assert (await post(client, service, id, "orders", "leader", CITY, **ORDER)).status_code == 201
    [told] = await staged(service)
    assert isinstance(told, OrderGiven) and (told.agency, told.by) == (ROADS, CITY) and "pekan" not in str(told)
    shown = await shown_to(client, service, id, "liaison", ROADS)
    assert shown["order_open"] and "acknowledgement" in shown["allowed"]
    assert shown["acts"][-1]["text"] == ORDER["text"]
    assert (await post(client, service, id, "acknowledgements", "liaison", ROADS)).status_code == 201
    [_, acknowledged] = await staged(service)
    assert isinstance(acknowledged, OrderAcknowledged) and [each.agency for each in acknowledged.leaders] == [CITY]
    shown = await shown_to(client, service, id, "liaison", ROADS)
    assert not shown["order_open"] and "acknowledgement" not in shown["allowed"]
    assert await rows_of(service, UNCHANGED) == before and len(await staged(service)) == 2


async def test_one_acknowledgement_is_for_every_leader_whose_order_is_open(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await followed_up(client, service)
    for leader in (CITY, ROADS, CITY):
        await post(client, service, id, "orders", "leader", leader, **ORDER)
    kept = await post(client, service, id, "acknowledgements", "liaison", ROADS, "key", text="Siap")
    again = await post(client, service, id, "acknowledgements", "liaison", ROADS, "key", text="Siap")
    assert (kept.json()["number"], again.json()) == (3, kept.json())
    *given, told = await staged(service)
    assert [fact.number for fact in given if isinstance(fact, OrderGiven)] == [1, 2, 3]
    assert isinstance(told, OrderAcknowledged) and "Siap" not in str(told)
    assert [(each.agency, each.role) for each in told.leaders] == [(CITY, "leader"), (ROADS, "leader")]


async def test_an_order_is_acknowledged_also_while_the_reporter_is_asked(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await followed_up(client, service)
    await post(client, service, id, "orders", "leader", CITY, **ORDER)
    held = await post(client, service, id, "holdings", "liaison", ROADS, question="Di sisi mana lampunya padam?")
    assert held.status_code == 201, held.text
    assert (await post(client, service, id, "acknowledgements", "coordinator", CITY)).json()["state"] == "ON_HOLD"


@pytest.mark.parametrize("end", ["forwards", "answers"])
async def test_an_order_ends_with_the_turn_of_its_holder(
    client: httpx.AsyncClient, service: RunningService, end: str
) -> None:
    id = await followed_up(client, service)
    await post(client, service, id, "orders", "leader", ROADS, **ORDER)
    body = ANSWER if end == "answers" else {"agency": TRANSPORT, "reason": "Menyangkut rambu"}
    assert (await post(client, service, id, end, "coordinator", CITY, **body)).status_code == 201
    assert [row.order_open for row in await rows_of(service, "SELECT order_open FROM cases")] == [False]


@pytest.mark.parametrize(
    ("act", "role", "agency", "body", "refusal"),
    [
        ("notes", "liaison", TRANSPORT, NOTE, (403, "NotYourCase")),
        ("notes", "overseer", None, NOTE, (403, "WrongRole")),
        ("notes", "liaison", ROADS, {"text": " "}, (422, "Invalid")),
        ("obstacles", "leader", CITY, OBSTACLE, (403, "NotYourCase")),
        ("obstacles", "liaison", ROADS, {"reason": "dua\nbaris"}, (422, "Invalid")),
        ("orders", "coordinator", CITY, ORDER, (403, "WrongRole")),
        ("orders", "leader", TRANSPORT, ORDER, (403, "NotYourCase")),
        ("acknowledgements", "leader", ROADS, {}, (403, "WrongRole")),
        ("corrections", "coordinator", TRANSPORT, {"title": "x", "reason": "y"}, (403, "NotYourCase")),
        ("corrections", "coordinator", CITY, {"reason": "y"}, (422, "NothingCorrected")),
        ("corrections", "coordinator", CITY, {"kind": "praise", "reason": "y"}, (422, "Invalid")),
    ],
)
async def test_who_may_not_and_what_makes_no_sense_is_refused(
    client: httpx.AsyncClient,
    service: RunningService,
    act: str,
    role: str,
    agency: str | None,
    body: dict[str, str],
    refusal: tuple[int, str],
) -> None:
    id = await followed_up(client, service)
    assert problem(await post(client, service, id, act, role, agency, **body)) == refusal
    assert await staged(service) == []


async def test_what_is_for_the_handling_waits_for_the_verification_and_ends_with_the_answer(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    acts: list[tuple[str, str, str, dict[str, str]]] = [
        ("obstacles", "liaison", ROADS, OBSTACLE), ("orders", "leader", ROADS, ORDER),
    ]  # fmt: skip
    for act, role, agency, body in acts:
        assert problem(await post(client, service, id, act, role, agency, **body)) == (409, "NotVerified")
    await verify(client, service, id)
    await post(client, service, id, "answers", "liaison", ROADS, **ANSWER)
    correction = ("corrections", "coordinator", CITY, {"title": "x", "reason": "y"})
    for act, role, agency, body in (*acts, correction):
        assert problem(await post(client, service, id, act, role, agency, **body)) == (409, "AlreadyAnswered")
