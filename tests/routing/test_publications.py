"""The published directory: an agency that has left is published as departed, once, with its successor."""

import asyncio
from pathlib import Path

import pytest

from shared.errors import BadSettings
from shared.events import AgencyPublished, decode
from shared.service import RunningService
from shared.vocabulary import ROOT
from tests.conftest import ServiceMaker
from tests.make import CITY, HEALTH, ROADS
from tests.routing.complaints import empty_outbox, rows_of
from tests.routing.departures import LEAVES, OLD, OTHER, STAYS, published, started, to, write
from tests.services import staged


async def test_an_agency_that_is_gone_is_published_as_departed_once(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    after = await started(make_service, overlay, OTHER)
    [fact] = [fact for fact in await staged(after) if isinstance(fact, AgencyPublished)]
    assert (fact.code, fact.name, fact.departed, fact.successor, fact.seats) == (LEAVES, "Dinas Lama", True, CITY, ())
    assert (fact.tier, fact.parent, fact.region, fact.zone) == ("unit", CITY, CITY, "Asia/Jakarta")
    await empty_outbox(after)
    again = await started(make_service, overlay, OTHER)
    assert not await staged(again)
    assert again.state.directory.successors == {LEAVES: CITY}
    assert again.state.chain(LEAVES) == (LEAVES, CITY, "35", ROOT)


async def test_the_overlay_names_a_successor_and_may_take_a_shipped_agency_out(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    after = await started(make_service, overlay, to(STAYS), OTHER, to(LEAVES, HEALTH))
    assert await published(after) == [(HEALTH, True, STAYS), (LEAVES, True, STAYS)]
    assert HEALTH not in after.state.directory.by_code


async def test_a_successor_named_later_is_published_and_one_that_leaves_too_is_passed_over(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    await started(make_service, overlay, OTHER)
    named = await started(make_service, overlay, to(STAYS), OTHER)
    assert await published(named) == [(LEAVES, True, CITY), (LEAVES, True, STAYS)]
    await empty_outbox(named)
    both = await started(make_service, overlay)
    assert await published(both) == [(STAYS, True, CITY)]
    assert both.state.directory.successors == {LEAVES: CITY, STAYS: CITY}


async def test_the_seats_of_acts_are_published_when_they_are_named_and_again_when_they_change(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    head = "code,name,tier,parent,region,zone,field,leader,leader_email,approver,duty_officer,sensitive_seats\n"
    row = f"{LEAVES},Dinas Lama,unit,{CITY},{CITY},WIB,,Kepala,kepala@lama.example"
    for seats in (",,", "leader,,", "leader,liaison,", "leader,liaison,liaison leader"):
        write(overlay, f"{row},{seats}\n", head=head)
        after = await make_service("routing", directory_overlay=overlay)
    facts = [fact for fact in await staged(after) if isinstance(fact, AgencyPublished) and fact.code == LEAVES]
    assert [(fact.approver, fact.duty_officer, len(fact.sensitive_seats)) for fact in facts] == [
        ("coordinator", "leader", 2),
        ("leader", "leader", 2),
        ("leader", "liaison", 2),
        ("leader", "liaison", 2),
    ]
    assert facts[-1].sensitive_seats == ("liaison", "leader")


async def test_an_agency_that_comes_back_is_an_ordinary_one(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    await started(make_service, overlay, OTHER)
    back = await started(make_service, overlay, OLD, OTHER)
    events = [decode(row.value) for row in await rows_of(back, "SELECT value FROM outbox ORDER BY seq")]
    gone, came = [event for event in events if event]
    assert gone.fact.departed and not came.fact.departed and len(came.fact.seats) == 2
    assert came.time > gone.time
    assert back.state.directory.successors == {}


async def test_replicas_that_start_together_publish_a_departure_once(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    write(overlay, OTHER)
    replicas = await asyncio.gather(*(make_service("routing", directory_overlay=overlay) for _ in range(3)))
    assert await published(replicas[0]) == [(LEAVES, True, CITY)]


async def test_half_a_file_is_refused_and_changes_nothing(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    there = len(before.state.codes)
    with pytest.raises(BadSettings, match=rf"of {there} agencies are missing, such as .*DEPARTURES_PERCENT=100"):
        await make_service("routing", directory_regions="91.71", directory_overlay=overlay)
    assert not await staged(before)
    assert not await rows_of(before, "SELECT 1 FROM agencies WHERE successor IS NOT NULL")
    allowed = await make_service(
        "routing", directory_regions="91.71", directory_overlay=overlay, directory_departures_percent=100
    )
    gone = dict((code, successor) for code, departed, successor in await published(allowed) if departed)
    # The city is gone too, and so is its province: the root has taken over.
    assert gone[ROADS] == gone[CITY] == gone["35"] == ROOT


async def test_an_agency_that_left_before_cards_were_kept_is_told_by_its_code(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    async with before.begin() as tx:
        await tx.execute("UPDATE agencies SET card = NULL")
    after = await started(make_service, overlay, OTHER)
    [fact] = [fact for fact in await staged(after) if isinstance(fact, AgencyPublished)]
    assert (fact.code, fact.name, fact.parent, fact.successor) == (LEAVES, LEAVES, CITY, CITY)
    assert not await rows_of(after, "SELECT 1 FROM agencies WHERE card IS NULL")
