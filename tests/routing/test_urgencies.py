"""Urgent complaints: chosen, by their words, or by an official; the duty officer is told, and the worklist shows it."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.routing.domain.lexicons import words_in
from services.routing.domain.tables import TableError
from services.routing.domain.urgencies import read_alarms, urgent_by
from shared.events import ComplaintForwarded, ComplaintRouted, UrgencyDeclared, UrgencyLifted
from shared.service import RunningService
from tests.make import CITY, ROADS, TRANSPORT, hear
from tests.routing.complaints import WORDS, assigned, empty_outbox, get, post, problem, sealed_complaint, verify
from tests.services import staged

DANGER, SAFE = {"reason": "Tiang listrik miring di atas sekolah"}, {"reason": "Tiang sudah ditopang pada pukul 14"}
ALARMS = read_alarms()


@pytest.mark.parametrize(
    ("text", "chosen", "reason"),
    [
        ("Jalan berlubang", False, None),
        ("Jalan berlubang", True, "reporter"),
        ("Kabel listriknya putus, ada anak yang TERSENGAT LISTRIK!", False, "words"),
        ("Tolong, tiga orang tenggelam", False, "words"),
        # Of a phrase, all words in a row.
        ("Listrik padam; bau sengat", False, None),
    ],
)
def test_a_filing_is_urgent_if_its_reporter_or_its_words_say_so(text: str, chosen: bool, reason: str | None) -> None:
    assert urgent_by(ALARMS, words_in(text), chosen) == reason


def test_a_phrase_that_is_empty_or_repeated_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "urgent.csv").write_text("phrase\ntenggelam\nTenggelam!\n", encoding="utf-8")
    with pytest.raises(TableError, match="line 3"):
        read_alarms(tmp_path)


async def test_an_urgent_filing_is_told_to_the_duty_officers_of_holder_and_verifier(service: RunningService) -> None:
    await empty_outbox(service)
    fact = sealed_complaint(service, urgent=True)
    await hear(service, fact)
    routed, alarm = await staged(service)
    assert isinstance(routed, ComplaintRouted) and isinstance(alarm, UrgencyDeclared)
    assert (alarm.number, alarm.reason, alarm.since) == (1, "reporter", fact.filed_at)
    assert alarm.agency == routed.verifier and routed.agency.code == ROADS
    assert [(seat.agency, seat.role) for seat in alarm.duty] == [(ROADS, "leader"), (CITY, "leader")]


async def test_words_of_danger_make_a_filing_urgent(client: httpx.AsyncClient, service: RunningService) -> None:
    id = uuid4()
    sealed = service.state.vault.seal(json.dumps({"title": "Tolong", "text": "Ada yang tertimbun longsor"}), str(id))
    await hear(service, sealed_complaint(service, id, sealed=sealed))
    calm = await assigned(service)
    listed = (await get(client, service, "/complaints?urgent=true", "admin", None)).json()["items"]
    assert [(case["id"], case["urgent"]) for case in listed] == [(str(id), True)]
    others = (await get(client, service, "/complaints?urgent=false", "admin", None)).json()["items"]
    assert [case["id"] for case in others] == [str(calm)]


async def test_an_official_declares_danger_and_says_that_there_is_none(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    await empty_outbox(service)
    said = await post(client, service, id, "urgencies", "liaison", ROADS, **DANGER)
    assert said.status_code == 201 and (said.json()["number"], said.json()["state"]) == (2, "AWAITING_FOLLOW_UP")
    [alarm] = await staged(service)
    assert isinstance(alarm, UrgencyDeclared) and (alarm.number, alarm.reason) == (2, "official")
    assert [(seat.agency, seat.role) for seat in alarm.duty] == [(ROADS, "leader")]
    assert service.state.open(str(alarm.sealed), str(id)) == {"text": DANGER["reason"]}
    again = await post(client, service, id, "urgencies", "liaison", ROADS, **DANGER)
    assert problem(again) == (409, "AlreadyUrgent")
    await empty_outbox(service)
    assert (await post(client, service, id, "all-clears", "leader", ROADS, **SAFE)).status_code == 201
    [end] = await staged(service)
    assert isinstance(end, UrgencyLifted) and (end.number, end.by) == (2, ROADS)
    assert problem(await post(client, service, id, "all-clears", "leader", ROADS, **SAFE)) == (409, "NotUrgent")


@pytest.mark.parametrize(("act", "body"), [("follow-ups", WORDS), ("all-clears", SAFE)])
async def test_a_case_is_urgent_until_somebody_has_acted(
    client: httpx.AsyncClient, service: RunningService, act: str, body: dict[str, Any]
) -> None:
    id = await assigned(service, urgent=True)
    await verify(client, service, id)
    shown = (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).json()
    assert shown["urgent"] and "all-clear" in shown["allowed"] and "urgency" not in shown["allowed"]
    assert (await post(client, service, id, act, "liaison", ROADS, **body)).status_code == 201
    assert not (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).json()["urgent"]


async def test_who_gets_an_urgent_case_is_told_on_duty(client: httpx.AsyncClient, service: RunningService) -> None:
    urgent, calm = await assigned(service, urgent=True), await assigned(service)
    for id in (urgent, calm):
        await verify(client, service, id)
    await empty_outbox(service)
    for id in (urgent, calm):
        moved = await post(client, service, id, "forwards", "coordinator", CITY, agency=TRANSPORT, reason="Terminal")
        assert moved.status_code == 201
    told = [fact for fact in await staged(service) if isinstance(fact, ComplaintForwarded)]
    assert [[seat.agency for seat in fact.duty] for fact in told] == [[TRANSPORT], []]


@pytest.mark.parametrize(
    ("role", "agency", "body", "refusal"),
    [
        ("liaison", TRANSPORT, DANGER, (403, "NotYourCase")),
        ("leader", CITY, DANGER, (403, "NotYourCase")),
        ("overseer", None, DANGER, (403, "WrongRole")),
        ("liaison", ROADS, {"reason": "gawat"}, (422, "Invalid")),
    ],
)
async def test_who_may_not_declare_danger_is_refused(
    client: httpx.AsyncClient,
    service: RunningService,
    role: str,
    agency: str | None,
    body: dict[str, Any],
    refusal: tuple[int, str],
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    assert problem(await post(client, service, id, "urgencies", role, agency, **body)) == refusal
