"""The citizen's door in a browser: file a complaint and follow it, in Indonesian, without JavaScript."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import TypeAdapter, ValidationError

from services.intake.actions import complaints, filings, timelines
from services.intake.errors import NoSuchComplaint
from services.intake.state import State
from shared.errors import Refusal
from shared.http.app import running_service
from shared.http.fields import IdempotencyKey
from shared.http.limits import MOST_FIELDS
from shared.http.pages import HEADERS, Pages
from shared.http.phrases import explain
from shared.http.problems import status_of
from shared.identity.callers import public
from shared.language import INDONESIAN
from shared.service import RunningService
from shared.vocabulary import CLIMB_NAMES, KIND_LABELS

router = APIRouter(include_in_schema=False)
Intake = Annotated[RunningService[State], Depends(running_service("intake"))]
pages = Pages(Path(__file__).parents[1] / "templates")
NARRATIVE_FIELDS = ("title", "text", "kind", "region", "agency", "address")
CONTACT_FIELDS = ("name", "email", "phone")
SWITCHES = ("anonymous", "confidential", "urgent", "sensitive")
ZONES = {"+07:00": "WIB", "+08:00": "WITA", "+09:00": "WIT"}
KEY = TypeAdapter(IdempotencyKey)

Form = Mapping[str, str]
Errors = Mapping[str, str]


router.add_api_route("/pages/style.css", pages.style)


@router.get("/")
@public
async def show_form() -> Response:
    return _form({}, {})


@router.post("/")
@public
async def file(request: Request, service: Intake) -> Response:
    """File the complaint of the form; each error is shown at its field."""
    # No token against cross-site requests: the form is open to everyone and carries no session that could be abused.
    form = await texts(request)
    try:
        filing = filings.filing_of(filings.NewComplaint.model_validate(_body(form)), _key(form), service.now())
        receipt = await service.submit(complaints.file_complaints, filing)
    except ValidationError as error:
        return _form(form, dict(map(at_field, error.errors())), 422)
    except Refusal as refusal:
        # A used key is replaced, so that a changed complaint can be sent again.
        return _form({**form, "key": ""}, {refusal.field or "key": refusal.message(INDONESIAN)}, status_of(refusal))
    return pages.show("filed.html", 201, receipt=receipt)


@router.get("/pages/complaints")
@public
async def find(reference: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Lead from the box for a tracking reference to the timeline."""
    found = timelines.reference_in(reference)
    if found is None:
        return _unknown(reference)
    return RedirectResponse(f"/intake/pages/complaints/{found}", 303, HEADERS)


@router.get("/pages/complaints/{reference}")
@public
async def show_timeline(reference: str, service: Intake) -> Response:
    try:
        return _timeline(service, await service.read_together(timelines.read_timelines, reference))
    except NoSuchComplaint:
        return _unknown(reference)


@router.post("/pages/complaints/{reference}")
@public
async def show_complaint(reference: str, request: Request, service: Intake) -> Response:
    """The same page for the reporter, whose PIN is in no URL; a refusal does not tell what was wrong."""
    pin = (await texts(request)).get("pin", "")
    try:
        view = await service.read(timelines.read_complaint, reference, pin)
    except NoSuchComplaint as refusal:
        # The page shows nothing of a complaint, so that it is the same for a known and an unknown reference.
        spelled = timelines.reference_in(reference) or reference
        return pages.show("timeline.html", 404, reference=spelled, error=refusal.message(INDONESIAN))
    return _timeline(service, view.case, view)


async def texts(request: Request) -> Form:
    """The text fields of the form; a file in place of a text is left out, so that the page can say what is missing."""
    return {
        name: value
        for name, value in (await request.form(max_files=1, max_fields=MOST_FIELDS)).items()
        if isinstance(value, str)
    }


def _form(form: Form, errors: Errors, status: int = 200) -> Response:
    key = form.get("key") or str(uuid4())
    return pages.show("file.html", status, form=form, errors=errors, key=key, kinds=KIND_LABELS, zones=ZONES)


def _timeline(service: Intake, case: timelines.CaseView, filed: timelines.ReporterView | None = None) -> Response:
    return pages.show(
        "timeline.html",
        reference=case.tracking_reference,
        case=case,
        filed=filed,
        kinds=KIND_LABELS,
        climbs=CLIMB_NAMES,
        # Empty where sla has the same address.
        sla=service.settings.sla_url.rstrip("/"),
    )


def _unknown(reference: str) -> Response:
    """Nobody learns whether a sensitive complaint is there: its reporter finds the way to it here, as anyone would."""
    return pages.show("unknown.html", 404, reference=reference, spelled=timelines.reference_in(reference))


def _body(form: Form) -> dict[str, Any]:
    """The form as the body of a complaint, without the fields that are empty."""
    body: dict[str, Any] = {name: form[name] for name in NARRATIVE_FIELDS if form.get(name, "").strip()}
    contact = {name: form[name].strip() for name in CONTACT_FIELDS if form.get(name, "").strip()}
    if form.get("happened_at"):
        body["happened_at"] = form["happened_at"] + form.get("zone", "")
    return {**body, **{name: form.get(name) == "on" for name in SWITCHES}, **({"contact": contact} if contact else {})}


def _key(form: Form) -> str | None:
    return KEY.validate_python(form["key"]) if form.get("key") else None


def at_field(error: Mapping[str, Any]) -> tuple[str, str]:
    """The field of the form that an error belongs to, and the reason to show there."""
    explained = explain({**error, "loc": ("form", *(error["loc"] or ("key",)))}, "id")
    return explained["field"].removeprefix("contact."), explained["reason"]
