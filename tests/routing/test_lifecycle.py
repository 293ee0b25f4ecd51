"""The doors of the lifecycle: the table for everyone, and what a complaint allows the official who looks at it."""

from itertools import product
from uuid import UUID, uuid4

import httpx
import pytest

from services.routing.domain.appeals import DECISIONS
from services.routing.domain.contests import JUDGEMENTS
from shared.lifecycle.acts import ActKind
from shared.lifecycle.table import TRANSITIONS
from shared.service import RunningService
from tests.make import CITY, HEALTH, ROADS, TRANSPORT, answer_text, follow_up_text, hear, offered, reporter_acted
from tests.routing.complaints import ANSWER, ARCHIVE, VERIFY, WORDS, assigned, get, post

MAIN = UUID(int=1)
PARTS = [
    {"agency": agency, "classification": "complaint", "title": "Jalan rusak", "text": "Lubang di depan sekolah."}
    for agency in (ROADS, TRANSPORT)
]
DOORS = {
    ActKind.VERIFICATION: ("verifications", VERIFY),
    ActKind.FORWARD: ("forwards", {"reason": "Bukan kami"}),
    ActKind.FOLLOW_UP: ("follow-ups", WORDS),
    ActKind.ANSWER: ("answers", ANSWER),
    ActKind.ARCHIVING: ("archivings", ARCHIVE),
    ActKind.NOTE: ("notes", {"text": "Menunggu suku cadang"}),
    ActKind.INTERIM: (
        "interim-replies",
        {"reason": "Hasil uji laboratorium aspal baru keluar pekan depan.", "due_on": "2025-07-21"},
    ),
    ActKind.ENDORSEMENT: ("endorsements", {}),
    ActKind.REMAND: ("remands", {"reason": "Jawaban tidak menyebutkan kapan lampunya diperbaiki."}),
    ActKind.OBSTACLE: ("obstacles", {"reason": "Menunggu suku cadang"}),
    ActKind.ORDER: ("orders", {"text": "Selesaikan pekan ini"}),
    ActKind.ACKNOWLEDGEMENT: ("acknowledgements", {}),
    ActKind.HOLDING: ("holdings", {"question": "Di tiang nomor berapa lampunya padam?"}),
    ActKind.RESUMPTION: ("resumptions", {}),
    ActKind.MERGER: ("mergers", {"merged_into": str(MAIN), "reason": "Lubang yang sama"}),
    ActKind.CONTRIBUTION_REQUEST: (
        "contribution-requests",
        {"agency": HEALTH, "due_on": "2025-07-14", "text": "Mohon data lokasi"},
    ),
    ActKind.CONTRIBUTION: ("contribution-requests/1/contributions", {"text": "Datanya terlampir"}),
    ActKind.SPLIT: ("splits", {"parts": PARTS, "reason": "Dua pokok bagi dua instansi"}),
    ActKind.SEPARATION: ("separations", {"reason": "Lubang lain"}),
    ActKind.DRAFT: ("answers", ANSWER),
    ActKind.APPROVAL: ("drafts/1/approvals", {}),
    ActKind.REJECTION: ("drafts/1/rejections", {"reason": "Sebutkan tanggal perbaikannya"}),
    ActKind.PROMISE: ("promises", {"what": WORDS["text"], "due_on": "2025-07-14", "by_whom": "Bidang Jalan"}),
    ActKind.FULFILMENT: ("promises/1/fulfilments", WORDS),
    ActKind.POSTPONEMENT: ("promises/1/postponements", {"due_on": "2025-07-15", "reason": WORDS["text"]}),
    ActKind.CONTACT: ("contacts", {"text": "Pelapor sudah ditelepon."}),
    ActKind.URGENCY: ("urgencies", {"reason": "Tiang miring di atas sekolah"}),
    ActKind.ALL_CLEAR: ("all-clears", {"reason": "Tiang sudah ditopang"}),
    ActKind.SENSITIVITY: ("sensitivities", {"reason": "Pelapor takut dikenali"}),
    ActKind.DISCLOSURE: ("disclosures", {"reason": "Pelapor meminta dibuka"}),
    ActKind.UPHOLDING: ("upholdings", {"text": "Petugas belum memeriksa lokasi; periksa ulang pekan ini."}),
    ActKind.DISMISSAL: ("dismissals", {"text": "Kami memeriksa lokasi bersama warga; perbaikannya terbukti baik."}),
    ActKind.ANNULMENT: ("annulments", {"text": "Tindak lanjut itu tidak menyebut apa yang dikerjakan petugas."}),
    ActKind.CONFIRMATION: ("confirmations", {"text": "Dinas memeriksa lokasi hari Senin dan memesan suku cadang."}),
    ActKind.HANDOVER: ("handovers", {"reference": "0231/LM/2025/SBY", "text": "Berkas diterima kantor perwakilan."}),
    ActKind.CORRECTION: ("corrections", {"title": "Lampu padam", "reason": "Judul semula kurang jelas"}),
}
# The acts that lead to each state.
WAYS = {
    "UNVERIFIED": (),
    "AWAITING_FOLLOW_UP": ("verifications",),
    "IN_PROGRESS": ("verifications", "follow-ups", "contest"),
    "ANSWERED": ("verifications", "answers"),
    "CLOSED": ("verifications", "answers", "acceptance"),
    "ARCHIVED": ("archivings",),
    "WITHDRAWN": ("withdrawal",),
    "ON_HOLD": ("verifications", "holdings"),
    "MERGED": ("verifications", "mergers"),
    "SPLIT": ("verifications", "splits"),
    "APPEALED": ("verifications", "answers", "appeal"),
    "REFERRED": ("verifications", "offer", "consent"),
}
# One that is referred before its verification allows that as well.
NEVER_VERIFIED = "REFERRED unverified"
BODIES = dict(DOORS.values())
SEATS = (
    ("admin", None),
    ("coordinator", CITY),
    ("coordinator", "35"),
    ("coordinator", TRANSPORT),
    ("liaison", ROADS),
    ("liaison", TRANSPORT),
    ("leader", ROADS),
    ("leader", CITY),
    ("overseer", None),
)


async def in_state(client: httpx.AsyncClient, service: RunningService, state: str) -> UUID:
    id = await assigned(service, reporter_ref=uuid4())
    for door in WAYS.get(state, ("offer", "consent")):
        if door == "offer":
            await hear(service, offered(id))
            continue
        if door in ("withdrawal", "acceptance", "appeal", "contest", "consent"):
            await hear(service, reporter_acted(id, act=door))
            continue
        # Of each complaint something else is said: a text that an agency gives to many is refused.
        said = {"follow-ups": {"text": follow_up_text(id)}, "answers": {"text": answer_text(id)}}
        body = said.get(door, BODIES[door])
        assert (await post(client, service, id, door, "coordinator", CITY, **body)).status_code == 201
    return id


async def test_anyone_may_read_the_table(client: httpx.AsyncClient) -> None:
    table = (await client.get("/routing/lifecycle")).json()
    assert {row["act"] for row in table["transitions"]} == set(ActKind)
    assert [state["state"] for state in table["states"]] == list(WAYS)
    verification = table["transitions"][0]
    assert (verification["stops"], verification["starts"]) == (["verification"], ["follow_up", "resolution"])
    assert verification["tells"] == ["reporter", "holder liaison", "holder leader", "duty"]
    # A program can tell the rows of an act apart.
    told = ("act", "by", "before", "passes", "verified", "undoes")
    rows = [repr([row[name] for name in told]) for row in table["transitions"]]
    assert len(set(rows)) == len(rows)
    disputes = {row["verified"]: row["after"] for row in table["transitions"] if row["act"] == "dispute"}
    assert disputes == {"yes": "IN_PROGRESS", "no": "UNVERIFIED"}
    assert all(party in table["parties"] for row in table["transitions"] for party in row["by"])


def test_every_act_has_a_door_but_those_of_the_reporter_and_of_the_system() -> None:
    officials = {row.act for row in TRANSITIONS if not row.by <= {"reporter", "system"}}
    assert DOORS.keys() == officials


@pytest.mark.parametrize("state", [*WAYS, NEVER_VERIFIED])
async def test_what_is_allowed_is_what_the_doors_take(
    client: httpx.AsyncClient, service: RunningService, state: str
) -> None:
    await assigned(service, id=MAIN)
    id: UUID | None = None
    for (role, agency), kind in product(SEATS, DOORS):
        id = id or await in_state(client, service, state)
        shown = await get(client, service, f"/complaints/{id}", role, agency)
        allowed = kind in shown.json()["allowed"] if shown.status_code == 200 else False
        door, body = DOORS[kind]
        # Whoever may name another agency does so; the holder's own liaison names none.
        named = {"agency": TRANSPORT} if kind == ActKind.FORWARD and role != "liaison" else {}
        if kind in DECISIONS | JUDGEMENTS:
            named = {"text": answer_text((id, kind))}
        done = await post(client, service, id, door, role, agency, **{**body, **named})
        # An answer and a draft have one door, and the agency decides which it is.
        did = done.status_code == 201 and done.json()["kind"] == kind
        assert did == allowed, (state, role, agency, kind, done.text)
        if done.status_code == 201:
            id = None  # A refusal changes nothing, so the next act is tried on the same case.
