"""Timelines over HTTP: the reporter reads every word with the PIN, the public only what is open."""

from urllib.parse import quote
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.actions.timelines import CaseView, read_timelines
from services.intake.errors import NoSuchComplaint
from shared.events import ComplaintFiled
from tests.intake.citizen import CONTACT, Intake, complaint, receipt, words
from tests.make import declared_sensitive, followed_up, forwarded, hear, merged, part_opened, verified
from tests.services import staged

FUZZ = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PATH = "/intake/complaints"


@FUZZ
@given(typed=st.text(min_size=1, max_size=30).filter(lambda text: "/" not in text and text not in (".", "..")))
async def test_no_reference_causes_a_server_error(client: httpx.AsyncClient, typed: str) -> None:
    path = f"{PATH}/{quote(typed.encode('utf-8', 'surrogatepass'), safe='')}"
    for url, headers in ((path, {"Tracking-Pin": "X"}), (f"{path}/timeline", {})):
        assert (await client.get(url, headers=headers)).status_code in (400, 404)


@pytest.mark.parametrize("switch", [{"anonymous": True}, {"confidential": True}, {}])
async def test_a_reporter_opens_their_complaint_with_every_word(
    service: Intake, client: httpx.AsyncClient, switch: dict[str, bool]
) -> None:
    filed = await receipt(client, title="Gelap", address="Jalan Melati 12", contact=CONTACT, **switch)
    await _followed_up(service, filed["id"])
    headers = {"Tracking-Pin": filed["pin"].lower()}
    answer = await client.get(f"{PATH}/{filed['tracking_reference'].lower()}", headers=headers)
    whole = answer.json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert (whole["text"], whole["address"]) == (complaint()["text"], "Jalan Melati 12")
    assert whole["status"] == "Terdisposisi Sedang Diproses"
    assert [entry["words"] for entry in whole["timeline"]] == ["Salah alamat.", "Petugas berangkat."]


async def test_the_public_reads_words_unless_the_complaint_is_confidential(
    service: Intake, client: httpx.AsyncClient
) -> None:
    for confidential, heard in ((False, ["Salah alamat.", "Petugas berangkat."]), (True, [None, None])):
        filed = await receipt(client, title="Gelap", contact=CONTACT, confidential=confidential)
        await _followed_up(service, filed["id"])
        seen = await client.get(f"{PATH}/{filed['tracking_reference']}/timeline")
        assert [entry["words"] for entry in seen.json()["timeline"]] == heard
        for secret in ("Gelap", complaint()["text"], filed["pin"], filed["id"], *CONTACT.values()):
            assert secret not in seen.text


async def test_readers_of_one_moment_get_each_their_own_complaint(service: Intake, client: httpx.AsyncClient) -> None:
    first, second, hidden = [await receipt(client) for _ in range(3)]
    main, part = UUID(first["id"]), UUID(int=8)
    await hear(service, forwarded(main))
    await hear(service, part_opened(part, main, reference=f"{first['tracking_reference']}-1"))
    await hear(service, merged(UUID(second["id"]), state="UNVERIFIED", merged_into=main))
    await hear(service, declared_sensitive(UUID(hidden["id"])))
    typed = [one["tracking_reference"] for one in (second, first, hidden, second)]
    found = await service.read(read_timelines, [*typed, f"{typed[1]}-1", "nothing"])
    seen = [
        (one.tracking_reference, one.main and one.main.tracking_reference, len(one.parts), one.whole)
        for one in found
        if isinstance(one, CaseView)
    ]
    of_second = typed[0], typed[1], 0, None
    assert seen == [of_second, (typed[1], None, 1, None), of_second, (f"{typed[1]}-1", None, 0, typed[1])]
    assert [isinstance(one, NoSuchComplaint) for one in found] == [False, False, True, False, False, True]


async def test_points_that_may_repeat_the_report_are_read_by_the_reporter_alone(
    service: Intake, client: httpx.AsyncClient
) -> None:
    filed = await receipt(client, contact=CONTACT)
    points = words(service, filed["id"], "Pokok yang akan dijawab:\n1. Lampu padam di depan rumah Bu Siti")
    await hear(service, verified(UUID(filed["id"]), sealed=points))
    path = f"{PATH}/{filed['tracking_reference']}"
    own = (await client.get(path, headers={"Tracking-Pin": filed["pin"]})).json()
    assert "rumah Bu Siti" in own["timeline"][-1]["words"]
    seen = await client.get(f"{path}/timeline")
    assert [entry["words"] for entry in seen.json()["timeline"]] == [None] and "Siti" not in seen.text


async def _followed_up(service: Intake, id: str) -> None:
    reason = words(service, id, "Salah alamat.")
    await hear(
        service,
        forwarded(UUID(id), previous="35.78.dlh", sealed=reason),
        followed_up(UUID(id), sealed=words(service, id, "Petugas berangkat.")),
    )


async def test_a_wrong_pin_and_an_unknown_reference_get_the_same_answer(client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    wrong = await client.get(f"{PATH}/{filed['tracking_reference']}", headers={"Tracking-Pin": "00000000"})
    unknown = await client.get(f"{PATH}/TG-00000-00000", headers={"Tracking-Pin": filed["pin"]})
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content) == (404, wrong.content)


async def test_without_a_pin_only_the_timeline_is_open(client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    assert (await client.get(f"{PATH}/{filed['tracking_reference']}")).status_code == 401
    assert (await client.get(f"{PATH}/{filed['tracking_reference']}/timeline")).status_code == 200


async def test_a_complaint_just_filed_has_a_timeline_before_its_event_is_back(
    service: Intake, client: httpx.AsyncClient
) -> None:
    filed = await receipt(client)
    path = f"{PATH}/{filed['tracking_reference']}/timeline"
    before = (await client.get(path)).json()
    await hear(service, *[fact for fact in await staged(service) if isinstance(fact, ComplaintFiled)])
    assert (await client.get(path)).json() == before
    assert before["timeline"][0]["sentence"] == "Laporan diterima."
