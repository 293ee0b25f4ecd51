"""The lexicon: words and phrases that speak for a field of government, and how they are found in a text."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.routing.domain.directories import FOLDER, read_fields
from services.routing.domain.tables import read_rows

# Measured on real complaints, lower scores were right in one case of three; a coordinator then decides better.
ENOUGH = 3
WEIGHTS = frozenset("123456789")

NOT_A_WORD = re.compile(r"[^a-z0-9]+")
# "lampunya", "lampuny" and "lampu2" are "lampu".
SUFFIX = re.compile(r"(?<=[a-z]{3})(?:nya|ny|2)\b")
REPEATED_LETTER = re.compile(r"([a-z])\1+")


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase of the lexicon found in a text, never the text itself, and how much it speaks for a field."""

    phrase: str
    field: str
    weight: int


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The matches of each normalised phrase, the longest phrase in words, and the fields' labels in order of ties."""

    phrases: Mapping[str, tuple[Match, ...]]
    longest: int
    labels: Mapping[str, str]


def read_lexicon(folder: Path = FOLDER) -> Lexicon:
    """The lexicon of the table `lexicon.csv`, ready for lookup. Raises TableError."""
    labels = read_fields(folder)
    phrases: dict[str, tuple[Match, ...]] = {}
    for row in read_rows(folder / "lexicon.csv", "field", "phrase", "weight"):
        match = Match(row["phrase"], row.one_of("field", labels), int(row.one_of("weight", WEIGHTS)))
        key = " ".join(words_in(match.phrase))
        before = phrases.get(key, ())
        if not key or any(match.field == other.field for other in before):
            raise row.error(f"empty or duplicate phrase {match.phrase!r} for {match.field}")
        phrases[key] = (*before, match)
    return Lexicon(phrases, max(key.count(" ") + 1 for key in phrases), labels)


def words_in(text: str) -> list[str]:
    """Words in lower case without punctuation, suffix or doubled letters: "Bocoorr, pipanya!" → bocor, pipa."""
    return REPEATED_LETTER.sub(r"\1", SUFFIX.sub("", NOT_A_WORD.sub(" ", text.lower()))).split()


def find_matches(lexicon: Lexicon, text: str) -> tuple[Match, ...]:
    """Every phrase of the lexicon that the text contains as whole words, once each, the weightiest first."""
    said = words_in(text)
    phrases = lexicon.phrases
    keys = {key for key in said if key in phrases}
    for length in range(2, lexicon.longest + 1):
        runs = zip(*(said[start:] for start in range(length)), strict=False)
        keys.update(key for key in map(" ".join, runs) if key in phrases)
    found = [match for key in keys for match in phrases[key]]
    return tuple(sorted(found, key=lambda match: (-match.weight, match.phrase, match.field)))


def scores_of(matches: Iterable[Match]) -> dict[str, int]:
    """Field → sum of the weights that speak for it."""
    sums: defaultdict[str, int] = defaultdict(int)
    for match in matches:
        sums[match.field] += match.weight
    return dict(sums)


def likeliest_field(lexicon: Lexicon, sums: Mapping[str, int]) -> str | None:
    """The field with the highest score, of equals the first in fields.csv; None where no score is enough."""
    best = max(lexicon.labels, key=lambda field: sums.get(field, 0))
    return best if sums.get(best, 0) >= ENOUGH else None
