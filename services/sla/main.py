"""sla is time: it runs the clocks of every complaint and lets the overdue ones climb."""

from services.sla import handlers, pages
from services.sla.actions import calendars, notices, promises, recounts, steps
from services.sla.api import clocks, indicators, overdue, policies, silences
from services.sla.models.tables import tables
from services.sla.state import prepare
from shared.service import Service, Timer

service = Service(
    name="sla",
    routers=(clocks.router, overdue.router, silences.router, indicators.router, policies.router, pages.router),
    handlers=handlers.HANDLERS,
    timers=(
        Timer("sweep", steps.sweep_once),
        Timer("notices", notices.pass_over_once),
        Timer("calendar", calendars.check_once, calendars.CHECK_SECONDS),
        Timer("recount", recounts.recount_once, recounts.REST_SECONDS),
    ),
    tables=tables,
    prepare=prepare,
    awaits=promises.AWAITED,
)
