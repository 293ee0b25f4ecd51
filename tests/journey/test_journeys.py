"""Journeys of one complaint through all four services, told in sentences, on both buses."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.events import DIRECTORY
from tests.journey.conftest import Worlds
from tests.journey.world import (
    CITY,
    COORDINATOR,
    GOVERNOR,
    HEAD,
    LIAISON,
    MAYOR,
    MINISTER,
    NATIONAL_ADMIN,
    ROADS,
    SITI,
    TRANSPORT,
    World,
)
from tests.services import MONDAY

TICK = timedelta(microseconds=1)


def midnight(month: int, day: int) -> datetime:
    """The end of this day of 2025 in Surabaya."""
    return datetime(2025, month, day, 17, tzinfo=UTC)


def when(clock: dict[str, str], name: str) -> datetime:
    return datetime.fromisoformat(clock[name])


async def test_a_complaint_is_filed_routed_verified_followed_up_and_answered(world: World) -> None:
    filed = await world.file()
    await world.settle()
    seen = await world.public(filed)
    assert (seen["status"], seen["holder"]) == (
        "Belum Terverifikasi",
        "Dinas Pekerjaan Umum dan Penataan Ruang Kota Surabaya",
    )
    await world.until(MONDAY + timedelta(days=1))
    await world.verify(filed)
    await world.settle()
    assert (await world.public(filed))["status"] == "Terdisposisi Belum Ditindaklanjuti"
    await world.until(MONDAY + timedelta(days=2))
    await world.follow_up(filed)
    await world.settle()
    assert (await world.public(filed))["status"] == "Terdisposisi Sedang Diproses"
    await world.until(MONDAY + timedelta(days=3))
    await world.answer(filed)
    await world.settle()
    await world.until(MONDAY + timedelta(days=90))

    seen = await world.public(filed)
    assert seen["status"] == "Terdisposisi Selesai"
    assert not seen["overdue"]
    assert [(entry["type"], when(entry, "at") - MONDAY, entry["words"]) for entry in seen["timeline"]] == [
        ("ComplaintFiled", timedelta(), None),
        ("ComplaintRouted", timedelta(), None),
        ("ComplaintVerified", timedelta(days=1), None),
        ("ComplaintForwarded", timedelta(days=1), None),
        ("FollowUpRecorded", timedelta(days=2), "Regu perbaikan datang besok"),
        ("ComplaintAnswered", timedelta(days=3), "Lubang telah ditutup"),
    ]
    clocks = await world.clocks(filed)
    assert {key: (clock["state"], clock["worked_days"]) for key, clock in clocks.items()} == {
        ("verification", 1): ("met", 1.0),
        ("follow_up", 1): ("met", 1.0),
        ("resolution", 1): ("met", 2.0),
        ("ombudsman", 1): ("met", 3.0),
    }
    assert await world.ledger(filed) == sorted(
        [
            ("35.78/coordinator", "to_verify"),
            ("35.78.DPUPR/liaison", "assigned"),
            ("35.78.DPUPR/leader", "for_leader"),
            ("35.78.DPUPR/liaison", "to_follow_up"),
            ("reporter", "received"),
            ("reporter", "forwarded"),
            ("reporter", "followed_up"),
            ("reporter", "answered"),
        ]
    )
    assert [len(world.mails(who)) for who in (SITI, COORDINATOR, LIAISON, HEAD)] == [4, 1, 2, 1]
    assert all(filed["tracking_reference"] in mail for mail in world.mails())
    assert world.box.repeated == 0


async def test_an_ignored_complaint_climbs_to_the_mayor_the_governor_the_national_administrator_and_the_ombudsman(
    world: World,
) -> None:
    filed = await world.file()
    # Filed on Monday the 7th: three working days end with the 10th, five more with the 17th, ten with the 24th.
    climbs = [(midnight(7, 10), 1, MAYOR), (midnight(7, 17), 2, GOVERNOR), (midnight(7, 24), 3, MINISTER)]
    for moment, step, leader in climbs:
        await world.until(moment - TICK)
        assert (await world.public(filed))["step"] == step - 1
        assert world.subjects(leader) == []
        await world.until(moment)
        seen = await world.public(filed)
        assert (seen["step"], seen["overdue"]) == (step, True)
        assert seen["timeline"][-1]["sentence"].startswith(f"Laporan naik ke jenjang {step}")
        (subject,) = world.subjects(leader)
        assert subject.startswith(f"Eskalasi tahap {step}: aduan {filed['tracking_reference']}")
    assert len(world.subjects(NATIONAL_ADMIN)) == 1
    offered = MONDAY + timedelta(days=60)
    await world.until(offered - TICK)
    assert "OmbudsmanOffered" not in await world.types(filed)
    await world.until(offered)
    await world.until(MONDAY + timedelta(days=300))

    assert Counter(await world.types(filed)) == Counter(
        ComplaintFiled=1,
        ComplaintRouted=1,
        DeadlineNear=2,
        DeadlineMissed=1,
        ComplaintEscalated=3,
        OmbudsmanOffered=1,
    )
    desk = await world.desk(filed)
    assert (desk["overdue"], desk["ladder_step"], desk["ombudsman_offered"]) == (True, 3, True)
    overdue = await world.ask("GET", "/sla/overdue", params={"agency": CITY})
    assert [(item["complaint_id"], item["clock"], item["step"]) for item in overdue["items"]] == [
        (filed["id"], "verification", 3)
    ]
    assert Counter(await world.ledger(filed)) == Counter(
        {
            ("35.78/coordinator", "to_verify"): 1,
            ("35.78/coordinator", "deadline_near"): 2,
            ("35.78.DPUPR/liaison", "assigned"): 1,
            ("35.78.DPUPR/leader", "for_leader"): 1,
            ("35.78/leader", "escalation"): 1,
            ("35/leader", "escalation"): 1,
            ("NAS/leader", "escalation"): 1,
            ("NAS/coordinator", "escalation"): 1,
            ("reporter", "received"): 1,
            ("reporter", "escalated"): 3,
            ("reporter", "ombudsman"): 1,
        }
    )
    assert len(world.mails(SITI)) == 5
    assert world.box.repeated == 0


async def test_a_unit_that_ignores_a_verified_complaint_is_passed_by_step_by_step(world: World) -> None:
    filed = await world.file()
    await world.settle()
    await world.verify(filed)
    await world.until(midnight(7, 14) - TICK)
    assert not (await world.public(filed))["overdue"]
    # Five working days since Monday the 7th; then five and ten more.
    for moment, leader in ((midnight(7, 14), HEAD), (midnight(7, 21), MAYOR), (midnight(7, 28), GOVERNOR)):
        before = len(world.subjects(leader))
        await world.until(moment)
        assert len(world.subjects(leader)) == before + 1
    assert len(world.subjects(MINISTER)) == len(world.subjects(NATIONAL_ADMIN)) == 1
    clocks = await world.clocks(filed)
    assert when(clocks["resolution", 1], "due_at") == midnight(7, 25)
    assert [step["escalation"] for step in clocks["follow_up", 1]["steps"]] == [0, 0, 1, 2, 3]
    await world.follow_up(filed)
    await world.settle()
    seen = await world.public(filed)
    assert seen["overdue"], "the resolution is still late"
    await world.answer(filed)
    await world.settle()
    assert not (await world.public(filed))["overdue"]
    assert not (await world.desk(filed))["overdue"]
    assert (await world.ask("GET", "/sla/overdue"))["items"] == []
    assert (await world.clocks(filed))["follow_up", 1]["state"] == "missed"


async def test_who_reported_anonymously_and_what_is_confidential_stays_hidden_everywhere(world: World) -> None:
    words = "Pungutan liar oleh petugas loket"
    filed = await world.file(anonymous=True, confidential=True, title="Pungli", text=words)
    await world.settle()
    await world.verify(filed, "supervisory")
    await world.follow_up(filed, "Petugas dipanggil inspektorat")
    await world.answer(filed, "Uang telah dikembalikan")
    await world.until(MONDAY + timedelta(days=30))

    seen = await world.public(filed)
    assert len(seen["timeline"]) == 6
    assert all(entry["words"] is None for entry in seen["timeline"])
    hidden = ("Siti", SITI, words, "Pungli", "inspektorat", "dikembalikan")
    events = b"".join(message.value or b"" for message in world.published if message.topic != DIRECTORY).decode()
    desk = str(await world.desk(filed))
    for secret in hidden:
        assert secret not in str(seen)
        assert secret not in events
        assert all(secret not in mail for mail in world.mails())
    assert words in desk
    assert "Siti" not in desk
    assert SITI not in desk
    assert len(world.mails(SITI)) == 4
    whole = await world.private(filed)
    assert whole["text"] == words
    assert [entry["words"] for entry in whole["timeline"]][-2:] == [
        "Petugas dipanggil inspektorat",
        "Uang telah dikembalikan",
    ]
    late = await world.file(confidential=True, key="late")
    await world.until(MONDAY + timedelta(days=60))
    assert (await world.public(late))["overdue"]
    assert (await world.ask("GET", "/sla/overdue"))["items"] == []
    listed = await world.ask("GET", "/routing/complaints", "overseer")
    assert listed["items"] == []


async def test_a_reporter_without_contact_gets_no_mail_and_the_ledger_says_why(world: World) -> None:
    filed = await world.file(email=None)
    await world.settle()
    await world.verify(filed)
    await world.answer(filed)
    await world.settle()
    assert await world.ledger(filed, "skipped") == [
        ("reporter", "answered"), ("reporter", "forwarded"), ("reporter", "received"),
    ]  # fmt: skip
    rows = await world.ask("GET", "/notify/messages", "operator", params={"state": "skipped"})
    assert {row["reason"] for row in rows} == {"no_contact"}
    assert len(world.mails()) == len(await world.ledger(filed)) == 4
    assert (await world.public(filed))["status"] == "Terdisposisi Selesai"


async def test_a_vacant_seat_stops_no_escalation_and_is_reported(worlds: Worlds, bus: str, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.csv"
    overlay.write_text(
        "code,name,tier,parent,region,zone,field,coordinator,coordinator_email,leader,leader_email\n"
        "35.78,Pemerintah Kota Surabaya,city,35,35.78,WIB,,Admin,koordinator@35-78.go.example,Wali Kota,\n"
    )
    world = await worlds(bus, directory_overlay=overlay)
    filed = await world.file()
    await world.until(midnight(7, 10))
    assert world.mails(MAYOR) == []
    assert "35/leader" in {who for who, template in await world.ledger(filed) if template == "escalation"}
    assert ("35/leader", "seat_vacant") in await world.ledger(filed)
    assert len(world.mails(GOVERNOR)) == 1, "both notices in one mail"
    seen = await world.public(filed)
    assert "pimpinan pada Pemerintah Kota Surabaya ditemukan kosong" in str(seen)
    await world.until(midnight(7, 24))
    assert (await world.public(filed))["step"] == 3
    assert Counter(await world.types(filed))["SeatFoundVacant"] == 1


async def test_a_complaint_given_back_and_passed_on_keeps_its_limit_and_starts_a_new_follow_up(world: World) -> None:
    filed = await world.file()
    await world.settle()
    await world.verify(filed)
    await world.until(MONDAY + timedelta(days=2))
    await world.act("forwards", filed, "liaison", ROADS, reason="Bukan kewenangan kami")
    await world.settle()
    assert (await world.public(filed))["holder"] == "Pemerintah Kota Surabaya"
    await world.until(MONDAY + timedelta(days=3))
    await world.act("forwards", filed, "coordinator", CITY, agency=TRANSPORT, reason="Menyangkut rambu")
    await world.until(MONDAY + timedelta(days=4))
    await world.follow_up(filed, agency=TRANSPORT)
    await world.settle()

    clocks = await world.clocks(filed)
    assert {key: (clock["agency"], clock["state"]) for key, clock in clocks.items()} == {
        ("verification", 1): (CITY, "met"),
        ("follow_up", 1): (ROADS, "transferred"),
        ("follow_up", 2): (CITY, "transferred"),
        ("follow_up", 3): (TRANSPORT, "met"),
        ("resolution", 1): (TRANSPORT, "running"),
        ("ombudsman", 1): (TRANSPORT, "running"),
    }
    assert when(clocks["resolution", 1], "started_at") == MONDAY
    words = [entry["words"] for entry in (await world.public(filed))["timeline"]]
    assert [word for word in words if word] == [
        "Bukan kewenangan kami", "Menyangkut rambu", "Regu perbaikan datang besok",
    ]  # fmt: skip
    desk = await world.desk(filed)
    assert (desk["holder"], desk["transfers"], desk["state"]) == (TRANSPORT, 2, "IN_PROGRESS")
    told = await world.ledger(filed)
    assert ("35.78.DISHUB/liaison", "to_follow_up") in told
    assert ("35.78.DISHUB/leader", "for_leader") in told
    assert Counter(told)["reporter", "forwarded"] == 3
