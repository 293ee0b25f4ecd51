"""The doors of the auditor: whether it lives, whether it is ready, and its metrics."""

from collections.abc import Sequence

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.audit.actions import audits
from services.audit.state import State
from shared.identity.callers import public
from shared.loop import Loop


def router(state: State, loops: Sequence[Loop]) -> APIRouter:
    routes = APIRouter(tags=["health"])

    @routes.get("/health/live")
    @public
    async def live() -> dict[str, str]:
        """The process answers."""
        return {"status": "alive"}

    @routes.get(
        "/health/ready", responses={503: {"description": "Not ready: why", "content": {"application/json": {}}}}
    )
    @public
    async def ready() -> JSONResponse:
        """503 when the auditor itself stands still, or where a violation has lasted. The services stay ready."""
        allowed = state.settings.stall_seconds + state.settings.audit_seconds
        troubles = [trouble for loop in loops if (trouble := loop.trouble(allowed))]
        troubles += audits.troubles(state, state.clock.now())
        body = {"status": "unready" if troubles else "ready", "troubles": troubles}
        return JSONResponse(body, 503 if troubles else 200)

    @routes.get("/metrics", response_class=PlainTextResponse)
    @public
    async def metrics() -> Response:
        """Prometheus metrics."""
        for loop in loops:
            loop.trouble(state.settings.stall_seconds)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes
