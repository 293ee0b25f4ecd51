"""Joint handling through all four services: one unit leads, another contributes, the reporter reads one answer."""

from datetime import timedelta

from tests.journey.system import LIAISON, SITI, System
from tests.make import CITY, PROVINCE, ROADS, TRANSPORT
from tests.services import MONDAY

UNIT, UNITS_HEAD = "penghubung.dishub@35-78.go.example", "pimpinan.dishub@35-78.go.example"
ASKED, SAID = "Mohon data lampu lalu lintas di lokasi.", "Lampu di lokasi itu padam sejak 3 Juli."
REQUEST = {"agency": TRANSPORT, "due_on": "2025-07-14", "text": ASKED}


async def test_a_unit_contributes_and_the_reporter_reads_the_one_answer_of_the_lead(system: System) -> None:
    filed = await system.file()
    await system.settle()
    await system.verify(filed)
    await system.post_act("contribution-requests", filed, "liaison", ROADS, **REQUEST)
    await system.settle()
    assert "Mohon kontribusi" in system.subjects(UNIT)[-1] and "14 Juli 2025" in system.mails(UNIT)[-1]
    clocks = await system.clocks(filed)
    asked = clocks["contribution", 1]
    assert (asked["state"], asked["agency"], clocks["follow_up", 1]["state"]) == ("running", TRANSPORT, "running")
    # The unit finds the complaint, reads it and contributes; the lead reads what it says.
    found = await system.request("GET", "/routing/complaints", "liaison", TRANSPORT, params={"contributing": True})
    assert [case["id"] for case in found["items"]] == [filed["id"]]
    assert (await system.case(filed, "liaison", TRANSPORT))["acts"][-1]["text"] == ASKED
    await system.post_act("contribution-requests/1/contributions", filed, "liaison", TRANSPORT, text=SAID)
    await system.settle()
    assert "Kontribusi" in system.subjects(LIAISON)[-1]
    assert (await system.case(filed, "liaison", ROADS))["acts"][-1]["text"] == SAID
    assert (await system.clocks(filed))["contribution", 1]["state"] == "met"
    await system.follow_up(filed)
    await system.answer(filed, "Lampu padam sejak 3 Juli telah diganti petugas kami kemarin sore di depan sekolah.")
    await system.settle()
    public, own = await system.public(filed), await system.private(filed)
    assert public["status"] == "Terdisposisi Selesai" and public["holder"].startswith("Dinas Pekerjaan Umum")
    words = [entry["words"] for entry in own["timeline"] if entry["words"]]
    assert len([word for word in words if "diganti petugas" in word]) == 1
    for text in (ASKED, SAID):
        assert text not in str(public) + str(own) + str(system.mails())
    page = await system.clients[0].post(
        f"/intake/pages/complaints/{filed['tracking_reference']}", data={"pin": filed["pin"]}
    )
    assert "diminta memberi kontribusi" in page.text and "menyampaikan kontribusinya" in page.text
    assert [subject for subject in system.subjects(SITI) if "ontribusi" in subject] == []


async def test_a_unit_that_is_silent_climbs_its_own_chain_and_not_the_one_of_the_lead(system: System) -> None:
    filed = await system.file()
    await system.settle()
    await system.verify(filed)
    await system.post_act("contribution-requests", filed, "liaison", ROADS, **REQUEST)
    await system.settle()
    await system.follow_up(filed)
    await system.advance_to(MONDAY + timedelta(days=8))
    steps = [fact for fact in system.facts(filed) if getattr(fact, "clock", None) == "contribution"]
    told = {seat.agency for fact in steps for seat in getattr(fact, "recipients", ())}
    assert TRANSPORT in told <= {TRANSPORT, CITY, PROVINCE}
    assert any("kontribusi instansi pendukung" in mail for mail in system.mails(UNITS_HEAD))
    assert not (await system.public(filed))["overdue"]
    assert "terlewati oleh" in str(await system.public(filed))
