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
from services.intake.domain.statuses import Status
from services.intake.errors import NoSuchComplaint
from services.intake.models import Complaint, ReporterActRow, StatusRow
from services.intake.state import State
from shared import vocabulary
from shared.db.transaction import Tx
from shared.events import ReporterActed
from shared.http.fields import Body, Prose, example
from shared.reporters import COMPLETION, TO_CONTEST, ReporterAct

NOBODY = UUID(int=0)
COMPLAINTS = (
    select(
        Complaint.reference,
        Complaint.id,
        Complaint.part_of,
        StatusRow.stage,
        StatusRow.holds,
        StatusRow.state,
        StatusRow.cycle,
        StatusRow.follow_ups,
    )
    .outerjoin(StatusRow, StatusRow.complaint_id == Complaint.id)
    .where(Complaint.reference == any_(bindparam("references", type_=ARRAY(Text))))
)
TAKEN = select(
    ReporterActRow.complaint_id, ReporterActRow.act, ReporterActRow.number, ReporterActRow.stage, ReporterActRow.at
).where(ReporterActRow.complaint_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
# Complaint, act, number and stage: a completion has the number of its hold, and a contest that of its follow-up, as far
# as it is known here; any other act at another stage of its complaint is another act.
Key = tuple[UUID, ReporterAct, int, int]
Reason = Annotated[Prose, Field(min_length=10, max_length=5_000)]


class NewWithdrawal(Body):
    """Why the reporter takes the complaint back; officials may read it, nobody else."""

    model_config = example(text="Lampunya sudah diperbaiki tetangga.")

    text: Annotated[Prose, Field(min_length=1, max_length=2_000)] | None = None


class NewCompletion(Body):
    """The reporter's answer to what was asked; officials of the case may read it, nobody else."""

    model_config = example(text="Di depan rumah nomor 12 dan 14.")

    text: Annotated[Prose, Field(min_length=1, max_length=10_000)]


class NewAcceptance(Body):
    """An answer is accepted without a word."""

    model_config = example()


class NewConsent(Body):
    """The offer to refer the complaint to the Ombudsman is taken up without a word."""

    model_config = example()


class NewReason(Body):
    """Why a reporter disputes, reopens, appeals or contests; officials may read it, and the reporter."""

    model_config = example(reason="Yang diangkut hanya sebagian; di belakang pasar masih ada setengahnya.")

    reason: Reason


class NewReopening(NewReason):
    model_config = example(reason="Laporan diarsipkan sebagai urusan swasta, padahal pasar itu milik kota.")


class NewAppeal(NewReason):
    model_config = example(reason="Dinas menjawab bahwa sampah sudah diangkut, padahal petugas tidak pernah datang.")


class NewContest(NewReason):
    model_config = example(reason="Tindak lanjut itu hanya berjanji; tidak disebut apa yang sudah dikerjakan.")


@dataclass(frozen=True, slots=True)
class KnownComplaint:
    """A complaint: how often it came to another stage, and how often its reporter was asked something.

    `cycle` counts its resolutions, `follow_ups` what was followed up. It may be a `part_of` another, whose PIN opens
    it.
    """

    id: UUID
    part_of: UUID | None
    stage: int
    holds: int
    state: vocabulary.State
    cycle: int
    follow_ups: int


Known = Mapping[str, KnownComplaint]


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
    known = await known_complaints(tx, (request.typed for request in batch))
    keys = [_key(tx.state, request, known) for request in batch]
    # Sorted, so that two replicas with the same acts wait for one another instead of locking each other out.
    asked = {key: request for key, request in zip(reversed(keys), reversed(batch), strict=True) if key}
    rows = [act_row(tx, key, asked[key].text) for key in sorted(asked)]
    key = ReporterActRow.complaint_id, ReporterActRow.act, ReporterActRow.number, ReporterActRow.stage
    new = set(map(tuple, await tx.insert(ReporterActRow, rows, skip_known=True, returning=key)))
    tx.stage(*(fact_of(row) for row in rows if tuple(row[column.key] for column in key) in new))
    taken = await _taken(tx, asked)
    return [_outcome(request, key, taken) for request, key in zip(batch, keys, strict=True)]


async def known_complaints(tx: Tx[State], typed: Iterable[str]) -> Known:
    """The complaints with these references, as they were typed, by their references in the official spelling."""
    wanted = sorted({references.reference_in(reference) or "" for reference in typed})
    rows = await tx.execute(COMPLAINTS, {"references": wanted})
    return {row.reference: _known_complaint(row) for row in rows}


def _known_complaint(row: Any) -> KnownComplaint:
    first = Status()
    return KnownComplaint(
        row.id,
        row.part_of,
        row.stage or 0,
        row.holds or 0,
        row.state or first.state,
        row.cycle or first.cycle,
        row.follow_ups or 0,
    )


def opened_with(state: State, typed: str, pin: str, known: Known) -> KnownComplaint | None:
    """The complaint that a reference and a PIN open; None where nobody may know whether there is such a complaint."""
    found = known.get(references.reference_in(typed) or "")
    # The same work for a known and an unknown reference: the time of an answer must not tell them apart.
    matches = references.same_pin(pin, state.pin((found.part_of or found.id) if found else NOBODY))
    return found if matches else None


def _key(state: State, request: ReporterRequest, known: Known) -> Key | None:
    """The complaint and the act; None where nobody may know whether there is such a complaint."""
    found = opened_with(state, request.typed, request.pin, known)
    if found is None:
        return None
    number = {COMPLETION: found.holds, TO_CONTEST: found.follow_ups}.get(request.act)
    return found.id, request.act, number or 0, found.stage if number is None else 0


def act_row(tx: Tx[State], key: Key, text: str | None) -> dict[str, Any]:
    id, act, number, stage = key
    sealed = tx.state.narrative.seal(orjson.dumps({"text": text}).decode(), str(id)) if text else None
    return {"complaint_id": id, "act": act, "number": number, "stage": stage, "at": tx.now, "sealed": sealed}


def fact_of(row: Mapping[str, Any]) -> ReporterActed:
    return ReporterActed.model_validate({name: value for name, value in row.items() if name != "at"})


async def _taken(tx: Tx[State], keys: Iterable[Key]) -> Mapping[Key, datetime]:
    """When each of these acts was taken."""
    ids = sorted({id for id, *_ in keys})
    rows = await tx.execute(TAKEN, {"ids": ids}) if ids else ()
    return {(row.complaint_id, row.act, row.number, row.stage): row.at for row in rows}


def _outcome(request: ReporterRequest, key: Key | None, taken: Mapping[Key, datetime]) -> ReporterReceipt | Exception:
    if key is None:
        return NoSuchComplaint()
    return ReporterReceipt(references.reference_in(request.typed) or "", request.act, taken[key])
