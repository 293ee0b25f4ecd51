"""Mergers: which complaint may wait for the answer to which other, and what becomes of it when that one ends."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from services.routing.domain.acts import Act, parties
from services.routing.domain.cases import Actor, Case, Chain
from services.routing.domain.refusals import RefusalReason
from shared.lifecycle.acts import ADMIN, BY_SYSTEM, VERIFIER, ActKind
from shared.lifecycle.table import transitions_of
from shared.lifecycle.transitions import OPEN, Transition
from shared.vocabulary import ANSWERED, ARCHIVED, MERGED, ON_HOLD, REFERRED, ArchiveReason, State

# The states of a complaint that others may wait for.
AWAITED: frozenset[State] = OPEN | {ON_HOLD, REFERRED}
# Why the matter itself cannot be answered; any other reason is about one complaint alone.
OF_THE_MATTER: frozenset[ArchiveReason] = frozenset({"no_authority", "before_a_court", "moot"})


@dataclass(frozen=True, slots=True)
class Kin:
    """Of the cases of a batch, those for whose answer others wait (`leading`), and those that are `confidential`."""

    leading: Collection[UUID] = ()
    confidential: Collection[UUID] = ()


def refusal_of(id: UUID, act: Act, main: Case | None, kin: Kin, actor: Actor, chain: Chain) -> RefusalReason | None:
    """Why a complaint cannot be merged into this one, its `main` complaint.

    The same official must be entitled to both, and a chain never comes about. What is answered to a confidential or
    sensitive complaint is no answer to others.
    """
    if main is None or act.merged_into is None:
        return RefusalReason.MAIN_UNKNOWN
    if parties(actor, main, chain).isdisjoint((ADMIN, VERIFIER)):
        return RefusalReason.MAIN_NOT_YOURS
    if act.merged_into == id:
        return RefusalReason.MERGED_INTO_ITSELF
    if main.state not in AWAITED:
        return RefusalReason.MAIN_NOT_OPEN
    if main.sensitive or act.merged_into in kin.confidential:
        return RefusalReason.MAIN_CONFIDENTIAL
    return RefusalReason.LEADS_OTHERS if id in kin.leading else None


def act_of_follower(state: State, reason: ArchiveReason | None) -> Act | None:
    """What the system does with a merged case when its main one has come to this state, for this reason.

    It shares an answer, and an archiving for a reason of the matter; else it goes on by itself. None while the main
    case is open.
    """
    if state in AWAITED:
        return None
    if state == ANSWERED:
        return Act(ActKind.ANSWER)
    shares = state == ARCHIVED and reason in OF_THE_MATTER
    return Act(ActKind.ARCHIVING, reason=reason) if shares else Act(ActKind.SEPARATION)


def row_of_follower(act: Act) -> Transition:
    """The row of the table by which the system does this with a merged case."""
    return next(row for row in transitions_of(act.kind, [BY_SYSTEM]) if MERGED in row.before)
