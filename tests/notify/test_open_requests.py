"""Open requests: a request that could not be sent goes to the seat when somebody holds it."""

from collections.abc import Callable
from uuid import UUID

import pytest

from services.notify.actions.bounces import Bounce, record_bounces
from shared.clock import ManualClock
from shared.events import Fact
from shared.service import RunningService
from tests import make
from tests.make import CITY, PROVINCE, ROADS, TRANSPORT
from tests.notify.mail import (
    DAY,
    RefusingMailbox,
    address,
    damage,
    filed,
    ledger,
    mails_to,
    outcomes,
    send_all,
    settled,
    text_of,
)
from tests.notify.requests import hear_request, published_with

# The seat is filled


async def test_an_open_request_goes_to_the_seat_when_it_is_filled(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    await hear_request(service, make.published(CITY, "coordinator"))
    await make.hear(service, make.published(ROADS))
    assert await send_all(service) == 0
    await make.hear(service, make.published(CITY))
    assert await send_all(service) == 1
    [mail] = mails_to(mailbox, address(CITY, "coordinator"))
    assert text_of(mail).startswith("Menunggu verifikasi: aduan TG-25-0001")
    assert (await outcomes(service))[-1] == (f"{CITY}/coordinator", "sent", None)
    await make.hear(service, make.published(CITY))
    assert await send_all(service) == 0


@pytest.mark.parametrize("refusal", ["rejected", "bounced"])
async def test_a_request_that_an_address_refused_goes_to_the_next_address_of_the_seat(
    service: RunningService, mailbox: RefusingMailbox, refusal: str
) -> None:
    if refusal == "rejected":
        mailbox.refusals[address(CITY, "coordinator")] = "550 unknown"
    await hear_request(service)
    if refusal == "bounced":
        [row] = await ledger(service, template="to_verify")
        async with service.begin() as tx:
            await record_bounces(tx, [Bounce(row.mail_id)])
    await make.hear(service, make.published(CITY))
    await send_all(service)
    [row] = await ledger(service, template="to_verify")
    assert (row.state, row.reason) == ("failed", refusal)  # The same address would refuse it again.
    seats = [{"role": "coordinator", "title": "Koordinator", "email": "baru@35.78.example"}]
    for _ in range(2):
        await make.hear(service, make.published(CITY, seats=seats))
        await send_all(service)
    [mail] = mails_to(mailbox, "baru@35.78.example")
    assert text_of(mail).startswith("Menunggu verifikasi: aduan TG-25-0001")
    assert (await outcomes(service))[-1] == (f"{CITY}/coordinator", "sent", None)


@pytest.mark.parametrize(
    ("act", "reached"),
    [(None, 1), ("followed_up", 1), ("forwarded", 0), ("answered", 0), ("archived", 0), ("taken_back", 0)],
)
async def test_an_order_goes_to_the_seat_when_it_is_filled_unless_the_holders_turn_is_over(
    service: RunningService, mailbox: RefusingMailbox, act: str | None, reached: int
) -> None:
    complaint = filed()
    id = complaint.complaint_id
    await make.hear(service, make.published(ROADS, "liaison"), complaint, make.ordered(id))
    await send_all(service)
    assert mails_to(mailbox, address(ROADS, "liaison")) == []
    later = {
        "followed_up": make.followed_up(id),
        "forwarded": make.forwarded(id, TRANSPORT, 1),
        "answered": make.answered(id),
        "archived": make.archived(id),
        "taken_back": make.taken_back(id),
    }
    if act:
        await make.hear(service, later[act], at=service.now() + make.TICK)
    await make.hear(service, make.published(ROADS), at=service.now() + 2 * make.TICK)
    await send_all(service)
    orders = [row.state for row in await ledger(service, template="ordered")]
    assert orders == ["sent" if reached else "skipped"]
    # Of an archive or a withdrawal the seat is told as well.
    texts = [text_of(mail) for mail in mails_to(mailbox, address(ROADS, "liaison"))]
    assert sum("Arahan pimpinan: aduan TG-25-0001" in text for text in texts) == reached
    assert len(texts) == reached + (act in ("archived", "taken_back"))


@pytest.mark.parametrize("act", [None, "answer_returned", "answered"])
async def test_a_draft_goes_above_while_the_approvers_seat_is_vacant_and_there_when_it_is_filled(
    service: RunningService, mailbox: RefusingMailbox, act: str | None
) -> None:
    complaint = filed()
    id = complaint.complaint_id
    agencies = make.published(ROADS, "leader"), make.published(CITY), make.published(PROVINCE)
    await make.hear(service, *agencies, complaint, make.drafted(id))
    await send_all(service)
    [above] = mails_to(mailbox, address(CITY, "coordinator"))
    assert "seharusnya menyetujuinya kosong" in text_of(above)
    later = {"answer_returned": make.draft_returned(id), "answered": make.answered(id)}
    if act:
        await make.hear(service, later[act], at=service.now() + make.TICK)
    await make.hear(service, make.published(ROADS), at=service.now() + 2 * make.TICK)
    await send_all(service)
    mails = [text_of(mail) for mail in mails_to(mailbox, address(ROADS, "leader"))]
    assert len(mails) == (act is None) and all("menunggu persetujuan Saudara" in mail for mail in mails)
    told = [text_of(mail) for mail in mails_to(mailbox, address(ROADS, "liaison"))]
    assert ["rancangannya perlu diperbaiki" in mail for mail in told] == [True] * (act == "answer_returned")


async def test_a_request_of_a_reassignment_names_it_as_its_cause(service: RunningService) -> None:
    id = await hear_request(service)
    moved = make.reassigned(id, ROADS, PROVINCE)
    await make.hear(service, moved, at=service.now() + make.TICK)
    await send_all(service)
    assert [notice.cause for fact in await settled(service) for notice in fact.notices] == [
        "ComplaintRouted", "ComplaintReassigned",
    ]  # fmt: skip


@pytest.mark.parametrize("act", [make.forwarded, make.followed_up, make.answered, make.archived, make.taken_back])
async def test_a_request_that_was_met_meanwhile_is_not_sent_to_the_new_holder(
    service: RunningService, act: Callable[[UUID], Fact]
) -> None:
    id = await hear_request(service, make.published(CITY, "coordinator"))
    await make.hear(service, act(id), at=service.now() + make.TICK)
    await send_all(service)
    await make.hear(service, make.published(CITY))
    assert await send_all(service) == 0


async def test_a_follow_up_is_asked_of_the_new_holder_only_while_the_agency_holds_the_complaint(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    kept = await hear_request(service, make.published(ROADS, "liaison"), follow_up=True)
    gone = await hear_request(service, follow_up=True)
    await make.hear(service, make.published(TRANSPORT))
    await make.hear(service, make.forwarded(gone, TRANSPORT, 1, previous=ROADS), at=service.now() + make.TICK)
    await send_all(service)
    await make.hear(service, make.published(ROADS))
    await send_all(service)
    sent = await ledger(service, template="to_follow_up", agency=ROADS, state="sent")
    assert [row.complaint_id for row in sent] == [kept]


@pytest.mark.parametrize("details", ['{"at": "x"}', '{"at": []}', '{"at": "2025-13-01"}', "{}", "[]"])
@pytest.mark.parametrize("damaged", ["to_verify", "forwarded"])
async def test_a_moment_that_cannot_be_read_keeps_no_other_request_from_the_new_holder(
    service: RunningService, details: str, damaged: str
) -> None:
    await make.hear(service, make.published(CITY, "coordinator"))
    met, open = [await hear_request(service) for _ in range(2)]
    await make.hear(service, make.forwarded(met), at=service.now() + make.TICK)
    await send_all(service)
    await damage(service, met, damaged, f"details = '{details}'")
    await make.hear(service, make.published(CITY))
    await send_all(service)
    assert await make.parked(service) == []
    assert [row.complaint_id for row in await ledger(service, template="to_verify", state="sent")] == [open]


@pytest.mark.parametrize("refusal", ["vacant", "550 unknown"])
async def test_the_leader_is_told_once_the_seat_has_someone_who_can_be_reached(
    service: RunningService, mailbox: RefusingMailbox, clock: ManualClock, refusal: str
) -> None:
    """Also if the agency has acted: the leader answers for it as long as the complaint is open."""
    if refusal == "vacant":
        await make.hear(service, make.published(ROADS, "leader"))
    else:
        mailbox.refusals[address(ROADS)] = refusal
    id = await hear_request(service, follow_up=True)
    clock.advance_to(service.now() + DAY)
    await make.hear(service, make.followed_up(id))
    await make.hear(service, published_with(ROADS, "baru@pu.example"))
    await send_all(service)
    [mail] = mails_to(mailbox, "baru@pu.example")
    assert text_of(mail).startswith("Untuk diketahui: aduan TG-25-0001")


@pytest.mark.parametrize("end", [make.answered, make.archived, make.taken_back])
async def test_the_leader_of_a_former_holder_and_of_a_complaint_that_has_ended_is_not_told(
    service: RunningService, mailbox: RefusingMailbox, clock: ManualClock, end: Callable[[UUID, str], Fact]
) -> None:
    await make.hear(service, make.published(ROADS, "leader"), make.published(TRANSPORT, "leader"))
    id = await hear_request(service, follow_up=True)
    clock.advance_to(service.now() + DAY)
    await make.hear(service, make.forwarded(id, TRANSPORT, 1, previous=ROADS))
    clock.advance_to(service.now() + DAY)
    await make.hear(service, make.published(ROADS))
    await send_all(service)
    await make.hear(service, end(id, TRANSPORT))
    await make.hear(service, make.published(TRANSPORT))
    await send_all(service)
    assert not {row.agency for row in await ledger(service, template="for_leader", state="sent")}


async def test_a_late_agency_gets_the_request_that_had_been_given_up(service: RunningService) -> None:
    complaint = filed()
    await make.hear(service, complaint, make.routed(complaint.complaint_id, verifier="11.01"))
    async with service.begin() as tx:
        await tx.execute("UPDATE messages SET attempts = 99 WHERE template = 'to_verify'")
    await send_all(service)
    [row] = await ledger(service, template="to_verify")
    assert (row.state, row.reason, row.outcome) == ("skipped", "agency_unknown", "nobody")
    await make.hear(service, make.published("11.01", tier="city", seats=make.published(CITY).seats))
    await send_all(service)
    [row] = await ledger(service, template="to_verify")
    assert (row.state, row.outcome) == ("sent", "sent")
