"""The form of a row of the lifecycle: an act in a state, by whom, what follows from it, and who is told."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from shared.lifecycle.acts import ActKind, Party
from shared.vocabulary import (
    ANSWERED,
    APPEALED,
    AWAITING_FOLLOW_UP,
    CLOSED,
    CONTACT,
    COORDINATOR,
    IN_PROGRESS,
    LEADER,
    LIAISON,
    MERGED,
    ON_HOLD,
    REFERRED,
    SPLIT,
    UNVERIFIED,
    WINDOW,
    ClockName,
    EventType,
    Role,
    State,
)

# The states from which a case is put on hold, and to which it returns.
OPEN: frozenset[State] = frozenset({UNVERIFIED, AWAITING_FOLLOW_UP, IN_PROGRESS})
VERIFIED: frozenset[State] = frozenset({AWAITING_FOLLOW_UP, IN_PROGRESS})
# The states in which a promise may be open: whoever accepts an answer accepts its promises, and they are still watched.
PROMISED: frozenset[State] = VERIFIED | {ANSWERED, ON_HOLD, MERGED, SPLIT, CLOSED, APPEALED, REFERRED}
# The states in which supporting units may contribute.
SUPPORTED: frozenset[State] = VERIFIED | {ON_HOLD, MERGED, REFERRED}
# The states in which an order stays, to be acknowledged and carried out.
ORDERED: frozenset[State] = SUPPORTED
# The states in which a contest may be judged: a question, a merger or a referral does not end it.
CONTESTED: frozenset[State] = frozenset({IN_PROGRESS, ON_HOLD, MERGED, REFERRED})
# The states in which a complaint may be urgent: danger waits for nobody's answer.
URGENT_IN: frozenset[State] = OPEN | {ON_HOLD, MERGED, REFERRED}
# The states in which the holder publishes its answer, or has a draft of it approved.
ANSWERABLE: frozenset[State] = VERIFIED | {REFERRED}

# Who holds a case after an act: as before; whoever the act names, or as proposed; the verifier.
Receiver = Literal["same", "named", "verifier"]
Passes = Literal["any", "few", "many"]
WasVerified = Literal["any", "yes", "no"]
Audience = tuple[
    Literal[
        "reporter",
        "holder",
        "verifier",
        "reviewer",
        "approver",
        "author",
        "duty",
        "named",
        "deciders",
        "judges",
        "referrers",
        "supporter",
        "orderers",
    ],
    Role | None,
]
REPORTER: Audience = ("reporter", None)
LIAISON_OF_HOLDER: Audience = ("holder", LIAISON)
LEADER_OF_HOLDER: Audience = ("holder", LEADER)
COORDINATOR_OF_HOLDER: Audience = ("holder", COORDINATOR)
COORDINATOR_OF_VERIFIER: Audience = ("verifier", COORDINATOR)
# Of an answer that is in the sample of the agency above.
REVIEWER: Audience = ("reviewer", COORDINATOR)
TO_APPROVER: Audience = ("approver", None)
AUTHOR: Audience = ("author", None)
# The duty officers of the holder, and of the verifier until the verification.
TO_DUTY: Audience = ("duty", None)
TO_SUPPORTER: Audience = ("supporter", LIAISON)
# The seats that may read a sensitive complaint, of the same agencies.
TO_NAMED: Audience = ("named", None)
# The seat that decides an appeal.
DECIDERS: Audience = ("deciders", None)
# The seat that judges a contest.
TO_JUDGE: Audience = ("judges", None)
# The leaders whose orders are acknowledged.
ORDERERS: Audience = ("orderers", None)
# The seat that hands a file over to the Ombudsman.
TO_REFERRERS: Audience = ("referrers", None)
TO_HOLDER = (REPORTER, LIAISON_OF_HOLDER, LEADER_OF_HOLDER)


@dataclass(frozen=True, slots=True)
class Transition:
    """A row of the table: `by` may do the `act` in one of `before`, and the case is then in the state `after`.

    An act without `after` changes no state, and no clock but those that it `begins` and `ends`; one that `returns`
    gives a case one of these states back: of a case that was on hold or merged that of before, of an appeal the end
    that stands, of a contest what is left of the follow-ups.

    `passes` says whether the row holds for a case that was passed on fewer than MOST_TRANSFERS times, or for others.
    `verified` says whether it holds for a case that has been verified, or for one that has not. `renews` are clocks
    that begin anew although they run, or may run, before and after. `begins` and `ends` are clocks that no state has,
    but an act. With `undoes`, the row holds only for what a reporter had done before the system closed the case.
    `tells` are those who get a message.
    """

    act: ActKind
    by: frozenset[Party]
    before: frozenset[State]
    after: State | None
    events: tuple[EventType, ...]
    tells: tuple[Audience, ...]
    receiver: Receiver = "same"
    passes: Passes = "any"
    verified: WasVerified = "any"
    renews: frozenset[ClockName] = frozenset()
    returns: frozenset[State] = frozenset()
    begins: frozenset[ClockName] = frozenset()
    ends: frozenset[ClockName] = frozenset()
    undoes: bool = False

    def after_from(self, state: State, held_from: State | None = None) -> State:
        """The state of a case after the act that was in this state before it, and returns to another."""
        if held_from in self.returns:
            return held_from
        return self.after or state

    def afters_from(self, state: State) -> frozenset[State]:
        """The states in which a case may be after the act that was in this state before it."""
        return self.returns or frozenset({self.after_from(state)})


def quiet(
    act: ActKind,
    by: Collection[Party],
    before: frozenset[State],
    events: tuple[EventType, ...] = (),
    tells: tuple[Audience, ...] = (),
    begins: frozenset[ClockName] = frozenset(),
    ends: frozenset[ClockName] = frozenset(),
) -> Transition:
    """A row of an act that changes no state."""
    return Transition(act, frozenset(by), before, None, events, tells, begins=begins, ends=ends)


def returning(
    act: ActKind,
    by: Collection[Party],
    event: EventType,
    tells: tuple[Audience, ...],
    verified: WasVerified = "any",
    before: State = ON_HOLD,
) -> Transition:
    interrupted = frozenset({before})
    return Transition(
        act, frozenset(by), interrupted, after=None, events=(event,), tells=tells, verified=verified, returns=OPEN
    )


def closing(act: ActKind, by: Party) -> Transition:
    return Transition(
        act=act,
        by=frozenset({by}),
        before=frozenset({ANSWERED}),
        after=CLOSED,
        events=(EventType.COMPLAINT_CLOSED,),
        tells=(REPORTER, LIAISON_OF_HOLDER),
    )


def contacting(by: Collection[Party]) -> Transition:
    return Transition(
        ActKind.CONTACT,
        by=frozenset(by),
        before=frozenset({ANSWERED}),
        after=ANSWERED,
        events=(EventType.REPORTER_CONTACTED,),
        tells=(REPORTER,),
        renews=frozenset({WINDOW}),
        ends=frozenset({CONTACT}),
    )
