"""Appeals at the citizen's door: taken with the PIN, once, and told to everyone but for the reporter's words."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from services.intake.domain.reporters import acts_in
from shared.vocabulary import State
from tests.intake.citizen import Intake, receipt
from tests.intake.test_reporters import acts
from tests.make import CITY, HEALTH, MONDAY, ROADS, answered, appealed, decided, forwarded, hear, upheld


async def test_an_appeal_is_taken_once_and_told_without_the_reporters_words(
    service: Intake, client: httpx.AsyncClient
) -> None:
    filed = await receipt(client)
    path, id = f"/intake/complaints/{filed['tracking_reference']}", UUID(filed["id"])
    headers, body = {"Tracking-Pin": filed["pin"]}, {"reason": "Lubangnya masih ada di depan sekolah."}
    await hear(service, forwarded(id), answered(id), at=MONDAY)
    assert (await client.post(f"{path}/appeals", json={"reason": "Belum"}, headers=headers)).status_code == 422
    assert (await client.post(f"{path}/appeals", json=body, headers={"Tracking-Pin": "X"})).status_code == 404
    first, second = [await client.post(f"{path}/appeals", json=body, headers=headers) for _ in range(2)]
    assert first.status_code == second.status_code == 202 and first.json() == second.json()
    [said] = await acts(service)
    assert (said.act, said.stage) == ("appeal", 1) and said.sealed
    await hear(service, appealed(id, sealed=said.sealed), at=MONDAY + timedelta(hours=1))
    public = (await client.get(f"{path}/timeline")).json()
    assert public["status"] == "Terdisposisi Sedang Diproses"
    assert public["timeline"][-1]["sentence"] == f"Pelapor mengajukan banding; Instansi {CITY} memutuskannya."
    assert "sekolah" not in str(public)
    seen = (await client.get(path, headers=headers)).json()
    assert seen["allowed"] == [] and seen["timeline"][-1]["words"] == body["reason"]


@pytest.mark.parametrize("is_upheld", [True, False])
async def test_a_decision_moves_the_status_and_there_is_no_second_appeal(
    service: Intake, client: httpx.AsyncClient, is_upheld: bool
) -> None:
    filed = await receipt(client)
    path, id = f"/intake/complaints/{filed['tracking_reference']}", UUID(filed["id"])
    await hear(service, forwarded(id), at=MONDAY)
    await hear(service, answered(id), at=MONDAY + timedelta(hours=1))
    await hear(service, appealed(id), at=MONDAY + timedelta(hours=2))
    decision = upheld(id, HEALTH) if is_upheld else decided(id)
    await hear(service, decision, at=MONDAY + timedelta(hours=3))
    public = (await client.get(f"{path}/timeline")).json()
    awaiting, done = "Terdisposisi Belum Ditindaklanjuti", "Terdisposisi Selesai"
    expected = (awaiting, f"Instansi {HEALTH}") if is_upheld else (done, f"Instansi {ROADS}")
    assert (public["status"], public["holder"]) == expected
    assert ("dikabulkan; laporan" in public["timeline"][-1]["sentence"]) == is_upheld
    await hear(service, answered(id, window=2), at=MONDAY + timedelta(hours=4))
    seen = (await client.get(path, headers={"Tracking-Pin": filed["pin"]})).json()
    assert "dispute" in seen["allowed"] and "appeal" not in seen["allowed"]


@pytest.mark.parametrize(
    ("state", "days_left", "appeals", "is_offered"),
    [
        ("ANSWERED", None, 0, True),
        ("ANSWERED", None, 1, False),
        ("CLOSED", 1, 0, True),
        ("CLOSED", 1, 1, False),
        ("CLOSED", -1, 0, False),
        ("CLOSED", None, 0, False),
        ("ARCHIVED", 1, 0, True),
        ("WITHDRAWN", 1, 0, False),
    ],
)
def test_an_appeal_is_offered_once_and_in_time(
    state: State, days_left: int | None, appeals: int, is_offered: bool
) -> None:
    until = None if days_left is None else MONDAY + timedelta(days=days_left)
    assert ("appeal" in acts_in(state, until, appeals, False, False, MONDAY)) == is_offered
