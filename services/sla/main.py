"""sla is time: it runs the clocks of every complaint and lets the overdue ones climb."""

from services.sla import handlers, pages
from services.sla.actions import promises, steps
from services.sla.api import clocks, indicators, overdue, policies
from services.sla.models.tables import tables
from services.sla.state import prepare
from shared.service import Service, Timer

service = Service(
    name="sla",
    routers=(clocks.router, overdue.router, indicators.router, policies.router, pages.router),
    handlers=handlers.HANDLERS,
    timers=(Timer("sweep", steps.sweep_once),),
    tables=tables,
    prepare=prepare,
    awaits=promises.PUBLISHERS,
)
