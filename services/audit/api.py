"""The doors of the auditor: whether it lives, whether it is ready, its metrics, and what is wrong."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from services.audit.actions import audits, violations
from services.audit.state import State
from shared import health
from shared.identity.callers import official, public
from shared.identity.officials import Official
from shared.loop import Loop

Administrator = Annotated[Official, Depends(official("admin"))]


class ViolationView(BaseModel):
    """One thing that is wrong."""

    check: str
    subject: str = Field(description="A complaint, or the name of a service.")
    since: datetime
    detail: str
    complaint_id: UUID | None


class AuditView(BaseModel):
    """What the auditor has found."""

    completed_at: datetime | None = Field(description="When everything was looked at last; none: not yet")
    counts: dict[str, int] = Field(description="How many violations of each check stand, of hidden complaints, too")
    violations: list[ViolationView]


class FindingView(BaseModel):
    """One thing that is wrong, for those who may know which complaint it concerns; `subject` has the complaint's id.

    Of a sensitive complaint nobody may: its subject is "sensitive".
    """

    violation: ViolationView
    reference: str | None = Field(
        description="None for a confidential or sensitive complaint, and for one that intake lacks."
    )


class FindingsView(BaseModel):
    """Everything that the auditor has found."""

    completed_at: datetime | None
    findings: list[FindingView]


def router(state: State, loops: Sequence[Loop]) -> APIRouter:
    """Unready when the auditor itself stands still, or where a violation has lasted. The services stay ready."""

    async def troubles() -> Sequence[str]:
        return audits.troubles(state, state.clock.now())

    async def measure() -> None:
        """Nothing: each look sets the metrics."""

    return health.doors(loops, state.settings.stall_seconds + state.settings.audit_seconds, troubles, measure)


def findings(state: State) -> APIRouter:
    """The pages of what is wrong: counts and public names for everyone, all of it for the national administrator."""
    routes = APIRouter(tags=["audit"])

    @routes.get("/audit/violations")
    @public
    async def list_violations() -> AuditView:
        """What breaks the law now, oldest first; of confidential and sensitive complaints only how many."""
        published = violations.published(state)
        shown = [ViolationView.model_validate(one, from_attributes=True) for one in published.violations]
        return AuditView(completed_at=state.way.completed_at, counts=dict(published.counts), violations=shown)

    @routes.get("/audit/findings")
    async def list_findings(who: Administrator, response: Response) -> FindingsView:
        """What breaks the law now, oldest first, whichever complaint it concerns; a sensitive one is not named."""
        response.headers["Cache-Control"] = "no-store"
        found = [FindingView.model_validate(one, from_attributes=True) for one in violations.findings(state)]
        return FindingsView(completed_at=state.way.completed_at, findings=found)

    return routes
