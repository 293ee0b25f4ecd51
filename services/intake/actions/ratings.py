"""Ratings: what reporters think of the handling, once in each cycle of the resolution; the words stay here, sealed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import Field
from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from services.intake.actions.reporters import KnownComplaint, known_complaints, opened_with
from services.intake.domain import references
from services.intake.domain.ratings import is_rateable
from services.intake.errors import AlreadyRated, NoSuchComplaint, NotAnswered
from services.intake.models import Rating
from services.intake.state import State
from shared.db.transaction import Tx
from shared.events import RatingGiven
from shared.events.filing import Points
from shared.http.fields import Body, Prose, example
from shared.ratings import ASPECT_NAMES

ASPECTS = tuple(ASPECT_NAMES)
Key = tuple[UUID, int]
GIVEN = select(
    Rating.complaint_id, Rating.cycle, Rating.at, Rating.sealed, *(getattr(Rating, aspect) for aspect in ASPECTS)
).where(Rating.complaint_id == any_(bindparam("ids", type_=ARRAY(Uuid))))


class NewRating(Body):
    """Points from 1 (tidak puas) to 4 (sangat puas) for each aspect; nobody but the keepers of ratings reads `text`."""

    model_config = example(speed=3, clarity=4, outcome=4, courtesy=4, text="Cepat, tetapi baru setelah laporan kedua.")

    speed: Points
    clarity: Points
    outcome: Points
    courtesy: Points
    text: Annotated[Prose, Field(min_length=1, max_length=2_000)] | None = None


@dataclass(frozen=True, slots=True)
class RatingRequest:
    """A rating that somebody gives with a reference, as it was typed, and a PIN."""

    typed: str
    pin: str
    new: NewRating


@dataclass(frozen=True, slots=True)
class RatingReceipt:
    """A rating that was kept, of which cycle, and when."""

    tracking_reference: str
    cycle: int
    at: datetime


async def take_ratings(tx: Tx[State], batch: Sequence[RatingRequest]) -> Sequence[RatingReceipt | Exception]:
    """Keep each rating of a cycle once, and publish its points.

    Outcomes: RatingReceipt, the same for a repeated request; NoSuchComplaint for a wrong reference or PIN;
    NotAnswered; AlreadyRated for another rating of the same cycle.
    """
    known = await known_complaints(tx, (request.typed for request in batch))
    found = [opened_with(tx.state, request.typed, request.pin, known) for request in batch]
    pairs = list(zip(reversed(found), reversed(batch), strict=True))
    asked = {_key(one): request.new for one, request in pairs if one and is_rateable(one.state)}
    # Sorted, so that two replicas with the same ratings wait for one another instead of locking each other out.
    rows = [_row(tx, key, asked[key]) for key in sorted(asked)]
    columns = Rating.complaint_id, Rating.cycle
    added = set(map(tuple, await tx.insert(Rating, rows, skip_known=True, returning=columns)))
    tx.stage(*(fact_of(row) for row in rows if (row["complaint_id"], row["cycle"]) in added))
    given = await _given(tx, {one.id for one in found if one})
    return [_outcome(tx.state, *pair, given) for pair in zip(batch, found, strict=True)]


def fact_of(row: Mapping[Any, Any], *, again: bool = False) -> RatingGiven:
    """The event of a rating, without its words."""
    return RatingGiven(**{name: row[name] for name in ("complaint_id", "cycle", *ASPECTS)}, again=again)


def _key(complaint: KnownComplaint) -> Key:
    return complaint.id, complaint.cycle


def _row(tx: Tx[State], key: Key, new: NewRating) -> dict[str, Any]:
    id, cycle = key
    sealed = tx.state.narrative.seal(orjson.dumps({"text": new.text}).decode(), str(id)) if new.text else None
    points: dict[str, int] = {aspect: getattr(new, aspect) for aspect in ASPECTS}
    return {"complaint_id": id, "cycle": cycle, "at": tx.now, "sealed": sealed, **points}


async def _given(tx: Tx[State], ids: Iterable[UUID]) -> Mapping[Key, Any]:
    """The ratings of these complaints."""
    wanted = sorted(ids)
    rows = await tx.execute(GIVEN, {"ids": wanted}) if wanted else ()
    return {(row.complaint_id, row.cycle): row for row in rows}


def _outcome(
    state: State, request: RatingRequest, complaint: KnownComplaint | None, given: Mapping[Key, Any]
) -> RatingReceipt | Exception:
    if complaint is None:
        return NoSuchComplaint()
    row = given.get(_key(complaint))
    if row is None:
        return NotAnswered()
    if not _says(state, row, request.new):
        return AlreadyRated()
    return RatingReceipt(references.reference_in(request.typed) or "", row.cycle, row.at)


def _says(state: State, row: Any, new: NewRating) -> bool:
    """Whether a rating that was kept is this one: words that were not kept must not look as if they were."""
    same_points = all(getattr(row, aspect) == getattr(new, aspect) for aspect in ASPECTS)
    return same_points and _text(state, row) == new.text


def _text(state: State, row: Any) -> str | None:
    try:
        return orjson.loads(state.narrative.open(row.sealed, str(row.complaint_id)))["text"] if row.sealed else None
    except ValueError:
        return None
