"""The parts of a complaint at intake: kept beside their whole, opened with its PIN, shown on its page."""

from uuid import UUID, uuid4

from services.intake.domain.references import reference_in
from services.intake.domain.statuses import Status, status_after
from shared.service import RunningService
from shared.vocabulary import EventType
from tests.conftest import ServiceMaker
from tests.make import TRANSPORT, hear, parked, part_opened, split


async def filed_whole(service: RunningService) -> tuple[UUID, str]:
    """A complaint that was filed here."""
    id, reference = uuid4(), "TG-AAAAA-BBBBB"
    async with service.begin() as tx:
        await tx.execute(
            "INSERT INTO complaints (id, reference, filed_at, kind, channel, anonymous, confidential, sealed)"
            " VALUES (:id, :reference, now(), 'complaint', 'letter', true, false, '')",
            {"id": id, "reference": reference},
        )
    return id, reference


async def test_a_part_is_kept_with_the_channel_and_the_reporter_of_its_whole(make_service: ServiceMaker) -> None:
    service, part = await make_service("intake"), uuid4()
    whole, reference = await filed_whole(service)
    told = part_opened(part, whole, TRANSPORT, reference=f"{reference}-1", standing=2)
    await hear(service, told)
    await hear(service, told)
    async with service.begin() as tx:
        [row] = await tx.execute("SELECT * FROM complaints WHERE part_of = :id", {"id": whole})
        [status] = await tx.execute("SELECT * FROM standings WHERE complaint_id = :id", {"id": part})
    assert (row.id, row.reference, row.channel, row.anonymous) == (part, "TG-AAAAA-BBBBB-1", "letter", True)
    assert (status.state, status.agency_name) == ("AWAITING_FOLLOW_UP", f"Instansi {TRANSPORT}")
    assert status.step == 2


async def test_a_part_waits_for_its_whole(make_service: ServiceMaker) -> None:
    service = await make_service("intake")
    await hear(service, part_opened(uuid4(), uuid4()))
    assert len(await parked(service)) == 1


def test_a_whole_is_dealt_with_in_its_parts_until_it_is_answered() -> None:
    details = split(uuid4()).model_dump(mode="json")
    status = status_after(Status(missed=frozenset({"verification"})), EventType.COMPLAINT_SPLIT, details)
    assert (status.state, status.missed, status.label) == ("SPLIT", frozenset(), "Terdisposisi Sedang Diproses")
    assert status_after(status, EventType.COMPLAINT_ANSWERED, {"window": 0}).state == "CLOSED"


def test_the_reference_of_a_part_is_read_as_people_type_it() -> None:
    for typed in ("TG-AAAAA-BBBBB-1", "tg aaaaa bbbbb 1", "TGAAAAABBBBB1", "tg-aaaaa-bbbbb-l"):
        assert reference_in(typed) == "TG-AAAAA-BBBBB-1"
    assert reference_in("TG-AAAAA-BBBBB-10") == "TG-AAAAA-BBBBB-10"
    assert reference_in("TG-AAAAA-BBBBB-11") is reference_in("TG-AAAAA-BBBBB-0") is None
