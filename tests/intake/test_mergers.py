"""A merged complaint shows the complaint whose answer it will share, and no word of it."""

from uuid import UUID

import httpx

from services.intake.domain.statuses import Status, status_after
from shared.vocabulary import EventType
from tests.intake.citizen import Intake, receipt, words
from tests.make import answered, followed_up, forwarded, hear, merged, missed, separated

PATH = "/intake/complaints"


async def shown(client: httpx.AsyncClient, filed: dict[str, str]) -> httpx.Response:
    return await client.get(f"{PATH}/{filed['tracking_reference']}", headers={"Tracking-Pin": filed["pin"]})


async def test_a_reporter_sees_the_state_of_the_main_complaint_and_none_of_its_words(
    service: Intake, client: httpx.AsyncClient
) -> None:
    main, filed = await receipt(client, title="Jalan Kenanga gelap"), await receipt(client)
    id, main_id = UUID(filed["id"]), UUID(main["id"])
    await hear(service, forwarded(main_id), followed_up(main_id, sealed=words(service, main["id"], "Bu Siti ditemui")))
    await hear(service, merged(id, state="UNVERIFIED", merged_into=main_id))
    seen = await shown(client, filed)
    main_view = {"tracking_reference": main["tracking_reference"], "state": "IN_PROGRESS"}
    assert seen.json()["status"] == "Terdisposisi Sedang Diproses" and seen.json()["allowed"] == ["withdrawal", "reply"]
    assert seen.json()["main"] == {**main_view, "status": "Terdisposisi Sedang Diproses"}
    page = await client.post(f"/intake/pages/complaints/{filed['tracking_reference']}", data={"pin": filed["pin"]})
    assert f"/intake/pages/complaints/{main['tracking_reference']}" in page.text
    for secret in ("Bu Siti", "Kenanga", main["id"], main["pin"]):
        assert secret not in seen.text and secret not in page.text
    await hear(service, answered(id, window=1, sealed=words(service, filed["id"], "Lampu diganti")))
    assert (await shown(client, filed)).json()["main"] is None


async def test_a_main_complaint_that_is_not_known_hides_nothing(service: Intake, client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    await hear(service, merged(UUID(filed["id"]), state="UNVERIFIED"))
    seen = await shown(client, filed)
    assert seen.status_code == 200 and seen.json()["main"] is None


def test_a_merger_interrupts_the_handling_and_is_nobodys_limit() -> None:
    before = Status(state="IN_PROGRESS", missed=frozenset({"resolution"}))
    during = status_after(before, EventType.COMPLAINT_MERGED, details(merged(UUID(int=7), state="IN_PROGRESS")))
    assert (during.state, during.held_from, during.missed) == ("MERGED", "IN_PROGRESS", before.missed)
    late = missed(UUID(int=7), clock="merger")
    assert status_after(during, EventType.DEADLINE_MISSED, details(late)) == during
    over = separated(UUID(int=7), state="IN_PROGRESS")
    assert status_after(during, EventType.COMPLAINT_SEPARATED, details(over)) == before


def details(fact: object) -> dict[str, object]:
    found: dict[str, object] = fact.model_dump(mode="json")  # type: ignore[attr-defined]
    return found
