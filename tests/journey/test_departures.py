"""An agency leaves the directory while its complaints are open: all services agree on who holds them afterwards."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from shared.runtime import ALL, running
from tests.journey.conftest import SystemMaker
from tests.journey.system import MAYOR, SITI, Filed, System, rows
from tests.make import CITY
from tests.services import MONDAY, definition

HEAD = "code,name,tier,parent,region,zone,field,liaison,liaison_email,leader,leader_email,approver,successor\n"
OLD = "35.78.LAMA,Dinas Lama,unit,35.78,35.78,WIB,,Penghubung,ph@lama.go.example,Kepala,kepala@lama.go.example,none,\n"
NEW = "35.78.BARU,Dinas Baru,unit,35.78,35.78,WIB,,Penghubung,ph@baru.go.example,Kepala,kepala@baru.go.example,none,\n"
GONE = "35.78.LAMA,,,,,,,,,,,,35.78.BARU\n"
LEAVES, HEIR = "35.78.LAMA", "35.78.BARU"
OLD_HEAD, OLD_LIAISON, NEW_HEAD = "kepala@lama.go.example", "ph@lama.go.example", "kepala@baru.go.example"

Restart = Callable[..., Awaitable[System]]


def write(overlay: Path, table: str) -> None:
    overlay.write_text(HEAD + table, encoding="utf-8")


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    path = tmp_path / "ours.csv"
    write(path, OLD + NEW)
    return path


@pytest.fixture
async def with_a_newer_file(overlay: Path) -> AsyncIterator[Restart]:
    """Starts all services with other rows: beside those that run with the older file, or in their place."""
    async with AsyncExitStack() as stack:

        async def start(system: System, table: str, *, alone: bool = False) -> System:
            write(overlay, table)
            older, four = system.runtimes, [definition(name) for name in ALL]
            for runtime in older if alone else ():
                await runtime.close()
            newer = await stack.enter_async_context(running(four, older[0].settings, system.clock, loops=False))
            both = System([newer] if alone else [*older, newer], system.clock, system.mailbox)
            stack.push_async_callback(both.close)
            await both.settle()
            return both

        yield start


async def holders(system: System, filed: Filed) -> dict[str, str]:
    """Who holds a complaint: in routing, in sla, on the clocks of the whole case, and for the public."""
    [case] = await rows(system.service("routing"), "SELECT holder, state FROM cases WHERE id = :id", id=filed["id"])
    [known] = await rows(system.service("sla"), "SELECT holder FROM complaints WHERE id = :id", id=filed["id"])
    clocks = await system.clocks(filed)
    return {
        "routing": case.holder,
        "sla": known.holder,
        "ombudsman": clocks["ombudsman", 1]["agency"],
        "public": (await system.public(filed))["holder"],
    }


def agreed(code: str, name: str) -> dict[str, str]:
    return {"routing": code, "sla": code, "ombudsman": code, "public": name}


async def test_the_open_complaints_of_an_agency_that_left_are_held_by_its_successor_everywhere(
    make_system: SystemMaker, bus: str, overlay: Path, with_a_newer_file: Restart
) -> None:
    system = await make_system(bus, directory_overlay=overlay)
    unverified, verified, answered = [await system.file(agency=LEAVES, key=f"k{n}") for n in range(3)]
    await system.settle()
    await system.advance_to(MONDAY + timedelta(days=1))
    for filed in (verified, answered):
        await system.verify(filed)
    await system.settle()
    await system.answer(answered, agency=LEAVES)
    await system.settle()
    assert await holders(system, verified) == agreed(LEAVES, "Dinas Lama")
    written = len(system.mails(OLD_HEAD)) + len(system.mails(OLD_LIAISON))

    await system.advance_to(MONDAY + timedelta(days=2))
    system = await with_a_newer_file(system, GONE + NEW)
    for filed in (unverified, verified):
        assert await holders(system, filed) == agreed(HEIR, "Dinas Baru")
    assert await holders(system, answered) == agreed(LEAVES, "Dinas Lama")
    assert (await system.case(verified))["transfers"] == 1
    assert await system.types(unverified) == ["ComplaintFiled", "ComplaintRouted", "ComplaintReassigned"]
    assert (await system.types(verified))[-1] == "ComplaintForwarded"
    last = (await system.public(verified))["timeline"][-1]
    assert last["words"] == "Dinas Lama tidak lagi terdaftar dalam direktori instansi."
    assert ("reporter", "reassigned") in await system.ledger(unverified)
    assert (f"{HEIR}/liaison", "to_follow_up") in await system.ledger(verified)
    assert (f"{HEIR}/leader", "for_leader") in await system.ledger(unverified)

    # Ignored, they climb from the successor on; nobody writes to the agency that left.
    late = await system.file(agency=LEAVES, key="late")
    await system.advance_to(MONDAY + timedelta(days=20))
    assert any("Eskalasi" in mail for mail in system.mails(NEW_HEAD))
    assert any("Eskalasi" in mail for mail in system.mails(MAYOR))
    assert len(system.mails(OLD_HEAD)) + len(system.mails(OLD_LIAISON)) == written
    for filed in (unverified, verified, late):
        assert await holders(system, filed) == agreed(HEIR, "Dinas Baru")
    await system.post_act("verifications", unverified, "coordinator", CITY, classification="complaint")
    await system.settle()
    assert await holders(system, unverified) == agreed(HEIR, "Dinas Baru")
    for name in ALL:
        assert await rows(system.service(name), "SELECT error FROM parked") == []
    assert system.mails(SITI) and system.mailbox.repeated == 0


async def test_an_agency_that_comes_back_is_written_to_again(
    make_system: SystemMaker, bus: str, overlay: Path, with_a_newer_file: Restart
) -> None:
    system = await make_system(bus, directory_overlay=overlay)
    moved = await system.file(agency=LEAVES, key="moved")
    await system.settle()
    system = await with_a_newer_file(system, NEW, alone=True)
    assert await holders(system, moved) == agreed(CITY, "Pemerintah Kota Surabaya")
    system = await with_a_newer_file(system, OLD + NEW, alone=True)
    again = await system.file(agency=LEAVES, key="again")
    await system.settle()
    assert await holders(system, again) == agreed(LEAVES, "Dinas Lama")
    assert (f"{LEAVES}/leader", "for_leader") in await system.ledger(again)
