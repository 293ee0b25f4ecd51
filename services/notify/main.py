"""notify on one screen: it handles events of three topics, keeps the ledger of messages, and sends mails."""

from services.notify import api, handlers, state
from services.notify.actions import deliveries
from services.notify.models.tables import tables
from shared.service import Service, Timer

service = Service(
    name="notify",
    routers=(api.router,),
    handlers=handlers.HANDLERS,
    timers=(Timer(state.SENDER, deliveries.send_once, full=deliveries.FULL),),
    tables=tables,
    prepare=state.prepare,
    release=state.release,
)
