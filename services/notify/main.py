"""notify on one screen: it handles events of three topics, keeps the ledger of messages, and sends mails."""

from sqlalchemy import select

from services.notify import handlers, pages, state
from services.notify.actions import acts, deliveries, notices
from services.notify.api import acknowledgements, bounces, messages
from services.notify.models.complaints import Sensitivity
from services.notify.models.tables import tables
from shared.events import COMPLAINTS
from shared.service import Service, Timer

service = Service(
    name="notify",
    routers=(messages.router, acknowledgements.router, bounces.router, pages.router),
    handlers=handlers.HANDLERS,
    timers=(
        Timer(state.SENDER, deliveries.send_once, full=deliveries.FULL),
        Timer("late", notices.report_late_once, rest_seconds=10),
    ),
    awaits=acts.PUBLISHERS,
    tables=tables,
    prepare=state.prepare,
    release=state.release,
    promises=frozenset({COMPLAINTS}),
    sensitive=select(Sensitivity.complaint_id).where(Sensitivity.sensitive),
)
