"""People who file complaints whatever happens: most repeat a request that got no answer, some do not."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Any

import httpx

from tests.chaos.stage import Stage

AT_ONCE = 8
PATIENCE = 60.0
_numbers = count(1)


@dataclass(slots=True)
class Load:
    """What was asked and what was answered: ids by key; ids without a key; requests that got no answer."""

    stage: Stage
    keyed: dict[str, set[str]] = field(default_factory=dict)
    unkeyed: set[str] = field(default_factory=set)
    unanswered: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    _ending: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def acknowledged(self) -> set[str]:
        return self.unkeyed.union(*self.keyed.values())

    async def run(self, pause: float = 0.05) -> None:
        """File until told to end."""
        self._ending.clear()
        limits = httpx.Limits(max_keepalive_connections=AT_ONCE)
        async with httpx.AsyncClient(base_url=self.stage.url("intake"), timeout=10, limits=limits) as client:
            await asyncio.gather(*(self._person(client, pause) for _ in range(AT_ONCE)))

    def end(self) -> None:
        self._ending.set()

    async def enough(self, more: int) -> None:
        """Return when so many more have been acknowledged."""
        wanted, deadline = len(self.acknowledged) + more, monotonic() + PATIENCE
        while len(self.acknowledged) < wanted:
            assert monotonic() < deadline, f"{self.answers}; {self.stage.tails()}"
            await asyncio.sleep(0.02)

    async def _person(self, client: httpx.AsyncClient, pause: float) -> None:
        while not self._ending.is_set():
            number = next(_numbers)
            body = self._complaint(number)
            if number % 5 == 0:
                await self._once(client, body)
            else:
                await self._insistent(client, f"key-{number}", body, again=number % 7 == 0)
            await asyncio.sleep(pause)

    def _complaint(self, number: int) -> dict[str, Any]:
        body: dict[str, Any] = {"text": f"Jalan berlubang nomor {number}", "agency": "35.78.DPUPR"}
        if number % 2:
            body["contact"] = {"email": f"warga{number}@warga.example"}
        return body

    async def _once(self, client: httpx.AsyncClient, body: dict[str, Any]) -> None:
        if (id := await self._post(client, body, {})) is None:
            self.unanswered += 1
        else:
            self.unkeyed.add(id)

    async def _insistent(self, client: httpx.AsyncClient, key: str, body: dict[str, Any], again: bool) -> None:
        ids = self.keyed.setdefault(key, set())
        deadline = monotonic() + PATIENCE
        while (id := await self._post(client, body, {"Idempotency-Key": key})) is None:
            assert monotonic() < deadline, f"no answer for {PATIENCE:.0f} s: {self.answers}; {self.stage.tails()}"
            await asyncio.sleep(0.2)
        ids.add(id)
        if again and (id := await self._post(client, body, {"Idempotency-Key": key})):
            ids.add(id)

    async def _post(self, client: httpx.AsyncClient, body: dict[str, Any], headers: dict[str, str]) -> str | None:
        """The complaint's id, or None where the answer was lost or the service asked to wait."""
        try:
            answer = await client.post("/intake/complaints", json=body, headers=headers)
        except httpx.HTTPError:
            self.answers[0] += 1
            return None
        self.answers[answer.status_code] += 1
        assert answer.status_code in (201, 503), answer.text
        return str(answer.json()["id"]) if answer.status_code == 201 else None
