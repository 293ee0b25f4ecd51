"""The promise of a publisher that nothing older than a moment comes any more: a message of its own on its topic.

It goes to every partition, behind the events that it covers. It is no fact about a complaint or an agency, so it stands
in no timeline, and a reader of events passes it by: `decode` gives None.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from uuid_utils.compat import uuid7

from shared.events.envelope import Undecodable

TYPE = "ProgressPromised"
# No complaint, agency or reporter has such a key.
KEY_PREFIX = "promise:"
SOURCE_PREFIX = "tanggap/"
MOST_PARTITIONS = 100_000
# The range of moments that the consumers' tables hold.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ProgressPromised:
    """`publisher` has said all up to `up_to`, that moment included, on one of the `partitions` of a topic."""

    publisher: str
    up_to: datetime
    partitions: int

    @property
    def key(self) -> str:
        return KEY_PREFIX + self.publisher

    def encode(self) -> bytes:
        """The promise as a small CloudEvent, whose time is the moment that is promised."""
        return orjson.dumps(
            {
                "specversion": "1.0",
                "id": str(uuid7()),
                "source": SOURCE_PREFIX + self.publisher,
                "type": TYPE,
                "time": self.up_to,
                "data": {"partitions": self.partitions},
            }
        )


def decode_promise(value: bytes) -> ProgressPromised:
    """The promise in a message. Raises Undecodable."""
    try:
        document = orjson.loads(value)
        up_to, partitions = datetime.fromisoformat(document["time"]), int(document["data"]["partitions"])
        is_sound = document["type"] == TYPE and 1 <= partitions <= MOST_PARTITIONS
        if not is_sound or up_to.tzinfo is None or not EARLIEST <= up_to <= LATEST:
            raise ValueError("its type, time or partitions make no sense")
        return ProgressPromised(document["source"].removeprefix(SOURCE_PREFIX), up_to, partitions)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Undecodable(f"{Undecodable.__doc__} {type(error).__name__}: {error}") from error
