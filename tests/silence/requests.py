"""The requests by which people act on a complaint: who asks, at which door, and with which words."""

import random
from datetime import date, datetime, timedelta
from typing import Any, Protocol, get_args
from uuid import UUID

from shared.lifecycle.table import MOST_TRANSFERS
from shared.ratings import Aspect
from tests.make import answer_text, follow_up_text
from tests.silence import plans
from tests.silence.directory import UNITS
from tests.silence.expected import Count
from tests.silence.house import ADMIN, Caller

CLASSES = ("complaint", "complaint", "supervisory", "aspiration", "information")
COUNTED = Count()
CONTRADICTS = (plans.DISPUTE, plans.REOPEN, plans.APPEAL, plans.CONTEST)
Request = tuple[Caller, dict[str, Any]]


class Acted(Protocol):
    """A complaint that is acted on; with a merger it waits for the answer to `main`."""

    number: int
    region: str
    todo: str | None
    acts: int
    drafts: int
    promises: int
    main: UUID | None


def path_of(life: Acted) -> str | None:
    """The last part of the path of what is done next."""
    if life.todo in (plans.APPROVE, plans.REJECT):
        return f"drafts/{life.drafts}/{life.todo}"
    return f"promises/{life.promises}/{life.todo}" if life.todo in (plans.KEEP, plans.MOVE) else life.todo


def request_of(life: Acted, case: Any, chance: random.Random, now: datetime) -> Request:
    """Who acts on a case, and with which words."""
    holder, verifier = case["holder"], ("coordinator", case["verifier"])
    own = ("coordinator" if _is_government(holder) else "liaison", holder)
    about = f"Laporan {life.number}, tindakan {life.acts}."
    match life.todo:
        case plans.VERIFY:
            other = {"agency": _other_agency(life, chance)} if chance.random() < 0.35 else {}
            return verifier, {"classification": chance.choice(CLASSES), **other}
        case plans.FORWARD:
            return _forward(life, case, own, chance)
        case plans.SPLIT:
            return verifier, {"parts": [_part(life, chance) for _ in range(chance.randint(2, 3))], "reason": "Dua hal"}
        case plans.HOLD:
            asks = verifier if case["state"] == "UNVERIFIED" else own
            return asks, {"question": "Di tiang nomor berapa lampunya padam?"}
        case plans.PROMISE | plans.MOVE | plans.INTERIM:
            day = _working_day(now + timedelta(days=chance.uniform(3, 18)))
            return own, _promise(str(life.todo), about, day)
    return _others(life, own, verifier, about)


def _others(life: Acted, own: Caller, verifier: Caller, about: str) -> Request:
    """The acts of which nothing is drawn."""
    leader = ("leader", own[1])
    requests: dict[str, Request] = {
        plans.ARCHIVE: (verifier, {"reason": "unclear", "text": "Laporan ini tidak dapat ditangani."}),
        plans.ANSWER: (own, {"text": answer_text(about)}),
        plans.RESUME: (verifier, {}),
        plans.APPROVE: (leader, {}),
        plans.REJECT: (leader, {"reason": "Sebutkan tanggal perbaikannya"}),
        plans.KEEP: (own, {"text": follow_up_text(about)}),
        plans.CONTACT: (own, {"text": "Pelapor sudah ditelepon."}),
        plans.NOTE: (own, {"text": "Menunggu suku cadang"}),
        plans.OBSTACLE: (own, {"reason": "Menunggu suku cadang"}),
        plans.ORDER: (leader, {"text": "Selesaikan pekan ini"}),
        plans.ACKNOWLEDGE: (own, {}),
        plans.URGE: (own, {"reason": "Kabel listrik putus di jalan"}),
        plans.CALM: (own, {"reason": "Kabel itu tidak bertegangan"}),
        plans.ANNUL: (ADMIN, {"text": answer_text(about)}),
        plans.CONFIRM: (ADMIN, {"text": answer_text(about)}),
        plans.UPHOLD: (ADMIN, {"text": answer_text(about)}),
        plans.DISMISS: (ADMIN, {"text": answer_text(about)}),
        plans.HAND_OVER: (
            verifier,
            {"reference": f"{life.number:04}/LM/2025", "text": "Berkas diterima kantor perwakilan."},
        ),
        plans.MERGE: (verifier, {"merged_into": str(life.main), "reason": "Lampu yang sama"}),
        plans.SEPARATE: (verifier, {"reason": "Lampu yang lain"}),
        plans.CORRECT: (verifier, {"title": "Lampu padam", "reason": "Judul semula kurang jelas"}),
    }
    return requests.get(str(life.todo), (own, {"text": follow_up_text(about)}))


def words_of_reporter(life: Acted, chance: random.Random) -> dict[str, Any]:
    """What a reporter says with an act."""
    if life.todo == plans.WITHDRAW:
        return {"text": "Sudah beres"} if chance.random() < 0.5 else {}
    if life.todo in (plans.COMPLETE, plans.REPLY):
        return {"text": f"Tiang nomor {life.acts} di depan pasar."}
    if life.todo == plans.RATE:
        return {aspect: chance.randint(1, 4) for aspect in get_args(Aspect)}
    return {"reason": "Lampu di depan pasar masih padam."} if life.todo in CONTRADICTS else {}


def _part(life: Acted, chance: random.Random) -> dict[str, Any]:
    about = {"title": "Lampu padam", "text": f"Bagian laporan {life.number}: lampu di depan pasar padam."}
    return {"agency": _other_agency(life, chance), "classification": chance.choice(CLASSES), **about}


def _promise(todo: str, about: str, day: date) -> dict[str, Any]:
    words = follow_up_text(about)
    if todo == plans.PROMISE:
        return {"what": words, "due_on": day.isoformat(), "by_whom": "Bidang Jalan"}
    return {"due_on": day.isoformat(), "reason": words}


def _working_day(moment: datetime) -> date:
    day = moment.date()
    while not COUNTED.works(day):
        day += timedelta(days=1)
    return day


def _forward(life: Acted, case: Any, own: Caller, chance: random.Random) -> Request:
    elsewhere = {"agency": _other_agency(life, chance), "reason": "Menyangkut unit lain"}
    if case["transfers"] + case["earlier_passes"] >= MOST_TRANSFERS:
        return ADMIN, elsewhere
    gives_back = own[0] == "liaison" and case["holder"] != case["verifier"] and chance.random() < 0.4
    return (own, {"reason": "Bukan kewenangan kami"}) if gives_back else (("coordinator", case["verifier"]), elsewhere)


def _other_agency(life: Acted, chance: random.Random) -> str:
    return chance.choice([*(f"{life.region}.{unit}" for unit in UNITS[life.region]), life.region])


def _is_government(code: str) -> bool:
    """Governments have a coordinator at their front desk, units a liaison."""
    return code == "NAS" or code.replace(".", "").isdigit()
