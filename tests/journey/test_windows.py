"""After the answer: the reporter is reminded, the system closes, a dispute goes on, who is not reached is called."""

import asyncio
from datetime import timedelta

from tests.journey.system import HEAD, LIAISON, SITI, System
from tests.make import ROADS
from tests.services import MONDAY

DAY = timedelta(days=1)
RACES = 12
REASON = "Lubangnya masih ada dan sudah dalam."


async def test_an_answer_that_nobody_disputes_is_closed_and_can_be_reopened(system: System) -> None:
    filed = await system.file()
    await system.settle()
    await system.verify(filed)
    await system.answer(filed)
    await system.settle()
    assert (await system.private(filed))["allowed"] == ["acceptance", "dispute", "reply", "appeal", "rating"]
    assert "Sampai Senin, 21 Juli 2025" in system.mails(SITI)[-1] and "membantah" in system.mails(SITI)[-1]
    await system.advance_to(MONDAY + 9 * DAY)
    assert "Tanggapan Anda" in system.subjects(SITI)[-1]
    assert (await system.case(filed))["state"] == "ANSWERED"
    await system.advance_to(MONDAY + 15 * DAY)
    seen = await system.public(filed)
    assert (seen["status"], seen["overdue"]) == ("Terdisposisi Selesai", False)
    assert [entry["type"] for entry in seen["timeline"]][-2:] == ["WindowClosing", "ComplaintClosed"]
    assert "ditutup" in system.subjects(SITI)[-1] and "ditutup" in system.subjects(LIAISON)[-1]
    running = [key for key, clock in (await system.clocks(filed)).items() if clock["state"] in ("running", "overdue")]
    assert running == [] and (await system.clocks(filed))["resolution", 1]["state"] == "met"
    assert not any("Escalated" in type(fact).__name__ for fact in system.facts(filed))

    assert (await system.private(filed))["allowed"] == ["reopening", "appeal", "rating"]
    await system.react(filed, "reopenings", reason=REASON)
    await system.settle()
    assert (await system.public(filed))["status"] == "Terdisposisi Sedang Diproses"
    assert REASON not in str(await system.public(filed)) and REASON in str(await system.private(filed))
    clocks = await system.clocks(filed)
    states = {key: clocks[key]["state"] for key in (("life", 1), ("ombudsman", 1), ("resolution", 2))}
    assert set(states.values()) == {"running"}
    for address in (SITI, LIAISON, HEAD):
        assert "dibuka kembali" in system.subjects(address)[-1] and REASON not in str(system.mails(address))
    assert REASON in str((await system.case(filed))["acts"])


async def test_a_reporter_whom_the_answer_did_not_reach_is_called_before_the_closing(system: System) -> None:
    filed = await system.file(email=None, contact={"phone": "+628111111111"})
    await system.settle()
    await system.verify(filed)
    await system.answer(filed)
    await system.advance_to(MONDAY + 15 * DAY)
    case = await system.case(filed)
    assert (case["state"], case["contact_open"]) == ("ANSWERED", True)
    assert "Hubungi pelapor" in system.subjects(LIAISON)[-1]
    assert (await system.clocks(filed))["contact", 1]["state"] == "running"
    await system.advance_to(MONDAY + 20 * DAY)
    assert (await system.public(filed))["overdue"] and (await system.clocks(filed))["contact", 1]["state"] == "overdue"
    await system.post_act("contacts", filed, "liaison", ROADS, text="Pelapor ditelepon dan sudah tahu.")
    await system.settle()
    assert not (await system.public(filed))["overdue"]
    await system.advance_to(MONDAY + 40 * DAY)
    assert (await system.public(filed))["status"] == "Terdisposisi Selesai"
    assert (await system.case(filed))["state"] == "CLOSED"


async def test_a_dispute_begins_a_cycle_that_climbs_no_lower_than_the_one_before(system: System) -> None:
    filed = await system.file()
    await system.settle()
    await system.verify(filed)
    # The limit of the resolution passes, and the complaint climbs twice.
    await system.advance_to(MONDAY + 29 * DAY)
    before = (await system.public(filed))["step"]
    assert before >= 2
    await system.answer(filed)
    await system.settle()
    await system.react(filed, "disputes", reason=REASON)
    await system.settle()
    seen = await system.public(filed)
    assert (seen["step"], seen["overdue"], seen["status"]) == (before, False, "Terdisposisi Sedang Diproses")
    said = len(system.facts(filed))
    await system.advance_to(MONDAY + 29 * DAY + 30 * DAY)
    climbs = [fact for fact in system.facts(filed)[said:] if type(fact).__name__ == "ComplaintEscalated"]
    of_resolution = [fact for fact in climbs if fact.clock == "resolution"]
    assert of_resolution and of_resolution[0].cycle == 2 and of_resolution[0].step >= before
    missed = [fact for fact in system.facts(filed)[said:] if type(fact).__name__ == "DeadlineMissed"]
    assert [(fact.clock, fact.cycle) for fact in missed] == [("resolution", 2)]
    assert (await system.public(filed))["overdue"]


async def test_of_a_dispute_and_a_closing_that_race_the_dispute_wins(system: System) -> None:
    complaints = [await system.file() for _ in range(RACES)]
    await system.settle()
    for filed in complaints:
        await system.verify(filed)
    for filed in complaints:
        await system.answer(filed)
    await system.settle()
    lapse = MONDAY + 15 * DAY
    await system.advance_to(lapse - timedelta(days=1, hours=12))
    # The disputes are taken, but not heard; meanwhile the windows run out.
    early, late = complaints[: RACES // 2], complaints[RACES // 2 :]
    for filed in early:
        await system.react(filed, "disputes", reason=REASON)
    await asyncio.gather(system.advance_to(lapse), *(system.react(filed, "disputes", reason=REASON) for filed in late))
    await system.settle()
    for filed in complaints:
        case, seen, clocks = await system.case(filed), await system.public(filed), await system.clocks(filed)
        assert (case["state"], seen["status"]) == ("IN_PROGRESS", "Terdisposisi Sedang Diproses")
        assert clocks["life", 1]["state"] == clocks["resolution", 2]["state"] == "running"
        facts = [type(fact).__name__ for fact in system.facts(filed)]
        assert facts.count("ComplaintReopened") == 1
        [reopened] = [fact for fact in system.facts(filed) if type(fact).__name__ == "ComplaintReopened"]
        if reopened.closing_taken_back:
            assert "Penutupan dibatalkan" in str(seen["timeline"])


async def test_a_reply_and_a_rating_reach_those_for_whom_they_are(system: System) -> None:
    filed = await system.file()
    await system.settle()
    await system.verify(filed)
    word, opinion = "Lubang itu di depan sekolah.", "Lama sekali menunggunya."
    await system.react(filed, "replies", text=word)
    await system.settle()
    await system.answer(filed)
    await system.settle()
    assert "membaca keterangan itu" in str(system.mails(LIAISON)) and word not in str(system.mails(LIAISON))
    assert word in str((await system.case(filed))["acts"])
    await system.advance_to(MONDAY + 9 * DAY)
    await system.react(filed, "replies", text="Terima kasih, saya periksa dahulu.")
    await system.react(filed, "ratings", speed=1, clarity=3, outcome=4, courtesy=4, text=opinion)
    # The window has begun anew with the reply.
    await system.advance_to(MONDAY + 15 * DAY)
    assert (await system.case(filed))["state"] == "ANSWERED"
    clocks = await system.clocks(filed)
    assert (clocks["window", 1]["state"], clocks["window", 2]["state"]) == ("ended", "running")
    own, public = await system.private(filed), await system.public(filed)
    assert word in str(own) and word not in str(public) and "rating" not in own["allowed"]
    assert "Pelapor menilai penanganan laporan." in str(public) and opinion not in str((own, public))
