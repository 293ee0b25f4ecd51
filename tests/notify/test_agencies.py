"""Agencies and seats: the latest publication counts, and messages wait for a late agency."""

from datetime import timedelta
from typing import Any

from shared.clock import ManualClock
from shared.events import AgencyPublished, event_of
from shared.service import RunningService
from tests import make
from tests.make import CITY, ROADS
from tests.notify.mail import (
    RefusingMailbox,
    address,
    file_complaint,
    filed,
    ledger,
    mails_to,
    outcomes,
    pass_time,
    send_all,
    states,
    text_of,
)

NEW = "11.01.DINAS"


def published(*vacant: str, **emails: str) -> AgencyPublished:
    """The agency of roads; some seats are vacant, some have another address."""
    agency = make.published(ROADS, *vacant)
    changed = [seat.model_copy(update={"email": emails.get(seat.role, seat.email)}) for seat in agency.seats]
    return agency.model_copy(update={"seats": tuple(changed)})


async def seats(service: RunningService) -> dict[str, Any]:
    async with service.begin() as tx:
        rows = await tx.execute("SELECT role, email FROM seats WHERE agency = :code", {"code": ROADS})
        return {row.role: row.email for row in rows}


async def test_an_agency_published_again_replaces_its_seats(service: RunningService) -> None:
    await make.hear(service, published("leader", liaison="baru@pu.example"))
    assert (await seats(service))["liaison"] == "baru@pu.example"
    assert (await seats(service))["leader"] is None


async def test_a_parked_agency_does_not_bring_back_older_seats(service: RunningService, clock: ManualClock) -> None:
    old = event_of(published(leader="lama@pu.example"), clock.now())
    clock.advance_to(clock.now() + timedelta(days=1))
    await make.hear(service, published(leader="baru@pu.example"))
    await make.redeliver(service, [old])
    assert (await seats(service))["leader"] == "baru@pu.example"


async def test_an_agency_of_unknown_age_is_replaced(service: RunningService) -> None:
    """An agency that was known before publications were dated counts as older than every event."""
    async with service.begin() as tx:
        await tx.execute("UPDATE agencies SET published_at = '-infinity'")
    await make.hear(service, published(leader="baru@pu.example"))
    assert (await seats(service))["leader"] == "baru@pu.example"


async def test_a_message_to_a_vacant_seat_is_skipped(service: RunningService) -> None:
    await make.hear(service, published("leader"))
    await file_complaint(service)
    await send_all(service)
    found = await states(service)
    assert found[f"{ROADS}/leader"] == ("skipped", "seat_vacant")
    assert found[f"{ROADS}/liaison"] == ("sent", None)


async def test_a_coordinator_gets_the_messages_of_an_absent_liaison_in_one_mail(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = filed()
    await make.hear(service, complaint, make.routed(complaint.complaint_id, CITY))
    await send_all(service)
    found = {row.recipient: (row.state, row.role) for row in await ledger(service, kind="seat")}
    assert found[f"{CITY}/liaison"] == found[f"{CITY}/coordinator"] == ("sent", "coordinator")
    [mail] = mails_to(mailbox, address(CITY, "coordinator"))
    assert "Koordinator" in text_of(mail)


async def test_a_message_waits_for_a_late_agency(service: RunningService, mailbox: RefusingMailbox) -> None:
    complaint = filed()
    await make.hear(service, complaint, make.routed(complaint.complaint_id, NEW))
    await send_all(service)
    assert (await states(service))[f"{NEW}/leader"] == ("waiting", "agency_unknown")
    await make.hear(service, make.published(NEW))
    await pass_time(service)
    assert await send_all(service) == 2
    assert len(mails_to(mailbox, address(NEW))) == 1


async def test_the_seats_of_an_agency_that_left_get_nothing_and_nobody_is_there(service: RunningService) -> None:
    await make.hear(service, make.published(ROADS))
    complaint = filed()
    await make.hear(service, complaint, make.routed(complaint.complaint_id), make.forwarded(complaint.complaint_id))
    await leave(service)
    await send_all(service)
    of_roads = [row for row in await ledger(service, kind="seat") if row.agency == ROADS]
    assert {(row.state, row.reason) for row in of_roads} == {("skipped", "agency_departed")}
    assert (f"{ROADS}/liaison", "nobody", "agency_departed") in await outcomes(service)
    [above] = await ledger(service, template="to_follow_up_above")
    assert (above.agency, above.role, above.state) == (CITY, "coordinator", "sent")


async def test_an_agency_that_comes_back_gets_its_open_requests(service: RunningService) -> None:
    complaint = filed()
    await make.hear(service, complaint, make.forwarded(complaint.complaint_id))
    await leave(service)
    await send_all(service)
    await make.hear(service, make.published(ROADS))
    await send_all(service)
    assert [row.state for row in await ledger(service, template="to_follow_up")] == ["sent"]


async def leave(service: RunningService) -> None:
    """The agency of roads leaves the directory."""
    await make.hear(service, make.published(ROADS, departed=True, seats=[]))
