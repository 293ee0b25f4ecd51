"""The acts of officials: the row of the table that lets this official do this act now, and the case after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from services.routing.domain.cases import Actor, Case, Chain
from services.routing.domain.windows import turned
from shared.lifecycle import (
    ABOVE_VERIFIER,
    ADMIN,
    HOLDERS_LEADER,
    HOLDERS_LIAISON,
    LEADER_OVER,
    OF_HOLDER,
    VERIFIER,
    ActKind,
    Party,
    Transition,
    fits_passes,
    stopped_by,
    transitions_of,
)
from shared.vocabulary import (
    ANSWERED,
    ARCHIVED,
    AWAITING_FOLLOW_UP,
    CLOSED,
    CONTACT,
    FOLLOW_UP,
    IN_PROGRESS,
    RESOLUTION,
    UNVERIFIED,
    VERIFICATION,
    WITHDRAWN,
    ArchiveReason,
    Classification,
    Kind,
    State,
)


class RefusalReason(Enum):
    """Why an act is refused."""

    NOT_YOUR_CASE = "another agency's case"
    NOT_VERIFIED = "not verified yet"
    ALREADY_VERIFIED = "verified already"
    ALREADY_ANSWERED = "answered already"
    ALREADY_CLOSED = "closed already"
    ALREADY_ARCHIVED = "archived already"
    ALREADY_WITHDRAWN = "withdrawn by its reporter"
    TOO_MANY_TRANSFERS = "passed on too often"
    ONLY_GIVES_BACK = "a liaison names no agency"
    SAME_HOLDER = "the agency holds the case already"
    NO_OPEN_ORDER = "no order is open"
    NO_CONTACT_ASKED = "no contact is asked for"
    NEXT_DATE_PAST = "the next date has passed"
    NEXT_DATE_TOO_FAR = "the next date is too far ahead"


_ENDED_ALREADY: Mapping[State, RefusalReason] = {
    ANSWERED: RefusalReason.ALREADY_ANSWERED,
    CLOSED: RefusalReason.ALREADY_CLOSED,
    ARCHIVED: RefusalReason.ALREADY_ARCHIVED,
    WITHDRAWN: RefusalReason.ALREADY_WITHDRAWN,
}


# The states in which an order can be carried out.
_AT_WORK = frozenset({AWAITING_FOLLOW_UP, IN_PROGRESS})


@dataclass(frozen=True, slots=True)
class Act:
    """An act that somebody wants to do; `agency` is the code of the agency that receives the case.

    `next_date` is until when a follow-up promises news. A correction gives a `title`, sealed, or a `corrected_kind`.
    `points` are those that a verification lists, or what an answer says of each. `reason` is that of an archiving.
    """

    kind: ActKind
    classification: Classification | None = None
    agency: str | None = None
    reason: ArchiveReason | None = None
    next_date: date | None = None
    title: str | None = None
    corrected_kind: Kind | None = None
    points: tuple[str, ...] = ()


def transition_of(act: Act, case: Case, actor: Actor, chain: Chain) -> Transition | RefusalReason:
    """The row of the table by which this official does this act now, or why there is none.

    The right is checked before the state, so that an official of another agency learns nothing of the state.
    """
    rows = _rows_by_right(act, case, parties(actor, case, chain))
    if isinstance(rows, RefusalReason):
        return rows
    row = next((row for row in rows if case.state in row.before), None)
    if row is None:
        return _reason_by_state(act, case)
    if act.kind == ActKind.FORWARD and _receiver(row, act, case) == case.holder:
        return RefusalReason.SAME_HOLDER
    if act.kind == ActKind.ACKNOWLEDGEMENT and not case.order_open:
        return RefusalReason.NO_OPEN_ORDER
    if act.kind == ActKind.CONTACT and not case.contact_open:
        return RefusalReason.NO_CONTACT_ASKED
    return row


def allowed_acts(case: Case, actor: Actor, chain: Chain) -> list[ActKind]:
    """What this official may do with the case now."""
    mine = parties(actor, case, chain)
    return [kind for kind in ActKind if any(_is_open(row, case) for row in transitions_of(kind, mine))]


def case_after(row: Transition, act: Act, case: Case, sealed_points: str | None = None) -> Case:
    """The case after an act: limits that ended with it are no longer missed, the others still are."""
    ended = stopped_by(row) | row.renews
    return replace(
        turned(row, case),
        state=row.after_from(case.state),
        holder=_receiver(row, act, case),
        classification=act.classification or case.classification,
        step_missed=case.step_missed and ended.isdisjoint((VERIFICATION, FOLLOW_UP, CONTACT)),
        resolution_missed=case.resolution_missed and RESOLUTION not in ended,
        next_date=act.next_date if row.after else case.next_date,
        order_open=_is_order_open(row, case),
        points=sealed_points or case.points,
        title=act.title or case.title,
        corrected_kind=act.corrected_kind or case.corrected_kind,
    )


def parties(actor: Actor, case: Case, chain: Chain) -> frozenset[Party]:
    """What an official is to a case."""
    role, own = actor.role, actor.agency
    coordinates = role == "coordinator"
    found: dict[Party, bool] = {
        ADMIN: role == "admin",
        VERIFIER: coordinates and own in chain(case.verifier),
        ABOVE_VERIFIER: coordinates and own in tuple(chain(case.verifier))[1:],
        OF_HOLDER: coordinates and own in chain(case.holder),
        HOLDERS_LIAISON: role == "liaison" and own == case.holder,
        HOLDERS_LEADER: role == "leader" and own == case.holder,
        LEADER_OVER: role == "leader" and own in chain(case.holder),
    }
    return frozenset(party for party, holds in found.items() if holds)


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
    if case.state == UNVERIFIED:
        return RefusalReason.NOT_VERIFIED
    if act.kind == ActKind.VERIFICATION and case.state in (ANSWERED, CLOSED):
        return RefusalReason.ALREADY_VERIFIED
    return _ENDED_ALREADY.get(case.state, RefusalReason.ALREADY_VERIFIED)


def _is_open(row: Transition, case: Case) -> bool:
    """Whether a row can be taken now: a verifier that holds a case itself is given nothing back, and only an open
    order is acknowledged."""
    given_back = row.receiver == "verifier" and case.verifier == case.holder
    nothing_to_confirm = row.act == ActKind.ACKNOWLEDGEMENT and not case.order_open
    nobody_to_call = row.act == ActKind.CONTACT and not case.contact_open
    fits = fits_passes(row, case.passes) and case.state in row.before
    return fits and not (given_back or nothing_to_confirm or nobody_to_call)


def _is_order_open(row: Transition, case: Case) -> bool:
    """Whether an order is open after the act: it was for this holder, and for as long as the complaint is open."""
    if row.act in (ActKind.ORDER, ActKind.ACKNOWLEDGEMENT):
        return row.act == ActKind.ORDER
    return case.order_open and row.act != ActKind.FORWARD and row.after_from(case.state) in _AT_WORK


def _receiver(row: Transition, act: Act, case: Case) -> str:
    """Who holds the case after the act; a forwarding that names nobody goes to the verifier."""
    if row.receiver == "same":
        return case.holder
    return act.agency or (case.verifier if act.kind == ActKind.FORWARD else case.holder)
