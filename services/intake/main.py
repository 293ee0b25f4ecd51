"""Intake on one screen: its doors, its tables and its state."""

from services.intake import api, handlers, models, pages, state
from services.intake.actions import restatements
from shared.events import COMPLAINTS
from shared.service import Service

service = Service(
    name="intake",
    routers=(api.router, pages.router),
    handlers=handlers.HANDLERS,
    timers=(),
    tables=models.tables,
    prepare=state.prepare,
    promises=frozenset({COMPLAINTS}),
    say_again=restatements.say_again,
)
