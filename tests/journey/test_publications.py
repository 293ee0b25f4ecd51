"""Publication: a draft reaches nobody before its approval, a promise outlives the answer; races on both buses."""

import asyncio
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journey.conftest import SystemMaker
from tests.journey.system import HEAD, LIAISON, MAYOR, SITI, Filed, System
from tests.make import CITY, ROADS, TRANSPORT, answer_text
from tests.services import MONDAY, bearer

COLUMNS = "code,name,tier,parent,region,zone,field,liaison,liaison_email,leader,leader_email,approver\n"
ROW = f"{ROADS},Dinas PU,unit,{CITY},{CITY},WIB,roads,Pejabat Penghubung,{LIAISON},Kepala Dinas,{HEAD},leader\n"
PROMISE = {"what": "Jalan di depan sekolah diaspal ulang", "due_on": "2025-07-21", "by_whom": "Bidang Jalan"}
RACES = 12


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    path = tmp_path / "approver.csv"
    path.write_text(COLUMNS + ROW, encoding="utf-8")
    return path


async def at_the_unit(system: System, **new: Any) -> Filed:
    filed = await system.file(**new)
    await system.settle()
    await system.verify(filed)
    await system.settle()
    return filed


async def test_a_draft_is_approved_and_its_promise_is_missed_after_the_answer(
    make_system: SystemMaker, bus: str, overlay: Path
) -> None:
    system = await make_system(bus, directory_overlay=overlay)
    filed = await at_the_unit(system)
    text = answer_text("Siti")
    await system.post_act("promises", filed, "liaison", ROADS, **PROMISE)
    assert (await system.answer(filed, text))["kind"] == "draft"
    await system.settle()
    seen = str([await system.public(filed), await system.private(filed), system.mails()])
    assert text not in seen and "sedang disetujui" in seen
    assert "menunggu persetujuan Saudara" in system.mails(HEAD)[-1]
    assert (await system.clocks(filed))["follow_up", 1]["state"] == "running"
    await system.post_act("drafts/1/rejections", filed, "leader", ROADS, reason="Sebutkan tanggalnya")
    await system.settle()
    assert "perlu diperbaiki" in system.mails(LIAISON)[-1] and "tanggalnya" not in str(system.mails())
    await system.answer(filed, text)
    await system.advance_to(MONDAY + timedelta(days=1))
    await system.post_act("drafts/2/approvals", filed, "leader", ROADS)
    await system.settle()
    assert (await system.public(filed))["timeline"][-1]["words"] == text
    clocks = await system.clocks(filed)
    assert {name: clocks[name]["state"] for name in clocks if name[0] in ("approval", "promise", "life")} == {
        ("life", 1): "running",
        ("approval", 1): "met",
        ("approval", 2): "met",
        ("promise", 1): "running",
    }
    await system.advance_to(MONDAY + timedelta(days=15))
    await system.advance_to(MONDAY + timedelta(days=22))
    missed = [entry["sentence"] for entry in (await system.public(filed))["timeline"]]
    assert any(said.startswith("Batas waktu pemenuhan janji terlewati oleh Dinas PU.") for said in missed)
    for address in (HEAD, MAYOR):
        assert "memerintahkan pemenuhan janji dalam aduan ini" in system.mails(address)[-1]
    assert any("belum memenuhi janjinya" in mail for mail in system.mails(SITI))
    kept = {"text": "Jalan diaspal ulang dan diperiksa pengawas"}
    await system.post_act("promises/1/fulfilments", filed, "liaison", ROADS, **kept)
    await system.settle()
    assert (await system.clocks(filed))["promise", 1]["state"] == "missed"
    assert "dipenuhi" in system.subjects(SITI)[-1]


RIVALS = ("forward", "rejection", "withdrawal")


async def test_an_approval_and_whatever_ends_the_draft_race_and_all_services_agree(
    make_system: SystemMaker, bus: str, overlay: Path
) -> None:
    system = await make_system(bus, replicas=2, directory_overlay=overlay)
    complaints = [await at_the_unit(system, key=f"race-{n}") for n in range(RACES)]
    for filed in complaints:
        await system.answer(filed)
    await system.settle()
    rivals = dict(zip((filed["id"] for filed in complaints), cycle(RIVALS), strict=False))
    await asyncio.gather(*(_race(system, filed, rivals[filed["id"]], n) for n, filed in enumerate(complaints)))
    await system.settle()
    for filed in complaints:
        await _check(system, filed, rivals[filed["id"]])


async def _race(system: System, filed: Filed, rival: str, number: int) -> None:
    """Approve the draft at one replica, and end it otherwise at the other, at about the same moment."""

    async def approve() -> httpx.Response:
        return await _post(system, 0, filed, "drafts/1/approvals", "leader", ROADS)

    async def against() -> Any:
        if rival == "withdrawal":
            return await system.withdraw(filed)
        if rival == "rejection":
            reason = {"reason": "Sebutkan tanggalnya"}
            return await _post(system, 1, filed, "drafts/1/rejections", "leader", CITY, **reason)
        return await _post(system, 1, filed, "forwards", "coordinator", CITY, agency=TRANSPORT, reason="Bukan kami")

    first, second = (approve, against) if number % 2 else (against, approve)
    task = asyncio.create_task(first())
    await asyncio.sleep(0.002 * (number // 2))
    await second()
    await task


async def _post(
    system: System, replica: int, filed: Filed, door: str, role: str, own: str, /, **body: Any
) -> httpx.Response:
    headers = bearer(system.service("routing"), role, own)
    path = f"/routing/complaints/{filed['id']}/{door}"
    return await system.clients[replica].post(path, json=body, headers=headers)


async def _check(system: System, filed: Filed, rival: str) -> None:
    """Either the answer was published and the other refused, or the draft went back once and nothing was published."""
    state = (await system.case(filed))["state"]
    said = [type(fact).__name__ for fact in system.facts(filed)]
    clocks = await system.clocks(filed)
    assert clocks["approval", 1]["stopped_at"] is not None
    if state == "ANSWERED":
        assert said.count("ComplaintAnswered") == 1 and "AnswerReturned" not in said
        assert (clocks["resolution", 1]["state"], clocks["window", 1]["state"]) == ("met", "running")
        assert ("ActRefused" in said) == (rival == "withdrawal")
    else:
        assert said.count("AnswerReturned") == 1 and "ComplaintAnswered" not in said
        # A verification forwards as well.
        ends = {"forward": ("ComplaintForwarded", 2), "withdrawal": ("ComplaintWithdrawn", 1)}
        name, times = ends.get(rival, ("AnswerReturned", 1))
        assert said.count(name) == times
        assert clocks["life", 1]["state"] == ("ended" if rival == "withdrawal" else "running")
