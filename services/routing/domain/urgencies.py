"""Urgent: a complaint whose words tell of danger to life, by a list of phrases that anybody may edit."""

from collections.abc import Sequence
from pathlib import Path

from services.routing.domain.directories import FOLDER
from services.routing.domain.phrases import Phrases, read_phrases
from shared.vocabulary import UrgentBy


def read_alarms(folder: Path = FOLDER) -> Phrases:
    """The phrases of the table `urgent.csv`. Raises TableError."""
    return read_phrases(folder / "urgent.csv")


def urgent_by(alarms: Phrases, said: Sequence[str], chosen: bool) -> UrgentBy | None:
    """Why a filing in these words is urgent: its reporter has said so, or its words do; None if it is not."""
    if chosen:
        return "reporter"
    return "words" if alarms.are_in(said) else None
