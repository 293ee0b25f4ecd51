"""The form on which a reporter rates the handling of a complaint."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

from services.intake.actions import ratings, timelines
from services.intake.errors import NoSuchComplaint
from services.intake.pages.complaints import Errors, Form, Intake, at_field, pages, texts
from shared.errors import Refusal
from shared.http.problems import status_of
from shared.identity.callers import public
from shared.language import INDONESIAN
from shared.ratings import ASPECT_NAMES, POINT_NAMES

router = APIRouter(include_in_schema=False)


@router.get("/pages/complaints/{reference}/ratings")
@public
async def ask(reference: str) -> Response:
    """The empty form; it says nothing of the complaint, since it asks for no PIN yet."""
    return _form(reference, {}, {})


@router.post("/pages/complaints/{reference}/ratings")
@public
async def rate(reference: str, request: Request, service: Intake) -> Response:
    """Rate the handling with the PIN; each error is shown at its field."""
    form = await texts(request)
    try:
        asked = ratings.RatingRequest(reference, form.get("pin", ""), ratings.NewRating.model_validate(_body(form)))
        receipt = await service.submit(ratings.take_ratings, asked)
    except ValidationError as error:
        return _form(reference, form, dict(map(at_field, error.errors())), 422)
    except Refusal as refusal:
        field = "pin" if isinstance(refusal, NoSuchComplaint) else "form"
        return _form(reference, form, {field: refusal.message(INDONESIAN)}, status_of(refusal))
    return pages.show("rated.html", 201, reference=receipt.tracking_reference)


def _body(form: Form) -> dict[str, object]:
    points = {aspect: form[aspect] for aspect in ASPECT_NAMES if form.get(aspect)}
    return {
        **{aspect: int(given) if given.isdecimal() else given for aspect, given in points.items()},
        "text": form.get("text", "").strip() or None,
    }


def _form(reference: str, form: Form, errors: Errors, status: int = 200) -> Response:
    spelled = timelines.reference_in(reference) or reference
    return pages.show(
        "rating.html", status, reference=spelled, form=form, errors=errors, aspects=ASPECT_NAMES, points=POINT_NAMES
    )
