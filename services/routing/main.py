"""The routing service on one screen."""

from services.routing import actions, api, handlers, models, pages, state
from services.routing.state import State
from shared.service import RunningService, Service


async def prepare(service: RunningService[State]) -> State:
    """Read the directory and tell the others what is new in it."""
    prepared = await state.prepare(service)
    async with service.begin() as tx:
        await actions.publish_directory(tx, prepared)
    return prepared


service = Service(
    name="routing",
    routers=(api.router, pages.router),
    handlers=handlers.HANDLERS,
    timers=(),
    tables=models.tables,
    prepare=prepare,
)
