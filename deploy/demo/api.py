"""HTTP requests to the services; the demo reads and changes nothing in any other way."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from typing import Any, Self

import httpx

from deploy.demo.installation import NAMES, Installation
from shared.local.tokens import local_token

ATTEMPTS = 5
AT_ONCE = 4
NO_HEADERS: Mapping[str, str] = {}


class ApiError(RuntimeError):
    """A service gave an unexpected error."""


class Api:
    """One client per service, and a token per official."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._tokens: dict[tuple[str, str | None], str] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for name in NAMES:
            client = httpx.AsyncClient(base_url=self._installation.url(name), timeout=20)
            self._clients[name] = await self._stack.enter_async_context(client)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def bearer(self, role: str, agency: str | None = None) -> dict[str, str]:
        """The header of an official, signed with the local key as by `python -m services token`."""
        if (role, agency) not in self._tokens:
            self._tokens[role, agency] = local_token(
                self._installation.settings, role, agency, f"demo-{role}-{agency or 'nasional'}"
            )
        return {"Authorization": f"Bearer {self._tokens[role, agency]}"}

    async def get(
        self, path: str, role: str | None = None, headers: Mapping[str, str] = NO_HEADERS, **query: Any
    ) -> Any:
        """The JSON at this path; its first part names the service."""
        return (await self._request("GET", path, self.bearer(role) if role else headers, params=query)).json()

    async def shown(self, path: str, role: str | None = None, **query: Any) -> str:
        """What this address shows to a role, or to everyone; empty if it refuses."""
        client, headers = self._clients[path.split("/")[1]], self.bearer(role) if role else {}
        answer = await client.get(path, headers=headers, params=query)
        return answer.text if answer.is_success else ""

    async def text(self, service: str, path: str) -> str:
        """A page of the process that runs this service."""
        answer = await self._clients[service].get(path)
        return answer.raise_for_status().text

    async def post(self, path: str, body: Any, headers: Mapping[str, str]) -> Any:
        """The JSON answer. Raises ApiError for every refusal."""
        return (await self._request("POST", path, headers, json=body)).json()

    async def _request(self, method: str, path: str, headers: Mapping[str, str], **content: Any) -> httpx.Response:
        client = self._clients[path.split("/")[1]]
        for attempt in range(1, ATTEMPTS + 1):
            answer = await client.request(method, path, headers=dict(headers), **content)
            if answer.status_code != 503 or attempt == ATTEMPTS:
                break
            await asyncio.sleep(0.1 * attempt)
        if answer.is_error:
            raise ApiError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer


async def for_each(call: Callable[[Any], Awaitable[Any]], items: Iterable[Any]) -> list[Any]:
    """The results of `call` for all items, a few at a time, so that other requests need not wait."""
    free = asyncio.Semaphore(AT_ONCE)

    async def limited(item: Any) -> Any:
        async with free:
            return await call(item)

    return list(await asyncio.gather(*map(limited, items)))
