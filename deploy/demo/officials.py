"""How the officials of the demonstration behave: each agency has one manner, for ever, told by its code alone."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SALT = "tanggap"
FIRST_WORDS = "Terima kasih atas laporan Anda. Petugas kami telah memeriksa ke lapangan dan menjadwalkan penanganannya."
LAST_WORDS = "Penanganan telah selesai dikerjakan. Silakan melapor kembali bila keadaan belum sesuai."
NOT_OURS = "Bukan kewenangan unit kami; mohon ditugaskan kepada yang berwenang."
PASSED_ON = "Dikoordinasikan oleh sekretariat daerah karena menyangkut beberapa unit."


@dataclass(frozen=True, slots=True)
class Manner:
    """When an agency acts, in working days since the complaint came to be as it is; None is never.

    A coordinator `verifies`. Whoever holds a complaint `follows_up`, then `answers`; one who `returns` sends it back
    as not theirs, the first time.
    """

    name: str
    share: int
    verifies: float | None = None
    follows_up: float | None = None
    answers: float | None = None
    returns: bool = False


COORDINATORS = (
    Manner("rajin", 6, verifies=0),
    Manner("cukup", 4, verifies=0.5),
    Manner("lambat", 2, verifies=6),
    Manner("diam", 2),
)
HOLDERS = (
    Manner("rajin", 6, follows_up=1, answers=2),
    Manner("cukup", 4, follows_up=2, answers=5),
    Manner("terlambat", 2, follows_up=8, answers=2),
    Manner("sangat terlambat", 2, follows_up=13, answers=5),
    Manner("menggantung", 2, follows_up=3),
    Manner("diam", 6),
    Manner("menolak", 1, follows_up=1, answers=4, returns=True),
)


@dataclass(frozen=True, slots=True)
class Act:
    """What an official does at routing's door: `kind` is the last part of the path, `role` and `agency` are theirs."""

    kind: str
    role: str
    agency: str
    body: Mapping[str, Any]


def coordinator(agency: str) -> Manner:
    """How this agency's coordinator treats what is filed there."""
    return _pick(COORDINATORS, "koordinator", agency)


def holder(agency: str) -> Manner:
    """How this agency treats what lies on its desk."""
    return _pick(HOLDERS, "pemegang", agency)


def next_act(case: Mapping[str, Any], role: str, worked: float) -> Act | None:
    """What is done now about a case, as routing lists it, that has been so for `worked` working days.

    `role` is the seat that works at the holder's front desk: liaison or coordinator.
    """
    state, held_by, verifier = case["state"], case["holder"], case["verifier"]
    if state == "UNVERIFIED":
        body = {"classification": classification(case)}
        return _when(coordinator(verifier).verifies, worked, Act("verifications", "coordinator", verifier, body))
    manner = holder(held_by)
    if state == "AWAITING_FOLLOW_UP":
        return _disposed(case, manner, role, worked)
    if state == "IN_PROGRESS":
        return _when(manner.answers, worked, Act("answers", role, held_by, {"text": LAST_WORDS}))
    return None


def classification(case: Mapping[str, Any]) -> str:
    """What a coordinator makes of it: a confidential complaint has a supervisory content."""
    kind: str = case["kind"]
    return "supervisory" if kind == "complaint" and case["confidential"] else kind


def _disposed(case: Mapping[str, Any], manner: Manner, role: str, worked: float) -> Act | None:
    held_by, verifier, transfers = case["holder"], case["verifier"], case["transfers"]
    if manner.returns and held_by != verifier and transfers == 0:
        return _when(manner.follows_up, worked, Act("forwards", role, held_by, {"reason": NOT_OURS}))
    if held_by == verifier and transfers == 1 and held_by[0].isdigit():
        body = {"agency": f"{held_by}.SETDA", "reason": PASSED_ON}
        return _when(1, worked, Act("forwards", "coordinator", verifier, body))
    return _when(manner.follows_up, worked, Act("follow-ups", role, held_by, {"text": FIRST_WORDS}))


def _when(days: float | None, worked: float, act: Act) -> Act | None:
    return act if days is not None and worked >= days else None


def _pick(manners: Sequence[Manner], part: str, agency: str) -> Manner:
    # A cryptographic hash and not Python's own, which differs from one process to the next.
    digest = hashlib.sha256(f"{SALT} {part} {agency}".encode()).digest()
    lot = int.from_bytes(digest[:8], "big") % sum(manner.share for manner in manners)
    for manner in manners:
        lot -= manner.share
        if lot < 0:
            return manner
    raise AssertionError("the shares cover every lot")
