"""Which agencies a question is about: one with those below it in the reporting chain, or those of a region."""

from typing import Any

from shared.db import Tx
from shared.errors import NotFound

# UNION, not UNION ALL: a chain that runs in a circle ends too.
BELOW = """
below AS (
    SELECT code FROM agencies WHERE code = :agency
    UNION SELECT agencies.code FROM agencies JOIN below ON agencies.parent = below.code
)"""
WITHIN = """
within AS (SELECT code FROM agencies WHERE region = :region OR starts_with(region, :region || '.'))"""
FIND = "SELECT code, name, zone FROM agencies WHERE code = :agency"


class UnknownAgency(NotFound):
    """No agency with this code is known."""

    indonesian = "Instansi dengan kode ini tidak dikenal."


async def known_agency(tx: Tx, agency: str) -> Any:
    """The row of an agency. Raises UnknownAgency."""
    found = (await tx.execute(FIND, {"agency": agency})).one_or_none()
    if found is None:
        raise UnknownAgency(field="agency")
    return found
