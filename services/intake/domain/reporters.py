"""Acts of reporters: which ones a reporter may do in a state, by the table that routing applies."""

from datetime import datetime
from typing import get_args

from shared.lifecycle.acts import BY_REPORTER, ActKind
from shared.lifecycle.table import transitions_of
from shared.reporters import CONSENT, REOPENING, TO_APPEAL, TO_CONTEST, ReporterAct
from shared.vocabulary import ENDED, State


def acts_in(
    state: State, reopen_until: datetime | None, appeals: int, can_contest: bool, offered: bool, now: datetime
) -> list[ReporterAct]:
    """What a reporter may do with a complaint in this state; routing decides when it hears of it.

    What undoes a closing was done before it, and is not offered after. A contest is about a follow-up (`can_contest`).
    """
    can_reopen = reopen_until is not None and now <= reopen_until
    can_appeal = not appeals and (state not in ENDED or can_reopen)
    may = {REOPENING: can_reopen, TO_APPEAL: can_appeal, TO_CONTEST: can_contest, CONSENT: offered}
    return [act for act in get_args(ReporterAct) if _is_open(act, state) and may.get(act, True)]


def _is_open(act: ReporterAct, state: State) -> bool:
    return any(state in row.before and not row.undoes for row in transitions_of(ActKind(act), [BY_REPORTER]))
