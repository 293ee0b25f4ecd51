"""Sensitive complaints: chosen, by their words, or by an official; only named seats may know of them and act."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.routing.actions import restatements
from services.routing.domain.lexicons import words_in
from services.routing.domain.sensitivities import read_sensitive_phrases, sensitive_by
from services.routing.domain.tables import TableError
from shared.events import ComplaintRouted, SensitivityDeclared, SensitivityLifted
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, HEALTH, PROVINCE, ROADS, TRANSPORT, hear
from tests.routing.complaints import (
    ANSWER,
    VERIFY,
    WORDS,
    assigned,
    empty_outbox,
    get,
    post,
    problem,
    rows_of,
    sealed_complaint,
    verify,
)
from tests.services import client_of, staged

WHY, OVER = {"reason": "Pelapor takut dikenali tetangganya"}, {"reason": "Pelapor meminta laporan dibuka"}
PARTS = "SELECT id, sensitive FROM cases WHERE part_of = :id ORDER BY reference"
PHRASES = read_sensitive_phrases()
UNKNOWN = (404, "UnknownComplaint")
UNNAMED = [("liaison", ROADS), ("leader", TRANSPORT), ("coordinator", "35.79"), ("admin", None), ("overseer", None)]
NAMED = [("leader", ROADS), ("coordinator", CITY), ("leader", CITY), ("coordinator", PROVINCE), ("leader", "NAS")]


@pytest.mark.parametrize(
    ("text", "chosen", "reason"),
    [
        ("Jalan berlubang", False, None),
        ("Jalan berlubang", True, "reporter_asks"),
        ("Suami saya sering memukul. Ini KEKERASAN dalam rumah tangga!", False, "words_tell"),
        ("Petugas loket melakukan pungutan liar", False, "words_tell"),
        ("Saya diancam oleh ketua RT", False, "words_tell"),
        ("Taman bermain anak rusak, pohonnya mengancam kabel", False, None),
        # Of a phrase, all words in a row.
        ("Pungutan parkir oleh anjing liar", False, None),
    ],
)
def test_a_filing_is_sensitive_if_its_reporter_or_its_words_say_so(text: str, chosen: bool, reason: str | None) -> None:
    assert sensitive_by(PHRASES, words_in(text), chosen) == reason


def test_a_phrase_that_is_repeated_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "sensitive.csv").write_text("phrase\nsuap\nSuap!\n", encoding="utf-8")
    with pytest.raises(TableError, match="line 3"):
        read_sensitive_phrases(tmp_path)


async def test_that_a_filing_is_sensitive_is_told_before_all_else(service: RunningService) -> None:
    id = uuid4()
    sealed = service.state.vault.seal(json.dumps({"title": "Tolong", "text": "Anak tetangga dianiaya"}), str(id))
    await empty_outbox(service)
    await hear(service, sealed_complaint(service, id, sealed=sealed))
    told, routed, *_ = await staged(service)
    assert isinstance(told, SensitivityDeclared) and isinstance(routed, ComplaintRouted)
    assert (told.reason, told.sealed, routed.explanation) == ("words_tell", None, "")
    seats = {(seat.agency, seat.role) for seat in told.seats}
    assert {(CITY, "coordinator"), (CITY, "leader"), (routed.agency.code, "leader")} == seats


@pytest.mark.parametrize(("role", "agency"), NAMED)
async def test_a_named_seat_finds_and_reads_it(
    client: httpx.AsyncClient, service: RunningService, role: str, agency: str
) -> None:
    id = await assigned(service, sensitive=True)
    shown = (await get(client, service, f"/complaints/{id}", role, agency)).json()
    assert shown["sensitive"] and shown["text"] and shown["explanation"]
    assert ("disclosure" in shown["allowed"]) == (role == "coordinator" or agency == ROADS)
    listed = (await get(client, service, "/complaints", role, agency)).json()["items"]
    assert [case["id"] for case in listed] == [str(id)]


@pytest.mark.parametrize(("role", "agency"), UNNAMED)
async def test_to_anyone_else_it_is_unknown(
    client: httpx.AsyncClient, service: RunningService, role: str, agency: str | None
) -> None:
    id, open_one = await assigned(service, sensitive=True), await assigned(service)
    for each in (id, uuid4()):
        assert problem(await get(client, service, f"/complaints/{each}", role, agency)) == UNKNOWN
        acting = role if role != "overseer" else "liaison"
        for act, body in (("notes", WORDS), ("sensitivities", WHY)):
            assert problem(await post(client, service, each, act, acting, agency, **body)) == UNKNOWN
    listed = (await get(client, service, "/complaints", role, agency)).json()["items"]
    assert [case["id"] for case in listed] in ([], [str(open_one)])


async def test_no_figure_of_an_agency_counts_it(client: httpx.AsyncClient, service: RunningService) -> None:
    before = (await client.get(f"/routing/pages/agencies/{ROADS}")).text
    for _ in range(6):
        await assigned(service, sensitive=True)
    assert (await client.get(f"/routing/pages/agencies/{ROADS}")).text == before


async def test_an_official_declares_it_once_and_then_knows_of_it_no_longer(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    await empty_outbox(service)
    first = await post(client, service, id, "sensitivities", "liaison", ROADS, "k1", **WHY)
    again = await post(client, service, id, "sensitivities", "liaison", ROADS, "k1", **WHY)
    assert (first.status_code, again.status_code) == (201, 201) and first.json() == again.json()
    [told] = await staged(service)
    assert isinstance(told, SensitivityDeclared) and (told.reason, told.again) == ("official_says", False)
    assert [(seat.agency, seat.role) for seat in told.seats] == [(ROADS, "leader")]
    assert service.state.open(str(told.sealed), str(id)) == {"text": WHY["reason"]}
    assert problem(await post(client, service, id, "follow-ups", "liaison", ROADS, **WORDS)) == UNKNOWN
    # A key that another official has used tells nobody that the complaint is there.
    assert problem(await post(client, service, id, "sensitivities", "leader", TRANSPORT, "k1", **WHY)) == UNKNOWN
    told_again = await post(client, service, id, "sensitivities", "leader", ROADS, **WHY)
    assert problem(told_again) == (409, "AlreadySensitive")


async def test_named_seats_act_on_it_and_lift_it(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await assigned(service, sensitive=True)
    await verify(client, service, id)
    assert (await post(client, service, id, "follow-ups", "leader", ROADS, **WORDS)).status_code == 201
    assert (await post(client, service, id, "answers", "leader", ROADS, **ANSWER)).status_code == 201
    # Also what has been answered is lifted, or declared.
    await empty_outbox(service)
    assert (await post(client, service, id, "disclosures", "coordinator", CITY, **OVER)).status_code == 201
    [told] = await staged(service)
    assert isinstance(told, SensitivityLifted) and (told.by, told.agency) == (CITY, ROADS)
    assert (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).status_code == 200
    assert problem(await post(client, service, id, "disclosures", "leader", ROADS, **OVER)) == (409, "NotSensitive")
    assert (await post(client, service, id, "sensitivities", "admin", None, **WHY)).status_code == 201


async def test_named_seats_are_those_of_whoever_holds_it_now(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service, sensitive=True)
    await verify(client, service, id, HEALTH)
    assert problem(await get(client, service, f"/complaints/{id}", "leader", ROADS)) == UNKNOWN
    assert (await get(client, service, f"/complaints/{id}", "leader", HEALTH)).status_code == 200


async def test_an_agency_names_its_own_seats(make_service: ServiceMaker, tmp_path: Path) -> None:
    overlay = tmp_path / "own.csv"
    overlay.write_text(
        "code,name,tier,parent,region,zone,field,liaison,leader,sensitive_seats\n"
        f"{ROADS},Dinas PU,unit,{CITY},{CITY},WIB,roads,Penghubung,Kepala,liaison\n",
        encoding="utf-8",
    )
    service = await make_service("routing", directory_overlay=overlay)
    id = await assigned(service, agency=ROADS, sensitive=True)
    async with client_of(service) as client:
        assert problem(await get(client, service, f"/complaints/{id}", "leader", ROADS)) == UNKNOWN
        assert (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).status_code == 200
        shown = (await client.get(f"/routing/agencies/{ROADS}")).json()
    assert shown["sensitive_seats"] == ["liaison"]


async def test_a_complaint_that_leads_others_is_separated_first_and_a_sensitive_one_leads_none(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    main, follower, secret = await assigned(service), await assigned(service), await assigned(service, sensitive=True)
    merging = {"reason": "Lubang yang sama"}
    into = await post(client, service, follower, "mergers", "coordinator", CITY, merged_into=str(secret), **merging)
    assert problem(into) == (409, "UnfitMain")
    # Whoever may not know of the main complaint does not learn that it is there.
    blind = [
        await post(client, service, follower, "mergers", "admin", None, merged_into=str(id), **merging)
        for id in (secret, uuid4())
    ]
    assert problem(blind[0]) == problem(blind[1]) and blind[0].status_code == 404
    await post(client, service, follower, "mergers", "coordinator", CITY, merged_into=str(main), **merging)
    declared = await post(client, service, main, "sensitivities", "coordinator", CITY, **WHY)
    assert problem(declared) == (409, "LeadsOthers")


async def test_it_is_said_again_as_it_was_said(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await assigned(service, sensitive=True)
    await post(client, service, id, "disclosures", "coordinator", CITY, **OVER)
    await post(client, service, id, "sensitivities", "liaison", ROADS, **WHY)
    await post(client, service, id, "verifications", "coordinator", CITY, **VERIFY)
    await post(client, service, id, "sensitivities", "coordinator", CITY, **WHY)
    before = await _words(service, id)
    await empty_outbox(service)
    async with service.begin() as tx:
        await restatements.say_again(tx, [id])
    after = await _words(service, id)
    assert [fact.model_copy(update={"again": False}) for fact in after] == before and len(before) >= 2


async def _words(service: RunningService, id: UUID) -> list[Any]:
    kinds = (SensitivityDeclared, SensitivityLifted)
    return [fact for fact in await staged(service) if isinstance(fact, kinds) and fact.complaint_id == id]


async def _split(client: httpx.AsyncClient, service: RunningService, **filed: Any) -> tuple[UUID, list[UUID]]:
    """A complaint that is split, and its parts with the roads' and the transport's agency."""
    parts = [
        {"agency": agency, "classification": "complaint", "title": agency, "text": "Sebagian."}
        for agency in (ROADS, TRANSPORT)
    ]
    id = await assigned(service, **filed)
    done = await post(client, service, id, "splits", "coordinator", CITY, parts=parts, reason="Dua pokok.")
    assert done.status_code == 201
    return id, [row.id for row in await rows_of(service, PARTS, id=id)]


@pytest.mark.parametrize("of_part", [False, True])
async def test_whole_and_parts_are_sensitive_together_as_each_has_the_reporters_words(
    client: httpx.AsyncClient, service: RunningService, of_part: bool
) -> None:
    secret, _ = await _split(client, service, sensitive=True)
    assert [row.sensitive for row in await rows_of(service, PARTS, id=secret)] == [True, True]
    whole, (first, second) = await _split(client, service)
    await empty_outbox(service)
    seat = (first, "sensitivities", "liaison", ROADS) if of_part else (whole, "sensitivities", "coordinator", CITY)
    assert (await post(client, service, *seat, **WHY)).status_code == 201
    told = {fact.complaint_id: fact for fact in await staged(service) if isinstance(fact, SensitivityDeclared)}
    assert told.keys() == {whole, first, second}
    assert [(seat.agency, seat.role) for seat in told[second].seats] == [(TRANSPORT, "leader")]
    for each, agency in ((whole, ROADS), (first, ROADS), (second, TRANSPORT)):
        assert problem(await get(client, service, f"/complaints/{each}", "liaison", agency)) == UNKNOWN
    shown = (await get(client, service, f"/complaints/{second}", "leader", TRANSPORT)).json()
    assert shown["acts"][-1]["kind"] == "sensitivity" and shown["acts"][-1]["text"] == WHY["reason"]
    # Each is lifted by itself.
    assert (await post(client, service, second, "disclosures", "leader", TRANSPORT, **OVER)).status_code == 201
    sensitive = "SELECT id FROM cases WHERE sensitive AND (id = :id OR part_of = :id) ORDER BY id"
    assert [row.id for row in await rows_of(service, sensitive, id=whole)] == sorted((whole, first))


async def test_of_a_family_only_what_is_not_sensitive_yet_is_told(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    whole, (first, *_) = await _split(client, service)
    await post(client, service, first, "sensitivities", "liaison", ROADS, **WHY)
    await post(client, service, whole, "disclosures", "coordinator", CITY, **OVER)
    await empty_outbox(service)
    assert (await post(client, service, whole, "sensitivities", "coordinator", CITY, **WHY)).status_code == 201
    assert [fact.complaint_id for fact in await _declared(service)] == [whole]


async def _declared(service: RunningService) -> list[SensitivityDeclared]:
    return [fact for fact in await staged(service) if isinstance(fact, SensitivityDeclared)]
