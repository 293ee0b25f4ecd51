"""Worklists: the cases that an agency and the agencies below it hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    not_,
    select,
    tuple_,
)

from services.routing.actions.cases import SUMMARY_COLUMNS, CaseSummary, summary_of
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


# What a worklist is narrowed to: by values, and by flags that are wanted to be set or not to be set.
VALUES: dict[str, ColumnElement[bool]] = {
    "holder": CaseRecord.holder == bindparam("holder", type_=Text),
    "holders": CaseRecord.holder == any_(bindparam("holders", type_=ARRAY(Text))),
    "supporting": CaseRecord.supporting.overlap(bindparam("supporting", type_=ARRAY(Text))),
    "state": CaseRecord.state == bindparam("state", type_=Text),
    "after_at": tuple_(CaseRecord.filed_at, CaseRecord.id)
    > tuple_(bindparam("after_at", type_=DateTime(timezone=True)), bindparam("after_id", type_=Uuid)),
}
FLAGS: dict[str, ColumnElement[bool]] = {
    "contributing": CaseRecord.supporting != cast([], ARRAY(Text)),
    "overdue": OVERDUE,
    "urgent": CaseRecord.urgent.expression,
    "to_review": CaseRecord.review_open.expression,
    "to_judge": CaseRecord.contested_at.is_not(None),
    "confidential": CaseRecord.confidential.expression,
    "sensitive": CaseRecord.sensitive.expression,
}


async def list_cases(tx: Tx[State], official: Official, worklist: Worklist) -> list[CaseSummary]:
    """At most `limit` cases of a worklist. Raises NotYourCase, UnknownAgency."""
    codes = _agencies_of(tx.state, official, worklist.agency)
    statement, values = worklist_statement(
        codes,
        worklist,
        sees_confidential=official.role != "overseer",
        # Whoever sits on a named seat may ask for the own agency and those below only, and is above all their
        # holders, and above all units that are asked to contribute.
        sees_sensitive=is_named(Actor(official.role, official.agency), tx.state.named_seats),
    )
    return [summary_of(tx.state, row._mapping) for row in await tx.execute(statement, values)]


def worklist_statement(
    codes: Sequence[str] | None,
    worklist: Worklist,
    *,
    sees_confidential: bool = True,
    sees_sensitive: bool = False,
) -> tuple[Select[Any], dict[str, Any]]:
    """The statement of a worklist of these agencies, and its values; `codes` None stands for the whole country."""
    values: dict[str, Any] = {"limit": worklist.limit}
    if codes is not None:
        values |= _whose(codes, contributing=worklist.contributing)
    if worklist.state:
        values["state"] = worklist.state
    if worklist.after:
        values["after_at"], values["after_id"] = worklist.after
    flags = (
        ("contributing", worklist.contributing or None),
        ("overdue", worklist.overdue),
        ("urgent", worklist.urgent),
        ("to_review", worklist.to_review),
        ("to_judge", worklist.to_judge),
        ("confidential", None if sees_confidential else False),
        ("sensitive", None if sees_sensitive else False),
    )
    return _statement(tuple(values), flags), values


def _whose(codes: Sequence[str], *, contributing: bool) -> dict[str, Any]:
    if contributing:
        return {"supporting": codes}
    return {"holder": codes[0]} if len(codes) == 1 else {"holders": codes}


@cache
def _statement(values: tuple[str, ...], flags: tuple[tuple[str, bool | None], ...]) -> Select[Any]:
    """Built once for each combination of conditions; each of them finds an index of its own."""
    given = [VALUES[name] for name in values if name in VALUES]
    wanted = [FLAGS[name] if flag else not_(FLAGS[name]) for name, flag in flags if flag is not None]
    return (
        select(*SUMMARY_COLUMNS)
        .where(*given, *wanted)
        .order_by(CaseRecord.filed_at, CaseRecord.id)
        .limit(bindparam("limit", type_=Integer))
    )


def _agencies_of(state: State, official: Official, agency: str | None) -> Sequence[str] | None:
    """The agencies whose cases an official asks for; None for the whole country."""
    sees_everything = official.role in ("admin", "overseer")
    wanted = agency or (ROOT if sees_everything else official.agency or "")
    if agency and agency not in state.directory.by_code:
        raise UnknownAgency(field="agency")
    if not sees_everything and official.agency not in state.chain(wanted):
        raise NotYourCase
    return None if wanted == ROOT else state.subtrees.get(wanted, (wanted,))
