"""The HTTP side of a toy: routes for every kind of field, error and caller."""

import asyncio
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
import httpx
from fastapi import APIRouter, Depends, Form, Query
from pydantic import Field

from shared.errors import Forbidden, Invalid, NotFound
from shared.http.fields import Body, Code, Day, Moment, Prose, SingleLine
from shared.identity.callers import official, public, reporter
from shared.identity.officials import Official

SECRET = "3578012345678901"
router = APIRouter()


class Thing(Body):
    title: Annotated[SingleLine, Field(min_length=3, max_length=100)]
    text: Prose = ""
    count: int = Field(1, ge=1, le=9)
    at: Moment | None = None
    code: Code | None = None
    kind: Literal["a", "b"] = "a"
    id: UUID | None = None
    parts: tuple["Thing", ...] = ()


@router.post("/things", status_code=201)
@public
async def make(thing: Thing) -> dict[str, str]:
    return {"title": thing.title}


@router.get("/things/{number}")
@public
async def read(number: int, limit: Annotated[int, Query(le=10)] = 5) -> dict[str, int]:
    return {"number": number, "limit": limit}


@router.get("/days")
@public
async def days(day: Annotated[Day | None, Query(alias="from")] = None) -> str:
    return str(day)


@router.post("/forms")
@public
async def form(words: Annotated[str, Form()]) -> dict[str, int]:
    return {"length": len(words)}


@router.post("/large", max_body_size=5_000, form_limits={"max_files": 1})
@public
async def large(words: Annotated[str, Form()]) -> dict[str, int]:
    return {"length": len(words)}


@router.get("/failures/{name}")
@public
async def fail(name: str) -> None:
    raise {
        "missing": NotFound(),
        "forbidden": Forbidden(),
        "invalid": Invalid(field="title", detail="Contoh"),
        "bug": ZeroDivisionError(SECRET),
        "refused": ConnectionRefusedError(SECRET),
        "lost": asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        "torn": asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
        "deep": RecursionError(),
    }[name]


@router.get("/words/{word}")
@public
async def words(word: str, q: str = "") -> list[str]:
    return [word, q]


@router.get("/pins")
@public
async def pins(pin: Annotated[str, Depends(reporter)]) -> int:
    return len(pin)


@router.get("/officials")
@public
async def officials(who: Annotated[Official, Depends(official("coordinator", "admin"))]) -> str:
    return who.role


async def raw_request(
    client: httpx.AsyncClient, method: str, path: str, *messages: Any, sent: list[Any] | None = None
) -> list[Any]:
    """Call the app as a server does, without a client in between; gives the messages that it sends."""
    app = client._transport.app  # type: ignore[attr-defined]
    sent, waiting = [] if sent is None else sent, [*messages]

    async def receive() -> Any:
        return waiting.pop(0) if waiting else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers,
             "scheme": "http", "server": ("t", 80), "root_path": "", "http_version": "1.1"}  # fmt: skip
    await app(scope, receive, send)
    return sent
