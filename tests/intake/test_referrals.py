"""Referrals at the citizen's door: offered once sla says so, taken with the PIN, and told without the file's number."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from services.intake.domain.reporters import acts_in
from services.intake.domain.statuses import Status, status_after
from shared.vocabulary import STATE_LABELS, EventType, State
from tests.intake.citizen import Intake, receipt
from tests.intake.test_reporters import acts
from tests.make import CITY, MONDAY, ROADS, forwarded, handed_over, hear, offered, referred, withdrawn

HOUR = timedelta(hours=1)


async def test_a_consent_is_offered_taken_once_and_its_number_is_for_the_reporter_alone(
    service: Intake, client: httpx.AsyncClient
) -> None:
    filed = await receipt(client)
    path, id = f"/intake/complaints/{filed['tracking_reference']}", UUID(filed["id"])
    headers, page = {"Tracking-Pin": filed["pin"]}, f"/intake/pages/complaints/{filed['tracking_reference']}"
    await hear(service, forwarded(id), at=MONDAY)
    assert "consent" not in (await client.get(path, headers=headers)).json()["allowed"]
    # Whoever asks too early may ask again after the offer.
    assert (await client.post(f"{path}/consents", json={}, headers=headers)).status_code == 202
    await hear(service, offered(id), at=MONDAY + HOUR)
    assert "consent" in (await client.get(path, headers=headers)).json()["allowed"]
    shown = await client.post(page, data={"pin": filed["pin"]})
    assert "Teruskan kepada Ombudsman" in shown.text
    first, second = [await client.post(f"{path}/consents", json={}, headers=headers) for _ in range(2)]
    assert first.status_code == 202 and first.json() == second.json()
    assert [(said.act, said.stage) for said in await acts(service)] == [("consent", 0), ("consent", 1)]
    await hear(service, referred(id), at=MONDAY + 2 * HOUR)
    sealed = service.state.narrative.seal('{"text": "Nomor laporan di Ombudsman: 0231"}', str(id))
    await hear(service, handed_over(id, sealed=sealed), at=MONDAY + 3 * HOUR)
    public = (await client.get(f"{path}/timeline")).json()
    assert public["status"] == STATE_LABELS["REFERRED"]
    sentences = [entry["sentence"] for entry in public["timeline"]]
    assert sentences[-1] == f"Instansi {ROADS} menyerahkan berkas laporan kepada Ombudsman RI."
    assert "dikehendaki" not in sentences[-2] and "Ombudsman RI" in sentences[-2]
    assert "0231" not in str(public)
    seen = (await client.get(path, headers=headers)).json()
    assert seen["allowed"] == ["withdrawal", "reply"]
    assert seen["timeline"][-1]["words"] == "Nomor laporan di Ombudsman: 0231"


async def test_a_consent_is_given_on_a_page_with_the_pin(service: Intake, client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    page = f"/intake/pages/complaints/{filed['tracking_reference']}/consents"
    asked = await client.get(page)
    assert "Teruskan laporan ini kepada Ombudsman RI?" in asked.text
    assert (await client.post(page, data={"pin": "X"})).status_code == 404
    taken = await client.post(page, data={"pin": filed["pin"]})
    assert taken.status_code == 202 and "meneruskan laporan kepada Ombudsman" in taken.text
    assert [said.act for said in await acts(service)] == ["consent"]


def test_the_handling_goes_on_beneath_a_referral() -> None:
    status = status_after(Status(state="ON_HOLD", held_from="AWAITING_FOLLOW_UP"), EventType.COMPLAINT_REFERRED, {})
    assert (status.state, status.handling) == ("REFERRED", "AWAITING_FOLLOW_UP")
    status = status_after(status, EventType.FOLLOW_UP_RECORDED, {})
    assert (status.state, status.handling) == ("REFERRED", "IN_PROGRESS")
    missed = {"clock": "resolution", "cycle": 1}
    assert status_after(status, EventType.DEADLINE_MISSED, missed).missed == {"resolution"}
    answered = status_after(status, EventType.COMPLAINT_ANSWERED, {"window": 1})
    assert (answered.state, answered.held_from) == ("ANSWERED", None)


def test_a_verification_beneath_a_referral_keeps_its_state_and_ends_the_limit_of_the_verifier() -> None:
    late = Status(state="REFERRED", held_from="UNVERIFIED", missed=frozenset({"verification", "ombudsman"}))
    details = forwarded(UUID(int=1)).model_dump(mode="json")
    status = status_after(late, EventType.COMPLAINT_FORWARDED, details)
    assert (status.state, status.handling, status.missed) == ("REFERRED", "AWAITING_FOLLOW_UP", {"ombudsman"})
    assert status_after(status, EventType.DEADLINE_MISSED, {"clock": "follow_up", "cycle": 1}).missed >= {"follow_up"}


@pytest.mark.parametrize("reason", ["acted", "passed_on"])
def test_an_offer_stands_until_it_is_taken_back_or_the_file_is_with_the_ombudsman(reason: str) -> None:
    offer = status_after(Status(), EventType.OMBUDSMAN_OFFERED, {})
    assert (offer.offered, offer.stage) == (True, 1)
    details = withdrawn(UUID(int=1), 0, clock="ombudsman", reason=reason, agency=CITY).model_dump(mode="json")
    assert status_after(offer, EventType.ESCALATION_WITHDRAWN, details).offered == (reason == "passed_on")
    assert not status_after(offer, EventType.REFERRAL_HANDED_OVER, {}).offered


@pytest.mark.parametrize(
    ("state", "is_offered", "expected"),
    [
        ("UNVERIFIED", True, True),
        ("IN_PROGRESS", True, True),
        ("IN_PROGRESS", False, False),
        ("ON_HOLD", True, True),
        ("MERGED", True, True),
        ("APPEALED", True, False),
        ("REFERRED", True, False),
        ("ANSWERED", True, False),
        ("CLOSED", True, False),
    ],
)
def test_a_consent_is_offered_with_the_offer_while_the_complaint_is_open(
    state: State, is_offered: bool, expected: bool
) -> None:
    assert ("consent" in acts_in(state, None, 0, False, is_offered, MONDAY)) == expected
