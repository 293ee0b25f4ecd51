"""The citizen's door in a browser: file a complaint and follow one, in Indonesian, without JavaScript."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import TypeAdapter, ValidationError

from services.intake import actions
from shared.errors import Refusal
from shared.http.app import running_service
from shared.http.fields import IdempotencyKey
from shared.http.pages import HEADERS, Pages
from shared.http.phrases import explain
from shared.identity.callers import public
from shared.service import RunningService

router = APIRouter(include_in_schema=False, dependencies=[Depends(public)])
Here = Annotated[RunningService[Any], Depends(running_service("intake"))]
pages = Pages(Path(__file__).parent / "templates")
WRITTEN = ("title", "text", "kind", "region", "agency", "address")
REACHED = ("name", "email", "phone")
SWITCHES = ("anonymous", "confidential")
ZONES = {"+07:00": "WIB", "+08:00": "WITA", "+09:00": "WIT"}
KINDS = {"complaint": "Pengaduan", "aspiration": "Aspirasi", "information": "Permintaan informasi"}
KEY = TypeAdapter(IdempotencyKey)

Form = Mapping[str, str]
Errors = Mapping[str, str]


router.add_api_route("/pages/style.css", pages.style)


@router.get("/")
async def show_form() -> Response:
    return _form({}, {})


@router.post("/")
async def file(request: Request, service: Here) -> Response:
    """File what the form holds; what is wrong with it is said at its field."""
    # No token against cross-service requests: the form is open to everyone and carries no session that could be abused.
    form = await _written(request)
    try:
        filing = actions.filing_of(actions.NewComplaint.model_validate(_body(form)), _key(form), service.now())
        receipt = await service.submit(actions.file_complaints, filing)
    except ValidationError as error:
        return _form(form, dict(map(_at_field, error.errors())), 422)
    except Refusal as refusal:
        # A used key is replaced, so that a changed complaint can be sent again.
        return _form({**form, "key": ""}, {refusal.field or "key": refusal.message("id")}, 422)
    return pages.show("filed.html", 201, receipt=receipt)


@router.get("/pages/complaints")
async def find(reference: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Where the box for a tracking reference leads."""
    found = actions.reference_in(reference)
    if found is None:
        return _unknown(reference)
    return RedirectResponse(f"/intake/pages/complaints/{found}", 303, HEADERS)


@router.get("/pages/complaints/{reference}")
async def show_timeline(reference: str, service: Here) -> Response:
    try:
        follow = await service.read(actions.read_timeline, reference)
    except actions.NoSuchComplaint:
        return _unknown(reference)
    return pages.show("timeline.html", reference=follow.tracking_reference, follow=follow, kinds=KINDS)


@router.post("/pages/complaints/{reference}")
async def show_dossier(reference: str, request: Request, service: Here) -> Response:
    """The same page for the reporter, whose PIN stands in no address; a refusal tells not what was wrong."""
    pin = (await _written(request)).get("pin", "")
    try:
        dossier = await service.read(actions.read_dossier, reference, pin)
    except actions.NoSuchComplaint as refusal:
        # Nothing of a complaint is read here, lest the page differ for one that there is.
        shown = actions.reference_in(reference) or reference
        return pages.show("timeline.html", 404, reference=shown, error=refusal.message("id"))
    follow = dossier.follow
    return pages.show("timeline.html", reference=follow.tracking_reference, follow=follow, dossier=dossier, kinds=KINDS)


async def _written(request: Request) -> Form:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def _form(form: Form, errors: Errors, status: int = 200) -> Response:
    key = form.get("key") or str(uuid4())
    return pages.show("file.html", status, form=form, errors=errors, key=key, kinds=KINDS, zones=ZONES)


def _unknown(reference: str) -> Response:
    return pages.show("unknown.html", 404, reference=reference)


def _body(form: Form) -> dict[str, Any]:
    """The form as the body of a complaint: a field left empty is a field not given."""
    body: dict[str, Any] = {name: form[name] for name in WRITTEN if form.get(name, "").strip()}
    contact = {name: form[name].strip() for name in REACHED if form.get(name, "").strip()}
    if form.get("happened_at"):
        body["happened_at"] = form["happened_at"] + form.get("zone", "")
    return {**body, **{name: form.get(name) == "on" for name in SWITCHES}, **({"contact": contact} if contact else {})}


def _key(form: Form) -> str | None:
    return KEY.validate_python(form["key"]) if form.get("key") else None


def _at_field(error: Mapping[str, Any]) -> tuple[str, str]:
    """The field of the form that an error belongs to, and what to say there."""
    told = explain({**error, "loc": ("form", *(error["loc"] or ("key",)))}, "id")
    return told["field"].removeprefix("contact."), told["reason"]
