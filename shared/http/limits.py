"""Limits of every request: the size of its body, and no NUL in its address; and how long each took."""

import asyncio
from collections.abc import MutableMapping
from time import perf_counter
from typing import Any

from fastapi import Request
from starlette.exceptions import HTTPException

from shared.http.problems import problem
from shared.telemetry import request_seconds

Scope = MutableMapping[str, Any]


class RequestLimits:
    """Refuses bodies that are too large and times every request."""

    def __init__(self, app: Any, body_limit: int) -> None:
        self._app, self._limit = app, body_limit

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = perf_counter(), 0

        async def noted_send(message: Scope) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._admit(scope, receive, noted_send)
        except asyncio.CancelledError:
            if not status:  # A server that ends waits so long for the rest of a request, and no longer.
                await problem(Request(scope), 503)(scope, receive, noted_send)
            raise
        finally:
            request_seconds.labels(_template(scope), status or 500).observe(perf_counter() - started)

    async def _admit(self, scope: Scope, receive: Any, send: Any) -> None:
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or len(declared) > 15 or int(declared) > self._limit:
            return await problem(Request(scope), 413 if declared.isdigit() else 400)(scope, receive, send)
        # No text may hold it: not a path of ours, nor a value in the database.
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            return await problem(Request(scope), 400)(scope, receive, send)
        await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Any) -> Any:
        """The body as it comes, up to the limit: its length may be undeclared."""
        size = 0

        async def counted() -> Any:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self._limit:
                raise HTTPException(413)
            return message

        return counted


def _template(scope: Scope) -> str:
    """The path as its route declares it, with the service's prefix, which FastAPI may leave to the router above."""
    path: str = getattr(scope.get("route"), "path", "")
    service = scope["path"][1:].partition("/")[0]
    if not path or service not in scope["app"].state.services or path.startswith(f"/{service}/"):
        return path or "unknown"
    return f"/{service}{path}"
