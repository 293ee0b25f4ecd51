"""Drafts of an answer: who publishes one at once, who approves it, and why it goes back."""

from collections.abc import Mapping, Sequence
from typing import get_args

from services.routing.domain.cases import Actor, Case, Chain
from shared.lifecycle.acts import ActKind
from shared.vocabulary import (
    ANSWERED,
    ARCHIVED,
    MERGED,
    ON_HOLD,
    SPLIT,
    WITHDRAWN,
    ApproverRole,
    ReturnReason,
    State,
)

# The seats that may approve, the highest last.
APPROVERS: Sequence[ApproverRole] = get_args(ApproverRole)
# Why a draft goes back where the case goes on without it; in any other state it has another holder.
_WITHOUT_IT: Mapping[State, ReturnReason] = {
    ANSWERED: "answered",
    ARCHIVED: "archived",
    WITHDRAWN: "withdrawn",
    ON_HOLD: "held",
    MERGED: "merged",
    SPLIT: "split",
}


def approves(actor: Actor, case: Case, chain: Chain, approver: ApproverRole) -> bool:
    """Whether an official is the approver that the holder names, or a coordinator or leader above.

    So a seat that is vacant, or does not exist, keeps no answer from being published.
    """
    if actor.agency == case.holder:
        return actor.role in APPROVERS[APPROVERS.index(approver) :]
    return actor.role in APPROVERS and actor.agency in chain(case.holder)


def reason_of_return(kind: str, state: State) -> ReturnReason:
    """Why an act of this kind, after which the case is in this state, has sent a draft back."""
    return "rejected" if kind == ActKind.REJECTION else _WITHOUT_IT.get(state, "forwarded")
