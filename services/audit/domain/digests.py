"""Digests: count and hash of the open complaints per bucket of ids, compared between two services."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

BUCKETS = 4_096
# Bucket → counts and hashes.
Digest = Mapping[int, Hashable]


def differing(owner: Digest, hearer: Digest) -> frozenset[int]:
    """The buckets whose complaints differ in number or in content."""
    return frozenset(bucket for bucket in owner.keys() | hearer.keys() if owner.get(bucket) != hearer.get(bucket))


@dataclass(slots=True)
class Looks:
    """The buckets that differed at the last look. A difference at two looks in a row is no event on its way."""

    last: dict[str, frozenset[int]] = field(default_factory=dict)

    def twice(self, pair: str, buckets: frozenset[int]) -> frozenset[int]:
        """Those of these buckets that differed at the last look too."""
        before = self.last.get(pair, frozenset())
        self.last[pair] = buckets
        return before & buckets
