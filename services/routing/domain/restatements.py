"""What routing has said of a case, from its acts: each turn of a holder, with the number of transfers before it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.lifecycle import MAY_RUN_IN, ActKind
from shared.vocabulary import APPROVAL, UNVERIFIED

_DRAFTS_WAIT_IN = MAY_RUN_IN[APPROVAL]
TURNS = frozenset({ActKind.VERIFICATION, ActKind.FORWARD, "departure"})


@dataclass(frozen=True, slots=True)
class RecordedAct:
    """An act as it was done; `holder` and `state` are those after it."""

    complaint_id: UUID
    kind: str
    at: datetime
    agency: str | None
    holder: str
    state: str
    classification: str | None
    reason: str | None
    sealed: str | None
    next_date: date | None = None
    corrected_kind: str | None = None
    role: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class RestatedAct:
    """An act with the transfers until then; `previous` is who held the case before, `turns` whether a turn begins.

    `returned` is the draft that it sent back to its author.
    """

    act: RecordedAct
    transfers: int
    previous: str
    turns: bool
    returned: RecordedAct | None = None


def first_holder(acts: Iterable[RecordedAct], holder: str) -> str:
    """Whom the case was assigned to, as far as is known: a verification may have named another agency."""
    return next((act.holder for act in acts), holder)


def restated(acts: Iterable[RecordedAct], holder: str) -> Iterator[RestatedAct]:
    """The acts of a verified case in order, of others the corrections. `holder` is whom it was assigned to."""
    transfers, waiting = 0, None
    for act in acts:
        if act.state == UNVERIFIED and act.kind != ActKind.CORRECTION:
            continue
        turns = act.kind in TURNS
        transfers += turns and act.kind != ActKind.VERIFICATION
        ends = turns or act.kind == ActKind.REJECTION or act.state not in _DRAFTS_WAIT_IN
        yield RestatedAct(act, transfers, holder, turns, waiting if ends and act.kind != ActKind.APPROVAL else None)
        waiting = act if act.kind == ActKind.DRAFT else None if ends else waiting
        holder = act.holder
