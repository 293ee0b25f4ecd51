"""What is told of the handling of a case: turns, follow-ups, questions, and its parts."""

from datetime import date
from typing import Any, cast

from services.routing.actions.agencies import named_in
from services.routing.actions.points import told_points
from services.routing.actions.records import UNREACHED, Done
from services.routing.actions.splits import split_of
from services.routing.actions.urgencies import duty_anew
from shared.events import (
    ComplaintCompleted,
    ComplaintCorrected,
    ComplaintForwarded,
    ComplaintHeld,
    ComplaintResumed,
    ComplaintVerified,
    Fact,
    FollowUpRecorded,
    InterimReplied,
    ObstacleReported,
    OrderAcknowledged,
    OrderGiven,
    Recipient,
)
from shared.vocabulary import LEADER


def verified(done: Done) -> tuple[Fact, Fact]:
    points = told_points(done.state, done.id, done.after.points)
    classification = cast(Any, done.act.classification)
    verified = ComplaintVerified(complaint_id=done.id, by=done.by, classification=classification, sealed=points)
    return verified, _turn(done)


def forwarded(done: Done) -> Fact:
    return _turn(done).model_copy(update={"previous": done.before.holder, "sealed": done.act.sealed})


def _turn(done: Done) -> ComplaintForwarded:
    return ComplaintForwarded(
        complaint_id=done.id,
        agency=done.holder,
        by=done.by,
        transfers=done.after.transfers,
        duty=duty_anew(done.state, done.before, done.after),
    )


def followed_up(done: Done) -> Fact:
    return FollowUpRecorded(
        complaint_id=done.id, agency=done.after.holder, sealed=done.words, next_date=done.act.next_date
    )


def interim(done: Done) -> Fact:
    due_on = cast(date, done.act.next_date)
    return InterimReplied(complaint_id=done.id, agency=done.holder, due_on=due_on, sealed=done.words)


def obstructed(done: Done) -> Fact:
    return ObstacleReported(complaint_id=done.id, agency=done.after.holder, sealed=done.words)


def ordered(done: Done) -> Fact:
    number, zone = done.after.orders, done.holder.zone
    return OrderGiven(complaint_id=done.id, agency=done.after.holder, by=done.by, number=number, zone=zone)


def acknowledged(done: Done) -> Fact:
    leaders = tuple(
        Recipient(agency=done.ref(code).code, role=LEADER) for code in dict.fromkeys(done.before.ordered_by)
    )
    return OrderAcknowledged(complaint_id=done.id, agency=done.after.holder, number=done.after.orders, leaders=leaders)


def corrected(done: Done) -> Fact:
    act, holder = done.act, done.after.holder
    told = {"kind": act.corrected_kind, "classification": act.classification, **named_in(done.state, act.corrected)}
    return ComplaintCorrected(complaint_id=done.id, agency=holder, by=done.by, **cast(Any, told))


def held(done: Done) -> Fact:
    return ComplaintHeld(
        complaint_id=done.id,
        agency=done.ref(done.after.unverified_by or done.after.holder),
        by=done.by,
        cycle=done.after.holds,
        state=done.before.state,
        sealed=done.words,
    )


def completed(done: Done) -> Fact:
    return ComplaintCompleted(
        complaint_id=done.id,
        agency=done.after.holder,
        cycle=done.after.holds,
        state=done.after.state,
        sealed=done.words,
        verifier=done.after.unverified_by,
    )


def resumed(done: Done) -> Fact:
    return ComplaintResumed(
        complaint_id=done.id,
        agency=done.after.holder,
        by=done.by,
        cycle=done.after.holds,
        state=done.after.state,
        unreached=done.act.reason == UNREACHED,
        verifier=done.after.verifier,
    )


def split(done: Done) -> Fact:
    parts, sealed = done.act.number or 0, done.act.sealed
    return split_of(done.state, done.id, done.by, done.before, done.after, parts, sealed)
