"""Random lives of complaints: people file and officials act at random moments, through the doors."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import httpx

from shared.events import PartOpened
from tests.silence.directory import LEAVES, UNITS
from tests.silence.house import AT_ONCE, DAY, House
from tests.silence.plans import (
    ARCHIVE,
    CALM,
    FILE,
    HOLD,
    MERGE,
    NOTHING,
    OF_REPORTERS,
    PART,
    SPLIT,
    URGE,
    VERIFY,
    next_of,
)
from tests.silence.requests import path_of, request_of, words_of_reporter

TEXTS = (
    "Jalan berlubang dan jalan rusak",
    "Lampu jalan mati, parkir liar",
    "Sampah menumpuk",
    "Bantuan sosial",
    "Tolong",
)
KINDS = ("complaint", "complaint", "aspiration", "information")
MOST_TRIES = 4
# The numbers of parts are those of no complaint.
PARTS_FROM = 1_000_000
# What is done with a case that has not been verified; anything else waits for the verification.
UNVERIFIED = (VERIFY, HOLD, ARCHIVE, URGE, CALM, MERGE, SPLIT)


@dataclass(slots=True)
class Life:
    """A complaint, and what will be done about it next, and when; `fate` is drawn at the filing.

    `drafts` and `promises` are the numbers of the last ones, as routing gave them; `main` is the last complaint that
    this one was to be merged into.
    """

    number: int
    at: datetime
    region: str
    todo: str | None = FILE
    id: UUID | None = None
    pin: str = ""
    fate: str = ""
    tries: int = 0
    acts: int = 0
    drafts: int = 1
    promises: int = 1
    main: UUID | None = None
    new: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The idempotency key of what is done next."""
        return f"life-{self.number}-{self.acts}-{self.tries}"


class Lives:
    """Plays the lives; `outcomes` counts what was done and what was refused."""

    def __init__(self, house: House, lives: Sequence[Life], chance: random.Random) -> None:
        self.outcomes: Counter[str] = Counter()
        self._house, self._lives, self._chance = house, list(lives), chance
        # So many events have been looked at for new parts.
        self._seen = 0
        self._of_region = {region: [life for life in lives if life.region == region] for region in UNITS}

    async def step(self) -> None:
        """Do what is due by now, also with the parts of what was split."""
        self._lives += self._new_parts()
        now = self._house.clock.now()
        due = [life for life in self._lives if life.todo is not NOTHING and life.at <= now and self._is_open(life)]
        to_file, to_act = [life for life in due if life.todo == FILE], [life for life in due if life.todo != FILE]
        await _side_by_side(self._file, to_file)
        await _side_by_side(self._act, to_act)

    def _new_parts(self) -> list[Life]:
        """The parts that were opened since the last look, as complaints with the PIN of their whole."""
        events = self._house.bus.events
        opened = [e.fact for e in islice(events.values(), self._seen, None) if isinstance(e.fact, PartOpened)]
        self._seen = len(events)
        wholes = {life.id: life for life in self._lives} if opened else {}
        return [self._part(fact, wholes[fact.part_of]) for fact in opened]

    def _part(self, fact: PartOpened, whole: Life) -> Life:
        self._house.references[fact.complaint_id] = fact.reference
        number = len(self._house.references) + PARTS_FROM
        part = Life(number, whole.at, whole.region, id=fact.complaint_id, pin=whole.pin, fate=whole.fate)
        self._plan(part, PART)
        return part

    def _is_open(self, life: Life) -> bool:
        """Whether the door is open that this life needs; else it comes again within a day."""
        door = "intake" if life.todo == FILE or life.todo in OF_REPORTERS else "routing"
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
            "urgent": chance.random() < 0.03,
            "contact": chance.choice((*(email,) * 6, {"phone": "08123456789"}, None, None, None)),
        }

    async def _act(self, life: Life) -> None:
        assert life.id is not None
        if life.todo in OF_REPORTERS:
            return await self._act_as_reporter(life, self._house.references[life.id])
        case = await self._house.case(life.id)
        if case is None:
            self.outcomes["not routed yet"] += 1
            life.at += DAY
            return
        if case["state"] == "UNVERIFIED" and life.todo not in UNVERIFIED:
            life.todo = VERIFY
        if life.todo == MERGE:
            life.main = self._another(life)
        caller, body = request_of(life, case, self._chance, self._house.clock.now())
        headers = {"Idempotency-Key": life.key}
        path = f"/routing/complaints/{life.id}/{path_of(life)}"
        self._note(life, await self._house.request("POST", path, caller, json=body, headers=headers))

    def _another(self, life: Life) -> UUID | None:
        """A complaint of the same region, which may have ended, or wait for another itself: then the door refuses."""
        lives = self._of_region[life.region]
        return next(
            (other.id for other in self._chance.choices(lives, k=9) if other.id not in (None, life.id)), life.id
        )

    async def _act_as_reporter(self, life: Life, reference: str) -> None:
        """The reporter's door is open at any time; what comes too late is refused by an event."""
        path, headers = f"/intake/complaints/{reference}/{life.todo}", {"Tracking-Pin": life.pin}
        body = words_of_reporter(life, self._chance)
        self._note(life, await self._house.request("POST", path, json=body, headers=headers))

    def _note(self, life: Life, answer: httpx.Response) -> None:
        done = life.todo or ""
        if answer.is_success:
            result = answer.json()
            # An answer and a draft have one door, and the agency decides which it is.
            done = "drafts" if result.get("kind") == "draft" else done
            if done in ("drafts", "promises"):
                setattr(life, done, result["number"])
            self.outcomes[done] += 1
            life.acts += 1
            self._plan(life, done)
            return
        self.outcomes[f"{done}: {answer.json()['type'].rpartition(':')[2]}"] += 1
        life.tries += 1
        life.at = self._house.clock.now() + DAY
        life.todo = life.todo if life.tries < MOST_TRIES else NOTHING

    def _plan(self, life: Life, done: str) -> None:
        """What comes after what was done, and when."""
        life.tries = 0
        life.todo, days = next_of(done, life.fate, self._chance)
        life.at = self._house.clock.now() + DAY * days


async def _side_by_side(do: Callable[[Life], Coroutine[Any, Any, None]], due: Sequence[Life]) -> None:
    for first in range(0, len(due), AT_ONCE):
        await asyncio.gather(*map(do, due[first : first + AT_ONCE]))
