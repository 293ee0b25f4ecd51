"""Whether this process lives and is ready, and its metrics."""

import asyncio
from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared import inbox, outbox
from shared.auth import public
from shared.bus import Bus
from shared.service import Site
from shared.telemetry import inbox_lag, log, outbox_lag, outbox_waiting, parked_events

if TYPE_CHECKING:
    from shared.runtime import Running


# Whoever asks gives up after a few seconds, and must have been told why by then.
PATIENCE = 3.0


def router(house: "Running") -> APIRouter:
    routes = APIRouter(tags=["health"], dependencies=[Depends(public)])

    @routes.get("/health/live")
    async def live() -> dict[str, str]:
        """The process answers."""
        return {"status": "alive"}

    @routes.get(
        "/health/ready", responses={503: {"description": "Not ready: why", "content": {"application/json": {}}}}
    )
    async def ready() -> JSONResponse:
        """503 as soon as a loop has ended or stalled, or a database does not answer."""
        troubles = [trouble for loop in house.loops if (trouble := loop.trouble(house.settings.stall_seconds))]
        troubles += [trouble for site in house.sites.values() if (trouble := await _database_trouble(site))]
        body = {"status": "unready" if troubles else "ready", "troubles": troubles}
        return JSONResponse(body, 503 if troubles else 200)

    @routes.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Prometheus metrics."""
        for site in house.sites.values():
            await _measure(site, house.bus)
        for loop in house.loops:
            loop.trouble(house.settings.stall_seconds)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes


async def _database_trouble(site: Site) -> str | None:
    try:
        async with asyncio.timeout(PATIENCE), site.db.begin(site) as tx:
            await tx.execute("SELECT 1")
    except Exception as error:
        return f"{site.name}: the database does not answer ({type(error).__name__})"
    return None


async def _measure(site: Site, bus: Bus) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            async with site.db.begin(site) as tx:
                waiting, age = await outbox.backlog(tx)
                parked_events.labels(site.name).set(await inbox.parked_count(tx))
            outbox_waiting.labels(site.name).set(waiting)
            outbox_lag.labels(site.name).set(age)
            inbox_lag.labels(site.name).set(await bus.lag(site.name))
    except Exception as error:  # The metrics that need no database are worth having in an outage.
        log.warning("not measured", service=site.name, error=repr(error))
