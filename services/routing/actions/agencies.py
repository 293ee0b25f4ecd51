"""The directory of agencies, shown to anyone."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from sqlalchemy import bindparam, func, not_, select

from services.routing.domain.agencies import Agency, Zone
from services.routing.domain.directories import read_fields
from services.routing.models.cases import OVERDUE, CaseRecord
from services.routing.state import State
from shared.calendar import ZONES
from shared.db.transaction import Tx
from shared.errors import NotFound
from shared.events import AgencyRef
from shared.vocabulary import ANSWERED, ENDED, ApproverRole, Role, Tier

# Confidential and sensitive cases are counted nowhere.
COUNTS = (
    select(
        CaseRecord.state,
        func.count().label("number"),
        func.count().filter(OVERDUE).label("overdue"),
        func.min(CaseRecord.filed_at).label("oldest_at"),
    )
    .where(CaseRecord.holder == bindparam("code"), not_(CaseRecord.confidential), not_(CaseRecord.sensitive))
    .group_by(CaseRecord.state)
)


@dataclass(frozen=True, slots=True)
class AgencyFilter:
    """Which agencies are wanted, in the order of their codes: those behind the code `after` with all these traits."""

    region: str | None = None
    field: str | None = None
    tier: Tier | None = None
    after: str = ""
    limit: int = 50


@dataclass(frozen=True, slots=True)
class SeatView:
    """A seat; who fills it is not shown."""

    role: Role
    title: str
    vacant: bool


@dataclass(frozen=True, slots=True)
class AgencyView:
    """An agency and its seats; the `approver` publishes its answers, urgent cases go to its `duty_officer`.

    Without an approver each handler publishes at once. Empty `hours` are those of the country; Friday and Saturday may
    have their own. On `local_holidays` only it is off. Only `sensitive_seats` may know of its sensitive cases.
    """

    code: str
    name: str
    tier: Tier
    parent: str | None
    region: str | None
    zone: Zone
    field: str | None
    seats: Sequence[SeatView]
    approver: ApproverRole | None
    duty_officer: Role
    sensitive_seats: Sequence[Role]
    hours: str
    friday_hours: str
    saturday_hours: str
    local_holidays: Sequence[date]


@dataclass(frozen=True, slots=True)
class AgencyFigures:
    """An agency in numbers: cases by state, those overdue, and since when the oldest waits for an answer."""

    by_state: Mapping[str, int]
    overdue: int
    oldest_unanswered_at: datetime | None


async def figures_of(tx: Tx[State], code: str) -> AgencyFigures:
    """An agency in numbers that anyone may know."""
    rows = (await tx.execute(COUNTS, {"code": code})).all()
    unanswered = [row.oldest_at for row in rows if row.state not in ENDED | {ANSWERED}]
    by_state = {row.state: row.number for row in rows}
    return AgencyFigures(by_state, sum(row.overdue for row in rows), min(unanswered, default=None))


def find_agency(state: State, code: str) -> Agency:
    """The agency with this code. Raises NotFound."""
    agency = state.directory.by_code.get(code)
    if agency is None:
        raise NotFound
    return agency


def show_agency(state: State, code: str) -> AgencyView:
    """The agency with this code, as anyone may see it. Raises NotFound."""
    return _view(find_agency(state, code))


def list_agencies(state: State, wanted: AgencyFilter) -> list[AgencyView]:
    """At most `limit` agencies, by code."""
    return [_view(state.directory.by_code[code]) for code in islice(_matching_codes(state, wanted), wanted.limit)]


def ref_of(agency: Agency) -> AgencyRef:
    """The agency as events name it."""
    return AgencyRef(code=agency.code, name=agency.name, tier=agency.tier, zone=ZONES[agency.zone])


def _matching_codes(state: State, wanted: AgencyFilter) -> Iterator[str]:
    traits = (("region", wanted.region), ("field", wanted.field), ("tier", wanted.tier))
    lists = [state.codes_by_trait.get((trait, value), ()) for trait, value in traits if value]
    shortest, *others = sorted(lists, key=len) or [state.codes]
    in_all = set(shortest).intersection(*others) if others else None
    ahead = islice(shortest, bisect_right(shortest, wanted.after), None)
    return (code for code in ahead if in_all is None or code in in_all)


def _view(agency: Agency) -> AgencyView:
    seats = [SeatView(seat.role, seat.title, vacant=seat.email is None) for seat in agency.seats]
    more = agency.field, seats, agency.approver, agency.duty_officer, agency.sensitive_seats, *agency.schedule
    return AgencyView(agency.code, agency.name, agency.tier, agency.parent, agency.region, agency.zone, *more)


def named_in(state: State, corrected: Mapping[str, str] | None) -> dict[str, str | None]:
    """Field and region of a correction with their names, as an event tells them."""
    field, region = (corrected or {}).get("field"), (corrected or {}).get("region")
    named = {"field_name": read_fields().get(field) if field else None}
    named["region_name"] = state.agency(region).name if region else None
    return {"field": field, "region": region, **named}
