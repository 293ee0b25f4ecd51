"""Repairs: which service says again what it owns, so that the others take it as truth."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.audit.domain.remedies import MENDED_BY
from services.audit.domain.violations import Violation
from shared.service import RunningService
from shared.telemetry import log

BATCH = 500


def owed_by(violations: Iterable[Violation]) -> Mapping[str, Sequence[UUID]]:
    """Service → the complaints that it is to say again, intake first: a case is opened from its filing."""
    owed: dict[str, set[UUID]] = defaultdict(set)
    for violation in violations:
        for service in MENDED_BY.get(violation.check, ()):
            if violation.complaint_id is not None:
                owed[service].add(violation.complaint_id)
    return {service: sorted(owed[service]) for service in ("intake", "routing") if service in owed}


def agencies_owed(violations: Iterable[Violation]) -> Sequence[str]:
    """The codes of the agencies that routing is to publish again."""
    return sorted({each.agency for each in violations if each.agency and each.check in MENDED_BY})


async def publish_again(service: RunningService[Any], codes: Sequence[str]) -> int:
    """Have routing, which is not prepared yet, publish these agencies again; how many of them it knows and can say."""
    say = service.definition.publish_again
    assert say is not None, f"{service.name} owns no directory"
    try:
        await service.prepare()
        async with service.begin() as tx:
            return await say(tx, codes)
    finally:
        await service.close()


async def say_again(service: RunningService[Any], ids: Sequence[UUID]) -> int:
    """Have a service, which is not prepared yet, say these complaints again; how many of them it knows and can say."""
    try:
        await service.prepare()
        return sum([await _say_batch(service, ids[start : start + BATCH]) for start in range(0, len(ids), BATCH)])
    finally:
        await service.close()


async def _say_batch(service: RunningService[Any], ids: Sequence[UUID]) -> int:
    """Restate these together, or, if that fails, one by one: only a damaged complaint is left out."""
    try:
        return await _say(service, ids)
    except Exception:
        return sum([await _say_alone(service, id) for id in ids])


async def _say_alone(service: RunningService[Any], id: UUID) -> int:
    try:
        return await _say(service, [id])
    except Exception as error:
        log.error("complaint cannot be said again", service=service.name, complaint=str(id), error=repr(error))
        return 0


async def _say(service: RunningService[Any], ids: Sequence[UUID]) -> int:
    say = service.definition.say_again
    assert say is not None, f"{service.name} owns no fact of a complaint"
    async with service.begin() as tx:
        return await say(tx, ids)
