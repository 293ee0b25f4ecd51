"""Notices: what became of each message that must reach someone is said once, and again when it changes."""

import pytest

from services.notify.actions import notices
from services.notify.actions.messages import retry_messages
from services.notify.domain.notices import CAUSES, outcome_after, outcome_of
from shared.service import RunningService
from shared.vocabulary import EventType
from tests import make
from tests.make import CITY, PROVINCE, ROADS
from tests.notify.mail import (
    SITI,
    VERIFIER,
    RefusingMailbox,
    address,
    contact,
    file_complaint,
    filed,
    ledger,
    outcomes,
    pass_time,
    send_all,
    settled,
)

# The rules


@pytest.mark.parametrize(
    ("state", "reason", "outcome"),
    [
        ("sent", None, "sent"),
        ("failed", "rejected", "failed"),
        ("failed", "unwritable", "failed"),
        ("skipped", "seat_vacant", "nobody"),
        ("skipped", "agency_departed", "nobody"),
        ("skipped", "no_email", "nobody"),
        ("skipped", "bad_address", "failed"),
        ("skipped", "complaint_unknown", "failed"),
        ("waiting", "server_busy", None),
        ("sending", None, None),
    ],
)
def test_each_final_state_has_its_outcome(state: str, reason: str | None, outcome: str | None) -> None:
    assert outcome_of(state, reason) == outcome  # type: ignore[arg-type]


def test_what_was_acknowledged_stays_so_and_other_outcomes_may_change() -> None:
    assert outcome_after("escalation", "failed", "sent") == "sent"
    assert outcome_after("escalation", "sent", "bounced") == "bounced"
    assert outcome_after("escalation", "acknowledged", "bounced") == "acknowledged"
    assert outcome_after("escalation", "sent", None) == "sent"
    assert outcome_after("for_leader", None, "sent") is None


def test_requests_escalations_and_offers_must_reach_someone() -> None:
    assert CAUSES == {
        "to_verify": EventType.COMPLAINT_ROUTED,
        "to_verify_above": EventType.COMPLAINT_ROUTED,
        "to_follow_up": EventType.COMPLAINT_FORWARDED,
        "to_follow_up_above": EventType.COMPLAINT_FORWARDED,
        "to_verify_again": EventType.COMPLAINT_REOPENED,
        "reopened_for_seat": EventType.COMPLAINT_REOPENED,
        "upheld_for_seat": EventType.APPEAL_DECIDED,
        "annulled_for_seat": EventType.CONTEST_JUDGED,
        "to_contact": EventType.CONTACT_REQUESTED,
        "to_contact_above": EventType.CONTACT_REQUESTED,
        "ordered": EventType.ORDER_GIVEN,
        "ordered_above": EventType.ORDER_GIVEN,
        "to_review": EventType.COMPLAINT_ANSWERED,
        "to_review_above": EventType.COMPLAINT_ANSWERED,
        "asked_to_contribute": EventType.CONTRIBUTION_REQUESTED,
        "asked_to_contribute_above": EventType.CONTRIBUTION_REQUESTED,
        "question": EventType.COMPLAINT_HELD,
        "to_decide": EventType.COMPLAINT_APPEALED,
        "to_decide_above": EventType.COMPLAINT_APPEALED,
        "to_judge": EventType.FOLLOW_UP_CONTESTED,
        "to_judge_above": EventType.FOLLOW_UP_CONTESTED,
        "to_hand_over": EventType.COMPLAINT_REFERRED,
        "to_hand_over_above": EventType.COMPLAINT_REFERRED,
        "to_approve": EventType.ANSWER_DRAFTED,
        "to_approve_above": EventType.ANSWER_DRAFTED,
        "urgent": EventType.URGENCY_DECLARED,
        "urgent_above": EventType.URGENCY_DECLARED,
        "sensitive": EventType.SENSITIVITY_DECLARED,
        "sensitive_above": EventType.SENSITIVITY_DECLARED,
        "escalation": EventType.COMPLAINT_ESCALATED,
        "answered": EventType.COMPLAINT_ANSWERED,
        "ombudsman": EventType.OMBUDSMAN_OFFERED,
        "ombudsman_to_call": EventType.OMBUDSMAN_OFFERED,
        "ombudsman_for_leader": EventType.OMBUDSMAN_OFFERED,
        "ombudsman_for_leader_above": EventType.OMBUDSMAN_OFFERED,
    }


# What is said


async def test_what_was_sent_is_said_once_with_its_complaint_and_cause(service: RunningService) -> None:
    complaint = await file_complaint(service)
    await send_all(service)
    [said] = await settled(service)
    [request] = await ledger(service, template="to_verify")
    assert (said.agency, said.role, said.outcome, said.reason) == (CITY, "coordinator", "sent", None)
    [notice] = said.notices
    assert (notice.complaint_id, notice.cause, notice.cause_id) == (
        complaint.complaint_id, "ComplaintRouted", request.event_id,
    )  # fmt: skip
    assert (notice.clock, notice.cycle, notice.step, notice.round) == (None, 0, 0, 0)
    assert {row.template: row.outcome for row in await ledger(service)} == {
        "received": None, "to_verify": "sent", "assigned": None, "for_leader": None,
    }  # fmt: skip
    await pass_time(service)
    await send_all(service)
    assert len(await settled(service)) == 1


async def test_a_joined_mail_is_one_event_with_the_step_of_each_notice(service: RunningService) -> None:
    complaints = [filed(number) for number in range(3)]
    steps = [
        make.escalated(complaint.complaint_id, step, make.seat(CITY), clock="resolution", cycle=2, round=step)
        for step, complaint in enumerate(complaints, 1)
    ]
    await make.hear(service, *complaints, *steps)
    await send_all(service)
    [said] = await settled(service)
    assert said.key == CITY and {notice.complaint_id for notice in said.notices} == {c.complaint_id for c in complaints}
    assert sorted((notice.clock, notice.cycle, notice.step, notice.round) for notice in said.notices) == [
        ("resolution", 2, 1, 1), ("resolution", 2, 2, 2), ("resolution", 2, 3, 3),
    ]  # fmt: skip


async def test_a_refused_notice_is_said_to_have_failed(service: RunningService, mailbox: RefusingMailbox) -> None:
    mailbox.refusals[address(CITY)] = "550 unknown"
    complaint = filed()
    await make.hear(service, complaint, make.escalated(complaint.complaint_id, 2, make.seat(CITY), make.seat(PROVINCE)))
    await send_all(service)
    assert sorted(await outcomes(service)) == [
        (f"{CITY}/leader", "failed", "rejected"),
        (f"{PROVINCE}/leader", "sent", None),
    ]


async def test_a_notice_whose_attempts_are_used_up_has_failed(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    mailbox.refusals[address(CITY)] = "451 busy"
    complaint = filed()
    await make.hear(service, complaint, make.escalated(complaint.complaint_id, 2, make.seat(CITY)))
    for _ in range(service.settings.mail_attempts + 1):
        await send_all(service)
        await pass_time(service, hours=2)
    assert await outcomes(service) == [(f"{CITY}/leader", "failed", "attempts_exhausted")]


async def test_an_escalation_to_a_vacant_seat_reached_nobody(service: RunningService) -> None:
    complaint = filed()
    await make.hear(service, make.published(CITY, "leader"), complaint)
    await make.hear(service, make.escalated(complaint.complaint_id, 2, make.seat(CITY)))
    await send_all(service)
    assert await outcomes(service) == [(f"{CITY}/leader", "nobody", "seat_vacant")]
    assert [row.template for row in await ledger(service, kind="seat")] == ["escalation"], "sla says who is next"


async def test_the_offer_to_a_reporter_is_an_event_of_the_complaint(service: RunningService) -> None:
    complaint = await file_complaint(service)
    await make.hear(service, make.offered(complaint.complaint_id))
    await send_all(service)
    [said] = [fact for fact in await settled(service) if fact.role is None]
    assert (said.key, said.agency, said.outcome) == (str(complaint.complaint_id), ROADS, "sent")
    assert [notice.cause for notice in said.notices] == ["OmbudsmanOffered"]


# Once each


async def test_a_crash_between_sending_and_recording_says_nothing_twice(
    service: RunningService, mailbox: RefusingMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await file_complaint(service)
    stage = notices.settle

    async def crash(*given: object) -> None:
        await stage(*given)  # type: ignore[arg-type]
        raise RuntimeError("killed")

    with monkeypatch.context() as broken:
        broken.setattr("services.notify.actions.deliveries.settle", crash)
        with pytest.raises(RuntimeError):
            await send_all(service)
    assert await outcomes(service) == []
    await pass_time(service)
    await send_all(service)
    assert await outcomes(service) == [(VERIFIER, "sent", None)]
    assert mailbox.repeated > 0


async def test_what_cannot_be_said_of_one_row_is_said_of_the_others(service: RunningService) -> None:
    """A clock of a later release, and a role that no event can carry."""
    one, two, three = (filed(number) for number in range(3))
    await make.hear(service, one, two, three, contact(service, one.complaint_id))
    await make.hear(service, *(make.escalated(each.complaint_id, 2, make.seat(CITY)) for each in (one, two)))
    await make.hear(service, make.escalated(three.complaint_id, 2, make.seat(PROVINCE)))
    async with service.begin() as tx:
        await tx.execute(
            'UPDATE messages SET details = details || \'{"clock": "closing"}\' WHERE complaint_id = :id',
            {"id": one.complaint_id},
        )
        await tx.execute(
            "INSERT INTO seats (agency, role, title, email) VALUES (:a, 'duke', '', 'd@x.example')", {"a": CITY}
        )
        await tx.execute(
            "UPDATE messages SET role = 'duke' WHERE agency = :a AND complaint_id = :id",
            {"a": CITY, "id": two.complaint_id},
        )
    await send_all(service)
    assert sorted(await outcomes(service)) == [(f"{CITY}/leader", "sent", None), (f"{PROVINCE}/leader", "sent", None)]
    assert {row.state for row in await ledger(service, template="escalation")} == {"sent"}
    [said] = [fact for fact in await settled(service) if fact.agency == CITY]
    assert [notice.clock for notice in said.notices] == [None]


async def test_a_retry_by_hand_that_succeeds_is_said(service: RunningService, mailbox: RefusingMailbox) -> None:
    mailbox.refusals[address(CITY)] = "550 unknown"
    complaint = filed()
    await make.hear(service, complaint, make.escalated(complaint.complaint_id, 2, make.seat(CITY)))
    await send_all(service)
    mailbox.refusals.clear()
    [row] = await ledger(service, template="escalation")
    await service.submit(retry_messages, row.id)
    await send_all(service)
    assert [outcome for _, outcome, _ in await outcomes(service)] == ["failed", "sent"]
    assert SITI not in str(await settled(service))
