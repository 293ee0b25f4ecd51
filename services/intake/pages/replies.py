"""The form on which a reporter writes to the agency that handles the complaint."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

from services.intake.actions import replies, timelines
from services.intake.actions.reporters import ReporterRequest
from services.intake.errors import NoSuchComplaint
from services.intake.pages.complaints import Errors, Form, Intake, at_field, pages, texts
from shared.errors import Refusal
from shared.http.problems import status_of
from shared.identity.callers import public
from shared.language import INDONESIAN
from shared.reporters import REPLY, REPORTER_ACT_NAMES

router = APIRouter(include_in_schema=False)


@router.get("/pages/complaints/{reference}/replies")
@public
async def ask(reference: str) -> Response:
    """The empty form; it says nothing of the complaint, since it asks for no PIN yet."""
    return _form(reference, {}, {})


@router.post("/pages/complaints/{reference}/replies")
@public
async def reply(reference: str, request: Request, service: Intake) -> Response:
    """Write to the agency with the PIN; each error is shown at its field, and what was written is kept."""
    form = await texts(request)
    try:
        new = replies.NewReply(text=form.get("text", "").strip())
        asked = ReporterRequest(reference, form.get("pin", ""), REPLY, new.text)
        taken = await service.submit(replies.take_replies, asked)
    except ValidationError as error:
        return _form(reference, form, dict(map(at_field, error.errors())), 422)
    except Refusal as refusal:
        field = "pin" if isinstance(refusal, NoSuchComplaint) else "text"
        return _form(reference, form, {field: refusal.message(INDONESIAN)}, status_of(refusal))
    wish = REPORTER_ACT_NAMES[REPLY]
    return pages.show("taken.html", 202, reference=taken.tracking_reference, wish=wish)


def _form(reference: str, form: Form, errors: Errors, status: int = 200) -> Response:
    spelled = timelines.reference_in(reference) or reference
    return pages.show("reply.html", status, reference=spelled, text=form.get("text", ""), errors=errors)
