"""Contests at the citizen's door: taken once for each follow-up, and told without the reporter's words."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from services.intake.domain.statuses import Status, status_after
from shared.vocabulary import EventType
from tests.intake.citizen import Intake, receipt
from tests.intake.test_reporters import acts
from tests.make import CITY, MONDAY, ROADS, contested, followed_up, forwarded, hear, judged

HOUR = timedelta(hours=1)
REASON = {"reason": "Tidak disebut apa yang dikerjakan di depan sekolah."}


async def test_a_contest_is_taken_once_for_each_follow_up(service: Intake, client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    path, id = f"/intake/complaints/{filed['tracking_reference']}", UUID(filed["id"])
    headers = {"Tracking-Pin": filed["pin"]}

    async def allowed() -> list[str]:
        return (await client.get(path, headers=headers)).json()["allowed"]

    await hear(service, forwarded(id), at=MONDAY)
    assert "contest" not in await allowed()
    await hear(service, followed_up(id), at=MONDAY + HOUR)
    assert "contest" in await allowed()
    assert (await client.post(f"{path}/contests", json={"reason": "Belum"}, headers=headers)).status_code == 422
    assert (await client.post(f"{path}/contests", json=REASON, headers={"Tracking-Pin": "X"})).status_code == 404
    first, second = [await client.post(f"{path}/contests", json=REASON, headers=headers) for _ in range(2)]
    assert first.status_code == second.status_code == 202 and first.json() == second.json()
    [said] = await acts(service)
    assert (said.act, said.number, said.stage) == ("contest", 1, 0) and said.sealed
    await hear(service, contested(id, sealed=said.sealed), at=MONDAY + 2 * HOUR)
    assert "contest" not in await allowed()
    public = (await client.get(f"{path}/timeline")).json()
    sentence = f"Pelapor mengajukan keberatan atas tindak lanjut; Instansi {CITY} memutuskannya."
    assert public["timeline"][-1]["sentence"] == sentence and "sekolah" not in str(public)
    seen = (await client.get(path, headers=headers)).json()
    assert seen["timeline"][-1]["words"] == REASON["reason"]
    await hear(service, judged(id), at=MONDAY + 3 * HOUR)
    public = (await client.get(f"{path}/timeline")).json()
    assert public["status"] == "Terdisposisi Belum Ditindaklanjuti"
    assert public["timeline"][-1]["sentence"].endswith("tidak dihitung.")
    await hear(service, followed_up(id), at=MONDAY + 4 * HOUR)
    assert "contest" in await allowed()
    await client.post(f"{path}/contests", json=REASON, headers=headers)
    assert [act.number for act in await acts(service)] == [1, 2]


async def test_the_page_asks_for_a_reason_and_the_pin(service: Intake, client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    page, id = f"/intake/pages/complaints/{filed['tracking_reference']}", UUID(filed["id"])
    await hear(service, forwarded(id), at=MONDAY)
    await hear(service, followed_up(id), at=MONDAY + HOUR)
    own = await client.post(page, data={"pin": filed["pin"]})
    assert "Ajukan keberatan atas tindak lanjut" in own.text
    assert "Ajukan keberatan" in (await client.get(f"{page}/contests")).text
    taken = await client.post(f"{page}/contests", data={"pin": filed["pin"], **REASON})
    assert taken.status_code == 202
    assert [act.act for act in await acts(service)] == ["contest"]


@pytest.mark.parametrize(
    ("before", "awaits", "after"),
    [
        (Status("IN_PROGRESS"), True, ("AWAITING_FOLLOW_UP", None)),
        (Status("IN_PROGRESS"), False, ("IN_PROGRESS", None)),
        (Status("ON_HOLD", held_from="IN_PROGRESS"), True, ("ON_HOLD", "AWAITING_FOLLOW_UP")),
    ],
)
def test_a_judgement_moves_the_status(before: Status, awaits: bool, after: tuple[str, str | None]) -> None:
    details = judged(UUID(int=1), ROADS, awaits=awaits, is_late=awaits).model_dump(mode="json")
    status = status_after(before, EventType.CONTEST_JUDGED, details)
    assert (status.state, status.held_from) == after
    assert status.missed == (frozenset({"follow_up"}) if awaits else frozenset())
