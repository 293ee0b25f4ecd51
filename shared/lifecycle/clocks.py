"""The clocks that run, pause or may run in each state."""

from collections.abc import Mapping

from shared.lifecycle.transitions import ANSWERABLE, CONTESTED, ORDERED, PROMISED, SUPPORTED, URGENT_IN
from shared.vocabulary import (
    ACKNOWLEDGEMENT,
    ALARM,
    ANSWERED,
    APPEAL,
    APPEALED,
    APPROVAL,
    ARCHIVED,
    AWAITING_FOLLOW_UP,
    CLOSED,
    COMMITMENT,
    CONTACT,
    CONTEST,
    FOLLOW_UP,
    HOLD,
    IN_PROGRESS,
    LIFE,
    MERGED,
    MERGER,
    OMBUDSMAN,
    ON_HOLD,
    REFERRAL,
    REFERRED,
    RESOLUTION,
    SPLIT,
    SUPPORT,
    UNVERIFIED,
    VERIFICATION,
    WINDOW,
    WITHDRAWN,
    ClockName,
    State,
)

# The clocks that run in each state. An act stops those that run before it and not after it, and starts the others.
CLOCKS_IN: Mapping[State, frozenset[ClockName]] = {
    UNVERIFIED: frozenset({LIFE, VERIFICATION, OMBUDSMAN}),
    AWAITING_FOLLOW_UP: frozenset({LIFE, FOLLOW_UP, RESOLUTION, OMBUDSMAN}),
    IN_PROGRESS: frozenset({LIFE, RESOLUTION, OMBUDSMAN}),
    ANSWERED: frozenset({LIFE, WINDOW}),
    CLOSED: frozenset(),
    ARCHIVED: frozenset(),
    WITHDRAWN: frozenset(),
    ON_HOLD: frozenset({LIFE, HOLD}),
    # Whoever waits for another's answer keeps the way to the Ombudsman.
    MERGED: frozenset({LIFE, MERGER, OMBUDSMAN}),
    # Its parts have the limits, and the way to the Ombudsman.
    SPLIT: frozenset({LIFE}),
    # So does whoever waits for the decision of an appeal.
    APPEALED: frozenset({LIFE, APPEAL, OMBUDSMAN}),
    REFERRED: frozenset({LIFE, OMBUDSMAN}),
}
# The clocks that pause in a state, of those that ran before it: they go on with the time that they had left.
PAUSED_IN: Mapping[State, frozenset[ClockName]] = {
    ON_HOLD: frozenset({VERIFICATION, FOLLOW_UP, RESOLUTION, OMBUDSMAN}),
    MERGED: frozenset({VERIFICATION, FOLLOW_UP, RESOLUTION}),
}
# The clocks that go on in a state, of those that ran before it: nobody owes less because the Ombudsman looks on.
CONTINUED_IN: Mapping[State, frozenset[ClockName]] = {REFERRED: frozenset({VERIFICATION, FOLLOW_UP, RESOLUTION})}
PAUSABLE = frozenset().union(*PAUSED_IN.values())
# While one of these runs, the others pause.
PAUSED_BY: Mapping[ClockName, frozenset[ClockName]] = {HOLD: PAUSED_IN[ON_HOLD], MERGER: PAUSED_IN[MERGED]}
# The clocks that an act begins, and the states in which they may run: whatever leads to another state ends them.
MAY_RUN_IN: Mapping[ClockName, frozenset[State]] = {
    APPROVAL: ANSWERABLE,
    COMMITMENT: PROMISED,
    CONTACT: frozenset({ANSWERED}),
    ALARM: URGENT_IN,
    SUPPORT: SUPPORTED,
    CONTEST: CONTESTED,
    REFERRAL: frozenset({REFERRED}),
    ACKNOWLEDGEMENT: ORDERED,
}


def states_of(clock: ClockName) -> frozenset[State]:
    """The states in which a clock runs."""
    return frozenset(state for state, clocks in CLOCKS_IN.items() if clock in clocks)


# The states in which each limit of the handling runs; in any other state its act has already happened.
_LIMITS = VERIFICATION, FOLLOW_UP, RESOLUTION, WINDOW, APPEAL
RUNNING_IN: Mapping[str, frozenset[State]] = {
    **{clock: states_of(clock) for clock in _LIMITS},
    CONTACT: frozenset({ANSWERED}),
}
