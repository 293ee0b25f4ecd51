"""The public list of what is overdue, oldest first; confidential complaints are not in it."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from services.sla.actions.clocks import calendar_of
from services.sla.actions.scope import codes_below, codes_within
from services.sla.state import State
from shared.db.transaction import Tx
from shared.errors import Invalid

LIST = """
SELECT clock.complaint_id, clock.name, clock.cycle, clock.agency, agencies.name AS agency_name, clock.zone,
       clock.due_at,
       (SELECT max(escalation) FROM fired WHERE (fired.complaint_id, fired.clock, fired.cycle)
           = (clock.complaint_id, clock.name, clock.cycle)) AS step
FROM clocks AS clock
LEFT JOIN agencies ON agencies.code = clock.agency
WHERE clock.stopped_at IS NULL AND clock.name <> 'ombudsman' AND clock.due_at < :now {conditions}
  AND EXISTS (SELECT FROM complaints WHERE complaints.id = clock.complaint_id AND NOT complaints.confidential)
ORDER BY clock.due_at, clock.complaint_id, clock.name, clock.cycle
LIMIT :most
"""
OF_AGENCIES = "AND clock.agency = ANY(CAST(:codes AS text[]))"
AFTER = """
AND (clock.due_at, clock.complaint_id, clock.name, clock.cycle)
    > (CAST(:after_due AS timestamptz), CAST(:after_id AS uuid), CAST(:after_name AS text),
       CAST(:after_cycle AS smallint))
"""


class BadCursor(Invalid):
    """This is not a cursor that an earlier page gave."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to list: the clocks of an agency and those below it, of a region, or all; `after` is a cursor."""

    agency: str | None = None
    region: str | None = None
    after: str | None = None
    limit: int = 50


async def overdue(tx: Tx[State], query: Query) -> tuple[list[dict[str, Any]], str | None]:
    """One page of running clocks past their limit, and the cursor of the next page if there is one."""
    conditions, values = await _narrowed(tx, query)
    rows = (
        await tx.execute(LIST.format(conditions=conditions), {"now": tx.now, "most": query.limit + 1, **values})
    ).all()
    page = rows[: query.limit]
    cursor = _cursor(page[-1]) if len(rows) > len(page) else None
    return [{**row._asdict(), "step": row.step or 0, "days_late": _late(tx, row)} for row in page], cursor


async def _narrowed(tx: Tx[State], query: Query) -> tuple[str, dict[str, Any]]:
    conditions: list[str] = []
    values: dict[str, Any] = {}
    below, within = await codes_below(tx, query.agency), await codes_within(tx, query.region)
    if below is not None or within is not None:
        codes = below & within if below is not None and within is not None else below or within or ()
        conditions.append(OF_AGENCIES)
        values["codes"] = sorted(codes)
    if query.after:
        conditions.append(AFTER)
        values |= _position(query.after)
    return " ".join(conditions), values


def _late(tx: Tx[State], row: Any) -> float:
    calendar = calendar_of(row.zone, tx.state.settings.calendar_exceptions)
    return round(calendar.working_days_between(row.due_at, tx.now), 1)


def _cursor(row: Any) -> str:
    position: Sequence[Any] = (row.due_at, str(row.complaint_id), row.name, row.cycle)
    return base64.urlsafe_b64encode(orjson.dumps(position)).decode().rstrip("=")


def _position(cursor: str) -> dict[str, Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        due_at, complaint_id, name, cycle = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        moment = datetime.fromisoformat(due_at)
        if moment.tzinfo is None or not isinstance(name, str) or "\x00" in name or not 0 <= int(cycle) < 2**15:
            raise BadCursor(field="after")
        # Raises where the year in UTC would be 0 or 10000, which no driver can send.
        moment = moment.astimezone(UTC)
        return {"after_due": moment, "after_id": UUID(complaint_id), "after_name": name, "after_cycle": int(cycle)}
    except (binascii.Error, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise BadCursor(field="after") from error
