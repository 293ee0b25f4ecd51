"""The life of a complaint as one table: which act is done in which state and by whom, and what follows from it.

Only routing applies the table, under the lock of the case. Whatever shows or offers an act reads it here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, get_args

from shared.vocabulary import (
    ANSWERED,
    APPROVAL,
    ARCHIVED,
    AWAITING_FOLLOW_UP,
    COMMITMENT,
    COORDINATOR,
    FOLLOW_UP,
    IN_PROGRESS,
    LEADER,
    LIAISON,
    LIFE,
    OMBUDSMAN,
    RESOLUTION,
    UNVERIFIED,
    VERIFICATION,
    WITHDRAWN,
    ClockName,
    EventType,
    Role,
    State,
)

# How often a case is passed on before an agency above its verifier decides.
MOST_TRANSFERS = 3


class ActKind(StrEnum):
    """What can be done with a case."""

    VERIFICATION = "verification"
    FORWARD = "forward"
    FOLLOW_UP = "follow-up"
    ANSWER = "answer"
    ARCHIVING = "archiving"
    WITHDRAWAL = "withdrawal"
    NOTE = "note"
    OBSTACLE = "obstacle"
    ORDER = "order"
    ACKNOWLEDGEMENT = "acknowledgement"
    CORRECTION = "correction"
    DRAFT = "draft"
    APPROVAL = "approval"
    REJECTION = "rejection"
    PROMISE = "promise"
    FULFILMENT = "fulfilment"
    POSTPONEMENT = "postponement"


ACT_LABELS: Mapping[ActKind, str] = {
    ActKind.VERIFICATION: "verifikasi dan disposisi",
    ActKind.FORWARD: "penerusan",
    ActKind.FOLLOW_UP: "tindak lanjut",
    ActKind.ANSWER: "jawaban akhir",
    ActKind.ARCHIVING: "pengarsipan",
    ActKind.WITHDRAWAL: "pencabutan oleh pelapor",
    ActKind.NOTE: "catatan internal",
    ActKind.OBSTACLE: "catatan kendala",
    ActKind.ORDER: "arahan pimpinan",
    ActKind.ACKNOWLEDGEMENT: "konfirmasi arahan",
    ActKind.CORRECTION: "perbaikan data laporan",
    ActKind.DRAFT: "rancangan jawaban",
    ActKind.APPROVAL: "persetujuan jawaban",
    ActKind.REJECTION: "pengembalian rancangan jawaban",
    ActKind.PROMISE: "janji",
    ActKind.FULFILMENT: "pemenuhan janji",
    ActKind.POSTPONEMENT: "pengunduran janji",
}

# What somebody is to a case. A coordinator acts for the own agency and for those below it.
OfCase = Literal["admin", "verifier", "above_verifier", "coordinator", "liaison", "leader", "leader_over", "reporter"]
# Whoever handles a case publishes answers, or drafts them where the holder names an approver.
OfAnswer = Literal["publisher", "drafter", "approver"]
Party = Literal[OfCase, OfAnswer]
ADMIN: Party = "admin"
VERIFIER: Party = "verifier"
ABOVE_VERIFIER: Party = "above_verifier"
OF_HOLDER: Party = "coordinator"
HOLDERS_LIAISON: Party = "liaison"
HOLDERS_LEADER: Party = "leader"
BY_REPORTER: Party = "reporter"
LEADER_OVER: Party = "leader_over"
PUBLISHER: Party = "publisher"
DRAFTER: Party = "drafter"
APPROVER: Party = "approver"
PARTY_LABELS: Mapping[Party, str] = {
    ADMIN: "the national administrator",
    VERIFIER: "a coordinator of the verifier or above it",
    ABOVE_VERIFIER: "a coordinator above the verifier",
    OF_HOLDER: "a coordinator of the holder or above it",
    HOLDERS_LIAISON: "the holder's liaison",
    HOLDERS_LEADER: "the holder's leader",
    BY_REPORTER: "the reporter",
    LEADER_OVER: "the leader of the holder or one above it",
    PUBLISHER: "whoever handles the case, if the holder names no approver or this is the approver or one above",
    DRAFTER: "whoever handles the case, if the holder names an approver above",
    APPROVER: "the approver that the holder names, or a coordinator or leader above",
}

# Who holds a case after an act: as before; whoever the act names, or as proposed; the verifier.
Receiver = Literal["same", "named", "verifier"]
Passes = Literal["any", "few", "many"]
Audience = tuple[Literal["reporter", "holder", "verifier", "approver", "author"], Role | None]
REPORTER: Audience = ("reporter", None)
LIAISON_OF_HOLDER: Audience = ("holder", LIAISON)
LEADER_OF_HOLDER: Audience = ("holder", LEADER)
COORDINATOR_OF_VERIFIER: Audience = ("verifier", COORDINATOR)
TO_APPROVER: Audience = ("approver", None)
AUTHOR: Audience = ("author", None)


@dataclass(frozen=True, slots=True)
class Transition:
    """A row of the table: `by` may do the `act` in one of `before`, and the case is then in the state `after`.

    An act without `after` changes no state: no clock begins or ends with it.

    `passes` says whether the row holds for a case that was passed on fewer than MOST_TRANSFERS times, or for others.
    `renews` are clocks that begin anew although they run before and after. `begins` and `ends` are clocks that no state
    has, but an act. `tells` are those who get a message.
    """

    act: ActKind
    by: frozenset[Party]
    before: frozenset[State]
    after: State | None
    events: tuple[EventType, ...]
    tells: tuple[Audience, ...]
    receiver: Receiver = "same"
    passes: Passes = "any"
    renews: frozenset[ClockName] = frozenset()
    begins: frozenset[ClockName] = frozenset()
    ends: frozenset[ClockName] = frozenset()

    def after_from(self, state: State) -> State:
        """The state of a case after the act that was in this state before it."""
        return self.after or state


_VERIFIED = frozenset({AWAITING_FOLLOW_UP, IN_PROGRESS})
_HANDLERS = frozenset({OF_HOLDER, HOLDERS_LIAISON, HOLDERS_LEADER})
_OPEN = _VERIFIED | {UNVERIFIED}
_EVERYWHERE = frozenset(get_args(State))
_TO_HOLDER = (REPORTER, LIAISON_OF_HOLDER, LEADER_OF_HOLDER)
_OF_DRAFT = frozenset({APPROVAL})
# The clocks that an act begins, and the states in which they may run: whatever leads to another state ends them.
_OF_PROMISE = frozenset({COMMITMENT})
_PROMISED = _VERIFIED | {ANSWERED}
MAY_RUN_IN: Mapping[ClockName, frozenset[State]] = {APPROVAL: _VERIFIED, COMMITMENT: _PROMISED}


def _quiet(
    act: ActKind,
    by: Collection[Party],
    before: frozenset[State],
    events: tuple[EventType, ...] = (),
    tells: tuple[Audience, ...] = (),
    begins: frozenset[ClockName] = frozenset(),
    ends: frozenset[ClockName] = frozenset(),
) -> Transition:
    return Transition(act, frozenset(by), before, None, events, tells, begins=begins, ends=ends)


def _forward(by: Collection[Party], receiver: Receiver, passes: Passes) -> Transition:
    return Transition(
        act=ActKind.FORWARD,
        by=frozenset(by),
        before=_VERIFIED,
        after=AWAITING_FOLLOW_UP,
        events=(EventType.COMPLAINT_FORWARDED,),
        tells=_TO_HOLDER,
        receiver=receiver,
        passes=passes,
        renews=frozenset({FOLLOW_UP}),
        ends=_OF_DRAFT,
    )


def _withdraw(before: Collection[State], tells: tuple[Audience, ...]) -> Transition:
    return Transition(
        act=ActKind.WITHDRAWAL,
        by=frozenset({BY_REPORTER}),
        before=frozenset(before),
        after=WITHDRAWN,
        events=(EventType.COMPLAINT_WITHDRAWN,),
        tells=tells,
    )


TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        ActKind.VERIFICATION,
        by=frozenset({ADMIN, VERIFIER}),
        before=frozenset({UNVERIFIED}),
        after=AWAITING_FOLLOW_UP,
        events=(EventType.COMPLAINT_VERIFIED, EventType.COMPLAINT_FORWARDED),
        tells=_TO_HOLDER,
        receiver="named",
    ),
    _forward({ADMIN}, "named", "any"),
    _forward({OF_HOLDER}, "named", "few"),
    _forward({HOLDERS_LIAISON}, "verifier", "few"),
    _forward({ABOVE_VERIFIER}, "named", "many"),
    Transition(
        ActKind.FOLLOW_UP,
        by=_HANDLERS,
        before=_VERIFIED,
        after=IN_PROGRESS,
        events=(EventType.FOLLOW_UP_RECORDED,),
        tells=(REPORTER,),
    ),
    Transition(
        ActKind.ANSWER,
        by=frozenset({PUBLISHER}),
        before=_VERIFIED,
        after=ANSWERED,
        events=(EventType.COMPLAINT_ANSWERED,),
        tells=(REPORTER,),
    ),
    Transition(
        ActKind.ARCHIVING,
        by=frozenset({ADMIN, VERIFIER}),
        before=_OPEN,
        after=ARCHIVED,
        events=(EventType.COMPLAINT_ARCHIVED,),
        tells=_TO_HOLDER,
    ),
    # Until the verification nobody but the verifier was asked for anything.
    _withdraw({UNVERIFIED}, (REPORTER, COORDINATOR_OF_VERIFIER)),
    _withdraw(_VERIFIED, _TO_HOLDER),
    _quiet(ActKind.NOTE, {ADMIN, VERIFIER, LEADER_OVER, *_HANDLERS}, _EVERYWHERE),
    _quiet(ActKind.OBSTACLE, _HANDLERS, _VERIFIED, (EventType.OBSTACLE_REPORTED,), (REPORTER,)),
    _quiet(ActKind.ORDER, {LEADER_OVER}, _VERIFIED, (EventType.ORDER_GIVEN,), (LIAISON_OF_HOLDER,)),
    _quiet(ActKind.ACKNOWLEDGEMENT, {OF_HOLDER, HOLDERS_LIAISON}, _VERIFIED),
    _quiet(ActKind.CORRECTION, {ADMIN, VERIFIER}, _OPEN, (EventType.COMPLAINT_CORRECTED,)),
    _quiet(ActKind.DRAFT, {DRAFTER}, _VERIFIED, (EventType.ANSWER_DRAFTED,), (TO_APPROVER,), begins=_OF_DRAFT),
    Transition(
        ActKind.APPROVAL, frozenset({APPROVER}), _VERIFIED, ANSWERED, (EventType.COMPLAINT_ANSWERED,), (REPORTER,)
    ),
    _quiet(ActKind.REJECTION, {APPROVER}, _VERIFIED, (EventType.ANSWER_RETURNED,), (AUTHOR,), ends=_OF_DRAFT),
    _quiet(ActKind.PROMISE, _HANDLERS, _VERIFIED, (EventType.PROMISE_MADE,), (REPORTER,), begins=_OF_PROMISE),
    # A promise survives the answer.
    _quiet(ActKind.FULFILMENT, _HANDLERS, _PROMISED, (EventType.PROMISE_KEPT,), (REPORTER,), ends=_OF_PROMISE),
    _quiet(ActKind.POSTPONEMENT, _HANDLERS, _PROMISED, (EventType.PROMISE_MOVED,), (REPORTER,)),
)

# The clocks that run in each state. An act stops those that run before it and not after it, and starts the others.
CLOCKS_IN: Mapping[State, frozenset[ClockName]] = {
    UNVERIFIED: frozenset({LIFE, VERIFICATION, OMBUDSMAN}),
    AWAITING_FOLLOW_UP: frozenset({LIFE, FOLLOW_UP, RESOLUTION, OMBUDSMAN}),
    IN_PROGRESS: frozenset({LIFE, RESOLUTION, OMBUDSMAN}),
    ANSWERED: frozenset(),
    ARCHIVED: frozenset(),
    WITHDRAWN: frozenset(),
}


def transitions_of(act: ActKind, parties: Collection[Party]) -> list[Transition]:
    """The rows of an act for somebody of these parties."""
    return [row for row in TRANSITIONS if row.act == act and not row.by.isdisjoint(parties)]


def fits_passes(row: Transition, passes: int) -> bool:
    """Whether a row holds for a case that was passed on so often."""
    return row.passes == "any" or (row.passes == "many") == (passes >= MOST_TRANSFERS)


def states_of(clock: ClockName) -> frozenset[State]:
    """The states in which a clock runs."""
    return frozenset(state for state, clocks in CLOCKS_IN.items() if clock in clocks)


# The states in which each limit of the handling runs; in any other state its act has already happened.
RUNNING_IN: Mapping[str, frozenset[State]] = {
    clock: states_of(clock) for clock in (VERIFICATION, FOLLOW_UP, RESOLUTION)
}


def stopped_by(row: Transition) -> frozenset[ClockName]:
    """The clocks that an act stops, in whichever state it is done."""
    steps = [(state, row.after_from(state)) for state in row.before]
    left = (clock for clock, states in MAY_RUN_IN.items() if any(a in states and b not in states for a, b in steps))
    return row.ends.union(left, *(CLOCKS_IN[a] - CLOCKS_IN[b] for a, b in steps))


def started_by(row: Transition) -> frozenset[ClockName]:
    """The clocks that an act starts, in whichever state it is done."""
    return row.renews.union(row.begins, *(CLOCKS_IN[row.after_from(state)] - CLOCKS_IN[state] for state in row.before))
