"""Random lives of complaints: people file and officials act at random moments, through the doors."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from tests.make import answer_text, follow_up_text
from tests.silence.directory import LEAVES, UNITS
from tests.silence.house import ADMIN, AT_ONCE, DAY, Caller, House

TEXTS = (
    "Jalan berlubang dan jalan rusak",
    "Lampu jalan mati, parkir liar",
    "Sampah menumpuk",
    "Bantuan sosial",
    "Tolong",
)
KINDS = ("complaint", "complaint", "aspiration", "information")
CLASSES = ("complaint", "complaint", "supervisory", "aspiration", "information")
# What is done next, as the last part of its path; nothing is done with a complaint that is left alone.
FILE, VERIFY, FORWARD, FOLLOW_UP, ANSWER, NOTHING = "", "verifications", "forwards", "follow-ups", "answers", None
ARCHIVE, WITHDRAW = "archivings", "withdrawals"
ENDS = (ANSWER, ARCHIVE, WITHDRAW)
MOST_TRIES = 4
MOST_TRANSFERS = 3


@dataclass(slots=True)
class Life:
    """A complaint, and what will be done about it next, and when; `fate` is drawn at the filing."""

    number: int
    at: datetime
    region: str
    todo: str | None = FILE
    id: UUID | None = None
    pin: str = ""
    fate: str = ""
    tries: int = 0
    acts: int = 0
    new: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The idempotency key of what is done next."""
        return f"life-{self.number}-{self.acts}-{self.tries}"


class Lives:
    """Plays the lives; `outcomes` counts what was done and what was refused."""

    def __init__(self, house: House, lives: Sequence[Life], chance: random.Random) -> None:
        self.outcomes: Counter[str] = Counter()
        self._house, self._lives, self._chance = house, lives, chance

    async def step(self) -> None:
        """Do what is due by now."""
        now = self._house.clock.now()
        due = [life for life in self._lives if life.todo is not NOTHING and life.at <= now and self._is_open(life)]
        to_file, to_act = [life for life in due if life.todo == FILE], [life for life in due if life.todo != FILE]
        await _side_by_side(self._file, to_file)
        await _side_by_side(self._act, to_act)

    def _is_open(self, life: Life) -> bool:
        """Whether the door is open that this life needs; else it comes again within a day."""
        door = "intake" if life.todo in (FILE, WITHDRAW) else "routing"
        if door not in self._house.away:
            return True
        self.outcomes[f"came while {door} was away"] += 1
        life.at = self._house.clock.now() + DAY * self._chance.random()
        return False

    async def _file(self, life: Life) -> None:
        life.new = life.new or self._complaint(life)
        headers = {"Idempotency-Key": life.key}
        answer = await self._house.request("POST", "/intake/complaints", json=life.new, headers=headers)
        receipt = answer.raise_for_status().json()
        life.id, life.pin = UUID(receipt["id"]), receipt["pin"]
        self._house.references[life.id] = receipt["tracking_reference"]
        life.fate = self._chance.choices(("ignored", "passed around", "usual"), (10, 3, 87))[0]
        self._plan(life, FILE)

    def _complaint(self, life: Life) -> dict[str, Any]:
        chance, email = self._chance, {"email": f"w{life.number}@warga.example"}
        unit = f"{life.region}.{chance.choice(UNITS[life.region])}"
        return {
            "text": f"{chance.choice(TEXTS)} nomor {life.number}",
            "kind": chance.choice(KINDS),
            "region": chance.choice((life.region, life.region, None)),
            "agency": chance.choice((unit, unit, None, None, LEAVES if life.number % 3 == 0 else None)),
            "confidential": chance.random() < 0.15,
            "anonymous": chance.random() < 0.15,
            "contact": chance.choice((*(email,) * 6, {"phone": "08123456789"}, None, None, None)),
        }

    async def _act(self, life: Life) -> None:
        assert life.id is not None
        if life.todo == WITHDRAW:
            return await self._withdraw(life, self._house.references[life.id])
        case = await self._house.case(life.id)
        if case is None:
            self.outcomes["not routed yet"] += 1
            life.at += DAY
            return
        caller, body = self._request(life, case)
        headers = {"Idempotency-Key": life.key}
        path = f"/routing/complaints/{life.id}/{life.todo}"
        self._note(life, await self._house.request("POST", path, caller, json=body, headers=headers))

    async def _withdraw(self, life: Life, reference: str) -> None:
        """The reporter's door is open before the routing and after the answer, too."""
        path, headers = f"/intake/complaints/{reference}/withdrawals", {"Tracking-Pin": life.pin}
        body = {"text": "Sudah beres"} if self._chance.random() < 0.5 else {}
        self._note(life, await self._house.request("POST", path, json=body, headers=headers))

    def _note(self, life: Life, answer: httpx.Response) -> None:
        done = life.todo or ""
        if answer.is_success:
            self.outcomes[done] += 1
            life.acts += 1
            self._plan(life, done)
            return
        self.outcomes[f"{done}: {answer.json()['type'].rpartition(':')[2]}"] += 1
        life.tries += 1
        life.at = self._house.clock.now() + DAY
        life.todo = life.todo if life.tries < MOST_TRIES else NOTHING

    def _request(self, life: Life, case: Any) -> tuple[Caller, dict[str, Any]]:
        """Who acts, and with which words."""
        holder = case["holder"]
        own = ("coordinator" if _is_government(holder) else "liaison", holder)
        if life.todo == VERIFY:
            other = {"agency": self._other_agency(life)} if self._chance.random() < 0.35 else {}
            return ("coordinator", case["verifier"]), {"classification": self._chance.choice(CLASSES), **other}
        if life.todo == FORWARD:
            return self._forward(life, case, own)
        if life.todo == ARCHIVE:
            words = "Laporan ini tidak dapat ditangani."
            return ("coordinator", case["verifier"]), {"reason": "unclear", "text": words}
        say = answer_text if life.todo == ANSWER else follow_up_text
        return own, {"text": say(f"Laporan {life.number}, tindakan {life.acts}.")}

    def _forward(self, life: Life, case: Any, own: Caller) -> tuple[Caller, dict[str, Any]]:
        elsewhere = {"agency": self._other_agency(life), "reason": "Menyangkut unit lain"}
        if case["transfers"] >= MOST_TRANSFERS:
            return ADMIN, elsewhere
        gives_back = own[0] == "liaison" and case["holder"] != case["verifier"] and self._chance.random() < 0.4
        return (
            (own, {"reason": "Bukan kewenangan kami"}) if gives_back else (("coordinator", case["verifier"]), elsewhere)
        )

    def _other_agency(self, life: Life) -> str:
        return self._chance.choice([*(f"{life.region}.{unit}" for unit in UNITS[life.region]), life.region])

    def _plan(self, life: Life, done: str) -> None:
        """What comes after what was done, and when."""
        life.tries = 0
        life.todo, days = self._next(life, done)
        life.at = self._house.clock.now() + DAY * days

    def _next(self, life: Life, done: str) -> tuple[str | None, float]:
        chance = self._chance
        if done == ANSWER and chance.random() < 0.1:
            return WITHDRAW, chance.uniform(0, 3)
        if done in ENDS or life.fate == "ignored":
            return NOTHING, 0.0
        if chance.random() < 0.06:
            return chance.choice((ARCHIVE, WITHDRAW)), chance.uniform(0, 8)
        if done == FILE:
            quick, slow, late = chance.uniform(0, 2), chance.uniform(2, 6), chance.uniform(6, 40)
            return VERIFY, chance.choices((quick, slow, late), (55, 25, 20))[0]
        if life.fate == "passed around":
            return FORWARD, chance.uniform(2, 4.5)
        choices, shares, mean_days = (
            ((FORWARD, FOLLOW_UP, ANSWER, NOTHING), (22, 45, 18, 15), 5)
            if done in (VERIFY, FORWARD)
            else ((ANSWER, FOLLOW_UP, FORWARD, NOTHING), (50, 15, 10, 25), 15)
        )
        return chance.choices(choices, shares)[0], chance.expovariate(1 / mean_days)


def _is_government(code: str) -> bool:
    """Governments have a coordinator at their front desk, units a liaison."""
    return code == "NAS" or code.replace(".", "").isdigit()


async def _side_by_side(do: Callable[[Life], Coroutine[Any, Any, None]], due: Sequence[Life]) -> None:
    for first in range(0, len(due), AT_ONCE):
        await asyncio.gather(*map(do, due[first : first + AT_ONCE]))
