"""Sensitive complaints: which seats are named, and what is told of a complaint that is sensitive, or is no longer."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, not_, select
from uuid_utils.compat import uuid7

from services.routing.actions.agencies import ref_of
from services.routing.actions.cases import CASE_FIELDS, case_of
from services.routing.domain.cases import Case
from services.routing.domain.records import PastAct
from services.routing.models.cases import CaseRecord
from services.routing.state import State
from shared.db.transaction import Tx
from shared.events import Recipient, SensitivityDeclared, SensitivityLifted
from shared.vocabulary import SensitiveBy

OPEN_PARTS = (
    select(CaseRecord.id, *(getattr(CaseRecord, name) for name in CASE_FIELDS))
    .where(CaseRecord.part_of == any_(bindparam("ids", type_=ARRAY(Uuid))), not_(CaseRecord.sensitive))
    .order_by(CaseRecord.id)
    .with_for_update()
)


def filed_sensitive(state: State, case: Mapping[Any, Any], holder: str) -> SensitivityDeclared:
    """What is told of a filing that is sensitive; `holder` is the agency that it was assigned to."""
    filed = Case(holder=holder, verifier=case["verifier"])
    return declared_sensitive(state, case["id"], filed, case["filed_at"], None, case["sensitive_by"])


def declared_sensitive(
    state: State,
    id: UUID,
    case: Case,
    since: datetime,
    sealed: str | None,
    reason: SensitiveBy = "official_says",
) -> SensitivityDeclared:
    """What is told of a case that is sensitive since then."""
    return SensitivityDeclared(
        complaint_id=id,
        agency=ref_of(state.agency(case.holder)),
        reason=reason,
        since=since,
        seats=tuple(_seats(state, case)),
        sealed=sealed,
    )


def hidden_with(state: State, id: UUID, case: Case, declared: PastAct, at: datetime) -> tuple[PastAct, Case]:
    """The act that hides a whole or a part with the one that an official has declared sensitive; the case after it."""
    said = state.read(declared.sealed or "", str(declared.complaint_id)).get("text") or ""
    done = PastAct(
        id=uuid7(),
        complaint_id=id,
        kind=declared.kind,
        at=at,
        by=declared.by,
        role=declared.role,
        agency=declared.agency,
        holder=case.holder,
        state=case.state,
        sealed=state.seal(said, str(id)),
    )
    return done, replace(case, sensitive=True)


async def open_parts(tx: Tx[State], wholes: Collection[UUID]) -> dict[UUID, Case]:
    """The parts of these wholes that are not sensitive; the wholes are locked, so that no part changes meanwhile."""
    return {row.id: case_of(row._mapping) for row in await tx.execute(OPEN_PARTS, {"ids": list(wholes)})}


def disclosed(id: UUID, holder: str, by: str, sealed: str) -> SensitivityLifted:
    """What is told of a case that is sensitive no longer."""
    return SensitivityLifted(complaint_id=id, agency=holder, by=by, sealed=sealed)


def _seats(state: State, case: Case) -> Iterator[Recipient]:
    """The named seats of the holder, of the verifier while it must verify, and of the units that must contribute."""
    units = filter(None, (case.holder, case.unverified_by, *case.supporting))
    yield from dict.fromkeys(seat for code in units for seat in _nearest(state, code))


def _nearest(state: State, code: str) -> list[Recipient]:
    """The named seats of an agency; of the nearest one above that has any, where it has none."""
    for agency in map(state.agency, state.chain(code)):
        roles = [seat.role for seat in agency.seats if seat.role in agency.sensitive_seats]
        if roles:
            return [Recipient(agency=agency.code, role=role) for role in roles]
    return []
