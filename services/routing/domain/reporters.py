"""Acts of reporters: the row of the table that lets a reporter do something now, or why there is none."""

from collections.abc import Mapping
from typing import get_args

from services.routing.domain.cases import Case
from shared.acts import BY_REPORTER, ActKind
from shared.lifecycle import Transition, transitions_of
from shared.vocabulary import ANSWERED, ARCHIVED, COMPLETION, ON_HOLD, WITHDRAWN, RefusedFor, ReporterAct, State

# An act that was refused stays on record under a name of its own: its case has not changed by it.
REFUSED = "refused {act}"
_REFUSED_ACTS: Mapping[str, ReporterAct] = {REFUSED.format(act=act): act for act in get_args(ReporterAct)}
_REFUSED_IN: Mapping[State, RefusedFor] = {ANSWERED: "answered", ARCHIVED: "archived", WITHDRAWN: "withdrawn"}


def transition_of(act: ReporterAct, case: Case, number: int = 0) -> Transition | RefusedFor:
    """The row of the table by which the reporter of this case does this act now, or why there is none.

    A completion names the hold whose question it answers; an answer to an earlier question answers no later one.
    """
    if act == COMPLETION and case.state == ON_HOLD and number not in (0, case.holds):
        return "state"
    rows = transitions_of(ActKind(act), [BY_REPORTER])
    return next((row for row in rows if case.state in row.before), _REFUSED_IN.get(case.state, "state"))


def refused_act(kind: str) -> ReporterAct | None:
    """The act of a reporter that was refused, by the kind under which it is on record; None for any other kind."""
    return _REFUSED_ACTS.get(kind)
