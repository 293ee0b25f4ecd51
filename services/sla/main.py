"""sla is time: it runs the clocks of every complaint and lets the overdue ones climb."""

from services.sla import actions, api, handlers, models, pages
from shared.service import Service, Timer

service = Service(
    name="sla",
    routers=(api.router, pages.router),
    handlers=handlers.HANDLERS,
    timers=(Timer("sweep", actions.sweep_once),),
    tables=models.tables,
    prepare=actions.prepare,
)
