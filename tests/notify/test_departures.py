"""Requests: what a seat is asked reaches the seat above, the seat once it is filled and its successor, until done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.notify.domain.recipients import RECIPIENTS, REPORTER
from services.notify.domain.requests import CLOSED_BY, NEWS, REQUESTS, STAYING
from shared.events import Fact
from shared.service import RunningService
from tests import make
from tests.make import CITY, HEALTH, NATIONAL, PROVINCE, ROADS, TRANSPORT
from tests.notify.mail import RefusingMailbox, address, filed, ledger, mails_to, send_all

TO_DESK, TO_LIAISON, TO_LEADER = (CITY, "coordinator"), (ROADS, "liaison"), (ROADS, "leader")
HEIRS = {CITY: PROVINCE, ROADS: HEALTH, TRANSPORT: HEALTH}


@dataclass(frozen=True)
class Asked:
    """What asks a seat for an act, and the act."""

    seat: tuple[str, str]
    by: Callable[[UUID], Fact]
    act: Callable[[UUID], Fact]


def again(make_fact: Callable[..., Fact]) -> Callable[[UUID], Fact]:
    return lambda id: make_fact(id, state="UNVERIFIED", verifier=make.ref(CITY))


ASKED = {
    "to_verify": Asked(TO_DESK, make.routed, make.forwarded),
    "to_verify_again": Asked(TO_DESK, again(make.upheld), make.forwarded),
    "to_follow_up": Asked(TO_LIAISON, make.forwarded, make.followed_up),
    "reopened_for_seat": Asked(TO_LIAISON, make.reopened, make.followed_up),
    "upheld_for_seat": Asked(TO_LIAISON, make.upheld, make.followed_up),
    "annulled_for_seat": Asked(TO_LIAISON, lambda id: make.judged(id, upheld=True), make.followed_up),
    "ordered": Asked(TO_LIAISON, make.ordered, make.acknowledged),
    "to_decide": Asked(TO_DESK, make.appealed, make.decided),
    "to_judge": Asked(TO_DESK, make.contested, make.judged),
    "to_hand_over": Asked(TO_DESK, make.referred, make.handed_over),
    "to_contact": Asked(TO_LIAISON, make.contact_requested, make.contacted),
    "to_approve": Asked(
        TO_DESK,
        lambda id: make.drafted(id).model_copy(update={"approvers": (make.seat(*TO_DESK),)}),
        make.draft_returned,
    ),
    "to_review": Asked(TO_DESK, lambda id: make.answered(id).model_copy(update={"reviewer": CITY}), make.endorsed),
    "asked_to_contribute": Asked((TRANSPORT, "liaison"), make.asked_to_contribute, make.contributed),
    "urgent": Asked(TO_LEADER, make.declared_urgent, make.all_clear),
    "sensitive": Asked(TO_LEADER, make.declared_sensitive, make.disclosed),
}
SEATS = {asked.seat for asked in ASKED.values()}
# Who says the others anew: sla takes its own back and passes them on; the rest is news, and waits for nobody's act.
BY_SLA = {"escalation", "deadline_near", "seat_vacant", "withdrawn", "ombudsman_for_leader"}
TOLD = {
    "assigned", "for_leader", "interim_for_leader", "answer_returned", "to_contact_for_coordinator", "unreached",
    "completed", "replied", "contributed", "corrected_for_seat", "promised_for_seat", "archived_for_seat",
    "taken_back_for_seat", "closed_for_seat", "appealed_for_seat", "dismissed_for_seat", "contested_for_seat",
    "confirmed_for_seat", "referred_for_seat", "handed_over_for_seat", "merged_for_seat", "separated_for_seat",
    "split_for_seat", "held_for_seat", "resumed_for_seat", "order_acknowledged", "endorsed",
}  # fmt: skip


def test_every_message_to_a_seat_is_a_request_or_waits_for_nobodys_act() -> None:
    to_seats = {rule.template for rules in RECIPIENTS.values() for rule in rules if rule.field != REPORTER}
    assert to_seats == {*ASKED, *BY_SLA, *TOLD}
    assert ASKED.keys() == REQUESTS.keys() == CLOSED_BY.keys() - {NEWS}


def published(agency: str, *vacant: str, **changes: Any) -> Fact:
    return make.published(agency, *vacant, sensitive_seats=("coordinator", "leader"), **changes)


async def ask_all(service: RunningService) -> dict[tuple[str, bool], UUID]:
    """Each request about two complaints, of which the act on one is done a moment later."""
    asked = {(template, done): filed() for template in ASKED for done in (False, True)}
    await make.hear(service, *asked.values())
    await make.hear(service, *(ASKED[template].by(each.complaint_id) for (template, _), each in asked.items()))
    await send_all(service)
    return {key: each.complaint_id for key, each in asked.items()}


async def act(service: RunningService, asked: dict[tuple[str, bool], UUID]) -> None:
    acts = [ASKED[template].act(id) for (template, done), id in asked.items() if done]
    await make.hear(service, *acts, at=service.now() + make.TICK)
    await send_all(service)


async def reached(service: RunningService, **wanted: Any) -> list[tuple[str, str]]:
    return [(row.agency, row.role) for row in await ledger(service, state="sent", **wanted)]


async def test_a_request_goes_above_a_vacant_seat_and_to_the_seat_once_it_is_filled_unless_the_act_is_done(
    service: RunningService,
) -> None:
    await make.hear(service, *map(published, (NATIONAL, PROVINCE, HEALTH)))
    for agency in (CITY, ROADS, TRANSPORT):
        await make.hear(service, published(agency, *(role for of, role in SEATS if of == agency)))
    asked = await ask_all(service)
    for (template, _), id in asked.items():
        told = await reached(service, complaint_id=id, template=REQUESTS[template])
        assert len(told) == 1 and told[0] not in SEATS and told[0][1] in ("coordinator", "leader"), template
    await act(service, asked)
    await make.hear(service, *map(published, (CITY, ROADS, TRANSPORT)), at=service.now() + 2 * make.TICK)
    await send_all(service)
    for (template, done), id in asked.items():
        told = await reached(service, complaint_id=id, template=template)
        assert (ASKED[template].seat in told) is not done, (template, done)


async def test_a_request_is_said_anew_to_the_successor_of_an_agency_that_leaves_unless_the_act_is_done(
    service: RunningService,
) -> None:
    """The requests that go with the case are routing's to make anew."""
    await make.hear(service, *map(published, (NATIONAL, PROVINCE, HEALTH, *HEIRS)))
    asked = await ask_all(service)
    await act(service, asked)
    before = {row.id for row in await ledger(service)}
    left = [published(agency, departed=True, successor=heir, seats=()) for agency, heir in HEIRS.items()]
    for moment in (2, 3):
        await make.hear(service, *left, at=service.now() + moment * make.TICK)
        await send_all(service)
    rows = [row for row in await ledger(service, state="sent") if row.id not in before]
    for (template, done), id in asked.items():
        agency, role = ASKED[template].seat
        anew = [] if done or template not in STAYING else [(HEIRS[agency], role, template)]
        assert [(row.agency, row.role, row.template) for row in rows if row.complaint_id == id] == anew


async def test_what_a_seat_above_was_asked_is_said_anew_as_well_and_climbs_from_there(service: RunningService) -> None:
    """The liaison's seat is vacant; its city leaves, and so does the province with a vacant coordinator."""
    complaint = filed()
    await make.hear(service, *map(published, (NATIONAL, PROVINCE, CITY)), published(ROADS, "liaison", "leader"))
    await make.hear(service, complaint, make.forwarded(complaint.complaint_id))
    await send_all(service)
    assert await reached(service, template="to_follow_up_above") == [TO_DESK]
    await make.hear(service, published(PROVINCE, "coordinator"), at=service.now() + make.TICK)
    await make.hear(service, published(CITY, departed=True, seats=()), at=service.now() + 2 * make.TICK)
    await send_all(service)
    assert await reached(service, template="to_follow_up_above") == [TO_DESK, (PROVINCE, "leader")]


async def test_a_request_that_was_not_sent_yet_reaches_the_successor_alone(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = filed()
    await make.hear(service, *map(published, (NATIONAL, PROVINCE, CITY, ROADS)), complaint)
    await make.hear(service, make.appealed(complaint.complaint_id))
    await make.hear(service, published(CITY, departed=True, seats=()), at=service.now() + make.TICK)
    await send_all(service)
    assert await reached(service, template="to_decide") == [(PROVINCE, "coordinator")]
    assert not await ledger(service, template="to_decide_above")
    assert len(mails_to(mailbox, address(PROVINCE, "coordinator"))) == 1
