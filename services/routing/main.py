"""The routing service on one screen."""

from services.routing import actions, api, handlers, models, pages
from shared.service import Service, Site


async def prepare(site: Site) -> None:
    """Read the directory and tell the others what is new in it."""
    office = actions.open_office(site)
    async with site.db.begin(site) as tx:
        await actions.publish_directory(tx, office)


service = Service(
    name="routing",
    routers=(api.router, pages.router),
    handlers=handlers.HANDLERS,
    timers=(),
    tables=models.tables,
    prepare=prepare,
)
