"""Intake says a filing again; what is said again mends a timeline and a status and adds nothing to a sound one."""

from datetime import timedelta
from uuid import UUID

from services.intake.actions import restatements
from shared.clock import ManualClock
from shared.events import ComplaintFiled, ReporterActed, decode
from tests.conftest import ServiceMaker
from tests.intake.citizen import counted, receipt
from tests.make import HEALTH, followed_up, forwarded, receive, routed, verified
from tests.services import MONDAY, client_of, staged

HOUR = timedelta(hours=1)


async def test_a_filing_is_said_again_as_it_was(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("intake")
    id = UUID((await receipt(client_of(service)))["id"])
    clock.advance_to(MONDAY + HOUR)
    async with service.begin() as tx:
        assert await restatements.say_again(tx, [id, UUID(int=1)]) == 1
    first, again = (fact for fact in await staged(service) if isinstance(fact, ComplaintFiled))
    assert again == first.model_copy(update={"again": True})


async def test_what_the_reporter_did_is_said_again_as_of_its_moment(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("intake")
    client = client_of(service)
    filed = await receipt(client)
    clock.advance_to(MONDAY + HOUR)
    path = f"/intake/complaints/{filed['tracking_reference']}/withdrawals"
    await client.post(path, json={"text": "Sudah beres."}, headers={"Tracking-Pin": filed["pin"]})
    clock.advance_to(MONDAY + 2 * HOUR)
    async with service.begin() as tx:
        await restatements.say_again(tx, [UUID(filed["id"])])
    async with service.begin() as tx:
        rows = (await tx.execute("SELECT value FROM outbox ORDER BY seq")).all()
    first, again = (e for row in rows if (e := decode(row.value)) and isinstance(e.fact, ReporterActed))
    assert (again.fact, again.time) == (first.fact.model_copy(update={"again": True}), MONDAY + HOUR)


async def test_a_sound_timeline_stays_as_it_is(make_service: ServiceMaker) -> None:
    service = await make_service("intake")
    before = await _history(service, UUID(int=7), again=False)
    assert await _history(service, UUID(int=7), again=True) == before


async def test_a_lost_entry_and_a_wrong_status_are_mended(make_service: ServiceMaker) -> None:
    service = await make_service("intake")
    before = await _history(service, UUID(int=7), again=False)
    async with service.begin() as tx:
        await tx.execute("DELETE FROM timeline WHERE type = 'ComplaintForwarded'")
        await tx.execute("UPDATE standings SET state = 'ANSWERED', agency_name = 'x'")
    assert await _history(service, UUID(int=7), again=True) == before
    assert await counted(service, "timeline") == [4]


async def _history(service, id: UUID, *, again: bool) -> list[tuple]:
    """The timeline and the status after a routing, a verification, a forwarding and a follow-up."""
    facts = [routed(id), verified(id), forwarded(id, HEALTH), followed_up(id, HEALTH)]
    # Said again, a routing comes as of the filing.
    moments = [MONDAY if again else MONDAY + HOUR, MONDAY + 2 * HOUR, MONDAY + 2 * HOUR, MONDAY + 3 * HOUR]
    said = [fact.model_copy(update={"again": again}) for fact in facts]
    await receive(service, zip(said, moments, strict=True))
    async with service.begin() as tx:
        entries = await tx.execute("SELECT type, at, details->'agency' FROM timeline ORDER BY at, type")
        statuses = await tx.execute("SELECT state, agency_name, transfers, missed, step FROM standings")
        return [tuple(row) for row in (*entries, *statuses)]
