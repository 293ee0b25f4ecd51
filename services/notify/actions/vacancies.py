"""Vacancies: the seat above is told where nobody was reached, and open requests go to a seat that is filled."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from services.notify.domain.acts import STOPS_ONE
from services.notify.domain.deliveries import ADDRESS_AT_FAULT, UNHELD, WAITING, fault_of_address
from services.notify.domain.notices import ABOVE, Settlement, first_late_at
from services.notify.domain.recipients import SEAT
from services.notify.domain.requests import CLOSED_BY
from services.notify.domain.vacancies import FilledSeat, details_above, seat_above
from services.notify.models.messages import Message
from services.notify.models.vacancies import FILLED_AGAIN, FILLED_SEATS, STILL_OPEN
from services.notify.state import SENDER, State
from shared.clock import RealClock
from shared.db.transaction import Tx
from shared.telemetry import log, unusable_values
from shared.vocabulary import ROOT

REAL = RealClock()
Chains = Mapping[str, Sequence[FilledSeat]]


def open_until(closed_by: Mapping[str, Collection[str]]) -> Mapping[str, Any]:
    """The values of IS_OPEN: by template, the acts that close a request. The ledger tells of each, mailed or not."""
    named = {template: sorted(acts) for template, acts in closed_by.items()}
    return {"closed_by": orjson.dumps(named).decode(), "of_one": sorted(STOPS_ONE.values())}


OPEN = open_until(CLOSED_BY)


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A message whose request is still open."""

    id: int
    template: str


async def write_above(tx: Tx[State], settled: Sequence[Settlement]) -> None:
    """Write to the nearest filled seat above for each of these messages, which reached nobody; once for each."""
    if not settled:
        return
    chains = await _chains(tx, {_start(each) for each in settled})
    rows = [row for each in settled if (row := _row(tx, each, chains))]
    await tx.insert(Message, rows, skip_known=True)
    if rows:
        tx.wake(SENDER)


async def send_open_requests(tx: Tx[State], agencies: Sequence[str], fresh: Sequence[str]) -> None:
    """Have the open requests and news to seats of these agencies sent that could not be while nobody held the seat.

    `fresh` are new addresses of seats: what the addresses before them have refused is sent to these.
    """
    values = {"codes": list(agencies), "fresh": list(fresh), **OPEN}
    reasons = {"unheld": sorted(UNHELD), "refused": sorted(ADDRESS_AT_FAULT)}
    await _send_anew(tx, await tx.records(OpenMessage, FILLED_AGAIN, values | reasons))


async def send_to_present_holders(tx: Tx[State], ids: Sequence[int]) -> None:
    """Have these messages, which are locked, sent to whoever holds their seats now, unless their request is closed."""
    if ids:
        await _send_anew(tx, await tx.records(OpenMessage, STILL_OPEN, {"ids": list(ids), **OPEN}))


async def _send_anew(tx: Tx[State], messages: Sequence[OpenMessage]) -> None:
    now = REAL.now()
    # The mail that was refused or came back is over: it goes in another.
    anew = {"state": WAITING, "reason": None, "attempts": 0, "next_try_at": now, "tried_since": now, "mail_id": None}
    await tx.update(
        Message, [{"id": each.id, **anew, "late_at": first_late_at(each.template, now)} for each in messages], key="id"
    )
    if messages:
        tx.wake(SENDER)


def _start(settled: Settlement) -> str:
    """Where the chain starts: at the seat's own agency, for a reporter at the agency that holds the complaint."""
    return settled.agency or settled.about


async def _chains(tx: Tx[State], starts: set[str]) -> Chains:
    """The filled seats from each agency up; a chain that breaks off goes on at the root."""
    chains: dict[str, list[FilledSeat]] = defaultdict(list)
    for row in await tx.execute(FILLED_SEATS, {"codes": sorted({*starts, ROOT})}):
        if fault_of_address(row.email) is None:
            chains[row.start].append(FilledSeat(row.agency, row.role, row.height))
    root = [FilledSeat(seat.agency, seat.role, seat.height + 1_000) for seat in chains[ROOT]]
    return {start: [*chains[start], *(root if start != ROOT else ())] for start in starts}


def _row(tx: Tx[State], settled: Settlement, chains: Chains) -> Mapping[str, Any] | None:
    """The message to the seat above; None where there is none."""
    above, template = seat_above(chains[_start(settled)], settled.role), ABOVE[settled.template]
    if above is None:
        log.error("nobody above can be told", agency=_start(settled), role=settled.role, template=settled.template)
        return None
    now = REAL.now()
    return {
        "event_id": settled.event_id,
        # A seat may get another message about the same event, and climbs pass each seat once.
        "recipient": f"{above.agency}/{above.role}/{template}",
        "channel": "email",
        "kind": SEAT,
        "agency": above.agency,
        "role": above.role,
        "complaint_id": settled.complaint_id,
        "about": settled.about,
        "template": template,
        "details": _details(settled),
        "next_try_at": now,
        "tried_since": now,
        "late_at": first_late_at(template, now),
        "created_at": tx.now,
    }


def _details(settled: Settlement) -> Mapping[str, Any]:
    """The details for the seat above; a list of passed-over seats that is none begins anew."""
    known = settled.details
    if not isinstance(known.get("vacant", []), list):  # They are JSON of an event, maybe of another release.
        log.error("passed-over seats cannot be read", event_id=str(settled.event_id), template=settled.template)
        unusable_values.labels("notify", "details").inc()
        known = {name: value for name, value in known.items() if name != "vacant"}
    return details_above(known, settled.agency, settled.role, settled.outcome)
