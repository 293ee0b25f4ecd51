"""Following a complaint: the public sees where it stands and who must act, its reporter every word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from services.intake.domain.references import reference_in, same_pin
from services.intake.domain.sentences import names_in, sentence
from services.intake.domain.standing import Standing
from services.intake.models import Complaint, StandingRow, TimelineEntry
from services.intake.state import State
from shared.db.transaction import Tx
from shared.errors import NotFound
from shared.telemetry import log
from shared.vault import Unopenable

NOBODY = UUID(int=0)


class NoSuchComplaint(NotFound):
    """There is no complaint with this reference, or the PIN is not its PIN."""

    indonesian = "Tidak ada laporan dengan nomor ini, atau PIN tidak sesuai."


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of a complaint; `words` are an official's."""

    at: datetime
    type: str
    sentence: str
    words: str | None


@dataclass(frozen=True, slots=True)
class Follow:
    """What everyone may know of a complaint."""

    tracking_reference: str
    kind: str
    filed_at: datetime
    status: str
    holder: str | None
    overdue: bool
    step: int
    timeline: Sequence[Happening]


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the reporter filed, and what everyone may know of it, with all words."""

    id: UUID
    channel: str
    region: str | None
    agency: str | None
    anonymous: bool
    confidential: bool
    title: str | None
    text: str
    address: str | None
    happened_at: datetime | None
    follow: Follow


async def read_timeline(tx: Tx[State], typed: str) -> Follow:
    """The public view; words are hidden where the reporter asked for confidentiality (rahasia). Or NoSuchComplaint."""
    row = await _complaint(tx, typed)
    if row is None:
        raise NoSuchComplaint
    return await _follow(tx, row, with_words=not row.confidential)


async def read_dossier(tx: Tx[State], typed: str, pin: str) -> Dossier:
    """The reporter's view. Raises NoSuchComplaint for an unknown reference and a wrong PIN alike."""
    keys = tx.state
    row = await _complaint(tx, typed)
    # The same work whether the reference is known or not: an answer's time must not tell either.
    matches = same_pin(pin, keys.pin(row.id if row else NOBODY))
    if row is None or not matches:
        raise NoSuchComplaint
    written = orjson.loads(keys.narrative.open(row.sealed, str(row.id)))
    happened_at = written["happened_at"] and datetime.fromisoformat(written["happened_at"])
    return Dossier(
        row.id,
        row.channel,
        row.region,
        row.agency,
        row.anonymous,
        row.confidential,
        written["title"],
        written["text"],
        written["address"],
        happened_at,
        await _follow(tx, row, with_words=True),
    )


async def _complaint(tx: Tx[State], typed: str) -> Any:
    """The complaint with its standing, which is empty until its first event has come back over the bus."""
    standing = (StandingRow.label, StandingRow.agency_name, StandingRow.transfers, StandingRow.missed, StandingRow.step)
    joined = select(Complaint.__table__, *standing).outerjoin(StandingRow, StandingRow.complaint_id == Complaint.id)
    return (await tx.execute(joined.where(Complaint.reference == (reference_in(typed) or "")))).one_or_none()


async def _follow(tx: Tx[State], row: Any, *, with_words: bool) -> Follow:
    standing = Standing() if row.label is None else _standing(row)
    return Follow(
        row.reference,
        row.kind,
        row.filed_at,
        standing.label,
        standing.agency_name,
        standing.overdue,
        standing.step,
        await _timeline(tx, row, with_words),
    )


def _standing(row: Any) -> Standing:
    return Standing(row.label, row.agency_name, row.transfers, frozenset(row.missed), row.step)


async def _timeline(tx: Tx[State], complaint: Any, with_words: bool) -> list[Happening]:
    ordered = (
        select(TimelineEntry.__table__)
        .where(TimelineEntry.complaint_id == complaint.id)
        .order_by(TimelineEntry.at, TimelineEntry.event_id)
    )
    rows = (await tx.execute(ordered)).all()
    names, keys = names_in(row.details for row in rows), tx.state
    return [
        Happening(row.at, row.type, sentence(row.type, row.details, names), _words(keys, row) if with_words else None)
        for row in rows
    ] or [Happening(complaint.filed_at, "ComplaintFiled", sentence("ComplaintFiled", {}, {}), None)]


def _words(keys: State, row: Any) -> str | None:
    if row.sealed is None:
        return None
    try:
        words: str = orjson.loads(keys.narrative.open(row.sealed, str(row.complaint_id)))["text"]
    except (Unopenable, ValueError, KeyError, TypeError) as error:
        # One event that cannot be read must not hide the others.
        log.error("words cannot be opened", event_id=str(row.event_id), error=repr(error))
        return None
    return words
