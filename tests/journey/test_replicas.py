"""Two replicas of every service over Kafka end in the same state as one of each on the in-process bus."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parseaddr
from typing import Any

from shared.local.mailbox import read_mail
from tests.journey.conftest import SystemMaker
from tests.journey.system import Filed, System, rows
from tests.make import CITY, ROADS, TRANSPORT
from tests.services import MONDAY

MANY = 40
# After each step of the ladders, to the seventieth day.
DAYS = (1, 2, 3, 4, 6, 8, 10, 12, 15, 18, 22, 26, 32, 45, 61, 70)

CASES = """SELECT id, filed_at, kind, confidential, rule, verifier, holder, state, classification, transfers,
step_missed, resolution_missed, ladder_step, ombudsman_offered FROM cases"""
ACTS = "SELECT complaint_id AS id, kind, at, role, agency, holder, state, classification FROM acts"
STANDINGS = "SELECT complaint_id AS id, state, agency_name, transfers, missed, step FROM standings"
TIMELINE = "SELECT complaint_id AS id, at, type, details FROM timeline"
CLOCKS = """SELECT complaint_id AS id, name, cycle, agency, zone, started_at, due_at, next_step, next_at, stopped_at,
outcome, worked_days FROM clocks"""
FIRED = "SELECT complaint_id AS id, clock, cycle, step, escalation, agency, fired_at FROM fired"
LEDGER = "SELECT complaint_id AS id, kind, agency, role, about, template, details, state, reason FROM messages"
STATE = {
    "routing": (CASES, ACTS),
    "intake": (STANDINGS, TIMELINE),
    "sla": (CLOCKS, FIRED),
    "notify": (LEDGER,),
}


async def play(system: System) -> dict[str, int]:
    """Forty complaints that are answered, ignored, forwarded or late; gives their numbers by id."""
    filed: list[Filed] = []
    for number in range(MANY):
        filed.append(await file_twice(system, number))
        if number % 15 == 0:
            await system.settle()
    for day in DAYS:
        await system.settle()
        await system.advance_to(MONDAY + timedelta(days=day))
        for number, complaint in enumerate(filed):
            await officials_act(system, number, complaint, day)
    await system.settle()
    return {complaint["id"]: number for number, complaint in enumerate(filed)}


async def file_twice(system: System, number: int) -> Filed:
    email = None if number % 5 == 0 else f"warga{number}@warga.example"
    new: dict[str, Any] = {"agency": (ROADS, TRANSPORT, None)[number % 3], "region": CITY}
    new |= {"confidential": number % 7 == 0, "anonymous": number % 4 == 0, "text": f"Jalan berlubang nomor {number}"}
    first = await system.file(email=email, key=f"k{number}", **new)
    again = await system.file(email=email, key=f"k{number}", **new)
    assert again == first
    return first


async def officials_act(system: System, number: int, filed: Filed, day: int) -> None:
    """What officials do on this day: course 0 is ignored for ever, all others are verified first."""
    course, unit = number % 8, (ROADS, TRANSPORT, ROADS)[number % 3]
    other = TRANSPORT if unit == ROADS else ROADS
    if course and day == 1 + course % 4:
        await system.verify(filed, ("complaint", "supervisory", "information")[number % 3])
    if course in (3, 4) and day == 6:
        await system.post_act("forwards", filed, "liaison", unit, reason="Bukan kewenangan kami")
    if course in (3, 4) and day == 8:
        await system.post_act("forwards", filed, "coordinator", CITY, agency=other, reason="Menyangkut unit lain")
    holder = other if course in (3, 4) else unit
    if course in (1, 3, 5, 6) and day == {1: 4, 3: 10, 5: 12, 6: 22}[course]:
        await system.follow_up(filed, agency=holder)
    if course in (1, 4, 5, 7) and day == {1: 10, 4: 26, 5: 45, 7: 15}[course]:
        await system.answer(filed, agency=holder)


async def outcome(system: System, numbers: Mapping[str, int]) -> dict[str, Counter[str]]:
    """Every row about the complaints, with the complaint's number instead of its id."""
    found: dict[str, Counter[str]] = {}
    for name, statements in STATE.items():
        service = system.service(name)
        for statement in statements:
            found_rows = [row._asdict() for row in await rows(service, statement)]
            lines = (str({**row, "id": numbers[str(row["id"])]}) for row in found_rows)
            found[f"{name}: {statement.split(' FROM ')[1]}"] = Counter(lines)
    return found


async def mails(system: System, numbers: Mapping[str, int]) -> Counter[tuple[str, str, int]]:
    """Recipient, template and complaint of every notice; each mail that the ledger calls sent came once."""
    caught = Counter((mail["Message-ID"], mail["Delivered-To"]) for mail in read_mail(system.mailbox.folder))
    assert set(caught.values()) == {1}
    recipients = {parseaddr(name)[1].split("@")[0]: to for name, to in caught}
    service = system.service("notify")
    lines = await rows(service, "SELECT complaint_id, template, mail_id FROM messages WHERE state = 'sent'")
    assert {str(line.mail_id) for line in lines} == set(recipients)
    return Counter((recipients[str(line.mail_id)], line.template, numbers[str(line.complaint_id)]) for line in lines)


async def test_two_replicas_end_in_the_same_state_as_one(make_system: SystemMaker) -> None:
    one = await make_system("memory")
    numbers = await play(one)
    alone, mailed = await outcome(one, numbers), await mails(one, numbers)
    two = await make_system("kafka", replicas=2)
    numbers = await play(two)
    together = await outcome(two, numbers)
    for name, lines in alone.items():
        assert together[name] - lines == lines - together[name] == Counter(), name
    assert await mails(two, numbers) == mailed
    assert two.mailbox.repeated == one.mailbox.repeated == 0
    for name in STATE:
        assert await rows(two.service(name), "SELECT 1 FROM parked") == []
    assert len(alone["routing: cases"]) == MANY
    assert all(counts[name] for counts in two.received.values() for name in STATE), "every replica received events"
