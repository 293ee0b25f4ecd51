"""The directory is published once, and later only where it has changed."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from shared.errors import BadSettings
from shared.events import AgencyPublished, decode
from tests.conftest import Sites
from tests.house import MONDAY, staged
from tests.routing.stories import empty_outbox, rows

HEAD = (
    "code,name,tier,parent,region,zone,field,liaison,liaison_email,coordinator,coordinator_email,leader,leader_email\n"
)


async def test_every_agency_is_published_with_its_seats(site_of: Sites) -> None:
    service = await site_of("routing")
    facts = {fact.key: fact for fact in await staged(service)}
    assert set(facts) == set(service.state.codes)
    unit = facts["91.71.DINKES"]
    assert isinstance(unit, AgencyPublished)
    assert (unit.parent, unit.region, unit.zone, unit.tier) == ("91.71", "91.71", "Asia/Jayapura", "unit")
    assert {seat.role for seat in unit.seats} == {"liaison", "leader"}


async def test_a_second_start_publishes_nothing(site_of: Sites) -> None:
    service = await site_of("routing")
    await empty_outbox(service)
    again = await site_of("routing")
    assert not await staged(again)


async def test_replicas_that_start_together_publish_each_agency_once(site_of: Sites) -> None:
    services = await asyncio.gather(*(site_of("routing") for _ in range(4)))
    facts = await staged(services[0])
    assert len(facts) == len({fact.key for fact in facts}) == len(services[0].state.codes)


async def test_only_what_has_changed_is_published_again(site_of: Sites, tmp_path: Path) -> None:
    await empty_outbox(await site_of("routing"))
    overlay = tmp_path / "ours.csv"
    lines = (
        "35.78.DISHUB,Dinas Perhubungan Baru,unit,35.78,35.78,WIB,transport,Penghubung,,,,Kepala,a@b.example",
        "35.78.BARU,Unit Baru,unit,35.78,35.78,WIB,,Penghubung,,,,,",
    )
    overlay.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    service = await site_of("routing", directory_overlay=overlay)
    facts = {fact.key: fact for fact in await staged(service)}
    assert set(facts) == {"35.78.DISHUB", "35.78.BARU"}
    changed = facts["35.78.DISHUB"]
    assert isinstance(changed, AgencyPublished)
    assert [(seat.role, seat.email) for seat in changed.seats] == [("liaison", None), ("leader", "a@b.example")]
    assert len(await rows(service, "SELECT 1 FROM agencies")) == len(service.state.codes)


async def test_what_is_published_later_is_later_though_a_clock_was_ahead(site_of: Sites, tmp_path: Path) -> None:
    """The other services keep what was published last, by its moment."""
    service = await site_of("routing")
    ahead = MONDAY + timedelta(days=365)
    new = ("35.78.DISHUB", "35.78.DINKES", "35.78.BARU")
    async with service.begin() as tx:
        await tx.execute("DELETE FROM outbox")
        await tx.execute("UPDATE agencies SET published_at = :ahead WHERE code = '35.78.DISHUB'", {"ahead": ahead})
        await tx.execute("UPDATE agencies SET published_at = '-infinity' WHERE code <> '35.78.DISHUB'")
    overlay = tmp_path / "ours.csv"
    lines = (f"{code},Dinas Baru,unit,35.78,35.78,WIB,,Penghubung,,,,," for code in new)
    overlay.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    again = await site_of("routing", directory_overlay=overlay)
    events = [decode(row.value) for row in await rows(again, "SELECT value FROM outbox")]
    assert {event.subject: event.time for event in events if event} == {
        "35.78.DISHUB": ahead + timedelta(microseconds=1),
        "35.78.DINKES": MONDAY,
        "35.78.BARU": MONDAY,
    }


async def test_a_faulty_directory_is_refused_in_one_sentence(site_of: Sites, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"no region '99.99'"):
        await site_of("routing", directory_regions="99.99")
    with pytest.raises(BadSettings, match="directory"):
        await site_of("routing", directory_overlay=tmp_path / "absent.csv")
