"""Danger to life: who is on duty, and what is told of an alarm and of its end."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from services.routing.actions.agencies import ref_of
from services.routing.domain.cases import Case
from services.routing.state import State
from shared.events import AgencyRef, Recipient, UrgencyDeclared, UrgencyLifted

Duty = tuple[Recipient, ...]


def duty_of(state: State, case: Case) -> Duty:
    """The duty officers of the holder, and of the verifier while the case waits for the verification."""
    codes = dict.fromkeys(filter(None, (case.holder, case.unverified_by)))
    return tuple(officer_of(state, code) for code in codes)


def duty_anew(state: State, before: Case, after: Case) -> Duty:
    """The duty officer of an agency that gets an urgent case."""
    return (officer_of(state, after.holder),) if after.urgent and after.holder != before.holder else ()


def filed_urgent(state: State, case: Mapping[Any, Any], holder: str, *, again: bool = False) -> UrgencyDeclared:
    """What is told of a filing that is an alarm; `holder` is the agency that it was assigned to."""
    filed = Case(holder=holder, verifier=case["verifier"])
    return UrgencyDeclared(
        complaint_id=case["id"],
        agency=_responsible(state, filed),
        number=1,
        reason=case["urgent_by"],
        since=case["filed_at"],
        duty=duty_of(state, filed),
        again=again,
    )


def declared(
    state: State, id: UUID, case: Case, at: datetime, sealed: str | None, *, again: bool = False
) -> UrgencyDeclared:
    """What is told of an official's alarm."""
    return UrgencyDeclared(
        complaint_id=id,
        agency=_responsible(state, case),
        number=case.urgencies,
        reason="official",
        since=at,
        duty=duty_of(state, case),
        sealed=sealed,
        again=again,
    )


def lifted(id: UUID, case: Case, by: str, sealed: str | None, *, again: bool = False) -> UrgencyLifted:
    """What is told of the end of a danger."""
    words = cast(str, sealed)
    return UrgencyLifted(complaint_id=id, agency=case.holder, by=by, number=case.urgencies, sealed=words, again=again)


def _responsible(state: State, case: Case) -> AgencyRef:
    """Whose limit an alarm is: the verifier's until the verification."""
    return ref_of(state.agency(case.unverified_by or case.holder))


def officer_of(state: State, code: str) -> Recipient:
    """The seat of an agency's duty officer."""
    agency = state.agency(code)
    return Recipient(agency=agency.code, role=agency.duty_officer)
