"""A sensitive complaint is there for its reporter alone; nobody else learns that there is one."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from shared.events import ComplaintFiled
from tests.intake.citizen import Intake, receipt, words
from tests.make import declared_sensitive, disclosed, filed, followed_up, hear, merged, routed
from tests.services import staged

NOBODYS = "TG-00000-00000"
Receipt = dict[str, str]


async def public(client: httpx.AsyncClient, reference: str) -> list[tuple[int, str]]:
    """The public answers for a reference, without the reference that was asked for."""
    paths = ("/intake/complaints/{}/timeline", "/intake/pages/complaints/{}")
    found = [await client.get(path.format(reference)) for path in paths]
    return [(one.status_code, one.text.replace(reference, "")) for one in found]


async def opened(client: httpx.AsyncClient, filed: Receipt) -> str:
    """What its reporter reads with the PIN, by API and page."""
    pin, reference = filed["pin"], filed["tracking_reference"]
    shown = await client.get(f"/intake/complaints/{reference}", headers={"Tracking-Pin": pin})
    page = await client.post(f"/intake/pages/complaints/{reference}", data={"pin": pin})
    assert (shown.status_code, page.status_code) == (200, 200)
    return shown.text + page.text


async def test_what_a_reporter_chooses_goes_with_the_filing(service: Intake, client: httpx.AsyncClient) -> None:
    secret, plain = await receipt(client, sensitive=True), await receipt(client)
    told = {
        str(fact.complaint_id): fact.sensitive for fact in await staged(service) if isinstance(fact, ComplaintFiled)
    }
    assert told == {secret["id"]: True, plain["id"]: False}
    form = {"text": "Saya takut.", "sensitive": "on"}
    assert (await client.post("/intake/", data=form)).status_code == 201
    assert [fact.sensitive for fact in await staged(service) if isinstance(fact, ComplaintFiled)][-1]
    assert 'name="sensitive"' in (await client.get("/intake/")).text


@pytest.mark.parametrize("chosen", [True, False])
async def test_the_public_finds_no_more_than_of_an_unknown_one_and_its_reporter_everything(
    service: Intake, client: httpx.AsyncClient, chosen: bool
) -> None:
    secret = await receipt(client, title="Kepala sekolah", sensitive=chosen)
    id, reference = UUID(secret["id"]), secret["tracking_reference"]
    told = [declared_sensitive(id, sealed=words(service, secret["id"], "Korban masih anak"))] if not chosen else []
    await hear(service, filed(id, reference=reference, sensitive=chosen), *told, routed(id))
    await hear(service, followed_up(id, sealed=words(service, secret["id"], "Ditemui di rumah aman")))
    unknown = await public(client, NOBODYS)
    assert await public(client, reference) == unknown and [status for status, _ in unknown] == [404, 404]
    seen = await opened(client, secret)
    assert "Ditemui di rumah aman" in seen and "Laporan ini sensitif" in seen and "/sla/pages/" not in seen
    assert chosen or ("karena petugas menilainya demikian" in seen and "Korban masih anak" in seen)
    # Its reporter finds the way to it where nothing is found.
    page = (await client.get(f"/intake/pages/complaints/{reference}")).text
    assert f'action="/intake/pages/complaints/{reference}"' in page and 'name="pin"' in page


async def test_after_the_lifting_the_public_reads_what_is_said_from_then_on(
    service: Intake, client: httpx.AsyncClient
) -> None:
    secret = await receipt(client, sensitive=True)
    id, now = UUID(secret["id"]), service.now()
    await hear(service, filed(id, sensitive=True), routed(id))
    await hear(service, followed_up(id, sealed=words(service, secret["id"], "Ditemui di rumah aman")), at=now)
    later = now + timedelta(hours=1)
    lifting = disclosed(id).model_copy(update={"sealed": words(service, secret["id"], "Pelapor setuju")})
    await hear(service, lifting, at=later)
    await hear(
        service, followed_up(id, sealed=words(service, secret["id"], "Pagar dipasang")), at=later + timedelta(hours=1)
    )
    (status, timeline), (_, page) = await public(client, secret["tracking_reference"])
    assert status == 200
    for shown in (timeline, page):
        assert "Pagar dipasang" in shown and "tidak lagi sensitif" in shown
        assert "rumah aman" not in shown and "Pelapor setuju" not in shown
    # A word that comes late takes its place by its moment.
    await hear(service, declared_sensitive(id, since=now), at=now)
    assert (await public(client, secret["tracking_reference"]))[0][0] == 200


async def test_nobody_learns_of_it_by_a_duplicate(service: Intake, client: httpx.AsyncClient) -> None:
    main, duplicate = await receipt(client), await receipt(client)
    await hear(service, routed(UUID(main["id"])), routed(UUID(duplicate["id"])))
    await hear(service, merged(UUID(duplicate["id"]), state="UNVERIFIED", merged_into=UUID(main["id"])))
    assert main["tracking_reference"] in await opened(client, duplicate)
    await hear(service, declared_sensitive(UUID(main["id"])))
    assert main["tracking_reference"] not in await opened(client, duplicate)


async def test_what_is_said_again_is_one_entry(service: Intake, client: httpx.AsyncClient) -> None:
    secret = await receipt(client)
    fact = declared_sensitive(UUID(secret["id"]), since=service.now() - timedelta(minutes=1))
    await hear(service, fact)
    await hear(service, fact.model_copy(update={"again": True}), at=fact.since)
    assert (await opened(client, secret)).count("ditangani sebagai laporan sensitif") == 2  # by API and page
