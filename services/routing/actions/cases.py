"""The rows of cases: locked, read as what the domain knows, and written back, all in one statement each."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects import postgresql

from services.routing.domain.case import Case
from services.routing.models import CASES
from shared.db.transaction import Tx

COLUMNS = tuple(field.name for field in fields(Case))
# Everyone locks in the order of ids, so that two batches wait for one another instead of locking each other out.
LOCK = f"SELECT id, {', '.join(COLUMNS)} FROM cases WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE"


async def locked_cases(tx: Tx[Any], ids: Collection[UUID]) -> dict[UUID, Case]:
    """The cases with these ids, those of them that exist, until the transaction ends."""
    return {row.id: case_of(row) for row in await tx.execute(LOCK, {"ids": list(ids)})}


async def save_cases(tx: Tx[Any], before: Mapping[UUID, Case], now: Mapping[UUID, Case]) -> None:
    """Write those cases that have changed."""
    changed = {id: case for id, case in now.items() if case != before[id]}
    if changed:
        columns = {name: [getattr(case, name) for case in changed.values()] for name in COLUMNS}
        await tx.execute(SAVE, {"id": list(changed), **columns})


def case_of(row: Row[Any]) -> Case:
    return Case(**{name: getattr(row, name) for name in COLUMNS})


def _save() -> str:
    names = ("id", *COLUMNS)
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    arrays = ", ".join(f"CAST(:{name} AS {CASES.c[name].type.compile(dialect)}[])" for name in names)
    changes = ", ".join(f"{name} = new.{name}" for name in COLUMNS)
    return f"UPDATE cases SET {changes} FROM unnest({arrays}) AS new ({', '.join(names)}) WHERE cases.id = new.id"


SAVE = text(_save())
