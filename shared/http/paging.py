"""Pages of a list: one shape for every list, and a cursor that leads to the page behind."""

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
from fastapi import Query
from pydantic import BaseModel, Field

from shared.errors import BadCursor

Item = TypeVar("Item")
LARGEST_ID = 2**63 - 1
After = Annotated[str | None, Query(max_length=300, description="`next` of the page before.")]


class Page(BaseModel, Generic[Item]):
    """A page of a list; `next` is given as `after` to get the page behind it."""

    items: list[Item]  # pydantic writes any other sequence at half the speed.
    next: str | None = Field(description="Give it as `after` for the next page.")


def cursor_of(*position: Any) -> str:
    """A cursor to the rows behind this position: moments, UUIDs, texts and numbers."""
    return base64.urlsafe_b64encode(orjson.dumps(position, default=str)).decode().rstrip("=")


def position_in(cursor: str, *kinds: Callable[[Any], Any]) -> tuple[Any, ...]:
    """The position that a cursor holds, each part read by its kind. Raises BadCursor."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return tuple(kind(part) for kind, part in zip(kinds, _listed(parts), strict=True))
    except (binascii.Error, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise BadCursor(field="after") from error


def moment(part: Any) -> datetime:
    """A moment of a cursor, in UTC. Raises ValueError."""
    value = datetime.fromisoformat(part)
    if value.tzinfo is None:
        raise ValueError("a moment without a zone")
    return value.astimezone(UTC)  # OverflowError where the year would be 0 or 10000, which no driver can send.


def identifier(part: Any) -> UUID:
    """A UUID of a cursor. Raises ValueError."""
    return UUID(part)


def word(part: Any) -> str:
    """A text of a cursor. Raises ValueError."""
    if not isinstance(part, str) or "\x00" in part:
        raise ValueError("not a text")
    part.encode()  # UnicodeEncodeError for half a character, which no driver can send.
    return part


def number(most: int, least: int = 0) -> Callable[[Any], int]:
    """A whole number of a cursor, from `least` to `most`. The reader raises ValueError."""

    def read(part: Any) -> int:
        if type(part) is not int or not least <= part <= most:
            raise ValueError("not a number of ours")
        return part

    return read


def _listed(parts: Any) -> list[Any]:
    if not isinstance(parts, list):
        raise ValueError("not a position")
    return parts
