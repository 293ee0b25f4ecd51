"""The second look: which answers are in the sample of the agency above, the same by every reckoning."""

from hashlib import blake2b
from uuid import UUID

HUNDRED = 100


def is_sampled(id: UUID, window: int, percent: int) -> bool:
    """Whether so many percent of all answers include this one; whoever writes an answer cannot choose."""
    drawn = blake2b(f"{id}/{window}".encode(), digest_size=8).digest()
    return int.from_bytes(drawn, "big") % HUNDRED < percent
