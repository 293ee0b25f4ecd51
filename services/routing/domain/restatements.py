"""What routing has said of a case, from its acts: each turn of a holder, with the number of transfers before it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.lifecycle import ActKind
from shared.vocabulary import UNVERIFIED

TURNS = frozenset({ActKind.VERIFICATION, ActKind.FORWARD, "departure"})


@dataclass(frozen=True, slots=True)
class Done:
    """An act as it was done; `holder` and `state` are those after it."""

    kind: str
    at: datetime
    agency: str | None
    holder: str
    state: str
    classification: str | None
    sealed: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """An act with the transfers until then; `previous` is who held the case before, `turns` whether a turn begins."""

    act: Done
    transfers: int
    previous: str
    turns: bool


def first_holder(acts: Iterable[Done], holder: str) -> str:
    """Whom the case was assigned to, as far as is known: a verification may have named another agency."""
    return next((act.holder for act in acts), holder)


def said(acts: Iterable[Done], holder: str) -> Iterator[Said]:
    """The acts of a verified case in order. `holder` is whom it was assigned to."""
    transfers = 0
    for act in acts:
        if act.state == UNVERIFIED:
            continue
        turns = act.kind in TURNS
        transfers += turns and act.kind != ActKind.VERIFICATION
        yield Said(act, transfers, holder, turns)
        holder = act.holder
