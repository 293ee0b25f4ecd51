"""Reporters who file complaints during faults: most repeat a request without an answer, some do not."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Any

import httpx

from tests.chaos.processes import Processes

AT_ONCE = 8
PATIENCE_SECONDS = 60.0
_numbers = count(1)


@dataclass(slots=True)
class Load:
    """The answers so far: ids by idempotency key, ids without a key, and requests without an answer."""

    processes: Processes
    keyed: dict[str, set[str]] = field(default_factory=dict)
    unkeyed: set[str] = field(default_factory=set)
    unanswered: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    _ending: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def acknowledged(self) -> set[str]:
        return self.unkeyed.union(*self.keyed.values())

    async def run(self, pause: float = 0.3) -> None:
        """File until `end` is called."""
        self._ending.clear()
        limits = httpx.Limits(max_keepalive_connections=AT_ONCE)
        async with httpx.AsyncClient(base_url=self.processes.url("intake"), timeout=10, limits=limits) as client:
            await asyncio.gather(*(self._reporter(client, pause) for _ in range(AT_ONCE)))

    def end(self) -> None:
        self._ending.set()

    async def wait_for_more(self, more: int) -> None:
        """Wait until this many more complaints have been acknowledged."""
        wanted, deadline = len(self.acknowledged) + more, monotonic() + PATIENCE_SECONDS
        while len(self.acknowledged) < wanted:
            assert monotonic() < deadline, f"{self.answers}; {self.processes.tails()}"
            await asyncio.sleep(0.02)

    async def _reporter(self, client: httpx.AsyncClient, pause: float) -> None:
        while not self._ending.is_set():
            number = next(_numbers)
            body = self._complaint(number)
            if number % 5 == 0:
                await self._file_once(client, body)
            else:
                await self._file_until_answered(client, f"key-{number}", body, again=number % 7 == 0)
            await asyncio.sleep(pause)

    def _complaint(self, number: int) -> dict[str, Any]:
        body: dict[str, Any] = {"text": f"Jalan berlubang nomor {number}", "agency": "35.78.DPUPR"}
        if number % 2:
            body["contact"] = {"email": f"warga{number}@warga.example"}
        return body

    async def _file_once(self, client: httpx.AsyncClient, body: dict[str, Any]) -> None:
        if (id := await self._post(client, body, {})) is None:
            self.unanswered += 1
        else:
            self.unkeyed.add(id)

    async def _file_until_answered(
        self, client: httpx.AsyncClient, key: str, body: dict[str, Any], again: bool
    ) -> None:
        ids = self.keyed.setdefault(key, set())
        deadline = monotonic() + PATIENCE_SECONDS
        while (id := await self._post(client, body, {"Idempotency-Key": key})) is None:
            assert monotonic() < deadline, (
                f"no answer for {PATIENCE_SECONDS:.0f} s: {self.answers}; {self.processes.tails()}"
            )
            await asyncio.sleep(0.2)
        ids.add(id)
        if again and (id := await self._post(client, body, {"Idempotency-Key": key})):
            ids.add(id)

    async def _post(self, client: httpx.AsyncClient, body: dict[str, Any], headers: dict[str, str]) -> str | None:
        """The complaint's id, or None if the answer was lost or the service was unavailable."""
        try:
            answer = await client.post("/intake/complaints", json=body, headers=headers)
        except httpx.HTTPError:
            self.answers[0] += 1
            return None
        self.answers[answer.status_code] += 1
        assert answer.status_code in (201, 503), answer.text
        return str(answer.json()["id"]) if answer.status_code == 201 else None
