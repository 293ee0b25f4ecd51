"""The doors of the auditor: whether it lives, whether it is ready, and its metrics."""

from collections.abc import Sequence

from fastapi import APIRouter

from services.audit.actions import audits
from services.audit.state import State
from shared import health
from shared.loop import Loop


def router(state: State, loops: Sequence[Loop]) -> APIRouter:
    """Unready when the auditor itself stands still, or where a violation has lasted. The services stay ready."""

    async def troubles() -> Sequence[str]:
        return audits.troubles(state, state.clock.now())

    async def measure() -> None:
        """Nothing: each look sets the metrics."""

    return health.doors(loops, state.settings.stall_seconds + state.settings.audit_seconds, troubles, measure)
