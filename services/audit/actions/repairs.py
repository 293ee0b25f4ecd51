"""Repairs: which service says again what it owns, so that the others take it as truth."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.audit.domain.complaints import MENDED_BY
from services.audit.domain.violations import Violation
from shared.service import RunningService

BATCH = 500


def owed_by(violations: Iterable[Violation]) -> Mapping[str, Sequence[UUID]]:
    """Service → the complaints that it is to say again, intake first: a case is opened from its filing."""
    owed: dict[str, set[UUID]] = defaultdict(set)
    for violation in violations:
        for service in MENDED_BY.get(violation.check, ()):
            if violation.complaint_id is not None:
                owed[service].add(violation.complaint_id)
    return {service: sorted(owed[service]) for service in ("intake", "routing") if service in owed}


async def say_again(service: RunningService[Any], ids: Sequence[UUID]) -> int:
    """Have a service, which is not prepared yet, say these complaints again; how many of them it knows."""
    try:
        await service.prepare()
        say = service.definition.say_again
        assert say is not None, f"{service.name} owns no fact of a complaint"
        said = 0
        for start in range(0, len(ids), BATCH):
            async with service.begin() as tx:
                said += await say(tx, ids[start : start + BATCH])
        return said
    finally:
        await service.close()
