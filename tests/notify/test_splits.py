"""Mails about a complaint that is split: its reporter is told once, and whoever holds a part must be reached."""

from uuid import UUID

from services.notify.domain.acts import Act, is_overtaken
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, ROADS, TRANSPORT, filed, hear, parked, part_opened, routed, split
from tests.services import MONDAY

WHOLE, PART, REPORTER = UUID(int=7), UUID(int=8), UUID(int=9)
LEDGER = "SELECT recipient, template, reference, reporter_ref FROM messages WHERE complaint_id = :id ORDER BY id"


async def ledger(service: RunningService, id: UUID) -> list[tuple[str, str]]:
    async with service.begin() as tx:
        return [(row.recipient, row.template) for row in await tx.execute(LEDGER, {"id": id})]


async def test_the_reporter_and_the_former_holder_are_told_of_a_split(make_service: ServiceMaker) -> None:
    service = await make_service("notify")
    await hear(service, filed(WHOLE, reporter_ref=REPORTER), split(WHOLE))
    assert await ledger(service, WHOLE) == [("reporter", "split"), (f"{ROADS}/liaison", "split_for_seat")]


async def test_nobody_had_an_unverified_complaint_to_handle(make_service: ServiceMaker) -> None:
    service = await make_service("notify")
    await hear(service, filed(WHOLE, reporter_ref=REPORTER), split(WHOLE, verifier=CITY))
    assert await ledger(service, WHOLE) == [("reporter", "split")]


async def test_the_holder_of_a_part_is_written_to_and_its_reporter_is_that_of_the_whole(
    make_service: ServiceMaker,
) -> None:
    service = await make_service("notify")
    await hear(service, filed(WHOLE, reporter_ref=REPORTER), part_opened(PART, WHOLE, TRANSPORT))
    assert await ledger(service, PART) == [
        (f"{TRANSPORT}/liaison", "to_follow_up"),
        (f"{TRANSPORT}/leader", "for_leader"),
    ]
    async with service.begin() as tx:
        [known] = await tx.execute("SELECT reference, reporter_ref FROM complaints WHERE id = :id", {"id": PART})
    assert known.reporter_ref == REPORTER and known.reference.endswith("-1")


async def test_a_part_waits_for_the_filing_of_its_whole(make_service: ServiceMaker) -> None:
    service = await make_service("notify")
    await hear(service, part_opened(PART, WHOLE))
    assert len(await parked(service)) == 1 and await ledger(service, PART) == []


def test_nobody_verifies_what_is_split() -> None:
    done = [Act("split", ROADS, MONDAY)]
    assert is_overtaken("to_verify", CITY, {"at": routed(WHOLE).filed_at.replace(year=2024)}, done)
