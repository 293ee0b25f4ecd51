"""What officials see: one case in full, the desk of an agency; and what the public may count."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Text, any_, cast, not_, select, text, tuple_

from services.routing.actions.cases import case_of
from services.routing.actions.refusals import NoSuchPage, NotYourCase, UnknownAgency
from services.routing.domain.case import ANSWERED, Officer, may_see
from services.routing.domain.directory import ROOT
from services.routing.models import ACTS, CASES, OVERDUE
from services.routing.state import State
from shared.db.transaction import Tx
from shared.errors import NotFound
from shared.identity.officials import Official

ONE = select(CASES).where(CASES.c.id == text(":id"))
ITS_ACTS = select(ACTS).where(ACTS.c.complaint_id == text(":id")).order_by(ACTS.c.at, ACTS.c.id)
# What is confidential is in no number of an agency's page.
STANDING = f"""
    SELECT state, count(*) AS number, count(*) FILTER (WHERE {OVERDUE}) AS overdue, min(filed_at) AS oldest_at
    FROM cases WHERE holder = :code AND NOT confidential GROUP BY state
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A case with what the reporter wrote; `acts` are in order, each with its words where it has any."""

    row: Mapping[str, Any]
    narrative: Mapping[str, str | None]
    acts: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """Which cases are wanted: those of an agency and of all below it, oldest first."""

    agency: str | None = None
    state: str | None = None
    overdue: bool | None = None
    after: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list; `next` asks for the part after it."""

    items: Sequence[Shown]
    next: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """An agency in numbers: cases by state, those overdue, and since when the oldest waits for an answer."""

    by_state: Mapping[str, int]
    overdue: int
    oldest_unanswered_at: datetime | None


async def show_case(tx: Tx[State], by: Official, id: UUID) -> Shown:
    """One case with its acts. Raises NotFound, NotYourCase."""
    office = tx.state
    row = (await tx.execute(ONE, {"id": id})).one_or_none()
    if row is None:
        raise NotFound
    if not may_see(Officer(by.role, by.agency), case_of(row), row.confidential, office.chain):
        raise NotYourCase
    acts = [_with_words(office, act._asdict()) for act in await tx.execute(ITS_ACTS, {"id": id})]
    return Shown(row._asdict(), office.open(row.sealed, str(id)), acts)


async def list_cases(tx: Tx[State], by: Official, desk: Desk) -> Page:
    """A page of cases held by an agency or below it. Raises NotYourCase, UnknownAgency, NoSuchPage."""
    office = tx.state
    statement = desk_statement(_within(office, by, desk.agency), desk, sees_confidential=by.role != "overseer")
    rows = (await tx.execute(statement)).all()
    shown = [Shown(row._asdict(), office.open(row.sealed, str(row.id))) for row in rows[: desk.limit]]
    return Page(shown, _cursor(shown[-1].row) if len(rows) > desk.limit else None)


def desk_statement(codes: Sequence[str] | None, desk: Desk, *, sees_confidential: bool = True) -> Select[Any]:
    """One row more than asked for, which tells whether there is a next page; codes None are all agencies."""
    found = select(CASES).order_by(CASES.c.filed_at, CASES.c.id).limit(desk.limit + 1)
    if codes is not None:
        found = found.where(CASES.c.holder == (codes[0] if len(codes) == 1 else any_(cast(codes, ARRAY(Text)))))
    if desk.state:
        found = found.where(CASES.c.state == desk.state)
    if desk.overdue is not None:
        found = found.where(text(f"({OVERDUE})" if desk.overdue else f"NOT ({OVERDUE})"))
    if not sees_confidential:
        found = found.where(not_(CASES.c.confidential))
    if desk.after:
        found = found.where(tuple_(CASES.c.filed_at, CASES.c.id) > tuple_(*_place(desk.after)))
    return found


async def standing_of(tx: Tx[State], code: str) -> Standing:
    """An agency in numbers that anyone may know."""
    rows = (await tx.execute(STANDING, {"code": code})).all()
    waiting = [row.oldest_at for row in rows if row.state != ANSWERED]
    numbers = {row.state: row.number for row in rows}
    return Standing(numbers, sum(row.overdue for row in rows), min(waiting, default=None))


def _within(office: State, by: Official, agency: str | None) -> Sequence[str] | None:
    """The agencies whose desks are asked for; None for the whole country."""
    everywhere = by.role in ("admin", "overseer")
    wanted = agency or (ROOT if everywhere else by.agency or "")
    if agency and agency not in office.directory.by_code:
        raise UnknownAgency(field="agency")
    if not everywhere and by.agency not in office.chain(wanted):
        raise NotYourCase
    return None if wanted == ROOT else office.below.get(wanted, (wanted,))


def _with_words(office: State, act: Mapping[str, Any]) -> Mapping[str, Any]:
    words = office.open(act["sealed"], str(act["complaint_id"]))["text"] if act["sealed"] else None
    return {**act, "text": words}


def _cursor(row: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(f"{row['filed_at'].isoformat()} {row['id']}".encode()).decode()


def _place(cursor: str) -> tuple[datetime, UUID]:
    try:
        moment, _, id = base64.urlsafe_b64decode(cursor).decode("ascii").partition(" ")
        place = datetime.fromisoformat(moment), UUID(id)
        if place[0].tzinfo is None:
            raise NoSuchPage(field="after")
        # Raises where the year in UTC would be 0 or 10000, which no driver can send.
        return place[0].astimezone(UTC), place[1]
    except (ValueError, OverflowError, binascii.Error) as error:
        raise NoSuchPage(field="after") from error
