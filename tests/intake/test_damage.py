"""A row of a complaint that cannot be read hides only itself: its timeline, its page and its reporter's view stand."""

from dataclasses import replace
from uuid import UUID

import httpx
import pytest

from shared.vault import Vault
from tests.intake.citizen import CONTACT, Intake, complaint, receipt, words
from tests.make import escalated, followed_up, forwarded, hear

PATH = "/intake/complaints"
DAMAGES = {
    "words lost": "UPDATE timeline SET sealed = 'x' WHERE complaint_id = :id AND type = 'FollowUpRecorded'",
    "nothing said": "UPDATE timeline SET details = '{}' WHERE complaint_id = :id AND type = 'ComplaintEscalated'",
    "a list": "UPDATE timeline SET details = '[]' WHERE complaint_id = :id AND type = 'ComplaintForwarded'",
    "a text": "UPDATE timeline SET details = '\"x\"' WHERE complaint_id = :id AND type = 'FollowUpRecorded'",
    "no name": 'UPDATE timeline SET details = \'{"agency": {"code": 7}}\' WHERE complaint_id = :id',
    "another type": "UPDATE timeline SET type = 'Dance' WHERE complaint_id = :id AND type = 'ComplaintForwarded'",
    "no status": "DELETE FROM standings WHERE complaint_id = :id",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
async def test_the_rest_of_a_complaint_is_shown(service: Intake, client: httpx.AsyncClient, damage: str) -> None:
    filed = await receipt(client, title="Gelap", contact=CONTACT)
    id, reference = UUID(filed["id"]), filed["tracking_reference"]
    await hear(service, forwarded(id), followed_up(id, sealed=words(service, filed["id"], "Berangkat.")))
    await hear(service, escalated(id, 1))
    async with service.begin() as tx:
        await tx.execute(damage, {"id": id})
    shown = await client.get(f"{PATH}/{reference}", headers={"Tracking-Pin": filed["pin"]})
    assert shown.json()["text"] == complaint()["text"]
    assert (await client.get(f"/intake/pages/complaints/{reference}")).status_code == 200
    timeline = (await client.get(f"{PATH}/{reference}/timeline")).json()["timeline"]
    assert len(timeline) == 3 and all(entry["sentence"] for entry in timeline)


async def test_a_reporter_whose_words_cannot_be_opened_still_sees_what_became_of_them(
    service: Intake, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = await receipt(client, title="Gelap", contact=CONTACT)
    monkeypatch.setattr(service, "state", replace(service.state, narrative=Vault(bytes(32))))
    shown = await client.get(f"{PATH}/{filed['tracking_reference']}", headers={"Tracking-Pin": filed["pin"]})
    assert (shown.status_code, shown.json()["text"], shown.json()["title"]) == (200, None, None)
    page = await client.post(f"/intake/pages/complaints/{filed['tracking_reference']}", data={"pin": filed["pin"]})
    assert "Isi laporan tidak dapat dibuka." in page.text
