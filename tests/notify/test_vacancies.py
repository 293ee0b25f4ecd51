"""Vacancies: where nobody is reached the seat above is told at once, and the seat itself when it is filled."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.vacancies import RANK, FilledSeat, details_above, seat_above
from shared.service import RunningService
from tests import make
from tests.make import CITY, NATIONAL, PROVINCE, ROADS
from tests.notify.mail import (
    SITI,
    RefusingMailbox,
    address,
    damage,
    file_complaint,
    filed,
    ledger,
    mails_to,
    outcomes,
    send_all,
    settled,
    text_of,
)
from tests.notify.requests import hear_request

NOBODY_AT_THE_TOP = (make.published(CITY, "coordinator", "leader"), make.published(PROVINCE, "coordinator", "leader"))


# Who is above


def naive_seat_above(seats: list[FilledSeat], role: str) -> FilledSeat | None:
    """Up the chain, seat by seat."""
    for height in range(10):
        for wanted in ("coordinator", "leader"):
            for seat in seats:
                if (seat.height, seat.role) == (height, wanted) and (height or RANK[wanted] > RANK[role]):
                    return seat
    return None


POSTS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(sorted(RANK))), unique=True).map(
    lambda pairs: [FilledSeat(f"A{height}", role, height) for height, role in pairs]
)


@given(POSTS, st.sampled_from(sorted(RANK)))
def test_the_nearest_seat_above_is_taken(seats: list[FilledSeat], role: str) -> None:
    assert seat_above(seats, role) == naive_seat_above(seats, role)


def test_a_reporter_is_called_by_the_nearest_coordinator_or_else_by_a_leader() -> None:
    head, mayor, governor = (
        FilledSeat("PU", "leader", 0),
        FilledSeat("35.78", "coordinator", 1),
        FilledSeat("35", "coordinator", 2),
    )
    assert seat_above([head, governor, mayor], None) == mayor
    assert seat_above([FilledSeat("PU", "liaison", 0), head], None) == head
    assert seat_above([FilledSeat("PU", "liaison", 0)], None) is None


def test_the_details_say_which_seats_were_passed_over_and_why() -> None:
    first = details_above({"at": "x"}, "PU", "liaison", "nobody")
    assert first == {"at": "x", "vacant": [{"agency": "PU", "role": "liaison"}], "missing": "vacant"}
    second = details_above(first, "35.78", "coordinator", "bounced")
    assert second["missing"] == "either" and [seat["role"] for seat in second["vacant"]] == ["liaison", "coordinator"]
    assert details_above({"at": "x"}, None, None, "nobody") == {"at": "x"}


async def above(service: RunningService) -> list[tuple[str, str, str]]:
    """Agency, role and state of the messages to seats above."""
    return [
        (row.agency, row.role, row.state)
        for row in await ledger(service)
        if row.template in ("to_verify_above", "to_follow_up_above", "ombudsman_to_call", "ombudsman_for_leader_above")
    ]


async def test_a_request_to_verify_goes_at_once_to_the_leader_of_a_vacant_verifier(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    await hear_request(service, make.published(CITY, "coordinator"))
    assert await above(service) == [(CITY, "leader", "sent")]
    [mail] = mails_to(mailbox, address(CITY))
    text = text_of(mail)
    assert text.startswith("Perlu diambil alih: verifikasi aduan TG-25-0001") and "memverifikasinya kosong." in text
    assert f"Jabatan        : Koordinator Instansi {CITY}" in text and "/notify/pages/acknowledgements/" in text
    assert sorted(await outcomes(service)) == [
        (f"{CITY}/coordinator", "nobody", "seat_vacant"), (f"{CITY}/leader", "sent", None),
    ]  # fmt: skip
    assert [notice.cause for fact in await settled(service) for notice in fact.notices] == ["ComplaintRouted"] * 2


async def test_a_request_to_follow_up_goes_to_the_leader_beside_the_notice_that_leaders_get(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    await hear_request(service, make.published(ROADS, "liaison"), follow_up=True)
    assert (ROADS, "leader", "sent") in await above(service)
    [row] = await ledger(service, template="to_follow_up_above")
    assert row.recipient == f"{ROADS}/leader/to_follow_up_above"


UNVERIFIED = {"state": "UNVERIFIED", "verifier": make.ref(CITY)}


@pytest.mark.parametrize(
    ("again", "vacant", "above_by"),
    [
        (make.reopened, (CITY, "coordinator"), "to_verify_above"),
        (make.upheld, (CITY, "coordinator"), "to_verify_above"),
        (make.reopened, (ROADS, "liaison"), "to_follow_up_above"),
        (make.upheld, (ROADS, "liaison"), "to_follow_up_above"),
    ],
)
async def test_what_is_opened_again_goes_to_the_seat_above_a_vacant_one_and_to_the_seat_once_it_is_filled(
    service: RunningService, mailbox: RefusingMailbox, again: Any, vacant: tuple[str, str], above_by: str
) -> None:
    complaint = await file_complaint(service)
    await make.hear(service, make.answered(complaint.complaint_id), at=service.now() - timedelta(days=1))
    await send_all(service)
    agency, role = vacant
    changes = UNVERIFIED if role == "coordinator" else {}
    await make.hear(service, make.published(agency, role), again(complaint.complaint_id, **changes))
    await send_all(service)
    [row] = await ledger(service, template=above_by)
    assert (row.agency, row.role, row.state) == (agency, "leader", "sent")
    text = text_of(mails_to(mailbox, address(agency))[-1])
    assert text.startswith("Perlu diambil alih:") and "None" not in text and "diterima" not in text
    before = len(mails_to(mailbox, address(agency, role)))
    await make.hear(service, make.published(agency))
    await send_all(service)
    assert len(mails_to(mailbox, address(agency, role))) == before + 1


async def test_the_request_climbs_past_vacant_seats_and_gaps_to_the_root(service: RunningService) -> None:
    """The province's parent is not known at first: the chain goes on at the root."""
    await make.hear(service, make.published(NATIONAL), *NOBODY_AT_THE_TOP)
    async with service.begin() as tx:
        await tx.execute("UPDATE agencies SET parent = 'gone' WHERE code = :code", {"code": PROVINCE})
    await hear_request(service)
    assert await above(service) == [(NATIONAL, "coordinator", "sent")]


async def test_a_circle_of_parents_ends_at_the_root(service: RunningService) -> None:
    await make.hear(service, make.published(NATIONAL), *NOBODY_AT_THE_TOP)
    async with service.begin() as tx:
        await tx.execute("UPDATE agencies SET parent = :a WHERE code = :b", {"a": CITY, "b": PROVINCE})
    await hear_request(service)
    assert await above(service) == [(NATIONAL, "coordinator", "sent")]


async def test_where_nobody_at_all_is_above_the_seat_is_said_to_be_empty(service: RunningService) -> None:
    await hear_request(service, *NOBODY_AT_THE_TOP)
    assert await above(service) == []
    assert await outcomes(service) == [(f"{CITY}/coordinator", "nobody", "seat_vacant")]


@pytest.mark.parametrize("refusal", ["550 unknown", "bad address"])
async def test_a_seat_that_cannot_be_reached_counts_as_vacant(
    service: RunningService, mailbox: RefusingMailbox, refusal: str
) -> None:
    if refusal == "bad address":
        async with service.begin() as tx:
            await tx.execute("UPDATE seats SET email = 'x y' WHERE agency = :code", {"code": CITY})
    else:
        mailbox.refusals |= dict.fromkeys((address(CITY, "coordinator"), address(CITY)), refusal)
    await hear_request(service)
    assert (await above(service))[-1] == (PROVINCE, "coordinator", "sent")
    [mail] = mails_to(mailbox, address(PROVINCE, "coordinator"))
    assert "memverifikasinya tidak dapat dihubungi." in text_of(mail)


async def test_a_request_that_was_refused_and_heard_again_is_written_above_once(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = filed()
    events = await make.hear(
        service, make.published(CITY, "coordinator"), complaint, make.routed(complaint.complaint_id)
    )
    await send_all(service)
    await make.redeliver(service, events)
    [row] = await ledger(service, template="to_verify")
    async with service.begin() as tx:  # Tried again by hand.
        await tx.execute("UPDATE messages SET state = 'waiting', attempts = 0 WHERE id = :id", {"id": row.id})
    await send_all(service)
    assert len(await above(service)) == 1 and len(await outcomes(service)) == 2


@pytest.mark.parametrize("vacant", ["5", '"x"', "{}"])
async def test_damaged_details_keep_no_other_request_from_the_seat_above(service: RunningService, vacant: str) -> None:
    await make.hear(service, make.published(CITY, "coordinator"))
    bad, good = filed(1), filed(2)
    await make.hear(service, bad, good, *(make.routed(each.complaint_id) for each in (bad, good)))
    await damage(service, bad.complaint_id, "to_verify", f"details = details || '{{\"vacant\": {vacant}}}'")
    await send_all(service)
    told = {row.complaint_id: row.state for row in await ledger(service, template="to_verify_above")}
    assert told == {bad.complaint_id: "sent", good.complaint_id: "sent"}


# The Ombudsman's offer


@pytest.mark.parametrize("reachable", ["no contact", "no email", "refused", "unopenable", "yes"])
async def test_a_coordinator_calls_the_reporter_whom_the_offer_cannot_reach(
    service: RunningService, mailbox: RefusingMailbox, reachable: str
) -> None:
    if reachable == "no contact":
        complaint = filed()
        await make.hear(service, complaint, make.routed(complaint.complaint_id))
    else:
        complaint = await file_complaint(service, email=None if reachable == "no email" else SITI)
    if reachable == "refused":
        mailbox.refusals[SITI] = "550 unknown"
    if reachable == "unopenable":
        async with service.begin() as tx:
            await tx.execute("UPDATE contacts SET sealed = 'v1.x.y'")
    await make.hear(service, make.offered(complaint.complaint_id))
    await send_all(service)
    assert await above(service) == ([] if reachable == "yes" else [(CITY, "coordinator", "sent")])
    [leader] = await ledger(service, template="ombudsman_for_leader")
    assert (leader.agency, leader.state) == (ROADS, "sent")
    [offer] = await ledger(service, template="ombudsman")
    reporter = {"no contact": "nobody", "no email": "nobody", "yes": "sent"}.get(reachable, "failed")
    assert offer.outcome == reporter
    if reachable != "yes":
        told = "\n".join(map(text_of, mails_to(mailbox, address(CITY, "coordinator"))))
        assert "Tawaran Ombudsman belum sampai kepada pelapor, aduan TG-25-0001" in told
        assert "Siti" not in told and SITI not in told and "62811" not in told


async def test_the_offer_goes_at_once_to_the_seat_above_a_leader_who_is_not_there(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = await file_complaint(service)
    await make.hear(service, make.published(ROADS, "leader"))
    offer = make.offered(complaint.complaint_id).model_copy(update={"unverified": True})
    await make.hear(service, offer)
    await send_all(service)
    assert await above(service) == [(CITY, "coordinator", "sent")]
    told = text_of(mails_to(mailbox, address(CITY, "coordinator"))[-1])
    assert "Perlu diambil alih: tawaran Ombudsman, aduan TG-25-0001" in told
    assert "belum diverifikasi dan belum selesai" in told and f"Jabatan       : Pimpinan Instansi {ROADS}" in told
    await make.hear(service, make.withdrawn(complaint.complaint_id, 0, clock="ombudsman"))
    [withdrawn] = await ledger(service, template="withdrawn")
    assert (withdrawn.agency, withdrawn.role) == (CITY, "coordinator")
