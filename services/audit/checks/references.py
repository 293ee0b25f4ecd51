"""The public names of complaints, as intake gives them; a confidential or sensitive complaint has none."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from services.audit.databases import Databases

NAMES = """
SELECT c.id, c.reference, c.confidential, coalesce(s.sensitive, c.sensitive) AS sensitive
FROM complaints c LEFT JOIN standings s ON s.complaint_id = c.id WHERE c.id = ANY(CAST(:ids AS uuid[]))
"""


@dataclass(frozen=True, slots=True)
class PublicName:
    """The tracking reference of a complaint, None if it has no public name; of a sensitive one not even the id."""

    reference: str | None = None
    sensitive: bool = False


async def names_of(databases: Databases, ids: Collection[UUID]) -> dict[UUID, PublicName]:
    """The name of each of these complaints; one that is unknown to intake has none."""
    rows = await databases["intake"].rows(NAMES, {"ids": [str(id) for id in ids]}) if ids else ()
    found = {row.id: (row.reference, row.confidential or row.sensitive, row.sensitive) for row in rows}
    named = {id: PublicName(None if hidden else name, secret) for id, (name, hidden, secret) in found.items()}
    return {**dict.fromkeys(ids, PublicName()), **named}
