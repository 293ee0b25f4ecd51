"""The page behind the link in a mail, on which a seat acknowledges the mail; in Indonesian, without JavaScript."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response

from services.notify.actions import acknowledgements
from services.notify.errors import BadLink
from services.notify.state import State
from shared.http.app import running_service
from shared.http.pages import HEADERS, Pages
from shared.identity.callers import public
from shared.language import INDONESIAN
from shared.service import RunningService

Notify = Annotated[RunningService[State], Depends(running_service("notify"))]
router = APIRouter(include_in_schema=False)
pages = Pages(Path(__file__).parent / "templates")
router.add_api_route("/pages/style.css", pages.style)


@router.get("/pages/acknowledgements/{token}")
@public
async def show_mail(token: str, service: Notify) -> Response:
    """The mail and a button. Mail scanners follow links, so this changes nothing."""
    try:
        mail = await service.read(acknowledgements.show_mail, token)
    except BadLink as refusal:
        return pages.show("bad_link.html", 404, reason=refusal.message(INDONESIAN))
    return pages.show("acknowledgement.html", mail=mail)


@router.post("/pages/acknowledgements/{token}")
@public
async def acknowledge(token: str, service: Notify) -> Response:
    """Acknowledge the mail, and lead back to its page."""
    # The link is the credential, and no session could be abused from another site.
    try:
        await service.submit(acknowledgements.acknowledge_mails, token)
    except BadLink as refusal:
        return pages.show("bad_link.html", 404, reason=refusal.message(INDONESIAN))
    return RedirectResponse(f"/notify/pages/acknowledgements/{token}", 303, HEADERS)
