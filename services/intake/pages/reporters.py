"""What reporters do in a browser: complete, accept, dispute, reopen, appeal, contest, consent, withdraw."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

from services.intake.actions import reporters, timelines
from services.intake.errors import NoSuchComplaint
from services.intake.pages.complaints import Errors, Form, Intake, at_field, pages, texts
from shared.identity.callers import public
from shared.language import INDONESIAN
from shared.reporters import (
    ACCEPTANCE,
    COMPLETION,
    CONSENT,
    DISPUTE,
    REOPENING,
    REPORTER_ACT_NAMES,
    TO_APPEAL,
    TO_CONTEST,
    WITHDRAWAL,
    ReporterAct,
)

router = APIRouter(include_in_schema=False)

Door = Literal["acceptances", "disputes", "reopenings", "appeals", "contests", "consents"]


class ActForm(NamedTuple):
    """What a page asks before an act of the reporter, and whether a reason must be given."""

    act: ReporterAct
    question: str
    consequence: str
    button: str
    has_reason: bool


ACT_FORMS: Mapping[Door, ActForm] = {
    "acceptances": ActForm(
        ACCEPTANCE,
        "Terima jawaban ini?",
        "Laporan akan ditutup dan tidak dapat dibuka kembali.",
        "Ya, terima jawaban ini",
        False,
    ),
    "disputes": ActForm(
        DISPUTE,
        "Bantah jawaban ini?",
        "Laporan akan ditangani kembali oleh instansi yang menjawab. Tulislah apa yang belum beres.",
        "Ya, bantah jawaban ini",
        True,
    ),
    "reopenings": ActForm(
        REOPENING,
        "Buka kembali laporan ini?",
        "Laporan akan ditangani kembali. Tulislah apa yang belum beres.",
        "Ya, buka kembali",
        True,
    ),
    "appeals": ActForm(
        TO_APPEAL,
        "Ajukan banding?",
        "Instansi di atasnya akan memutuskan apakah laporan ditangani kembali. Banding hanya dapat diajukan sekali. "
        "Tulislah mengapa Anda tidak setuju.",
        "Ya, ajukan banding",
        True,
    ),
    "contests": ActForm(
        TO_CONTEST,
        "Ajukan keberatan atas tindak lanjut terakhir?",
        "Tindak lanjut adalah kabar instansi tentang apa yang dikerjakannya. Instansi di atasnya akan menilai kabar "
        "itu. Bila isinya kosong, tindak lanjut itu tidak dihitung. Keberatan atas satu tindak lanjut hanya sekali.",
        "Ya, ajukan keberatan",
        True,
    ),
    "consents": ActForm(
        CONSENT,
        "Teruskan laporan ini kepada Ombudsman RI?",
        "Koordinator instansi akan menyerahkan berkas laporan beserta riwayatnya. Ombudsman dapat menanyakan identitas "
        "dan alamat Anda. Laporan tetap ditangani instansi, dan penyerahan hanya dilakukan sekali.",
        "Ya, teruskan kepada Ombudsman",
        False,
    ),
}


@router.get("/pages/complaints/{reference}/withdrawals")
@public
async def confirm_withdrawal(reference: str) -> Response:
    """The question before a withdrawal; it says nothing of the complaint, since it asks for no PIN yet."""
    return _withdrawal(reference, {}, {})


@router.post("/pages/complaints/{reference}/withdrawals")
@public
async def withdraw(reference: str, request: Request, service: Intake) -> Response:
    """Take the complaint back with its PIN; each error is shown at its field."""
    form = await texts(request)
    try:
        new = reporters.NewWithdrawal(text=form.get("text", "").strip() or None)
        asked = reporters.ReporterRequest(reference, form.get("pin", ""), WITHDRAWAL, new.text)
        taken = await service.submit(reporters.take_acts, asked)
    except ValidationError as error:
        return _withdrawal(reference, form, dict(map(at_field, error.errors())), 422)
    except NoSuchComplaint as refusal:
        return _withdrawal(reference, form, {"pin": refusal.message(INDONESIAN)}, 404)
    return _taken(taken)


@router.get("/pages/complaints/{reference}/completions")
@public
async def ask_completion(reference: str) -> Response:
    """The form for the answer to a question, which is shown with the PIN only."""
    return _completion(reference, {}, {})


@router.post("/pages/complaints/{reference}/completions")
@public
async def complete(reference: str, request: Request, service: Intake) -> Response:
    """Answer what was asked, with the PIN; each error is shown at its field, and what was written is kept."""
    form = await texts(request)
    try:
        new = reporters.NewCompletion(text=form.get("text", "").strip())
        asked = reporters.ReporterRequest(reference, form.get("pin", ""), COMPLETION, new.text)
        taken = await service.submit(reporters.take_acts, asked)
    except ValidationError as error:
        return _completion(reference, form, dict(map(at_field, error.errors())), 422)
    except NoSuchComplaint as refusal:
        return _completion(reference, form, {"pin": refusal.message(INDONESIAN)}, 404)
    return pages.show("completed.html", 202, reference=taken.tracking_reference)


@router.get("/pages/complaints/{reference}/{door}")
@public
async def confirm_act(reference: str, door: Door) -> Response:
    """The question before an act; it says nothing of the complaint, since it asks for no PIN yet."""
    return _act(reference, door, {}, {})


@router.post("/pages/complaints/{reference}/{door}")
@public
async def act(reference: str, door: Door, request: Request, service: Intake) -> Response:
    """Do what the form asks for, with the PIN of the complaint; each error is shown at its field."""
    form, asks = await texts(request), ACT_FORMS[door]
    try:
        reason = reporters.NewReason(reason=form.get("reason", "").strip()).reason if asks.has_reason else None
        asked = reporters.ReporterRequest(reference, form.get("pin", ""), asks.act, reason)
        taken = await service.submit(reporters.take_acts, asked)
    except ValidationError as error:
        return _act(reference, door, form, dict(map(at_field, error.errors())), 422)
    except NoSuchComplaint as refusal:
        return _act(reference, door, form, {"pin": refusal.message(INDONESIAN)}, 404)
    return _taken(taken)


def _withdrawal(reference: str, form: Form, errors: Errors, status: int = 200) -> Response:
    spelled = timelines.reference_in(reference) or reference
    return pages.show("withdrawal.html", status, reference=spelled, text=form.get("text", ""), errors=errors)


def _completion(reference: str, form: Form, errors: Errors, status: int = 200) -> Response:
    spelled = timelines.reference_in(reference) or reference
    return pages.show("completion.html", status, reference=spelled, text=form.get("text", ""), errors=errors)


def _act(reference: str, door: Door, form: Form, errors: Errors, status: int = 200) -> Response:
    spelled = timelines.reference_in(reference) or reference
    asks, reason = ACT_FORMS[door], form.get("reason", "")
    return pages.show("act.html", status, reference=spelled, asks=asks, reason=reason, errors=errors)


def _taken(taken: reporters.ReporterReceipt) -> Response:
    wish = REPORTER_ACT_NAMES[taken.act]
    return pages.show("taken.html", 202, reference=taken.tracking_reference, wish=wish)
