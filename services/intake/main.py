"""Intake on one screen: its doors, its tables and its state."""

from services.intake import handlers, models, state
from services.intake.actions import restatements
from services.intake.api import complaints, ratings, replies, reporters
from services.intake.pages import complaints as complaint_pages
from services.intake.pages import ratings as rating_pages
from services.intake.pages import replies as reply_pages
from services.intake.pages import reporters as reporter_pages
from shared.events import COMPLAINTS
from shared.service import Service

service = Service(
    name="intake",
    routers=tuple(
        door.router
        for door in (
            complaints,
            ratings,
            replies,
            reporters,
            complaint_pages,
            rating_pages,
            reply_pages,
            reporter_pages,
        )
    ),
    handlers=handlers.HANDLERS,
    timers=(),
    tables=models.tables,
    prepare=state.prepare,
    promises=frozenset({COMPLAINTS}),
    gather_seconds=0.1,
    say_again=restatements.say_again,
    sensitive=models.SENSITIVE_IDS,
)
