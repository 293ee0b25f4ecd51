"""The routing service on one screen."""

from sqlalchemy import select

from services.routing import handlers, pages, state
from services.routing.actions import restatements
from services.routing.actions.departures import take_over_once
from services.routing.actions.directories import departed_agencies, publish_again, publish_directory
from services.routing.api import (
    acts,
    agencies,
    appeals,
    cases,
    commitments,
    contests,
    contributions,
    drafts,
    holds,
    lifecycle,
    mergers,
    notes,
    referrals,
    reviews,
    sensitivities,
    splits,
    urgencies,
    worklists,
)
from services.routing.models.cases import CaseRecord
from services.routing.models.tables import tables
from services.routing.settings import Settings
from services.routing.state import State
from shared.events import COMPLAINTS
from shared.service import RunningService, Service, Timer

DEPARTURES_REST_SECONDS = 5.0


async def prepare(service: RunningService[State]) -> State:
    """Read the directory and publish what is new in it, and which agencies have left. Raises BadSettings."""
    prepared, settings = await state.prepare(service), service.settings.section(Settings)
    async with service.begin() as tx:
        await publish_directory(tx, prepared.directory, settings.directory_departures_percent)
        return state.with_departed(prepared, await departed_agencies(tx))


service = Service(
    name="routing",
    routers=tuple(
        door.router
        for door in (
            acts,
            drafts,
            commitments,
            contributions,
            notes,
            reviews,
            holds,
            mergers,
            splits,
            urgencies,
            sensitivities,
            appeals,
            contests,
            referrals,
            cases,
            worklists,
            agencies,
            lifecycle,
            pages,
        )
    ),
    handlers=handlers.HANDLERS,
    timers=(Timer("departures", take_over_once, DEPARTURES_REST_SECONDS),),
    tables=tables,
    prepare=prepare,
    promises=frozenset({COMPLAINTS}),
    say_again=restatements.say_again,
    publish_again=publish_again,
    sensitive=select(CaseRecord.id).where(CaseRecord.sensitive),
)
