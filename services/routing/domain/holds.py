"""The end of a hold, by whether the question has reached the reporter, or of a merger: archived, or going on."""

from dataclasses import replace

from services.routing.domain.acts import Act
from services.routing.domain.cases import Case
from shared.lifecycle.acts import BY_SYSTEM, ActKind
from shared.lifecycle.table import transitions_of
from shared.lifecycle.transitions import Transition
from shared.vocabulary import HOLD, MERGED, MERGER, NOT_COMPLETED, ON_HOLD, ClockName, NoticeOutcome

ARRIVED: frozenset[NoticeOutcome] = frozenset({"sent", "acknowledged"})


def with_outcome(case: Case, cycle: int, outcome: NoticeOutcome) -> Case:
    """The case after this became of the question of its hold; what became of an earlier question changes nothing."""
    if case.state != ON_HOLD or cycle != case.holds:
        return case
    return replace(case, question_reached=outcome in ARRIVED)


def act_at_the_end(case: Case, cycle: int, clock: ClockName = HOLD) -> Act | None:
    """What the system does with a case whose hold or merger has reached its limit; nothing where that is over.

    Nobody loses a complaint by a question that never arrived, or by another that finds no answer.
    """
    if clock == MERGER:
        return Act(ActKind.SEPARATION) if case.state == MERGED and cycle == case.mergers else None
    if case.state != ON_HOLD or cycle != case.holds:
        return None
    return Act(ActKind.ARCHIVING, reason=NOT_COMPLETED) if case.question_reached else Act(ActKind.RESUMPTION)


def row_at_the_end(act: Act, case: Case) -> Transition:
    """The row of the table by which the system does this with the case."""
    return next(row for row in transitions_of(act.kind, [BY_SYSTEM]) if case.state in row.before)
