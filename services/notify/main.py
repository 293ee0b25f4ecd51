"""notify on one screen: it hears the three topics, keeps the ledger, and sends."""

from services.notify import api, handlers, state
from services.notify.actions import sending
from services.notify.models import tables
from shared.service import Service, Timer

service = Service(
    name="notify",
    routers=(api.router,),
    handlers=handlers.HANDLERS,
    timers=(Timer("send", sending.send_once),),
    tables=tables,
    prepare=state.prepare,
    release=state.release,
)
