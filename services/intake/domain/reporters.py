"""Acts of reporters: which ones a reporter may do in a state, by the table that routing applies."""

from typing import get_args

from shared.acts import BY_REPORTER, ActKind
from shared.lifecycle import transitions_of
from shared.vocabulary import ReporterAct, State


def acts_in(state: State) -> list[ReporterAct]:
    """What a reporter may do with a complaint in this state; routing decides when it hears of it."""
    return [act for act in get_args(ReporterAct) if _is_open(act, state)]


def _is_open(act: ReporterAct, state: State) -> bool:
    return any(state in row.before for row in transitions_of(ActKind(act), [BY_REPORTER]))
