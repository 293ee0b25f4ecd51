"""Replies: words of a reporter for the agency, taken with the PIN, each once; routing passes them on."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import Field
from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from services.intake.actions.reporters import (
    KnownComplaint,
    ReporterReceipt,
    ReporterRequest,
    act_row,
    fact_of,
    known_complaints,
    opened_with,
)
from services.intake.domain import references
from services.intake.domain.replies import MOST_REPLIES
from services.intake.errors import NoSuchComplaint, TooManyReplies
from services.intake.models import Complaint, ReporterActRow
from services.intake.state import State
from shared.db.transaction import Tx
from shared.http.fields import Body, Prose, example
from shared.reporters import REPLY

IDS = any_(bindparam("ids", type_=ARRAY(Uuid)))
# Replies of one complaint are counted one after the other, whichever replica takes them.
LOCKED = select(Complaint.id).where(Complaint.id == IDS).order_by(Complaint.id).with_for_update()
REPLIES = (
    select(ReporterActRow.complaint_id, ReporterActRow.at, ReporterActRow.sealed)
    .where(ReporterActRow.complaint_id == IDS, ReporterActRow.act == REPLY)
    .order_by(ReporterActRow.complaint_id, ReporterActRow.number)
)
# What was said about each complaint, in order, and when; None where it cannot be opened.
Said = dict[UUID, list[tuple[str | None, datetime]]]


class NewReply(Body):
    """A word for the agency; officials of the case may read it, nobody else."""

    model_config = example(text="Sisa sampah ada di gang sebelah timur, tidak terlihat dari jalan.")

    text: Annotated[Prose, Field(min_length=1, max_length=5_000)]


async def take_replies(tx: Tx[State], batch: Sequence[ReporterRequest]) -> Sequence[ReporterReceipt | Exception]:
    """Take each word of a reporter once, and publish it; the same words about one complaint are the same reply.

    Outcomes: ReporterReceipt, the same for a repeated request; NoSuchComplaint for a wrong reference or PIN;
    TooManyReplies.
    """
    known = await known_complaints(tx, (request.typed for request in batch))
    found = [opened_with(tx.state, request.typed, request.pin, known) for request in batch]
    said = await _said(tx, {one.id for one in found if one})
    rows: list[dict[str, Any]] = []
    outcomes = [_take(tx, *pair, said, rows) for pair in zip(batch, found, strict=True)]
    await tx.insert(ReporterActRow, rows)
    tx.stage(*map(fact_of, rows))
    return outcomes


async def _said(tx: Tx[State], ids: Iterable[UUID]) -> Said:
    said: Said = defaultdict(list)
    if wanted := sorted(ids):
        await tx.execute(LOCKED, {"ids": wanted})
        for id, at, sealed in await tx.execute(REPLIES, {"ids": wanted}):
            said[id].append((_text(tx.state, id, sealed), at))
    return said


def _take(
    tx: Tx[State],
    request: ReporterRequest,
    complaint: KnownComplaint | None,
    said: Said,
    rows: list[dict[str, Any]],
) -> ReporterReceipt | Exception:
    if complaint is None:
        return NoSuchComplaint()
    before = said[complaint.id]
    at = next((at for text, at in before if text == request.text), None)
    if at is None:
        if len(before) >= MOST_REPLIES:
            return TooManyReplies()
        at = tx.now
        rows.append(act_row(tx, (complaint.id, REPLY, len(before) + 1, 0), request.text))
        before.append((request.text, at))
    return ReporterReceipt(references.reference_in(request.typed) or "", REPLY, at)


def _text(state: State, id: UUID, sealed: str | None) -> str | None:
    try:
        return orjson.loads(state.narrative.open(sealed, str(id)))["text"] if sealed else None
    except ValueError:
        return None
