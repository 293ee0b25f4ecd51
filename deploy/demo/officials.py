"""The officials of the demo: each agency has one behaviour, which depends only on its code."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SALT = "tanggap"
# Each names its complaint: routing refuses an agency's text that it has given to many.
FOLLOW_UP_WORDS = (
    "Petugas kami telah memeriksa laporan {reference} di lapangan dan menjadwalkan penanganannya pekan ini."
)
ANSWER_WORDS = "Penanganan laporan {reference} telah selesai dikerjakan regu kami dan diperiksa pengawas lapangan."
RETURN_REASON = "Bukan kewenangan unit kami; mohon ditugaskan kepada yang berwenang."
FORWARD_REASON = "Dikoordinasikan oleh sekretariat daerah karena menyangkut beberapa unit."


@dataclass(frozen=True, slots=True)
class Behaviour:
    """When an agency acts, in working days since the last change of the complaint; None means never.

    A coordinator `verifies`. A holder `follows_up`, then `answers`; a holder who `returns` first sends the complaint
    back as not theirs.
    """

    name: str
    share: int
    verifies: float | None = None
    follows_up: float | None = None
    answers: float | None = None
    returns: bool = False


COORDINATORS = (
    Behaviour("rajin", 6, verifies=0),
    Behaviour("cukup", 4, verifies=0.5),
    Behaviour("lambat", 2, verifies=6),
    Behaviour("diam", 2),
)
HOLDERS = (
    Behaviour("rajin", 6, follows_up=1, answers=2),
    Behaviour("cukup", 4, follows_up=2, answers=5),
    Behaviour("terlambat", 2, follows_up=8, answers=2),
    Behaviour("sangat terlambat", 2, follows_up=13, answers=5),
    Behaviour("menggantung", 2, follows_up=3),
    Behaviour("diam", 6),
    Behaviour("menolak", 1, follows_up=1, answers=4, returns=True),
)


@dataclass(frozen=True, slots=True)
class Act:
    """A request to routing: `kind` is the last part of the path; `role` and `agency` are those of the official."""

    kind: str
    role: str
    agency: str
    body: Mapping[str, Any]


def coordinator(agency: str) -> Behaviour:
    """The behaviour of this agency's coordinator."""
    return _draw(COORDINATORS, "koordinator", agency)


def holder(agency: str) -> Behaviour:
    """The behaviour of this agency as a holder."""
    return _draw(HOLDERS, "pemegang", agency)


def next_act(case: Mapping[str, Any], role: str, worked: float) -> Act | None:
    """The next act on a case from routing's worklist, whose last change was `worked` working days ago.

    `role` is the seat that acts for the holder: liaison or coordinator.
    """
    state, held_by, verifier = case["state"], case["holder"], case["verifier"]
    if state == "UNVERIFIED":
        body = {"classification": classification(case)}
        return _after(coordinator(verifier).verifies, worked, Act("verifications", "coordinator", verifier, body))
    behaviour = holder(held_by)
    if state == "AWAITING_FOLLOW_UP":
        return _holders_next_act(case, behaviour, role, worked)
    if state == "IN_PROGRESS":
        return _after(behaviour.answers, worked, Act("answers", role, held_by, _words(ANSWER_WORDS, case)))
    return None


def classification(case: Mapping[str, Any]) -> str:
    """The coordinator's classification: a confidential complaint is supervisory."""
    kind: str = case["kind"]
    return "supervisory" if kind == "complaint" and case["confidential"] else kind


def _holders_next_act(case: Mapping[str, Any], behaviour: Behaviour, role: str, worked: float) -> Act | None:
    held_by, verifier, transfers = case["holder"], case["verifier"], case["transfers"]
    if behaviour.returns and held_by != verifier and transfers == 0:
        return _after(behaviour.follows_up, worked, Act("forwards", role, held_by, {"reason": RETURN_REASON}))
    if held_by == verifier and transfers == 1 and held_by[0].isdigit():
        body = {"agency": f"{held_by}.SETDA", "reason": FORWARD_REASON}
        return _after(1, worked, Act("forwards", "coordinator", verifier, body))
    return _after(behaviour.follows_up, worked, Act("follow-ups", role, held_by, _words(FOLLOW_UP_WORDS, case)))


def _words(template: str, case: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"text": template.format(reference=case["reference"])}


def _after(days: float | None, worked: float, act: Act) -> Act | None:
    return act if days is not None and worked >= days else None


def _draw(behaviours: Sequence[Behaviour], part: str, agency: str) -> Behaviour:
    # Python's own hash differs between processes; a cryptographic hash does not.
    digest = hashlib.sha256(f"{SALT} {part} {agency}".encode()).digest()
    number = int.from_bytes(digest[:8], "big") % sum(behaviour.share for behaviour in behaviours)
    for behaviour in behaviours:
        number -= behaviour.share
        if number < 0:
            return behaviour
    raise AssertionError("the shares cover every number")
