"""A question to a reporter through all four services on both buses: asked, answered, and ended at its limit."""

import asyncio
from datetime import timedelta

from tests.journey.conftest import SystemMaker
from tests.journey.system import COORDINATOR, LIAISON, SITI, Filed, System
from tests.make import CITY, ROADS
from tests.services import MONDAY, bearer

RACES = 12
QUESTION, REPLY = "Di tiang nomor berapa lampunya padam?", "Tiang nomor 12, di seberang masjid."


async def ask(system: System, filed: Filed) -> None:
    await system.post_act("holdings", filed, "liaison", ROADS, question=QUESTION)


async def complete(system: System, filed: Filed) -> None:
    path = f"/intake/complaints/{filed['tracking_reference']}/completions"
    answer = await system.clients[0].post(path, json={"text": REPLY}, headers={"Tracking-Pin": filed["pin"]})
    assert answer.status_code == 202, answer.text


async def asked(system: System, **new: str) -> Filed:
    filed = await system.file(**new)
    await system.settle()
    await system.verify(filed)
    await system.settle()
    await ask(system, filed)
    await system.settle()
    return filed


async def test_a_reporter_answers_a_question_and_the_limits_go_on(system: System) -> None:
    filed = await asked(system)
    seen, own = await system.public(filed), await system.private(filed)
    assert (seen["status"], seen["timeline"][-1]["type"], seen["timeline"][-1]["words"]) == (
        "Tertunda", "ComplaintHeld", None
    )  # fmt: skip
    assert (own["question"], own["allowed"]) == (QUESTION, ["withdrawal", "completion"])
    assert "Pertanyaan" in system.subjects(SITI)[-1] and QUESTION not in str(system.mails(SITI))
    before = await system.clocks(filed)
    assert {name for (name, _), clock in before.items() if clock["state"] == "paused"} == {
        "follow_up", "resolution", "ombudsman"
    }  # fmt: skip
    await system.advance_to(MONDAY + timedelta(days=16))
    assert "belum dijawab" in system.subjects(SITI)[-1]
    assert not [fact for fact in system.facts(filed) if type(fact).__name__ == "ComplaintEscalated"]
    await complete(system, filed)
    await system.settle()
    seen, own, case = await system.public(filed), await system.private(filed), await system.case(filed)
    assert (seen["status"], case["state"]) == ("Terdisposisi Belum Ditindaklanjuti", "AWAITING_FOLLOW_UP")
    assert [entry["type"] for entry in seen["timeline"]][-2:] == ["ReporterActed", "ComplaintCompleted"]
    assert REPLY not in str(seen) and QUESTION not in str(seen)
    assert own["timeline"][-1]["words"] == REPLY and own["question"] is None
    assert case["acts"][-1]["text"] == REPLY
    assert (f"{ROADS}/liaison", "completed") in await system.ledger(filed)
    assert "menjawab" in system.subjects(LIAISON)[-1] and REPLY not in str(system.mails(LIAISON))
    after = await system.clocks(filed)
    assert after["hold", 1]["state"] == "met" and after["follow_up", 1]["due_at"] > before["hold", 1]["started_at"]
    # Nobody follows up: the limit is missed after the time that was left.
    await system.advance_to(MONDAY + timedelta(days=40))
    assert (await system.public(filed))["overdue"]


async def test_a_question_that_is_not_answered_ends_in_the_archive(system: System) -> None:
    filed = await asked(system)
    await system.advance_to(MONDAY + timedelta(days=31))
    seen, case = await system.public(filed), await system.case(filed)
    assert (seen["status"], case["state"]) == ("Arsip", "ARCHIVED")
    assert (case["acts"][-1]["role"], case["acts"][-1]["reason"]) == ("system", "not_completed")
    assert "tidak dijawab sampai batas waktunya" in seen["timeline"][-1]["sentence"]
    assert "diarsipkan" in system.subjects(SITI)[-1] and "diarsipkan" in system.subjects(LIAISON)[-1]
    states = {name: clock["state"] for (name, _), clock in (await system.clocks(filed)).items()}
    assert states == {
        **dict.fromkeys(("life", "follow_up", "resolution", "ombudsman"), "ended"),
        "verification": "met",
        "hold": states["hold"],
    }
    # What comes too late is refused, and its reporter hears why.
    await system.advance_to(MONDAY + timedelta(days=31, hours=1))
    await complete(system, filed)
    await system.settle()
    assert (await system.types(filed))[-1] == "ActRefused"
    assert "tidak dapat dijalankan" in system.subjects(SITI)[-1]


async def test_a_case_whose_question_reaches_nobody_goes_on(system: System) -> None:
    filed = await _with_a_telephone_only(system)
    await system.advance_to(MONDAY + timedelta(days=31))
    case = await system.case(filed)
    assert (case["state"], case["acts"][-1]["kind"], case["acts"][-1]["reason"]) == (
        "AWAITING_FOLLOW_UP", "resumption", "unreached"
    )  # fmt: skip
    assert (f"{CITY}/coordinator", "unreached") in await system.ledger(filed)
    assert any("tidak terjangkau" in subject for subject in system.subjects(COORDINATOR))
    last = [entry for entry in (await system.public(filed))["timeline"] if entry["type"] == "ComplaintResumed"]
    assert [entry["sentence"] for entry in last] == [
        "Pertanyaan tidak dapat disampaikan kepada pelapor; penanganan dilanjutkan."
    ]
    assert not any(clock["state"] == "paused" for clock in (await system.clocks(filed)).values())


async def _with_a_telephone_only(system: System) -> Filed:
    filed = await system.file(email=None, contact={"phone": "08123456789"})
    await system.settle()
    await system.verify(filed)
    await ask(system, filed)
    await system.settle()
    return filed


async def test_of_an_answer_and_a_resumption_that_race_one_wins(make_system: SystemMaker, bus: str) -> None:
    system = await make_system(bus, replicas=2)
    complaints = [await system.file(key=f"race-{n}") for n in range(RACES)]
    await system.settle()
    for filed in complaints:
        await system.verify(filed)
        await ask(system, filed)
    await system.settle()
    resumed = await asyncio.gather(*(_race(system, filed, n) for n, filed in enumerate(complaints)), _settle(system))
    await system.settle()
    for filed, status in zip(complaints, resumed, strict=False):
        ends = [type(fact).__name__ for fact in system.facts(filed)]
        told = ("ComplaintCompleted", "ComplaintResumed", "ReporterReplied", "ActRefused")
        ends = [name for name in ends if name in told]
        # An answer that finds the case resumed is a reply.
        assert ends == (["ComplaintResumed", "ReporterReplied"] if status == 201 else ["ComplaintCompleted"])
        assert (await system.case(filed))["state"] == "AWAITING_FOLLOW_UP"
        assert (await system.public(filed))["status"] == "Terdisposisi Belum Ditindaklanjuti"
        assert (await system.clocks(filed))["hold", 1]["state"] == "met"


async def _race(system: System, filed: Filed, number: int) -> int:
    resuming = asyncio.create_task(_resume(system, filed, number * 0.01))
    await complete(system, filed)
    return await resuming


async def _resume(system: System, filed: Filed, after: float) -> int:
    await asyncio.sleep(after)
    headers = bearer(system.service("routing"), "liaison", ROADS)
    path = f"/routing/complaints/{filed['id']}/resumptions"
    return (await system.clients[1].post(path, json={}, headers=headers)).status_code


async def _settle(system: System) -> None:
    for _ in range(20):
        await asyncio.gather(*(runtime.turn() for runtime in system.runtimes))
