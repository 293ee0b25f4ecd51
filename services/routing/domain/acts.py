"""The acts of officials: which act fits which state, which official may do it, and the case after it."""

from dataclasses import dataclass, replace
from enum import Enum, StrEnum

from services.routing.domain.cases import Actor, Case, Chain
from shared.vocabulary import ANSWERED, AWAITING_FOLLOW_UP, IN_PROGRESS, UNVERIFIED, Classification

MOST_TRANSFERS = 3


class ActKind(StrEnum):
    """What an official can do with a case."""

    VERIFICATION = "verification"
    FORWARD = "forward"
    FOLLOW_UP = "follow-up"
    ANSWER = "answer"


class RefusalReason(Enum):
    """Why an act is refused."""

    NOT_YOUR_CASE = "another agency's case"
    NOT_VERIFIED = "not verified yet"
    ALREADY_VERIFIED = "verified already"
    ALREADY_ANSWERED = "answered already"
    TOO_MANY_TRANSFERS = "passed on too often"
    ONLY_GIVES_BACK = "a liaison names no agency"
    SAME_HOLDER = "the agency holds the case already"


@dataclass(frozen=True, slots=True)
class Act:
    """An act that an official wants to do; `agency` is the code of the agency that receives the case."""

    kind: ActKind
    classification: Classification | None = None
    agency: str | None = None


def reason_to_refuse(act: Act, case: Case, actor: Actor, chain: Chain) -> RefusalReason | None:
    """Why this official cannot do this act now, or None.

    The right is checked before the state, so that an official of another agency learns nothing of the state.
    """
    return _reason_by_right(act, case, actor, chain) or _reason_by_state(act, case)


def case_after(act: Act, case: Case) -> Case:
    """The case after an act that was not refused."""
    if act.kind == ActKind.VERIFICATION:
        return _verified(act, case)
    if act.kind == ActKind.FORWARD:
        return _forwarded(act, case)
    if act.kind == ActKind.FOLLOW_UP:
        return replace(case, state=IN_PROGRESS, step_missed=False)
    return replace(case, state=ANSWERED, step_missed=False, resolution_missed=False)


def _verified(act: Act, case: Case) -> Case:
    return replace(
        case,
        state=AWAITING_FOLLOW_UP,
        holder=act.agency or case.holder,
        classification=act.classification,
        step_missed=False,
    )


def _forwarded(act: Act, case: Case) -> Case:
    # The new holder gets its own time for a follow-up; the limit of the resolution runs on.
    return replace(
        case,
        state=AWAITING_FOLLOW_UP,
        holder=_receiver(act, case),
        transfers=case.transfers + 1,
        step_missed=False,
    )


def _reason_by_right(act: Act, case: Case, actor: Actor, chain: Chain) -> RefusalReason | None:
    if act.kind == ActKind.VERIFICATION:
        allowed = actor.role == "admin" or _coordinates(actor, case.verifier, chain)
        return None if allowed else RefusalReason.NOT_YOUR_CASE
    if act.kind == ActKind.FORWARD:
        return _reason_not_to_forward(act, case, actor, chain)
    is_holder = actor.agency == case.holder and actor.role in ("liaison", "coordinator", "leader")
    return None if is_holder or _coordinates(actor, case.holder, chain) else RefusalReason.NOT_YOUR_CASE


def _reason_not_to_forward(act: Act, case: Case, actor: Actor, chain: Chain) -> RefusalReason | None:
    if actor.role == "admin":
        return None
    gives_back = actor.role == "liaison" and actor.agency == case.holder
    allowed = gives_back or _coordinates(actor, case.holder, chain)
    if case.passes >= MOST_TRANSFERS:
        if actor.role == "coordinator" and actor.agency in tuple(chain(case.verifier))[1:]:
            return None
        return RefusalReason.TOO_MANY_TRANSFERS if allowed else RefusalReason.NOT_YOUR_CASE
    if gives_back and act.agency not in (None, case.verifier):
        return RefusalReason.ONLY_GIVES_BACK
    return None if allowed else RefusalReason.NOT_YOUR_CASE


def _coordinates(actor: Actor, agency: str, chain: Chain) -> bool:
    return actor.role == "coordinator" and actor.agency in chain(agency)


def _reason_by_state(act: Act, case: Case) -> RefusalReason | None:
    if act.kind == ActKind.VERIFICATION:
        return None if case.state == UNVERIFIED else RefusalReason.ALREADY_VERIFIED
    if case.state == UNVERIFIED:
        return RefusalReason.NOT_VERIFIED
    if case.state == ANSWERED:
        return RefusalReason.ALREADY_ANSWERED
    if act.kind == ActKind.FORWARD and _receiver(act, case) == case.holder:
        return RefusalReason.SAME_HOLDER
    return None


def _receiver(act: Act, case: Case) -> str:
    return act.agency or case.verifier
