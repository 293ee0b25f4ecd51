"""The directory: kept from what routing publishes, and held in memory by every replica until its version rises."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from sqlalchemy import Text, any_, bindparam, delete, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.sla.domain.directory import Agency, Directory, Seat, seats_in
from services.sla.domain.ladder import Ladder
from services.sla.models.directory import NUMBERS, AgencyRow, DirectoryVersion
from services.sla.models.seats import UnreachableSeat
from services.sla.state import Schedules, State
from shared.db.transaction import Tx
from shared.errors import UnknownAgency
from shared.events import AgencyPublished, Event
from shared.vocabulary import ROOT, Role

# The row's lock lets one change commit after the other: a replica that sees a version sees all changes before it.
_raised = insert(DirectoryVersion).values(id=1, version=NUMBERS.next_value())
RAISE_VERSION = _raised.on_conflict_do_update(index_elements=["id"], set_={"version": _raised.excluded.version})
VERSION = select(DirectoryVersion.version)
UNREACHABLE = select(UnreachableSeat.agency, UnreachableSeat.role)
# A publication gives an agency new seats. A failure that is later than the publication is a failure of the new seats.
REACHABLE = delete(UnreachableSeat).where(
    UnreachableSeat.agency == any_(bindparam("codes", type_=ARRAY(Text))),
    UnreachableSeat.agency == AgencyRow.code,
    UnreachableSeat.since <= AgencyRow.published_at,
)
ALL = select(
    AgencyRow.code,
    AgencyRow.parent,
    AgencyRow.zone,
    AgencyRow.seats,
    AgencyRow.departed,
    AgencyRow.tier,
    AgencyRow.region,
    AgencyRow.approver,
    AgencyRow.duty_officer,
)
SCHEDULES = select(AgencyRow.code, AgencyRow.schedule).where(AgencyRow.schedule != literal_column("''"))
# The columns that are named like fields of the event.
SAME = {"code", "name", "tier", "region", "zone", "departed", "approver", "duty_officer"}
ZONE = select(AgencyRow.zone).where(AgencyRow.code == bindparam("agency"))
_below = select(AgencyRow.code).where(AgencyRow.code == bindparam("agency")).cte("below", recursive=True)
# UNION, not UNION ALL: a chain that runs in a circle ends too.
BELOW = select(_below.union(select(AgencyRow.code).join(_below, AgencyRow.parent == _below.c.code)).c.code)
_region = bindparam("region", type_=Text)
WITHIN = select(AgencyRow.code).where(
    or_(AgencyRow.region == _region, func.starts_with(AgencyRow.region, _region + "."))
)


async def note_agencies(tx: Tx[State], events: Sequence[Event[AgencyPublished]]) -> None:
    """Take in agencies as published; of each seat only whether it has an address is kept.

    An agency published again unchanged changes nothing, so that no replica reads the directory again for it; nor does
    an older event.
    """
    rows = [
        {
            **event.fact.model_dump(include=SAME),
            "parent": event.fact.successor if event.fact.departed else event.fact.parent,
            "seats": _seats(event.fact),
            "schedule": event.fact.schedule.text,
            "published_at": event.time,
        }
        for event in events
    ]
    if codes := await tx.upsert(AgencyRow, rows, key="code", newer="published_at", returning=AgencyRow.code):
        await tx.execute(REACHABLE, {"codes": codes})
        await tx.execute(RAISE_VERSION)


async def ladder_of(tx: Tx[State]) -> Ladder:
    """The ladder over the directory as committed, read again only if a replica has raised its version."""
    version = (await tx.execute(VERSION)).scalar_one_or_none() or 0
    known = tx.state.ladder
    if known is None or known.directory.version != version:
        rows = (await tx.execute(ALL)).all()
        unreachable = {Seat(row.agency, cast(Role, row.role)) for row in await tx.execute(UNREACHABLE)}
        agencies = {row.code: Agency(**{**row._asdict(), "seats": seats_in(row.seats)}) for row in rows}
        for seat in (one for one in unreachable if one.agency in agencies and one.role in agencies[one.agency].seats):
            agency = agencies[seat.agency]
            agencies[seat.agency] = replace(agency, seats={**agency.seats, seat.role: False})
        known = tx.state.ladder = Ladder(Directory(version, agencies))
    return known


async def schedules_of(tx: Tx[State], version: int) -> Mapping[str, str]:
    """The agencies that have a schedule of their own, read again only if a replica has raised the version to this."""
    known = tx.state.schedules
    if known.version != version:
        by_code = {row.code: row.schedule for row in await tx.execute(SCHEDULES)}
        known = tx.state.schedules = Schedules(version, known.by_code if by_code == known.by_code else by_code)
    return known.by_code


async def zone_of(tx: Tx[State], agency: str) -> str:
    """The zone of an agency. Raises UnknownAgency."""
    found: str | None = (await tx.execute(ZONE, {"agency": agency})).scalar_one_or_none()
    if found is None:
        raise UnknownAgency(field="agency")
    return found


# The codes go into a question as a list, because a planner that cannot see how few they are reads every clock.
async def codes_below(tx: Tx[State], agency: str | None) -> frozenset[str] | None:
    """An agency and those below it, or None for all: below the root are even unknown agencies.

    Raises UnknownAgency.
    """
    if agency is None:
        return None
    await zone_of(tx, agency)
    return None if agency == ROOT else frozenset((await tx.execute(BELOW, {"agency": agency})).scalars())


async def codes_within(tx: Tx[State], region: str | None) -> frozenset[str] | None:
    """The agencies of a region and of the regions in it, or None for all."""
    return None if region is None else frozenset((await tx.execute(WITHIN, {"region": region})).scalars())


def _seats(fact: AgencyPublished) -> dict[str, bool]:
    if fact.departed:
        return {}
    filled: dict[str, bool] = {}
    for seat in fact.seats:
        filled[seat.role] = filled.get(seat.role, False) or bool(seat.email)
    return filled
