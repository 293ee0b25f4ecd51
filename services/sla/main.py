"""sla is time: it runs the clocks of every complaint and lets the overdue ones climb."""

from sqlalchemy import select

from services.sla import handlers, pages, state
from services.sla.actions import calendars, notices, promises, reclockings, recounts, steps
from services.sla.actions.policies import with_published
from services.sla.api import clocks, indicators, overdue, policies, silences
from services.sla.api import reclockings as reclockings_api
from services.sla.models.complaints import ComplaintRow
from services.sla.models.tables import tables
from services.sla.state import State
from shared.service import RunningService, Service, Timer


async def prepare(service: RunningService[State]) -> State:
    """Build the calendars and read the policies. Raises BadSettings."""
    prepared = state.prepare(service)
    async with service.begin() as tx:
        prepared.rules = await with_published(tx, prepared.rules)
    return prepared


service = Service(
    name="sla",
    routers=(
        clocks.router,
        overdue.router,
        silences.router,
        indicators.router,
        policies.router,
        reclockings_api.router,
        pages.router,
    ),
    handlers=handlers.HANDLERS,
    timers=(
        Timer("sweep", steps.sweep_once),
        Timer("notices", notices.pass_over_once),
        Timer("calendar", calendars.check_once, calendars.CHECK_SECONDS),
        Timer("reclock", reclockings.reclock_once, reclockings.REST_SECONDS),
        Timer("recount", recounts.recount_once, recounts.REST_SECONDS),
    ),
    tables=tables,
    gather_seconds=0.1,
    prepare=prepare,
    awaits=promises.AWAITED,
    sensitive=select(ComplaintRow.id).where(ComplaintRow.sensitive),
)
