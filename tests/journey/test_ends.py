"""A complaint that ends without an answer, through all four services on both buses: everyone hears it once."""

import asyncio
from datetime import timedelta

from tests.journey.conftest import SystemMaker
from tests.journey.system import COORDINATOR, HEAD, LIAISON, SITI, Filed, System
from tests.make import CITY, ROADS, answer_text
from tests.services import MONDAY, bearer

RACES = 24
WORDS = "Tetangga sudah menambalnya."


async def test_a_reporter_withdraws_a_complaint_that_an_agency_handles(system: System) -> None:
    filed = await system.file()
    await system.settle()
    await system.verify(filed)
    await system.settle()
    assert (await system.private(filed))["allowed"] == ["withdrawal", "reply"]
    await system.advance_to(MONDAY + timedelta(days=1))
    assert await system.withdraw(filed, text=WORDS) == await system.withdraw(filed)
    await system.settle()
    await system.advance_to(MONDAY + timedelta(days=90))

    seen = await system.public(filed)
    assert (seen["status"], seen["overdue"], seen["step"]) == ("Arsip", False, 0)
    assert [entry["type"] for entry in seen["timeline"]][-2:] == ["ReporterActed", "ComplaintWithdrawn"]
    assert (await system.private(filed))["allowed"] == [] and WORDS not in str(await system.private(filed))
    case = await system.case(filed)
    # Officials may still leave each other a note, and declare that nobody else may know of it.
    assert (case["state"], case["allowed"]) == ("WITHDRAWN", ["note", "sensitivity"])
    assert (case["acts"][-1]["role"], case["acts"][-1]["text"]) == ("reporter", WORDS)
    assert {name: clock["state"] for (name, _), clock in (await system.clocks(filed)).items()} == {
        **dict.fromkeys(("life", "follow_up", "resolution", "ombudsman"), "ended"),
        "verification": "met",
    }
    told = [(f"{ROADS}/leader", "taken_back_for_seat"), (f"{ROADS}/liaison", "taken_back_for_seat")]
    assert [row for row in await system.ledger(filed) if row[1].startswith("taken")] == [
        *told,
        ("reporter", "taken_back"),
    ]
    for address in (SITI, LIAISON, HEAD):
        assert "dicabut" in system.subjects(address)[-1] and WORDS not in str(system.mails(address))
    # It is over: nobody is asked for anything, nor reminded.
    assert [type(fact).__name__ for fact in system.facts(filed)][-1] == "ComplaintWithdrawn"


async def test_an_unverified_complaint_that_is_withdrawn_is_no_task_of_its_verifier(system: System) -> None:
    filed = await system.file()
    await system.settle()
    await system.withdraw(filed)
    await system.settle()
    await system.advance_to(MONDAY + timedelta(days=30))
    assert {name for name, _ in await system.clocks(filed)} == {"life", "verification", "ombudsman"}
    assert {clock["state"] for clock in (await system.clocks(filed)).values()} == {"ended"}
    assert (f"{CITY}/coordinator", "taken_back_for_seat") in await system.ledger(filed)
    assert "dicabut" in system.subjects(COORDINATOR)[-1]
    assert (await system.public(filed))["status"] == "Arsip"


async def test_a_coordinator_archives_a_complaint_and_its_reporter_reads_why(system: System) -> None:
    filed = await system.file(key="a")
    await system.settle()
    await system.verify(filed)
    await system.follow_up(filed)
    await system.archive(filed)
    await system.settle()
    await system.advance_to(MONDAY + timedelta(days=90))
    seen = await system.public(filed)
    last = seen["timeline"][-1]
    assert (seen["status"], last["words"]) == ("Arsip", "Persoalan ini diputus oleh pengadilan.")
    assert last["sentence"] == "Laporan diarsipkan, karena persoalannya sedang atau telah diperiksa pengadilan."
    assert {name: clock["state"] for (name, _), clock in (await system.clocks(filed)).items()} == {
        **dict.fromkeys(("life", "resolution", "ombudsman"), "ended"),
        **dict.fromkeys(("verification", "follow_up"), "met"),
    }
    [mail] = [mail for mail in system.mails(SITI) if "diarsipkan" in mail.split("\n")[0]]
    assert "sedang atau telah diperiksa pengadilan" in mail and "diputus" not in mail
    assert "mengajukan\nbanding kepada instansi di atasnya" in mail.replace("\r", "")
    assert "diarsipkan" in system.mails(LIAISON)[-1]


async def test_of_an_answer_and_a_withdrawal_that_race_one_wins_and_the_other_hears_why(
    make_system: SystemMaker, bus: str
) -> None:
    system = await make_system(bus, replicas=2)
    complaints = [await system.file(key=f"race-{n}") for n in range(RACES)]
    await system.settle()
    for filed in complaints:
        await system.verify(filed)
    await system.settle()
    # The first withdrawal has been heard before its answer comes, the last one is asked for after its answer.
    await system.withdraw(complaints[0])
    await system.settle()
    answers = await asyncio.gather(*(_race(system, filed, n) for n, filed in enumerate(complaints)), _settle(system))
    await system.settle()
    states = [await _checked(system, filed, answered) for filed, answered in zip(complaints, answers, strict=False)]
    assert (states[0], states[-1]) == ("WITHDRAWN", "ANSWERED")


async def _race(system: System, filed: Filed, number: int) -> int:
    """Answer and withdraw a complaint at about the same moment; the status of the answer."""
    answer, is_last = asyncio.create_task(_answer(system, filed, number * 0.01)), number == RACES - 1
    if is_last:
        await answer
    await system.withdraw(filed)
    return await answer


async def _answer(system: System, filed: Filed, after: float) -> int:
    await asyncio.sleep(after)
    headers = bearer(system.service("routing"), "liaison", ROADS)
    path = f"/routing/complaints/{filed['id']}/answers"
    return (await system.clients[1].post(path, json={"text": answer_text(filed["id"])}, headers=headers)).status_code


async def _settle(system: System) -> None:
    for _ in range(20):
        await asyncio.gather(*(runtime.turn() for runtime in system.runtimes))


async def _checked(system: System, filed: Filed, answered: int) -> str:
    """The state that all services show; whoever came too late was told."""
    state: str = (await system.case(filed))["state"]
    said = [type(fact).__name__ for fact in system.facts(filed)]
    ends = [name for name in said if name in ("ComplaintAnswered", "ComplaintWithdrawn", "ActRefused")]
    templates = [template for who, template in await system.ledger(filed) if who == "reporter"]
    life = (await system.clocks(filed))["life", 1]["state"]
    status = (await system.public(filed))["status"]
    if state == "ANSWERED":
        assert (answered, ends, life) == (201, ["ComplaintAnswered", "ActRefused"], "running")
        assert {"answered", "act_refused"} <= set(templates) and status == "Terdisposisi Selesai"
    else:
        assert (state, answered, ends, life) == ("WITHDRAWN", 409, ["ComplaintWithdrawn"], "ended")
        assert "taken_back" in templates and "answered" not in templates and status == "Arsip"
    return state
