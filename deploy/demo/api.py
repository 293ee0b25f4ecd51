"""The doors of the services, knocked at over HTTP as anyone would; nothing of theirs is read in any other way."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from typing import Any, Self

import httpx

from deploy.demo.processes import NAMES, Stage
from shared.local.tokens import local_token

ATTEMPTS = 5
AT_ONCE = 4


class DoorError(RuntimeError):
    """A service answered with an error that the demonstration did not expect."""


class Doors:
    """One client per service, and a token per official."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._tokens: dict[tuple[str, str | None], str] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for name in NAMES:
            client = httpx.AsyncClient(base_url=self._stage.url(name), timeout=20)
            self._clients[name] = await self._stack.enter_async_context(client)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def bearer(self, role: str, agency: str | None = None) -> dict[str, str]:
        """The header of an official, signed with the desk's key as `python -m services token` does."""
        if (role, agency) not in self._tokens:
            self._tokens[role, agency] = local_token(
                self._stage.settings, role, agency, f"demo-{role}-{agency or 'nasional'}"
            )
        return {"Authorization": f"Bearer {self._tokens[role, agency]}"}

    async def get(self, path: str, role: str | None = None, **query: Any) -> Any:
        """The JSON at this path; its first part names the service."""
        return (await self._ask("GET", path, self.bearer(role) if role else {}, params=query)).json()

    async def text(self, service: str, path: str) -> str:
        """A page of the process that runs this service."""
        answer = await self._clients[service].get(path)
        return answer.raise_for_status().text

    async def post(self, path: str, body: Any, headers: Mapping[str, str]) -> Any:
        """The JSON answer. Raises DoorError for every refusal."""
        return (await self._ask("POST", path, headers, json=body)).json()

    async def _ask(self, method: str, path: str, headers: Mapping[str, str], **what: Any) -> httpx.Response:
        client = self._clients[path.split("/")[1]]
        for attempt in range(1, ATTEMPTS + 1):
            answer = await client.request(method, path, headers=dict(headers), **what)
            if answer.status_code != 503 or attempt == ATTEMPTS:
                break
            await asyncio.sleep(0.1 * attempt)
        if answer.is_error:
            raise DoorError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer


async def together(ask: Callable[[Any], Awaitable[Any]], many: Iterable[Any]) -> list[Any]:
    """The answers for all of these, a few asked side by side, so that nobody else has to wait long."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def in_turn(one: Any) -> Any:
        async with turn:
            return await ask(one)

    return list(await asyncio.gather(*map(in_turn, many)))
