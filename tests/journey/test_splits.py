"""A complaint about two matters through all four services: split, followed on one page, answered with its last part."""

from datetime import timedelta
from typing import Any

from tests.journey.system import LIAISON, SITI, Filed, System
from tests.make import CITY, ROADS, TRANSPORT
from tests.services import MONDAY

PARTS = [
    {"agency": ROADS, "classification": "complaint", "title": "Jalan berlubang", "text": "Lubang di depan sekolah."},
    {"agency": TRANSPORT, "classification": "complaint", "title": "Lampu padam", "text": "Lampu lalu lintas padam."},
]
REASON = "Dua pokok bagi dua instansi."


async def split(system: System, **new: Any) -> tuple[Filed, list[Filed]]:
    """A complaint that is split, and its parts: the reporter has one PIN for all."""
    filed = await system.file(**new)
    await system.settle()
    await system.post_act("splits", filed, "coordinator", CITY, parts=PARTS, reason=REASON)
    await system.settle()
    opened = [fact for event in PARTS for fact in system.opened(filed) if fact.agency.code == event["agency"]]
    return filed, [
        {"id": str(fact.complaint_id), "tracking_reference": fact.reference, "pin": filed["pin"]} for fact in opened
    ]


async def test_the_reporter_follows_all_parts_with_one_pin_and_on_one_page(system: System) -> None:
    filed, (first, second) = await split(system)
    seen, own = await system.public(filed), await system.private(filed)
    assert seen["status"] == "Terdisposisi Sedang Diproses"
    assert [part["tracking_reference"] for part in seen["parts"]] == [
        f"{filed['tracking_reference']}-{n}" for n in (1, 2)
    ]
    assert REASON not in str(seen) and "Lampu padam" not in str(seen)
    assert [part["title"] for part in own["parts"]] == ["Jalan berlubang", "Lampu padam"]
    assert REASON in own["timeline"][-1]["words"]
    assert "dibagi menjadi 2 bagian" in system.subjects(SITI)[-1]
    assert (f"{ROADS}/liaison", "to_follow_up") in await system.ledger(first)
    assert (f"{TRANSPORT}/leader", "for_leader") in await system.ledger(second)
    assert first["tracking_reference"] in system.subjects(LIAISON)[-1]
    await system.answer(first)
    await system.settle()
    own = await system.private(filed)
    assert [part["status"] for part in own["parts"]] == ["Terdisposisi Selesai", "Terdisposisi Belum Ditindaklanjuti"]
    assert own["parts"][0]["timeline"][-1]["words"] and own["status"] == "Terdisposisi Sedang Diproses"
    part = await system.private(second)
    assert (part["whole"], part["title"], part["allowed"]) == (
        filed["tracking_reference"], "Lampu padam", ["withdrawal", "reply"]
    )  # fmt: skip
    page = await system.clients[0].post(
        f"/intake/pages/complaints/{filed['tracking_reference']}", data={"pin": filed["pin"]}
    )
    assert page.status_code == 200 and "Bagian 2: Lampu padam" in page.text


async def test_the_complaint_is_answered_with_its_last_part_and_opened_again_by_a_dispute(system: System) -> None:
    filed, (first, second) = await split(system)
    await system.answer(first)
    await system.post_act("forwards", second, "coordinator", CITY, agency=ROADS, reason="Kewenangan lain")
    await system.settle()
    await system.answer(second)
    await system.settle()
    assert ((await system.public(filed))["status"], (await system.case(filed))["state"]) == (
        "Terdisposisi Selesai", "CLOSED"
    )  # fmt: skip
    assert not [clock for clock in (await system.clocks(filed)).values() if clock["state"] in ("running", "overdue")]
    await system.react(second, "disputes", reason="Lampunya tetap padam sampai hari ini.")
    await system.settle()
    own = await system.private(filed)
    assert (own["status"], own["parts"][1]["status"]) == ("Terdisposisi Sedang Diproses",) * 2
    assert (await system.clocks(filed))["life", 1]["state"] == "running"
    assert [type(fact).__name__ for fact in system.facts(filed)][-1] == "ComplaintSplit"


async def test_an_ignored_part_climbs_and_its_whole_says_nothing_of_its_own(system: System) -> None:
    filed, (first, second) = await split(system)
    await system.answer(first)
    await system.advance_to(MONDAY + timedelta(days=40))
    assert (await system.public(second))["step"] > 0 and (await system.public(filed))["step"] == 0
    figures = await system.request("GET", "/sla/indicators", params={"from": "2025-07-01", "to": "2025-07-31"})
    assert (figures["received"], figures["answered"]) == (2, 1)
