"""Which agencies a question is about: one with those below it in the reporting chain, or those of a region."""

from typing import Any

from services.sla.domain.ladder import ROOT
from services.sla.state import State
from shared.db.transaction import Tx
from shared.errors import NotFound

# UNION, not UNION ALL: a chain that runs in a circle ends too.
BELOW = """
WITH RECURSIVE below AS (
    SELECT code FROM agencies WHERE code = :agency
    UNION SELECT agencies.code FROM agencies JOIN below ON agencies.parent = below.code
)
SELECT code FROM below
"""
WITHIN = "SELECT code FROM agencies WHERE region = :region OR starts_with(region, :region || '.')"
FIND = "SELECT code, name, zone FROM agencies WHERE code = :agency"


class UnknownAgency(NotFound):
    """No agency with this code is known."""


async def known_agency(tx: Tx[State], agency: str) -> Any:
    """The row of an agency. Raises UnknownAgency."""
    found = (await tx.execute(FIND, {"agency": agency})).one_or_none()
    if found is None:
        raise UnknownAgency(field="agency")
    return found


# The codes go into the question as a list, because a planner that cannot see how few they are reads every clock.
async def codes_below(tx: Tx[State], agency: str | None) -> frozenset[str] | None:
    """An agency and those below it, or None for all: below the root are even those that nobody knows."""
    if agency is None:
        return None
    await known_agency(tx, agency)
    return None if agency == ROOT else frozenset((await tx.execute(BELOW, {"agency": agency})).scalars())


async def codes_within(tx: Tx[State], region: str | None) -> frozenset[str] | None:
    """The agencies of a region and of the regions in it, or None for all."""
    return None if region is None else frozenset((await tx.execute(WITHIN, {"region": region})).scalars())
