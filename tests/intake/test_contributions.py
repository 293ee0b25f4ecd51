"""Joint handling at the citizen's door: the timeline says who is asked and who has contributed, and never the words."""

from datetime import timedelta
from uuid import UUID

import httpx

from tests.intake.citizen import Intake, receipt
from tests.make import MONDAY, ROADS, TRANSPORT, answered, asked_to_contribute, contributed, forwarded, hear


async def test_the_timeline_tells_of_a_contribution_and_the_status_stays(
    service: Intake, client: httpx.AsyncClient
) -> None:
    filed = await receipt(client)
    path, id = f"/intake/complaints/{filed['tracking_reference']}", UUID(filed["id"])
    await hear(service, forwarded(id), at=MONDAY)
    before = (await client.get(f"{path}/timeline")).json()
    for hour, fact in enumerate((asked_to_contribute(id), contributed(id)), 1):
        await hear(service, fact, at=MONDAY + timedelta(hours=hour))
    public = (await client.get(f"{path}/timeline")).json()
    assert [entry["sentence"] for entry in public["timeline"][-2:]] == [
        f"Instansi {TRANSPORT} diminta memberi kontribusi untuk jawaban, paling lambat 14 Juli 2025.",
        f"Instansi {TRANSPORT} menyampaikan kontribusinya untuk jawaban.",
    ]
    # The one that leads answers, and is shown.
    assert (public["status"], public["holder"]) == (before["status"], f"Instansi {ROADS}")
    headers = {"Tracking-Pin": filed["pin"]}
    own = (await client.get(path, headers=headers)).json()
    assert [entry.get("words") for entry in own["timeline"][-2:]] == [None, None]
    page = await client.post(f"/intake/pages/complaints/{filed['tracking_reference']}", data={"pin": filed["pin"]})
    assert page.status_code == 200 and "menyampaikan kontribusinya untuk jawaban" in page.text


async def test_a_contribution_that_is_heard_before_its_request_is_told_all_the_same(
    service: Intake, client: httpx.AsyncClient
) -> None:
    filed = await receipt(client)
    id = UUID(filed["id"])
    await hear(service, forwarded(id), at=MONDAY)
    await hear(service, contributed(id), at=MONDAY + timedelta(hours=2))
    await hear(service, answered(id), at=MONDAY + timedelta(hours=3))
    await hear(service, asked_to_contribute(id), at=MONDAY + timedelta(hours=1))
    public = (await client.get(f"/intake/complaints/{filed['tracking_reference']}/timeline")).json()
    kinds = [entry["type"] for entry in public["timeline"][-3:]]
    assert kinds == ["ContributionRequested", "ContributionGiven", "ComplaintAnswered"]
    assert public["status"] == "Terdisposisi Selesai"
