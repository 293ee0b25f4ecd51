"""The public names of complaints, as intake gives them; a confidential complaint has none."""

from collections.abc import Collection
from uuid import UUID

from services.audit.databases import Databases

PUBLIC = """
SELECT id, reference FROM complaints WHERE id = ANY(CAST(:ids AS uuid[])) AND NOT confidential
"""


async def references_of(databases: Databases, ids: Collection[UUID]) -> dict[UUID, str | None]:
    """The tracking reference of each of these complaints; None for one that is confidential, or unknown to intake."""
    rows = await databases["intake"].rows(PUBLIC, {"ids": [str(id) for id in ids]}) if ids else ()
    return {**dict.fromkeys(ids), **{row.id: row.reference for row in rows}}
