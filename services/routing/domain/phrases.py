"""Phrases that tell what a complaint is about, in a list that anybody may edit, found in a text as whole words."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.routing.domain.lexicons import words_in
from services.routing.domain.tables import read_rows


@dataclass(frozen=True, slots=True)
class Phrases:
    """The normalised phrases of a list, and the length of the longest in words."""

    keys: frozenset[str]
    longest: int

    def are_in(self, said: Sequence[str]) -> bool:
        """Whether these words, normalised, contain a phrase: all of its words in a row."""
        lengths = range(1, self.longest + 1)
        runs = (zip(*(said[start:] for start in range(length)), strict=False) for length in lengths)
        return any(" ".join(run) in self.keys for each in runs for run in each)


def read_phrases(path: Path) -> Phrases:
    """The phrases of a table. Raises TableError."""
    keys: set[str] = set()
    for row in read_rows(path, "phrase"):
        key = " ".join(words_in(row["phrase"]))
        if not key or key in keys:
            raise row.error(f"empty or duplicate phrase {row['phrase']!r}")
        keys.add(key)
    return Phrases(frozenset(keys), max((key.count(" ") + 1 for key in keys), default=0))
