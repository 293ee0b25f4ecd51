"""Worklists: the cases that an agency and the agencies below it hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Text, any_, cast, not_, select, tuple_

from services.routing.actions.cases import CaseSummary, summary_of
from services.routing.domain.cases import Actor
from services.routing.domain.sensitivities import is_named
from services.routing.errors import NotYourCase
from services.routing.models.cases import OVERDUE, CaseRecord
from services.routing.state import State
from shared import vocabulary
from shared.db.transaction import Tx
from shared.errors import UnknownAgency
from shared.identity.officials import Official
from shared.vocabulary import ROOT


@dataclass(frozen=True, slots=True)
class Worklist:
    """Which cases are wanted: those of an agency and of all below it, oldest first; `after` is the last case before.

    With `contributing`, those to which they are asked to contribute.
    """

    agency: str | None = None
    state: vocabulary.State | None = None
    overdue: bool | None = None
    urgent: bool | None = None
    to_review: bool | None = None
    to_judge: bool | None = None
    contributing: bool = False
    after: tuple[datetime, UUID] | None = None
    limit: int = 50


async def list_cases(tx: Tx[State], official: Official, worklist: Worklist) -> list[CaseSummary]:
    """At most `limit` cases of a worklist. Raises NotYourCase, UnknownAgency."""
    codes = _agencies_of(tx.state, official, worklist.agency)
    statement = worklist_statement(
        codes,
        worklist,
        sees_confidential=official.role != "overseer",
        # Whoever sits on a named seat may ask for the own agency and those below only, and is above all their
        # holders, and above all units that are asked to contribute.
        sees_sensitive=is_named(Actor(official.role, official.agency), tx.state.named_seats),
    )
    return [summary_of(tx.state, row._mapping) for row in await tx.execute(statement)]


def worklist_statement(
    codes: Sequence[str] | None,
    worklist: Worklist,
    *,
    sees_confidential: bool = True,
    sees_sensitive: bool = False,
) -> Select[Any]:
    """The statement of a worklist of these agencies; `codes` None stands for the whole country.

    The statement is built for each request: every combination of conditions finds an index of its own.
    """
    found = select(CaseRecord).order_by(CaseRecord.filed_at, CaseRecord.id).limit(worklist.limit)
    if worklist.contributing:
        found = found.where(CaseRecord.supporting != cast([], ARRAY(Text)))
        found = found if codes is None else found.where(CaseRecord.supporting.overlap(cast(codes, ARRAY(Text))))
    elif codes is not None:
        holder = codes[0] if len(codes) == 1 else any_(cast(codes, ARRAY(Text)))
        found = found.where(CaseRecord.holder == holder)
    if worklist.state:
        found = found.where(CaseRecord.state == worklist.state)
    if worklist.overdue is not None:
        found = found.where(OVERDUE if worklist.overdue else not_(OVERDUE))
    if worklist.to_review is not None:
        found = found.where(CaseRecord.review_open if worklist.to_review else not_(CaseRecord.review_open))
    if worklist.to_judge is not None:
        waits = CaseRecord.contested_at.is_not(None)
        found = found.where(waits if worklist.to_judge else not_(waits))
    if worklist.urgent is not None:
        found = found.where(CaseRecord.urgent if worklist.urgent else not_(CaseRecord.urgent))
    if not sees_confidential:
        found = found.where(not_(CaseRecord.confidential))
    if not sees_sensitive:
        found = found.where(not_(CaseRecord.sensitive))
    if worklist.after:
        found = found.where(tuple_(CaseRecord.filed_at, CaseRecord.id) > tuple_(*worklist.after))
    return found


def _agencies_of(state: State, official: Official, agency: str | None) -> Sequence[str] | None:
    """The agencies whose cases an official asks for; None for the whole country."""
    sees_everything = official.role in ("admin", "overseer")
    wanted = agency or (ROOT if sees_everything else official.agency or "")
    if agency and agency not in state.directory.by_code:
        raise UnknownAgency(field="agency")
    if not sees_everything and official.agency not in state.chain(wanted):
        raise NotYourCase
    return None if wanted == ROOT else state.subtrees.get(wanted, (wanted,))
