"""Splits: what is told of a whole, and how it ends with its last part or is opened by one that is open again."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, func, select

from services.routing.actions.agencies import ref_of
from services.routing.actions.records import done_by_system
from services.routing.domain.acts import Act
from services.routing.domain.afters import case_after
from services.routing.domain.cases import Case
from services.routing.domain.records import PastAct
from services.routing.domain.splits import row_of_whole
from services.routing.models.cases import CaseRecord
from services.routing.state import State
from shared import vocabulary
from shared.db.transaction import Tx
from shared.events import ComplaintSplit
from shared.lifecycle.acts import ActKind
from shared.vocabulary import ENDED, STATE_LABELS

# What the reporter reads at the end of the whole, above its parts.
CONCLUDED = "Semua bagian laporan Anda sudah ditangani:"
# The whole is locked, so that no part changes meanwhile.
PARTS = (
    select(CaseRecord.part_of, CaseRecord.id, CaseRecord.reference, CaseRecord.state, CaseRecord.sensitive)
    .where(CaseRecord.part_of == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(func.length(CaseRecord.reference), CaseRecord.reference)
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole as it is stored."""

    part_of: UUID
    id: UUID
    reference: str
    state: vocabulary.State
    sensitive: bool


async def parts_of(tx: Tx[State], wholes: Collection[UUID]) -> Mapping[UUID, Sequence[Part]]:
    """The parts of these wholes, which are locked."""
    found: dict[UUID, list[Part]] = defaultdict(list)
    for part in await tx.records(Part, PARTS, {"ids": list(wholes)}):
        found[part.part_of].append(part)
    return found


def turned_whole(
    state: State, id: UUID, before: Case, act: Act, parts: Sequence[Part], at: datetime
) -> tuple[PastAct, Case]:
    """This act of the system on a whole with these parts, and the case after it."""
    after = case_after(row_of_whole(act, before.state), act, before)
    done = done_by_system(
        id,
        act.kind,
        at,
        after,
        reason=act.reason,
        sealed=None if act.kind == ActKind.SPLIT else state.seal(_concluded(parts), str(id)),
        number=len(parts) if act.kind == ActKind.SPLIT else None,
    )
    return done, after


def _concluded(parts: Sequence[Part]) -> str:
    """What is said of the parts; a sensitive one is not named, as everyone may read it."""
    named = (part for part in parts if not part.sensitive)
    return "\n".join([CONCLUDED, *(f"{part.reference}: {STATE_LABELS[part.state]}" for part in named)])


def split_of(
    state: State, id: UUID, by: str, before: Case, after: Case, parts: int, sealed: str | None
) -> ComplaintSplit:
    """What is told of a whole that is split, or open again with one of its parts."""
    return ComplaintSplit(
        complaint_id=id,
        agency=ref_of(state.agency(after.holder)),
        by=by,
        parts=parts,
        verifier=before.unverified_by,
        reopened=before.state in ENDED,
        sealed=sealed,
    )
