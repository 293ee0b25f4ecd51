"""Journeys of one complaint through all four services, on both buses."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import ANY

from shared.events import DIRECTORY
from tests.journey.conftest import SystemMaker
from tests.journey.system import (
    COORDINATOR,
    GOVERNOR,
    HEAD,
    LIAISON,
    MAYOR,
    MINISTER,
    NATIONAL_ADMIN,
    SITI,
    System,
)
from tests.make import CITY, ROADS, TRANSPORT, answer_text, follow_up_text, utc
from tests.services import MONDAY

TICK = timedelta(microseconds=1)


def midnight(month: int, day: int) -> datetime:
    """The end of this day of 2025 in Surabaya."""
    return datetime(2025, month, day, 17, tzinfo=UTC)


def when(clock: dict[str, str], name: str) -> datetime:
    return datetime.fromisoformat(clock[name])


async def test_a_complaint_is_filed_routed_verified_followed_up_and_answered(system: System) -> None:
    filed = await system.file()
    await system.settle()
    seen = await system.public(filed)
    assert (seen["status"], seen["holder"]) == (
        "Belum Terverifikasi",
        "Dinas Pekerjaan Umum dan Penataan Ruang Kota Surabaya",
    )
    await system.advance_to(MONDAY + timedelta(days=1))
    await system.verify(filed)
    await system.settle()
    assert (await system.public(filed))["status"] == "Terdisposisi Belum Ditindaklanjuti"
    await system.advance_to(MONDAY + timedelta(days=2))
    await system.follow_up(filed)
    await system.settle()
    assert (await system.public(filed))["status"] == "Terdisposisi Sedang Diproses"
    await system.advance_to(MONDAY + timedelta(days=3))
    await system.answer(filed)
    await system.settle()
    # Nothing is heard of the reporter for ten working days, the last of which ends on the 24th.
    await system.advance_to(utc("07-24 17:00"))
    await system.advance_to(MONDAY + timedelta(days=90))

    seen = await system.public(filed)
    assert seen["status"] == "Terdisposisi Selesai"
    assert not seen["overdue"]
    assert [(entry["type"], when(entry, "at") - MONDAY, entry["words"]) for entry in seen["timeline"]] == [
        ("ComplaintFiled", timedelta(), None),
        ("ComplaintRouted", timedelta(), None),
        ("ComplaintVerified", timedelta(days=1), None),
        ("ComplaintForwarded", timedelta(days=1), None),
        ("FollowUpRecorded", timedelta(days=2), follow_up_text(system.about(filed))),
        ("ComplaintAnswered", timedelta(days=3), answer_text(system.about(filed))),
        ("ComplaintClosed", utc("07-24 17:00") - MONDAY, None),
    ]
    clocks = await system.clocks(filed)
    assert {key: (clock["state"], clock["worked_days"]) for key, clock in clocks.items()} == {
        ("life", 1): ("answered", 13.625),
        ("verification", 1): ("met", 1.0),
        ("follow_up", 1): ("met", 1.0),
        ("resolution", 1): ("met", 2.0),
        ("ombudsman", 1): ("met", 3.0),
        ("window", 1): ("ended", 10.625),
    }
    assert await system.ledger(filed) == sorted(
        [
            ("35.78/coordinator", "to_verify"),
            ("35.78.DPUPR/liaison", "assigned"),
            ("35.78.DPUPR/leader", "for_leader"),
            ("35.78.DPUPR/liaison", "to_follow_up"),
            ("reporter", "received"),
            ("reporter", "forwarded"),
            ("reporter", "followed_up"),
            ("reporter", "answered"),
            ("reporter", "closed"),
            ("35.78.DPUPR/liaison", "closed_for_seat"),
        ]
    )
    assert [len(system.mails(who)) for who in (SITI, COORDINATOR, LIAISON, HEAD)] == [5, 1, 3, 1]
    assert all(filed["tracking_reference"] in mail for mail in system.mails())
    assert system.mailbox.repeated == 0


async def test_an_ignored_complaint_climbs_to_the_mayor_the_governor_the_national_administrator_and_the_ombudsman(
    system: System,
) -> None:
    filed = await system.file()
    await system.settle()
    # Filed on Monday the 7th: three working days end with the 10th, five more with the 17th, ten with the 24th.
    climbs = [(midnight(7, 10), 1, MAYOR), (midnight(7, 17), 2, GOVERNOR), (midnight(7, 24), 3, MINISTER)]
    for moment, step, leader in climbs:
        await system.advance_to(moment - TICK)
        assert (await system.public(filed))["step"] == step - 1
        assert system.subjects(leader) == []
        await system.advance_to(moment)
        seen = await system.public(filed)
        assert (seen["step"], seen["overdue"]) == (step, True)
        assert seen["timeline"][-1]["sentence"].startswith(f"Laporan naik ke jenjang {step}")
        (subject,) = system.subjects(leader)
        assert subject.startswith(f"Eskalasi tahap {step}: aduan {filed['tracking_reference']}")
    assert len(system.subjects(NATIONAL_ADMIN)) == 1
    offered = MONDAY + timedelta(days=60)
    await system.advance_to(offered - TICK)
    assert "OmbudsmanOffered" not in await system.types(filed)
    await system.advance_to(offered)
    await system.advance_to(MONDAY + timedelta(days=300))

    assert Counter(await system.types(filed)) == Counter(
        ComplaintFiled=1,
        ComplaintRouted=1,
        DeadlineNear=1,  # The first one was overtaken: nobody swept between the two.
        DeadlineMissed=1,
        ComplaintEscalated=3 + 3,  # The rounds of two long waits are said once each.
        OmbudsmanOffered=1,
    )
    case = await system.case(filed)
    assert (case["overdue"], case["ladder_step"], case["ombudsman_offered"]) == (True, 3, True)
    overdue = await system.request("GET", "/sla/overdue", params={"agency": CITY})
    assert [(item["complaint_id"], item["clock"], item["step"]) for item in overdue["items"]] == [
        (filed["id"], "verification", 3)
    ]
    assert Counter(await system.ledger(filed)) == Counter(
        {
            ("35.78/coordinator", "to_verify"): 1,
            ("35.78/coordinator", "deadline_near"): 1,
            ("35.78.DPUPR/liaison", "assigned"): 1,
            ("35.78.DPUPR/leader", "for_leader"): 1,
            ("35.78/leader", "escalation"): 1,
            ("35/leader", "escalation"): 1,
            ("NAS/leader", "escalation"): 4,
            ("NAS/coordinator", "escalation"): 4,
            ("reporter", "received"): 1,
            ("reporter", "escalated"): 3 + 1,  # Of the rounds, that of the whole complaint.
            ("reporter", "ombudsman"): 1,
            # Not verified yet: its verifier holds it, and the offer and the round go up from there.
            ("35.78/leader", "ombudsman_for_leader"): 1,
        }
    )
    assert len(system.mails(SITI)) == 6
    assert system.mailbox.repeated == 0


async def test_a_verified_complaint_that_the_unit_ignores_climbs_step_by_step(system: System) -> None:
    filed = await system.file()
    await system.settle()
    await system.verify(filed)
    await system.advance_to(midnight(7, 14) - TICK)
    assert not (await system.public(filed))["overdue"]
    # Five working days since Monday the 7th; then five and ten more.
    for moment, leader in ((midnight(7, 14), HEAD), (midnight(7, 21), MAYOR), (midnight(7, 28), GOVERNOR)):
        before = len(system.subjects(leader))
        await system.advance_to(moment)
        assert len(system.subjects(leader)) == before + 1
    assert len(system.subjects(MINISTER)) == len(system.subjects(NATIONAL_ADMIN)) == 1
    clocks = await system.clocks(filed)
    assert when(clocks["resolution", 1], "due_at") == midnight(7, 25)
    assert [step["escalation"] for step in clocks["follow_up", 1]["steps"]] == [0, 1, 2, 3]
    await system.follow_up(filed)
    await system.settle()
    seen = await system.public(filed)
    assert seen["overdue"], "the resolution is still late"
    await system.answer(filed)
    await system.settle()
    assert not (await system.public(filed))["overdue"]
    assert not (await system.case(filed))["overdue"]
    assert (await system.request("GET", "/sla/overdue"))["items"] == []
    assert (await system.clocks(filed))["follow_up", 1]["state"] == "missed"


async def test_anonymous_reporters_and_confidential_words_stay_hidden_everywhere(system: System) -> None:
    words = "Uang tambahan diminta petugas loket"
    filed = await system.file(anonymous=True, confidential=True, title="Kuitansi", text=words)
    await system.settle()
    await system.verify(filed, "supervisory")
    await system.follow_up(filed, "Petugas dipanggil inspektorat")
    await system.answer(filed, "Uang warga telah dikembalikan bendahara")
    await system.advance_to(MONDAY + timedelta(days=30))

    seen = await system.public(filed)
    assert len(seen["timeline"]) == 7
    assert all(entry["words"] is None for entry in seen["timeline"])
    hidden = ("Siti", SITI, words, "Kuitansi", "inspektorat", "dikembalikan")
    events = b"".join(message.value or b"" for message in system.published if message.topic != DIRECTORY).decode()
    case = str(await system.case(filed))
    for secret in hidden:
        assert secret not in str(seen)
        assert secret not in events
        assert all(secret not in mail for mail in system.mails())
    assert words in case
    assert "Siti" not in case
    assert SITI not in case
    assert len(system.mails(SITI)) == 5
    whole = await system.private(filed)
    assert whole["text"] == words
    assert [entry["words"] for entry in whole["timeline"]][-3:-1] == [
        "Petugas dipanggil inspektorat",
        "Uang warga telah dikembalikan bendahara",
    ]
    late = await system.file(confidential=True, key="late")
    await system.advance_to(MONDAY + timedelta(days=60))
    assert (await system.public(late))["overdue"]
    assert (await system.request("GET", "/sla/overdue"))["items"] == []
    listed = await system.request("GET", "/routing/complaints", "overseer")
    assert listed["items"] == []


async def test_acts_that_change_no_state_are_told_and_leave_every_clock_as_it_was(system: System) -> None:
    filed = await system.file()
    await system.settle()
    await system.verify(filed, points=["Lubang di depan gerbang"])
    await system.follow_up(filed)
    await system.settle()
    clocks, case = await system.clocks(filed), await system.case(filed)
    await system.post_act("notes", filed, "liaison", ROADS, text="Pelapor pernah menelepon")
    await system.post_act("obstacles", filed, "liaison", ROADS, reason="Aspal baru datang Kamis")
    await system.post_act("orders", filed, "leader", CITY, text="Selesaikan pekan ini")
    await system.settle()
    await system.post_act("acknowledgements", filed, "liaison", ROADS)
    await system.post_act("corrections", filed, "coordinator", CITY, kind="aspiration", reason="Bukan pengaduan")
    await system.settle()
    assert clocks | {("acknowledgement", 1): ANY} == (later := await system.clocks(filed))
    assert later["acknowledgement", 1]["stopped_at"]
    unchanged = ("state", "holder", "classification", "transfers", "overdue", "next_date")
    after = await system.case(filed)
    assert {name: after[name] for name in unchanged} == {name: case[name] for name in unchanged}
    seen = (await system.public(filed))["timeline"][-5:]
    assert [(entry["type"], entry["words"]) for entry in seen] == [
        ("FollowUpRecorded", follow_up_text(system.about(filed))), ("ObstacleReported", "Aspal baru datang Kamis"),
        ("OrderGiven", None), ("OrderAcknowledged", None), ("ComplaintCorrected", None),
    ]  # fmt: skip
    assert seen[0]["sentence"].endswith("Kabar berikutnya paling lambat 21 Juli 2025.")
    told = await system.ledger(filed)
    assert ("reporter", "obstacle") in told and (f"{ROADS}/liaison", "ordered") in told
    assert (f"{CITY}/leader", "order_acknowledged") in told
    everything = str(await system.public(filed)) + "".join(map(str, system.mails()))
    for secret in ("menelepon", "Selesaikan pekan ini", "depan gerbang"):
        assert secret not in everything
    own = str(await system.private(filed))
    assert "1. Lubang di depan gerbang" in own and "menelepon" not in own


async def test_a_reporter_without_contact_gets_no_mail_and_the_ledger_says_why(system: System) -> None:
    filed = await system.file(email=None)
    await system.settle()
    await system.verify(filed)
    await system.settle()
    await system.answer(filed)
    await system.settle()
    assert await system.ledger(filed, "skipped") == [
        ("reporter", "answered"), ("reporter", "forwarded"), ("reporter", "received"),
    ]  # fmt: skip
    rows = await system.request("GET", "/notify/messages", "operator", params={"state": "skipped"})
    assert {row["reason"] for row in rows["items"]} == {"no_contact"}
    assert len(system.mails()) == len(await system.ledger(filed)) == 4
    assert (await system.public(filed))["status"] == "Terdisposisi Selesai"


async def test_a_vacant_seat_stops_no_escalation_and_is_reported(
    make_system: SystemMaker, bus: str, tmp_path: Path
) -> None:
    overlay = tmp_path / "overlay.csv"
    overlay.write_text(
        "code,name,tier,parent,region,zone,field,coordinator,coordinator_email,leader,leader_email\n"
        "35.78,Pemerintah Kota Surabaya,city,35,35.78,WIB,,Admin,koordinator@35-78.go.example,Wali Kota,\n"
    )
    system = await make_system(bus, directory_overlay=overlay)
    filed = await system.file()
    await system.advance_to(midnight(7, 10))
    assert system.mails(MAYOR) == []
    assert "35/leader" in {who for who, template in await system.ledger(filed) if template == "escalation"}
    assert ("35/leader", "seat_vacant") in await system.ledger(filed)
    assert len(system.mails(GOVERNOR)) == 1, "both notices in one mail"
    seen = await system.public(filed)
    assert "pimpinan pada Pemerintah Kota Surabaya kosong atau tidak terjangkau" in str(seen)
    await system.advance_to(midnight(7, 24))
    assert (await system.public(filed))["step"] == 3
    assert Counter(await system.types(filed))["SeatFoundVacant"] == 1


async def test_a_returned_and_forwarded_complaint_keeps_its_limit_and_starts_a_new_follow_up(system: System) -> None:
    filed = await system.file()
    await system.settle()
    await system.verify(filed)
    await system.advance_to(MONDAY + timedelta(days=2))
    await system.post_act("forwards", filed, "liaison", ROADS, reason="Bukan kewenangan kami")
    await system.settle()
    assert (await system.public(filed))["holder"] == "Pemerintah Kota Surabaya"
    await system.advance_to(MONDAY + timedelta(days=3))
    await system.post_act("forwards", filed, "coordinator", CITY, agency=TRANSPORT, reason="Menyangkut rambu")
    await system.advance_to(MONDAY + timedelta(days=4))
    await system.follow_up(filed, agency=TRANSPORT)
    await system.settle()

    clocks = await system.clocks(filed)
    assert {key: (clock["agency"], clock["state"]) for key, clock in clocks.items()} == {
        ("life", 1): (TRANSPORT, "running"),
        ("verification", 1): (CITY, "met"),
        ("follow_up", 1): (ROADS, "transferred"),
        ("follow_up", 2): (CITY, "transferred"),
        ("follow_up", 3): (TRANSPORT, "met"),
        ("resolution", 1): (TRANSPORT, "running"),
        ("ombudsman", 1): (TRANSPORT, "running"),
    }
    assert when(clocks["resolution", 1], "started_at") == MONDAY
    words = [entry["words"] for entry in (await system.public(filed))["timeline"]]
    assert [word for word in words if word] == [
        "Bukan kewenangan kami", "Menyangkut rambu", follow_up_text(system.about(filed)),
    ]  # fmt: skip
    case = await system.case(filed)
    assert (case["holder"], case["transfers"], case["state"]) == (TRANSPORT, 2, "IN_PROGRESS")
    messages = await system.ledger(filed)
    assert ("35.78.DISHUB/liaison", "to_follow_up") in messages
    assert ("35.78.DISHUB/leader", "for_leader") in messages
    assert Counter(messages)["reporter", "forwarded"] == 3
