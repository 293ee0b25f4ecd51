"""Whether this process lives and is ready, and its metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared import parked, relay
from shared.bus import Bus
from shared.clock import ClockAstray
from shared.db.clock import require_agreement
from shared.identity.callers import public
from shared.loop import Loop
from shared.service import RunningService
from shared.telemetry import (
    ahead_events,
    inbox_lag,
    later_events,
    log,
    outbox_lag,
    outbox_waiting,
    parked_age,
    parked_events,
)

# A probe gives up after a few seconds; the answer must say before that what is wrong.
PATIENCE = 3.0


Troubles = Callable[[], Awaitable[Sequence[str]]]
Measure = Callable[[], Awaitable[None]]


def router(services: Sequence[RunningService[Any]], loops: Sequence[Loop], bus: Bus, stall_seconds: float) -> APIRouter:
    """The doors of a process that runs services."""

    async def troubles() -> Sequence[str]:
        return [trouble for service in services if (trouble := await _database_trouble(service))]

    async def measure() -> None:
        for service in services:
            await _measure(service, bus)

    return doors(loops, stall_seconds, troubles, measure)


def doors(loops: Sequence[Loop], stall_seconds: float, troubles: Troubles, measure: Measure) -> APIRouter:
    """The doors of any process: `troubles` says what is wrong beside its loops, `measure` sets its metrics."""
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
        """503 as soon as a loop has ended or stalled, or something else of the process is wrong."""
        found = [trouble for loop in loops if (trouble := loop.trouble(stall_seconds))] + [*await troubles()]
        return JSONResponse({"status": "unready" if found else "ready", "troubles": found}, 503 if found else 200)

    @routes.get("/metrics", response_class=PlainTextResponse)
    @public
    async def metrics() -> Response:
        """Prometheus metrics."""
        await measure()
        for loop in loops:
            loop.trouble(stall_seconds)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes


async def _database_trouble(service: RunningService[Any]) -> str | None:
    try:
        async with asyncio.timeout(PATIENCE), service.begin() as tx:
            await tx.execute("SELECT 1")
            await require_agreement(tx)
    except ClockAstray as error:
        return f"{service.name}: {error}"
    except Exception as error:
        return f"{service.name}: the database does not answer ({type(error).__name__})"
    return None


async def _measure(service: RunningService[Any], bus: Bus) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            async with service.begin() as tx:
                waiting, age = await relay.backlog(tx)
                _show_aside(service.name, await parked.measure(tx))
            outbox_waiting.labels(service.name).set(waiting)
            outbox_lag.labels(service.name).set(age)
            inbox_lag.labels(service.name).set(await bus.lag(service.name))
    except Exception as error:  # Metrics that need no database are still given during an outage.
        log.warning("not measured", service=service.name, error=repr(error))


def _show_aside(service: str, measure: parked.Measure) -> None:
    parked_events.labels(service).set(measure.parked)
    parked_age.labels(service).set(measure.age)
    ahead_events.labels(service).set(measure.ahead)
    later_events.labels(service).set(measure.later)
