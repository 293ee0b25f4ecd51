"""Urgent: a complaint whose words tell of danger to life, by a list of phrases that anybody may edit."""

from dataclasses import dataclass
from pathlib import Path

from services.routing.domain.directories import FOLDER
from services.routing.domain.lexicons import words_in
from services.routing.domain.tables import read_rows
from shared.vocabulary import UrgentBy


@dataclass(frozen=True, slots=True)
class Alarms:
    """The normalised phrases that tell of danger to life, and the length of the longest in words."""

    phrases: frozenset[str]
    longest: int


def read_alarms(folder: Path = FOLDER) -> Alarms:
    """The phrases of the table `urgent.csv`. Raises TableError."""
    phrases: set[str] = set()
    for row in read_rows(folder / "urgent.csv", "phrase"):
        key = " ".join(words_in(row["phrase"]))
        if not key or key in phrases:
            raise row.error(f"empty or duplicate phrase {row['phrase']!r}")
        phrases.add(key)
    return Alarms(frozenset(phrases), max((key.count(" ") + 1 for key in phrases), default=0))


def urgent_by(alarms: Alarms, text: str, chosen: bool) -> UrgentBy | None:
    """Why a filing is urgent: its reporter has said so, or its words do; None if it is not."""
    if chosen:
        return "reporter"
    return "words" if _tells_of_danger(alarms, text) else None


def _tells_of_danger(alarms: Alarms, text: str) -> bool:
    said = words_in(text)
    lengths = range(1, alarms.longest + 1)
    runs = (zip(*(said[start:] for start in range(length)), strict=False) for length in lengths)
    return any(" ".join(run) in alarms.phrases for each in runs for run in each)
