"""The doors of the auditor: whether it lives, whether it is ready, its metrics, and what is wrong."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.audit.actions import audits
from services.audit.state import State
from shared import health
from shared.identity.callers import public
from shared.loop import Loop


class ViolationView(BaseModel):
    """One thing that is wrong; `subject` is a complaint's id or the name of a service."""

    check: str
    subject: str
    since: datetime
    detail: str
    complaint_id: UUID | None


class AuditView(BaseModel):
    """What the auditor has found."""

    completed_at: datetime | None = Field(description="When everything was looked at last; none: not yet")
    violations: list[ViolationView]


def router(state: State, loops: Sequence[Loop]) -> APIRouter:
    """Unready when the auditor itself stands still, or where a violation has lasted. The services stay ready."""

    async def troubles() -> Sequence[str]:
        return audits.troubles(state, state.clock.now())

    async def measure() -> None:
        """Nothing: each look sets the metrics."""

    return health.doors(loops, state.settings.stall_seconds + state.settings.audit_seconds, troubles, measure)


def findings(state: State) -> APIRouter:
    """The page of what is wrong: codes and numbers, no personal data."""
    routes = APIRouter(tags=["audit"])

    @routes.get("/audit/violations")
    @public
    async def list_violations() -> AuditView:
        """What breaks the law now, oldest first."""
        found = [ViolationView.model_validate(one, from_attributes=True) for one in audits.open_violations(state)]
        return AuditView(completed_at=state.way.completed_at, violations=found)

    return routes
