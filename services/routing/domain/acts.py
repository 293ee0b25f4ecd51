"""The acts of officials: the row of the table that lets this official do this act now, and the case after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.routing.domain.appeals import DECISIONS
from services.routing.domain.cases import Actor, Case, Chain
from services.routing.domain.contests import JUDGEMENTS, judges
from services.routing.domain.contributions import refusal_of_contribution, supports
from services.routing.domain.drafts import approves
from services.routing.domain.parts import NewPart
from services.routing.domain.refusals import RefusalReason
from shared.lifecycle.acts import (
    ABOVE_HOLDER,
    ABOVE_VERIFIER,
    ADMIN,
    APPELLATE,
    APPROVER,
    DRAFTER,
    HOLDERS_LEADER,
    HOLDERS_LIAISON,
    JUDGE,
    LEADER_OVER,
    OF_HOLDER,
    PUBLISHER,
    SUPPORTER,
    VERIFIER,
    ActKind,
    Party,
)
from shared.lifecycle.table import MOST_HOLDS, fits_passes, fits_verified, transitions_of
from shared.lifecycle.transitions import Transition
from shared.vocabulary import (
    ANSWERED,
    APPEALED,
    ARCHIVED,
    CLOSED,
    MERGED,
    ON_HOLD,
    REFERRED,
    SPLIT,
    UNVERIFIED,
    WITHDRAWN,
    ApproverRole,
    ArchiveReason,
    Classification,
    Kind,
    Role,
    State,
)

_ENDED_ALREADY: Mapping[State, RefusalReason] = {
    ANSWERED: RefusalReason.ALREADY_ANSWERED,
    CLOSED: RefusalReason.ALREADY_CLOSED,
    ARCHIVED: RefusalReason.ALREADY_ARCHIVED,
    WITHDRAWN: RefusalReason.ALREADY_WITHDRAWN,
}


# Nobody handles a complaint by itself in these states, or not in each way.
_ELSEWHERE: Mapping[State, RefusalReason] = {
    ON_HOLD: RefusalReason.ON_HOLD,
    MERGED: RefusalReason.MERGED,
    SPLIT: RefusalReason.SPLIT,
    APPEALED: RefusalReason.APPEALED,
    REFERRED: RefusalReason.REFERRED,
}
_REVIEWS = frozenset({ActKind.ENDORSEMENT, ActKind.REMAND})


@dataclass(frozen=True, slots=True)
class Act:
    """An act that somebody wants to do; `agency` is the code of the agency that receives the case.

    `next_date` is until when a follow-up promises news. A correction gives a `title`, sealed, or a `corrected_kind`, or
    what is `corrected` of field and region.
    `points` are those that a verification lists, or what an answer says of each. `reason` is that of an archiving, or
    the unit that is asked to contribute since `asked_at`. `number` is that of a draft, a promise or a request. A new
    `draft` is sealed; `author` wrote it. `due_on` is the day for which something is promised or asked, also an answer
    by an interim reply. A merger names the complaint `merged_into`, a split its `parts`, an appeal or a contest who
    decides it (`appellate`). A reporter wished a contest at `wished_at`; a leader of `given_by` gives an order.
    """

    kind: ActKind
    classification: Classification | None = None
    agency: str | None = None
    reason: ArchiveReason | None = None
    next_date: date | None = None
    title: str | None = None
    corrected_kind: Kind | None = None
    corrected: Mapping[str, str] | None = None
    points: tuple[str, ...] = ()
    number: int | None = None
    draft: str | None = None
    author: Role | None = None
    due_on: date | None = None
    merged_into: UUID | None = None
    parts: tuple[NewPart, ...] = ()
    appellate: str | None = None
    asked_at: str | None = None
    given_by: str | None = None
    wished_at: datetime | None = None


def transition_of(
    act: Act, case: Case, actor: Actor, chain: Chain, approver: ApproverRole | None = None
) -> Transition | RefusalReason:
    """The row of the table by which this official does this act now, or why there is none.

    The right is checked before the state, so that an official of another agency learns nothing of the state.
    `approver` is the seat that the holder names for the approval of its answers.
    """
    rows = _rows_by_right(act, case, parties(actor, case, chain, approver))
    if isinstance(rows, RefusalReason):
        return rows
    here = [row for row in rows if case.state in row.before]
    row = next((row for row in here if fits_verified(row, case.classification is not None)), None)
    if row is None and here:
        return RefusalReason.ALREADY_VERIFIED if case.classification else RefusalReason.NOT_VERIFIED
    if row is None:
        return _reason_by_state(act, case)
    if act.kind == ActKind.CORRECTION and act.classification and case.classification is None:
        return RefusalReason.NOT_VERIFIED
    if act.kind == ActKind.FORWARD and receiver(row, act, case) == case.holder:
        return RefusalReason.SAME_HOLDER
    refused = refusal_of_contribution(act.kind, act.number, case, actor, chain)
    return refused or _reason_by_case(act.kind, case, act.number) or row


def allowed_acts(case: Case, actor: Actor, chain: Chain, approver: ApproverRole | None = None) -> list[ActKind]:
    """What this official may do with the case now; a drafter finds the draft at the door of the answers."""
    mine = parties(actor, case, chain, approver)
    done = [kind for kind in ActKind if refusal_of_contribution(kind, None, case, actor, chain)]
    return [
        kind for kind in ActKind if kind not in done and any(_is_open(row, case) for row in transitions_of(kind, mine))
    ]


def _why_not_held(case: Case) -> RefusalReason | None:
    """Why the reporter of an open case is not asked: nobody could be reached, or was asked in this turn before."""
    if not case.reachable:
        return RefusalReason.NO_CONTACT
    return RefusalReason.ASKED_ENOUGH if case.asked_in_turn or case.holds >= MOST_HOLDS else None


def parties(actor: Actor, case: Case, chain: Chain, approver: ApproverRole | None = None) -> frozenset[Party]:
    """What an official is to a case, whose holder names this approver."""
    role, own = actor.role, actor.agency
    coordinates = role == "coordinator"
    found: dict[Party, bool] = {
        ADMIN: role == "admin",
        VERIFIER: coordinates and own in chain(case.verifier),
        ABOVE_VERIFIER: coordinates and own in tuple(chain(case.verifier))[1:],
        ABOVE_HOLDER: coordinates and own in tuple(chain(case.holder))[1:],
        OF_HOLDER: coordinates and own in chain(case.holder),
        HOLDERS_LIAISON: role == "liaison" and own == case.holder,
        HOLDERS_LEADER: role == "leader" and own == case.holder,
        SUPPORTER: supports(actor, case, chain),
        LEADER_OVER: role == "leader" and own in chain(case.holder),
        APPELLATE: _decides_appeal(actor, case, chain),
        JUDGE: judges(actor, case, chain),
    }
    handles = found[OF_HOLDER] or found[HOLDERS_LIAISON] or found[HOLDERS_LEADER]
    # An agency may waive the approval while a draft waits: whoever handles the case then publishes it.
    publishes = approves(actor, case, chain, approver) if approver else handles
    found |= {PUBLISHER: handles and publishes, DRAFTER: handles and not publishes, APPROVER: publishes}
    return frozenset(party for party, holds in found.items() if holds)


def _decides_appeal(actor: Actor, case: Case, chain: Chain) -> bool:
    return bool(case.appellate and actor.role in ("coordinator", "leader") and actor.agency in chain(case.appellate))


def _rows_by_right(act: Act, case: Case, mine: frozenset[Party]) -> Sequence[Transition] | RefusalReason:
    rows = transitions_of(act.kind, mine)
    fitting = [row for row in rows if fits_passes(row, case.passes)]
    if not fitting:
        was_allowed = any(row.passes == "few" for row in rows)
        return RefusalReason.TOO_MANY_TRANSFERS if was_allowed else RefusalReason.NOT_YOUR_CASE
    free = [row for row in fitting if row.receiver != "verifier" or act.agency in (None, case.verifier)]
    return free or RefusalReason.ONLY_GIVES_BACK


def _reason_by_state(act: Act, case: Case) -> RefusalReason:
    if act.kind == ActKind.CONTACT:
        return RefusalReason.NO_CONTACT_ASKED
    if act.kind in _REVIEWS:
        return RefusalReason.NOT_SAMPLED
    if act.kind == ActKind.RESUMPTION and case.state not in _ENDED_ALREADY:
        return RefusalReason.NOT_ON_HOLD
    if act.kind == ActKind.SEPARATION and case.state not in _ENDED_ALREADY:
        return RefusalReason.NOT_MERGED
    if act.kind in DECISIONS:
        return RefusalReason.NO_APPEAL
    if act.kind in JUDGEMENTS:
        return RefusalReason.NO_CONTEST
    if act.kind == ActKind.HANDOVER:
        return RefusalReason.NOT_REFERRED
    if case.state in _ELSEWHERE:
        return _ELSEWHERE[case.state]
    if case.state == UNVERIFIED:
        return RefusalReason.NOT_VERIFIED
    if act.kind == ActKind.VERIFICATION and case.state in (ANSWERED, CLOSED):
        return RefusalReason.ALREADY_VERIFIED
    return _ENDED_ALREADY.get(case.state, RefusalReason.ALREADY_VERIFIED)


def _is_open(row: Transition, case: Case) -> bool:
    """Whether a row can be taken now: a verifier that holds a case itself is given nothing back."""
    given_back = row.receiver == "verifier" and case.verifier == case.holder
    fits = fits_passes(row, case.passes) and fits_verified(row, case.classification is not None)
    return fits and case.state in row.before and not given_back and _reason_by_case(row.act, case, None) is None


def _reason_by_case(kind: ActKind, case: Case, number: int | None) -> RefusalReason | None:
    """Why there is nothing to do: no order, draft, promise or call is open, or nobody can be asked."""
    if kind == ActKind.ACKNOWLEDGEMENT and not case.order_open:
        return RefusalReason.NO_OPEN_ORDER
    if kind == ActKind.CONTACT and not case.contact_open:
        return RefusalReason.NO_CONTACT_ASKED
    if kind == ActKind.HANDOVER and case.handed_over:
        return RefusalReason.HANDED_OVER
    if kind == ActKind.SPLIT and case.part_of:
        return RefusalReason.IS_A_PART
    if kind == ActKind.DRAFT and case.draft_by:
        return RefusalReason.DRAFT_WAITS
    if kind in (ActKind.FULFILMENT, ActKind.POSTPONEMENT) and not case.open_commitments:
        return RefusalReason.NO_OPEN_PROMISE
    if kind in (ActKind.URGENCY, ActKind.ALL_CLEAR) and case.urgent == (kind == ActKind.URGENCY):
        return RefusalReason.ALREADY_URGENT if case.urgent else RefusalReason.NOT_URGENT
    if kind in (ActKind.SENSITIVITY, ActKind.DISCLOSURE) and case.sensitive == (kind == ActKind.SENSITIVITY):
        return RefusalReason.ALREADY_SENSITIVE if case.sensitive else RefusalReason.NOT_SENSITIVE
    if kind in JUDGEMENTS and case.contested_at is None:
        return RefusalReason.NO_CONTEST
    if kind in _REVIEWS and not case.review_open:
        return RefusalReason.NOT_SAMPLED
    if kind == ActKind.INTERIM and (case.interim_given or case.resolution_missed):
        return RefusalReason.INTERIM_GIVEN if case.interim_given else RefusalReason.RESOLUTION_LATE
    if kind == ActKind.HOLDING and (reason := _why_not_held(case)):
        return reason
    waits = case.draft_by is not None and number in (None, case.drafts)
    return RefusalReason.NO_SUCH_DRAFT if kind in (ActKind.APPROVAL, ActKind.REJECTION) and not waits else None


def receiver(row: Transition, act: Act, case: Case) -> str:
    """Who holds the case after the act; a forwarding that names nobody goes to the verifier."""
    if row.receiver == "same":
        return case.holder
    return act.agency or (case.verifier if act.kind == ActKind.FORWARD else case.holder)
