"""What reporters do with their complaints after the filing: taken with the PIN, each act once; routing decides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import Field
from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, select

from services.intake.domain import references
from services.intake.errors import NoSuchComplaint
from services.intake.models import Complaint, ReporterActRow, StatusRow
from services.intake.state import State
from shared.db.transaction import Tx
from shared.events import ReporterActed
from shared.http.fields import Body, Prose
from shared.vocabulary import ReporterAct

NOBODY = UUID(int=0)
COMPLAINTS = (
    select(Complaint.reference, Complaint.id, StatusRow.stage)
    .outerjoin(StatusRow, StatusRow.complaint_id == Complaint.id)
    .where(Complaint.reference == any_(bindparam("references", type_=ARRAY(Text))))
)
TAKEN = select(ReporterActRow.complaint_id, ReporterActRow.act, ReporterActRow.stage, ReporterActRow.at).where(
    ReporterActRow.complaint_id == any_(bindparam("ids", type_=ARRAY(Uuid)))
)
# An act at another stage of its complaint is another act.
Key = tuple[UUID, ReporterAct, int]
# By reference, the id of a complaint and its stage.
Known = Mapping[str, tuple[UUID, int]]
Reason = Annotated[Prose, Field(min_length=10, max_length=5_000)]


class NewWithdrawal(Body):
    """Why the reporter takes the complaint back; officials may read it, nobody else."""

    text: Annotated[Prose, Field(min_length=1, max_length=2_000)] | None = None


class NewAcceptance(Body):
    """An answer is accepted without a word."""


class NewReason(Body):
    """Why an answer is disputed, or a complaint reopened; officials may read it, nobody else."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class ReporterRequest:
    """An act that somebody asks for with a reference, as it was typed, and a PIN."""

    typed: str
    pin: str
    act: ReporterAct
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ReporterReceipt:
    """An act that was taken, and when it was taken first; whether it is done is for routing to say."""

    tracking_reference: str
    act: ReporterAct
    at: datetime


async def take_acts(tx: Tx[State], batch: Sequence[ReporterRequest]) -> Sequence[ReporterReceipt | Exception]:
    """Take each act of a complaint once at each stage, and publish it.

    Outcomes: ReporterReceipt, the same for a repeated request; NoSuchComplaint for a wrong reference or PIN.
    """
    ids = await _complaints(tx, batch)
    keys = [_key(tx.state, request, ids) for request in batch]
    # Sorted, so that two replicas with the same acts wait for one another instead of locking each other out.
    asked = {key: request for key, request in zip(reversed(keys), reversed(batch), strict=True) if key}
    rows = [_row(tx, key, asked[key].text) for key in sorted(asked)]
    key = ReporterActRow.complaint_id, ReporterActRow.act, ReporterActRow.stage
    new = {tuple(found) for found in await tx.insert(ReporterActRow, rows, skip_known=True, returning=key)}
    tx.stage(*(_fact(row) for row in rows if (row["complaint_id"], row["act"], row["stage"]) in new))
    taken = await _taken(tx, asked)
    return [_outcome(request, key, taken) for request, key in zip(batch, keys, strict=True)]


async def _complaints(tx: Tx[State], batch: Sequence[ReporterRequest]) -> Known:
    wanted = sorted({references.reference_in(request.typed) or "" for request in batch})
    return {row.reference: (row.id, row.stage or 0) for row in await tx.execute(COMPLAINTS, {"references": wanted})}


def _key(state: State, request: ReporterRequest, known: Known) -> Key | None:
    """The complaint and the act; None where nobody may know whether there is such a complaint."""
    id, stage = known.get(references.reference_in(request.typed) or "", (None, 0))
    # The same work for a known and an unknown reference: the time of an answer must not tell them apart.
    matches = references.same_pin(request.pin, state.pin(id or NOBODY))
    return (id, request.act, stage) if id and matches else None


def _row(tx: Tx[State], key: Key, text: str | None) -> dict[str, Any]:
    id, act, stage = key
    sealed = tx.state.narrative.seal(orjson.dumps({"text": text}).decode(), str(id)) if text else None
    return {"complaint_id": id, "act": act, "stage": stage, "at": tx.now, "sealed": sealed}


def _fact(row: Mapping[str, Any]) -> ReporterActed:
    return ReporterActed(complaint_id=row["complaint_id"], act=row["act"], stage=row["stage"], sealed=row["sealed"])


async def _taken(tx: Tx[State], keys: Iterable[Key]) -> Mapping[Key, datetime]:
    """When each of these acts was taken."""
    ids = sorted({id for id, _, _ in keys})
    rows = await tx.execute(TAKEN, {"ids": ids}) if ids else ()
    return {(row.complaint_id, row.act, row.stage): row.at for row in rows}


def _outcome(request: ReporterRequest, key: Key | None, taken: Mapping[Key, datetime]) -> ReporterReceipt | Exception:
    if key is None:
        return NoSuchComplaint()
    return ReporterReceipt(references.reference_in(request.typed) or "", request.act, taken[key])
