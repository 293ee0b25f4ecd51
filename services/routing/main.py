"""The routing service on one screen."""

from services.routing import handlers, pages, state
from services.routing.actions import restatements
from services.routing.actions.agencies import publish_directory
from services.routing.api import acts, agencies, cases, worklists
from services.routing.models.tables import tables
from services.routing.state import State
from shared.service import RunningService, Service


async def prepare(service: RunningService[State]) -> State:
    """Read the directory and publish what is new in it."""
    prepared = await state.prepare(service)
    async with service.begin() as tx:
        await publish_directory(tx, prepared.directory)
    return prepared


service = Service(
    name="routing",
    routers=(acts.router, cases.router, worklists.router, agencies.router, pages.router),
    handlers=handlers.HANDLERS,
    timers=(),
    tables=tables,
    prepare=prepare,
    say_again=restatements.say_again,
)
