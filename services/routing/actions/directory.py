"""The directory of agencies: published to the other services where it has changed, and shown to anyone."""

import hashlib
from bisect import bisect_right
from itertools import islice
from typing import Any

from services.routing.domain.directory import Agency
from services.routing.state import State
from shared.calendar import ZONES
from shared.db.transaction import Tx
from shared.errors import NotFound
from shared.events import AgencyPublished, AgencyRef

# ON CONFLICT makes replicas that start together wait for one another; the second then finds nothing changed.
# Sorted, so that they cannot lock each other out. What is published later is later by whichever machine's clock.
NOTE_CHANGED = """
    INSERT INTO agencies AS known (code, digest, published_at)
    SELECT *, CAST(:now AS timestamptz) FROM unnest(CAST(:codes AS text[]), CAST(:digests AS text[]))
    ON CONFLICT (code) DO UPDATE SET digest = excluded.digest,
        published_at = greatest(excluded.published_at, known.published_at + interval '1 microsecond')
    WHERE known.digest <> excluded.digest
    RETURNING code, published_at
"""


async def publish_directory(tx: Tx[State], office: State) -> int:
    """Stage the agencies that are new or differ from what was published; how many they are."""
    facts = {agency.code: _published(agency) for agency in office.directory.by_code.values()}
    codes = sorted(facts)
    digests = [hashlib.sha256(facts[code].model_dump_json().encode()).hexdigest() for code in codes]
    changed = (await tx.execute(NOTE_CHANGED, {"codes": codes, "digests": digests, "now": tx.now})).all()
    for row in changed:
        tx.stage(facts[row.code], at=row.published_at)
    return len(changed)


def ref_of(agency: Agency) -> AgencyRef:
    return AgencyRef.model_validate(_named(agency))


def agency_card(office: State, code: str) -> Agency:
    """The agency with this code. Raises NotFound."""
    agency = office.directory.by_code.get(code)
    if agency is None:
        raise NotFound
    return agency


def agencies_where(
    office: State, *, region: str | None, field: str | None, tier: str | None, after: str, limit: int
) -> list[Agency]:
    """The next `limit` agencies by code that fit what is given."""
    traits = (("region", region), ("field", field), ("tier", tier))
    wanted = [office.fitting.get((trait, value), ()) for trait, value in traits if value]
    shortest, *others = sorted(wanted, key=len) or [office.codes]
    fitting = set(shortest).intersection(*others) if others else None
    ahead = islice(shortest, bisect_right(shortest, after), None)
    found = (code for code in ahead if fitting is None or code in fitting)
    return [office.directory.by_code[code] for code in islice(found, limit)]


def _named(agency: Agency) -> dict[str, Any]:
    return {"code": agency.code, "name": agency.name, "tier": agency.tier, "zone": ZONES[agency.zone]}


def _published(agency: Agency) -> AgencyPublished:
    seats = [{"role": seat.role, "title": seat.title, "email": seat.email} for seat in agency.seats]
    more = {"parent": agency.parent, "region": agency.region, "field": agency.field, "seats": seats}
    return AgencyPublished.model_validate({**_named(agency), **more})
