"""What is told of an answer, of what its reporter says to it, and of ends without one."""

from typing import Any, cast

from services.routing.actions.records import Done
from services.routing.actions.reviews import reviewer_of
from services.routing.domain.next_dates import reply_until
from services.routing.domain.reporters import CLOSING_TAKEN_BACK
from shared.events import (
    AnswerEndorsed,
    ComplaintAnswered,
    ComplaintArchived,
    ComplaintClosed,
    ComplaintReopened,
    ComplaintWithdrawn,
    ContactRequested,
    Fact,
    ReporterContacted,
    ReporterReplied,
)
from shared.lifecycle.acts import ActKind
from shared.vocabulary import ANSWERED, MERGED, PARTS_ENDED, UNVERIFIED


def answered(done: Done) -> Fact:
    # An answer of an earlier release ended its case and began no window.
    window, zone = done.after.windows if done.after.state == ANSWERED else 0, done.holder.zone
    return ComplaintAnswered(
        complaint_id=done.id,
        agency=done.after.holder,
        sealed=done.words,
        window=window,
        zone=zone,
        reply_until=reply_until(done.calendar, done.act.at) if window else None,
        reviewer=reviewer_of(done.state, done.act, done.after),
        shared=done.before.state == MERGED,
    )


def endorsed(done: Done) -> Fact:
    return AnswerEndorsed(complaint_id=done.id, agency=done.after.holder, by=done.by)


def contact_requested(done: Done) -> Fact:
    holder = done.holder
    return ContactRequested(complaint_id=done.id, agency=holder.code, window=done.after.windows, zone=holder.zone)


def contacted(done: Done) -> Fact:
    window, holder = done.after.windows, done.holder
    return ReporterContacted(complaint_id=done.id, agency=holder.code, by=done.by, window=window, zone=holder.zone)


def replied(done: Done) -> Fact:
    return ReporterReplied(
        complaint_id=done.id,
        agency=done.after.holder,
        verifier=done.after.unverified_by,
        window=done.after.windows if done.after.state == ANSWERED else 0,
        zone=done.holder.zone,
        closing_taken_back=done.act.reason == CLOSING_TAKEN_BACK,
        sealed=done.words,
    )


def reopened(done: Done) -> Fact:
    after = done.after
    verifies = after.state == UNVERIFIED
    return ComplaintReopened(
        complaint_id=done.id,
        agency=done.holder,
        verifier=done.ref(after.verifier) if verifies else None,
        state=after.state,
        cycle=after.verifications if verifies else after.cycle,
        standing=after.ladder_step,
        transfers=after.transfers,
        closing_taken_back=done.act.reason == CLOSING_TAKEN_BACK,
        asked_at=done.asked_at or done.act.at,
        sent_back_by=done.by if done.act.kind == ActKind.REMAND else None,
        sealed=done.act.sealed,
    )


def closed(done: Done) -> Fact:
    accepted = done.act.kind == ActKind.ACCEPTANCE
    until = None if accepted else done.after.reopen_until
    return ComplaintClosed(complaint_id=done.id, agency=done.after.holder, accepted=accepted, reopen_until=until)


def archived(done: Done) -> Fact:
    return ComplaintArchived(
        complaint_id=done.id,
        agency=done.after.holder,
        by=done.by,
        reason=cast(Any, done.act.reason),
        sealed=done.words,
        # A whole is opened again by its parts alone.
        reopen_until=None if done.act.reason == PARTS_ENDED else done.after.reopen_until,
    )


def withdrawn(done: Done) -> Fact:
    return ComplaintWithdrawn(complaint_id=done.id, agency=done.after.holder, verifier=done.before.unverified_by)
