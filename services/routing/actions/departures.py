"""Open cases of agencies that have left the directory go to their successors, in batches, each with its event."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Text, Uuid, any_, bindparam, select, union
from uuid_utils.compat import uuid7

from services.routing.actions.agencies import ref_of
from services.routing.actions.cases import last_acts, locked_cases, moment_after, save_cases
from services.routing.actions.directories import departed_agencies
from services.routing.actions.drafts import returned
from services.routing.actions.urgencies import duty_anew, duty_of
from services.routing.domain.agencies import heir_of
from services.routing.domain.cases import Case
from services.routing.domain.departures import after_departure, has_left
from services.routing.models.acts import ActRecord
from services.routing.models.cases import IS_OPEN, CaseRecord
from services.routing.state import State
from shared.db.outages import is_outage
from shared.db.transaction import Tx
from shared.events import ComplaintForwarded, ComplaintReassigned, Fact
from shared.service import RunningService
from shared.telemetry import log, unusable_values
from shared.vocabulary import ANSWERED, APPEALED, SPLIT, UNVERIFIED, Kind, OfficialRole

MOST_CASES = 1_000
# Nobody passed the case on: events and acts name the directory, which operators keep.
BY, DEPARTURE = "directory", "departure"
ROLE: OfficialRole = "operator"
REASON = "{agency} tidak lagi terdaftar dalam direktori instansi."

_codes, _most = any_(bindparam("codes", type_=ARRAY(Text))), bindparam("most", type_=Integer)
# Two looks, each into an index of its own.
LEFT_BEHIND = union(
    *(
        select(CaseRecord.id)
        .where(column == _codes, IS_OPEN, CaseRecord.state.not_in((ANSWERED, APPEALED, SPLIT)))
        .limit(_most)
        .subquery()
        .select()
        for column in (CaseRecord.holder, CaseRecord.verifier)
    )
)
FILINGS = select(CaseRecord.id, CaseRecord.filed_at, CaseRecord.kind).where(
    CaseRecord.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
)


@dataclass(frozen=True, slots=True)
class Departures:
    """The agencies that have left: the successor of each that is there, and the name of each."""

    successors: Mapping[str, str]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Filing:
    """As much of a filing as a reassignment repeats."""

    filed_at: datetime
    kind: Kind


@dataclass(frozen=True, slots=True)
class Move:
    """A case before and after its agency left, when it moved, and the sealed reason."""

    id: UUID
    before: Case
    after: Case
    at: datetime
    sealed: str


async def take_over_once(service: RunningService[State]) -> int:
    """Give a batch of the open cases of agencies that have left to their successors; how many cases it was.

    If that fails, one by one: a damaged case stays behind alone.
    """
    async with service.begin() as tx:
        ids = await _left_behind(tx)
    if not ids:
        return 0
    try:
        return await _take_over(service, ids)
    except Exception as error:
        if is_outage(error):
            raise
    return sum([await _take_over_alone(service, id) for id in ids])


async def _left_behind(tx: Tx[State]) -> Sequence[UUID]:
    departures = await _departures(tx)
    if not departures.successors:
        return ()
    return (await tx.execute(LEFT_BEHIND, {"codes": list(departures.successors), "most": MOST_CASES})).scalars().all()


async def _take_over(service: RunningService[State], ids: Sequence[UUID]) -> int:
    async with service.begin() as tx:
        before = await locked_cases(tx, ids)
        after = await _moved(tx, before, await _departures(tx))
    return sum(after[id] != case for id, case in before.items())


async def _take_over_alone(service: RunningService[State], id: UUID) -> int:
    try:
        return await _take_over(service, [id])
    except Exception as error:
        if is_outage(error):
            raise
        log.error("case cannot be taken over", complaint=str(id), error=repr(error))
        unusable_values.labels("routing", "case").inc()
        return 0


async def taken_over(tx: Tx[State], cases: Mapping[UUID, Case]) -> dict[UUID, Case]:
    """These locked cases, those of agencies that have left given to their successors before anyone acts on them."""
    if not any(has_left(case, tx.state.directory.successors) for case in cases.values()):
        return dict(cases)
    return await _moved(tx, cases, await _departures(tx))


async def _departures(tx: Tx[State]) -> Departures:
    """Those that have left as published: this replica may have read an older or newer directory than another.

    A successor that this replica does not know is another replica's work.
    """
    departed, by_code = await departed_agencies(tx), tx.state.directory.by_code
    named = {each.code: each.successor for each in departed}
    heirs = {each.code: heir_of(each.successor, named, by_code) for each in departed}
    return Departures({code: heir for code, heir in heirs.items() if heir}, {each.code: each.name for each in departed})


async def _moved(tx: Tx[State], before: Mapping[UUID, Case], departures: Departures) -> dict[UUID, Case]:
    """The locked cases after the departures: written, recorded as acts, and their events staged."""
    after = {id: _moved_case(tx.state, case, departures) for id, case in before.items()}
    moves = await _moves(tx, before, after, departures)
    filings = await _filings(tx, [move.id for move in moves if move.after.handling == UNVERIFIED])
    await tx.insert(ActRecord, list(map(_act, moves)))
    await save_cases(tx, before, after)
    for move in moves:
        tx.stage(_fact(tx.state, move, filings), *returned(move.id, move.before, move.after, DEPARTURE), at=move.at)
    return after


def _moved_case(state: State, case: Case, departures: Departures) -> Case:
    moved = after_departure(case, departures.successors, state.directory.by_code)
    # No event can be staged here about a holder that only another replica knows.
    is_known = moved.holder in state.directory.by_code and moved.holder not in departures.names
    return moved if is_known else case


async def _moves(
    tx: Tx[State], before: Mapping[UUID, Case], after: Mapping[UUID, Case], departures: Departures
) -> Sequence[Move]:
    """The changes that concern other services; the verifier of a verified case is routing's own matter."""
    moved = [id for id, case in after.items() if case != before[id] and _concerns_others(before[id], case)]
    if not moved:
        return []
    last, now = await last_acts(tx, moved), max(tx.now, tx.clock.now())
    return [
        Move(
            id,
            before[id],
            after[id],
            moment_after(last.get(id), now),
            tx.state.seal(_reason(before[id], departures), str(id)),
        )
        for id in moved
    ]


def _concerns_others(before: Case, after: Case) -> bool:
    return after.handling == UNVERIFIED or after.holder != before.holder


def _reason(before: Case, departures: Departures) -> str:
    return REASON.format(
        agency=departures.names[before.holder if before.holder in departures.successors else before.verifier]
    )


async def _filings(tx: Tx[State], ids: Collection[UUID]) -> Mapping[UUID, Filing]:
    if not ids:
        return {}
    return {row.id: Filing(row.filed_at, row.kind) for row in await tx.execute(FILINGS, {"ids": list(ids)})}


def _act(move: Move) -> Mapping[str, Any]:
    return {
        "id": uuid7(),
        "complaint_id": move.id,
        "kind": DEPARTURE,
        "at": move.at,
        "by": BY,
        "role": ROLE,
        "agency": None,
        "holder": move.after.holder,
        "state": move.after.state,
        "classification": None,
        "reason": None,
        "sealed": move.sealed,
        "idempotency_key": None,
        "number": None,
    }


def _fact(state: State, move: Move, filings: Mapping[UUID, Filing]) -> Fact:
    before, after = move.before, move.after
    agency = ref_of(state.agency(after.holder))
    if after.handling != UNVERIFIED:
        return ComplaintForwarded(
            complaint_id=move.id,
            agency=agency,
            by=BY,
            previous=before.holder,
            transfers=after.transfers,
            sealed=move.sealed,
            duty=duty_anew(state, before, after),
        )
    return ComplaintReassigned(
        complaint_id=move.id,
        agency=agency,
        verifier=ref_of(state.agency(after.verifier)),
        previous=before.holder if before.holder != after.holder else None,
        filed_at=filings[move.id].filed_at,
        kind=filings[move.id].kind,
        sealed=move.sealed,
        duty=duty_of(state, after) if after.urgent else (),
    )
