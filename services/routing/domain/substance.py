"""Substance: whether a follow-up or an answer says anything, so that empty words stop no clock."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from pathlib import Path

from services.routing.domain.directories import FOLDER
from services.routing.domain.tables import TableRow, read_rows

NEEDED = ("letters", "words", "copies")
# Without a row for it no answer gets a second look.
SAMPLE = "sample"
NUMBERS = (*NEEDED, SAMPLE)
PHRASE = "phrase"
# A word of two letters says little by itself, a number may be a house, a lamp or a day.
SHORT_WORD = 2
# Letters by their category, but nobody sees them: the Hangul fillers.
UNSEEN = frozenset("\u115f\u1160\u3164\uffa0")


class Gap(Enum):
    """What a text lacks."""

    TOO_SHORT = "too few letters and digits"
    SET_PHRASES = "nothing but set phrases"
    SAID_BEFORE = "the agency said the same of this complaint before"
    COPIED = "the agency said the same of many other complaints"


@dataclass(frozen=True, slots=True)
class Gate:
    """What a text needs: so many letters and digits, and so many different words that belong to no set phrase.

    An agency gives the same text to at most so many complaints a day (`copies`). The phrases are normalised; `longest`
    is the length of the longest in words. So many percent of the answers (`sample`) get a second look.
    """

    letters: int
    words: int
    copies: int
    phrases: frozenset[str]
    longest: int
    sample: int = 0


def read_gate(folder: Path = FOLDER) -> Gate:
    """The gate of the table `substance.csv`. Raises TableError."""
    rows = list(read_rows(folder / "substance.csv", "kind", "value"))
    numbers = {row.one_of("kind", (*NUMBERS, PHRASE)): row for row in rows}
    phrases = frozenset(_phrase(row) for row in rows if row["kind"] == PHRASE)
    if missing := [kind for kind in (*NEEDED, PHRASE) if kind not in numbers]:
        raise TableRow("substance.csv", 1, {}).error(f"no row for {', '.join(missing)}")
    letters, words, copies = (_number(numbers[kind]) for kind in NEEDED)
    sample = _number(numbers[SAMPLE]) if SAMPLE in numbers else 0
    longest = max(phrase.count(" ") + 1 for phrase in phrases)
    return Gate(letters, words, copies, phrases, longest, sample)


def normalised(text: str) -> str:
    """The words of a text in small letters, without accents, punctuation and whatever nobody can see."""
    return " ".join("".join(map(_seen, unicodedata.normalize("NFKD", text).casefold())).split())


def gap_in(gate: Gate, text: str) -> Gap | None:
    """What a text lacks by itself, whatever was said elsewhere."""
    said = normalised(text).split()
    if sum(map(len, said)) < gate.letters:
        return Gap.TOO_SHORT
    telling = {word for word in _left(gate, said) if len(word) > SHORT_WORD or word.isdecimal()}
    return Gap.SET_PHRASES if len(telling) < gate.words else None


def fingerprint(key: bytes, agency: str, text: str) -> int:
    """A number of 64 bits with a sign for what an agency said; without the key nobody can try texts out."""
    said = f"{agency}\n{normalised(text)}".encode()
    return int.from_bytes(blake2b(said, digest_size=8, key=key).digest(), "big", signed=True)


def _left(gate: Gate, said: Sequence[str]) -> list[str]:
    """The words that belong to no set phrase, of which the longest counts."""
    left, at = [], 0
    while at < len(said):
        runs = (" ".join(said[at : at + length]) for length in range(gate.longest, 0, -1))
        phrase = next((run for run in runs if run in gate.phrases), "")
        if not phrase:
            left.append(said[at])
        at += phrase.count(" ") + 1
    return left


def _seen(character: str) -> str:
    """A letter or digit as it is, nothing for what cannot be seen or stands upon a letter, else a blank."""
    category = unicodedata.category(character)
    if category == "Cf" or category[0] == "M" or character in UNSEEN:
        return ""
    return character if category[0] in "LN" else " "


def _phrase(row: TableRow) -> str:
    if not (phrase := normalised(row["value"])):
        raise row.error("an empty phrase")
    return phrase


def _number(row: TableRow) -> int:
    if not row["value"].isdecimal() or int(row["value"]) < 1:
        raise row.error(f"{row['kind']} must be a number from 1 on")
    return int(row["value"])
