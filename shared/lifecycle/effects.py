"""The effects of an act on clocks, by the table of the lifecycle: which it stops, starts, pauses and resumes."""

from collections.abc import Collection

from shared.lifecycle.clocks import CLOCKS_IN, CONTINUED_IN, MAY_RUN_IN, PAUSED_IN
from shared.lifecycle.transitions import Transition
from shared.vocabulary import ClockName, State

_NONE: frozenset[ClockName] = frozenset()


def stopped_by(row: Transition) -> frozenset[ClockName]:
    """The clocks that an act stops, in whichever state it is done."""
    steps = [(state, after) for state in row.before for after in row.afters_from(state)]
    return row.ends.union(
        *(_given_up(row, state) - _kept_in(after) for state, after in steps), _left_behind(row, steps)
    )


def started_by(row: Transition) -> frozenset[ClockName]:
    """The clocks that an act starts, in whichever state it is done."""
    begun = (CLOCKS_IN[after] - _kept_in(state) for state in row.before for after in row.afters_from(state))
    return row.renews.union(row.begins, *begun)


def paused_by(row: Transition) -> frozenset[ClockName]:
    """The clocks that pause from an act on, in whichever state it is done."""
    afters = ((state, after) for state in row.before for after in row.afters_from(state))
    return frozenset().union(*(CLOCKS_IN[state] & PAUSED_IN.get(after, _NONE) for state, after in afters))


def resumed_by(row: Transition) -> frozenset[ClockName]:
    """The clocks that may go on after an act."""
    afters = ((state, after) for state in row.before for after in row.afters_from(state))
    return frozenset().union(*(PAUSED_IN.get(state, _NONE) & _may_run_in(after) for state, after in afters))


def _kept_in(state: State) -> frozenset[ClockName]:
    """The clocks that run or pause in a state."""
    return _may_run_in(state) | PAUSED_IN.get(state, _NONE)


def _may_run_in(state: State) -> frozenset[ClockName]:
    """The clocks that run in a state, or go on in it."""
    return CLOCKS_IN[state] | CONTINUED_IN.get(state, _NONE)


def _given_up(row: Transition, state: State) -> frozenset[ClockName]:
    """The clocks that an act in this state may stop: a case that returns goes on with those that it had."""
    return CLOCKS_IN[state] if row.returns else _kept_in(state)


def _left_behind(row: Transition, steps: Collection[tuple[State, State]]) -> frozenset[ClockName]:
    """The clocks that acts begin, and that may not run in the state to which an act leads."""
    if row.returns:
        return _NONE
    return frozenset(
        clock
        for clock, states in MAY_RUN_IN.items()
        if any(before in states and after not in states for before, after in steps)
    )
