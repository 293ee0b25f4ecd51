"""Facts: what each kind of act tells the others, said for the first time or again."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from services.routing.actions.agencies import named_in, ref_of
from services.routing.actions.appeals import appealed, decided
from services.routing.actions.contributions import given, requested
from services.routing.actions.drafts import drafted, returned
from services.routing.actions.mergers import merged, separated
from services.routing.actions.points import told_points
from services.routing.actions.records import UNREACHED, PastAct
from services.routing.actions.reviews import reviewer_of
from services.routing.actions.sensitivities import declared_sensitive, disclosed
from services.routing.actions.splits import split_of
from services.routing.actions.urgencies import declared, duty_anew, lifted
from services.routing.domain.cases import Case
from services.routing.domain.next_dates import reply_until
from services.routing.domain.reporters import CLOSING_TAKEN_BACK, refused_act
from services.routing.domain.restatements import DEPARTURE, RecordedAct
from services.routing.state import State
from shared.calendar import Calendar
from shared.events import (
    ActRefused,
    AgencyRef,
    ComplaintAnswered,
    ComplaintArchived,
    ComplaintClosed,
    ComplaintCompleted,
    ComplaintCorrected,
    ComplaintForwarded,
    ComplaintHeld,
    ComplaintReopened,
    ComplaintResumed,
    ComplaintVerified,
    ComplaintWithdrawn,
    ContactRequested,
    Fact,
    FollowUpRecorded,
    InterimReplied,
    ObstacleReported,
    OrderGiven,
    ReporterContacted,
    ReporterReplied,
)
from shared.lifecycle.acts import ActKind
from shared.vocabulary import ANSWERED, PARTS_ENDED, ROOT, UNVERIFIED


@dataclass(frozen=True, slots=True)
class Done:
    """An act on record, with its case before and after it; `asked_at` is the moment of a reporter's wish."""

    state: State
    act: PastAct | RecordedAct
    before: Case
    after: Case
    asked_at: datetime | None = None

    @property
    def id(self) -> UUID:
        return self.act.complaint_id

    @property
    def by(self) -> str:
        """The agency that acted; events never name the person."""
        return self.act.agency or ROOT

    @property
    def words(self) -> str:
        return self.act.sealed or ""

    @property
    def holder(self) -> AgencyRef:
        return self.ref(self.after.holder)

    @property
    def calendar(self) -> Calendar:
        return self.state.calendar(self.after.holder)

    def ref(self, code: str) -> AgencyRef:
        return ref_of(self.state.agency(code))


def facts_of(done: Done) -> Iterator[Fact]:
    """What an act tells; a promise tells more, which its noun knows (commitments)."""
    if tell := TOLD.get(done.act.kind):
        yield from told if isinstance(told := tell(done), tuple) else (told,)
    elif refused := refused_act(done.act.kind):
        reason = cast(Any, done.act.reason)
        yield ActRefused(complaint_id=done.id, agency=done.after.holder, act=refused, reason=reason)
    yield from returned(done.id, done.before, done.after, done.act.kind)


def _verified(done: Done) -> tuple[Fact, Fact]:
    points = told_points(done.state, done.id, done.after.points)
    classification = cast(Any, done.act.classification)
    verified = ComplaintVerified(complaint_id=done.id, by=done.by, classification=classification, sealed=points)
    return verified, _turn(done)


def _forwarded(done: Done) -> Fact:
    return _turn(done).model_copy(update={"previous": done.before.holder, "sealed": done.act.sealed})


def _turn(done: Done) -> ComplaintForwarded:
    return ComplaintForwarded(
        complaint_id=done.id,
        agency=done.holder,
        by=done.by,
        transfers=done.after.transfers,
        duty=duty_anew(done.state, done.before, done.after),
    )


def _followed_up(done: Done) -> Fact:
    return FollowUpRecorded(
        complaint_id=done.id, agency=done.after.holder, sealed=done.words, next_date=done.act.next_date
    )


def _interim(done: Done) -> Fact:
    due_on = cast(date, done.act.next_date)
    return InterimReplied(complaint_id=done.id, agency=done.holder, due_on=due_on, sealed=done.words)


def _obstructed(done: Done) -> Fact:
    return ObstacleReported(complaint_id=done.id, agency=done.after.holder, sealed=done.words)


def _ordered(done: Done) -> Fact:
    return OrderGiven(complaint_id=done.id, agency=done.after.holder, by=done.by)


def _corrected(done: Done) -> Fact:
    act, holder = done.act, done.after.holder
    told = {"kind": act.corrected_kind, "classification": act.classification, **named_in(done.state, act.corrected)}
    return ComplaintCorrected(complaint_id=done.id, agency=holder, by=done.by, **cast(Any, told))


def _held(done: Done) -> Fact:
    return ComplaintHeld(
        complaint_id=done.id,
        agency=done.ref(done.after.unverified_by or done.after.holder),
        by=done.by,
        cycle=done.after.holds,
        state=done.before.state,
        sealed=done.words,
    )


def _completed(done: Done) -> Fact:
    return ComplaintCompleted(
        complaint_id=done.id,
        agency=done.after.holder,
        cycle=done.after.holds,
        state=done.after.state,
        sealed=done.words,
        verifier=done.after.unverified_by,
    )


def _resumed(done: Done) -> Fact:
    return ComplaintResumed(
        complaint_id=done.id,
        agency=done.after.holder,
        by=done.by,
        cycle=done.after.holds,
        state=done.after.state,
        unreached=done.act.reason == UNREACHED,
        verifier=done.after.verifier,
    )


def _answered(done: Done) -> Fact:
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
    )


def _contact_requested(done: Done) -> Fact:
    holder = done.holder
    return ContactRequested(complaint_id=done.id, agency=holder.code, window=done.after.windows, zone=holder.zone)


def _contacted(done: Done) -> Fact:
    window, holder = done.after.windows, done.holder
    return ReporterContacted(complaint_id=done.id, agency=holder.code, by=done.by, window=window, zone=holder.zone)


def _replied(done: Done) -> Fact:
    return ReporterReplied(
        complaint_id=done.id,
        agency=done.after.holder,
        verifier=done.after.unverified_by,
        window=done.after.windows if done.after.state == ANSWERED else 0,
        zone=done.holder.zone,
        closing_taken_back=done.act.reason == CLOSING_TAKEN_BACK,
        sealed=done.words,
    )


def _reopened(done: Done) -> Fact:
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


def _closed(done: Done) -> Fact:
    accepted = done.act.kind == ActKind.ACCEPTANCE
    until = None if accepted else done.after.reopen_until
    return ComplaintClosed(complaint_id=done.id, agency=done.after.holder, accepted=accepted, reopen_until=until)


def _archived(done: Done) -> Fact:
    return ComplaintArchived(
        complaint_id=done.id,
        agency=done.after.holder,
        by=done.by,
        reason=cast(Any, done.act.reason),
        sealed=done.words,
        # A whole is opened again by its parts alone.
        reopen_until=None if done.act.reason == PARTS_ENDED else done.after.reopen_until,
    )


def _split(done: Done) -> Fact:
    parts, sealed = done.act.number or 0, done.act.sealed
    return split_of(done.state, done.id, done.by, done.before, done.after, parts, sealed)


def _withdrawn(done: Done) -> Fact:
    return ComplaintWithdrawn(complaint_id=done.id, agency=done.after.holder, verifier=done.before.unverified_by)


TOLD: Mapping[str, Callable[[Done], Fact | tuple[Fact, ...]]] = {
    ActKind.VERIFICATION: _verified,
    ActKind.FORWARD: _forwarded,
    DEPARTURE: _forwarded,
    ActKind.FOLLOW_UP: _followed_up,
    ActKind.INTERIM: _interim,
    ActKind.OBSTACLE: _obstructed,
    ActKind.ORDER: _ordered,
    ActKind.CORRECTION: _corrected,
    ActKind.HOLDING: _held,
    ActKind.COMPLETION: _completed,
    ActKind.RESUMPTION: _resumed,
    ActKind.MERGER: lambda done: merged(done.state, done.id, done.by, done.before, done.after),
    ActKind.SEPARATION: lambda done: separated(done.id, done.by, done.after),
    ActKind.SPLIT: _split,
    ActKind.CONTRIBUTION_REQUEST: lambda done: requested(done.state, done.id, done.act.number or 0, done.after),
    ActKind.CONTRIBUTION: lambda done: given(done.state, done.id, done.act.number or 0, done.after),
    ActKind.DRAFT: lambda done: drafted(done.state, done.id, done.after),
    ActKind.ANSWER: _answered,
    ActKind.APPROVAL: _answered,
    ActKind.CONTACT_REQUEST: _contact_requested,
    ActKind.CONTACT: _contacted,
    ActKind.REPLY: _replied,
    ActKind.DISPUTE: _reopened,
    ActKind.REOPENING: _reopened,
    ActKind.REMAND: _reopened,
    ActKind.APPEAL: lambda done: appealed(done.state, done.act, done.after, done.asked_at or done.act.at),
    ActKind.UPHOLDING: lambda done: decided(done.state, done.act, done.by, done.after),
    ActKind.DISMISSAL: lambda done: decided(done.state, done.act, done.by, done.after),
    ActKind.ACCEPTANCE: _closed,
    ActKind.CLOSING: _closed,
    ActKind.ARCHIVING: _archived,
    ActKind.WITHDRAWAL: _withdrawn,
    ActKind.URGENCY: lambda done: declared(done.state, done.id, done.after, done.act.at, done.act.sealed),
    ActKind.SENSITIVITY: lambda done: declared_sensitive(done.state, done.id, done.after, done.act.at, done.act.sealed),
    ActKind.DISCLOSURE: lambda done: disclosed(done.id, done.after.holder, done.by, done.words),
    ActKind.ALL_CLEAR: lambda done: lifted(done.id, done.after, done.by, done.act.sealed),
}
