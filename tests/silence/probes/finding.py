"""What a probe gives, and the acts and readings that several probes share."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

from tests.silence.directory import CITY
from tests.silence.house import DAY, House

MAIL = {"email": "siti@warga.example"}
# What the ledger calls a reminder or an escalation.
LADDER = ("deadline_near", "escalation")


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a path to silence is open, and what was seen."""

    silent: bool
    what: str


async def verify(house: House, id: UUID, classification: str = "complaint", **more: Any) -> Any:
    """The city's coordinator verifies a complaint."""
    return await house.act(id, "verifications", "coordinator", CITY, classification=classification, **more)


async def events_later(house: House, id: UUID, days: int) -> int:
    """How many events of a complaint come in so many days in which nobody acts."""
    before = len(house.events(id))
    await house.until(house.clock.now() + DAY * days, DAY * 3)
    return len(house.events(id)) - before


def longest_silence(house: House, id: UUID) -> float:
    """The longest time without any event of a complaint, up to now, in days."""
    moments = sorted([*(event.time for event in house.events(id)), house.clock.now()])
    return max((later - sooner) / DAY for sooner, later in pairwise(moments))


async def seats_told(house: House, id: UUID, *templates: str) -> Sequence[str]:
    """The seats to which mails about a complaint were accepted; with templates, mails of these."""
    return [
        f"{row['agency']}/{row['role']}"
        for row in await house.messages(id)
        if row["kind"] == "seat" and row["state"] == "sent" and (not templates or row["template"] in templates)
    ]


async def routes(house: House, *methods: str) -> Sequence[str]:
    """The paths of all doors that take one of these methods."""
    paths = (await house.read("/openapi.json"))["paths"]
    return [path for path, taken in paths.items() if taken.keys() & set(methods)]
