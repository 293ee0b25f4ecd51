"""Acts of reporters: the row of the table that lets a reporter do something now, or why there is none."""

from collections.abc import Mapping
from datetime import datetime
from typing import get_args

from services.routing.domain.cases import Case
from services.routing.domain.contests import can_contest
from services.routing.domain.windows import answers_in_time, takes_back_closing
from shared.lifecycle.acts import BY_REPORTER, ActKind
from shared.lifecycle.table import fits_verified, transitions_of
from shared.lifecycle.transitions import Transition
from shared.reporters import (
    COMPLETION,
    CONSENT,
    DISPUTE,
    REOPENING,
    REPLY,
    TO_APPEAL,
    TO_CONTEST,
    RefusedFor,
    ReporterAct,
)
from shared.vocabulary import (
    ANSWERED,
    APPEALED,
    ARCHIVED,
    CLOSED,
    ENDED,
    IN_PROGRESS,
    ON_HOLD,
    REFERRED,
    WITHDRAWN,
    State,
)

# An act that was refused stays on record under a name of its own: its case has not changed by it.
REFUSED = "refused {act}"
# So does one that was asked for again after it had been done; nobody is told.
REPEATED = "repeated {act}"
# The reason on record of an act that has undone a closing.
CLOSING_TAKEN_BACK = "closing_taken_back"
_REFUSED_ACTS: Mapping[str, ReporterAct] = {REFUSED.format(act=act): act for act in get_args(ReporterAct)}
_REFUSED_IN: Mapping[State, RefusedFor] = {
    ANSWERED: "answered",
    CLOSED: "closed",
    ARCHIVED: "archived",
    WITHDRAWN: "withdrawn",
    APPEALED: "appealed",
    REFERRED: "referred",
}


def transition_of(act: ReporterAct, case: Case, asked_at: datetime, number: int = 0) -> Transition | RefusedFor:
    """The row of the table by which the reporter of this case does an act of this moment, or why there is none.

    A reply that came before a closing undoes it. There is one appeal, and one file for the Ombudsman, after an offer
    that stands. A completion names the hold whose question it answers; one to an earlier question answers no later one.
    """
    if act == COMPLETION and case.state == ON_HOLD and number not in (0, case.holds):
        return "state"
    if act == TO_APPEAL and case.appeals:
        return "appealed"
    if act == TO_CONTEST and case.state == IN_PROGRESS and not can_contest(case):
        return "contested"
    if act == CONSENT and case.state not in ENDED and (case.handed_over or not case.ombudsman_offered):
        return "referred" if case.handed_over else "not_offered"
    kind = _kind_now(act, case, asked_at, number)
    rows = [row for row in transitions_of(ActKind(kind), [BY_REPORTER]) if case.state in row.before]
    rows = [row for row in rows if not row.undoes or takes_back_closing(case, asked_at)]
    row = next((row for row in rows if fits_verified(row, case.classification is not None)), None)
    undoes_end = kind in (REOPENING, TO_APPEAL) and case.state in ENDED
    if undoes_end and case.state == CLOSED and case.reopen_until is None:
        return "final"
    if row is None or (undoes_end and case.reopen_until is None):
        return _REFUSED_IN.get(case.state, "state")
    is_late = undoes_end and case.reopen_until is not None and asked_at > case.reopen_until
    return "late" if is_late else row


def _kind_now(act: ReporterAct, case: Case, asked_at: datetime, number: int) -> ReporterAct:
    """What an act amounts to, now that its case may have moved on.

    A dispute of what was closed meanwhile reopens it, and so does an answer that came before the archiving for want of
    it. An answer that finds the case at work again is a reply.
    """
    if act == DISPUTE and case.state == CLOSED:
        return REOPENING
    if act == COMPLETION and answers_in_time(case, asked_at, number):
        return REOPENING
    return REPLY if act == COMPLETION and case.state not in (ON_HOLD, *ENDED) else act


def refused_act(kind: str) -> ReporterAct | None:
    """The act of a reporter that was refused, by the kind under which it is on record; None for any other kind."""
    return _REFUSED_ACTS.get(kind)
