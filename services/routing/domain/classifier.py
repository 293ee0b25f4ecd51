"""Which agency a complaint goes to first: the one named, else the one for its region and field of government."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.routing.domain.directory import DIRECTORY, ROOT, Agency, Directory, chain, fields
from services.routing.domain.tables import lines

# Measured on real complaints, lower scores were right in one case of three: too little to pass a coordinator by.
ENOUGH = 3
QUOTED_PHRASES = 5
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


@dataclass(frozen=True, slots=True)
class Assignment:
    """The agency's code and tier, the rule that chose it (named, field, region or national) and, in Indonesian, why."""

    agency: str
    tier: str
    rule: str
    explanation: str
    field: str | None
    matches: tuple[Match, ...]
    scores: Mapping[str, int]


def lexicon(folder: Path = DIRECTORY) -> Lexicon:
    """The lexicon as its table has it, ready for lookup. Raises TableError."""
    labels = fields(folder)
    phrases: dict[str, tuple[Match, ...]] = {}
    for line in lines(folder / "lexicon.csv", "field", "phrase", "weight"):
        match = Match(line["phrase"], line.one_of("field", labels), int(line.one_of("weight", WEIGHTS)))
        key = " ".join(words(match.phrase))
        before = phrases.get(key, ())
        if not key or any(match.field == other.field for other in before):
            raise line.error(f"empty or duplicate phrase {match.phrase!r} for {match.field}")
        phrases[key] = (*before, match)
    return Lexicon(phrases, max(key.count(" ") + 1 for key in phrases), labels)


def words(text: str) -> list[str]:
    """Words in lower case without punctuation, suffix or doubled letters: "Bocoorr, pipanya!" → bocor, pipa."""
    return REPEATED_LETTER.sub(r"\1", SUFFIX.sub("", NOT_A_WORD.sub(" ", text.lower()))).split()


def find(known: Lexicon, text: str) -> tuple[Match, ...]:
    """Every phrase of the lexicon that the text contains as whole words, once each, the weightiest first."""
    said = words(text)
    phrases = known.phrases
    keys = {key for key in said if key in phrases}
    for length in range(2, known.longest + 1):
        runs = zip(*(said[start:] for start in range(length)), strict=False)
        keys.update(key for key in map(" ".join, runs) if key in phrases)
    found = [match for key in keys for match in phrases[key]]
    return tuple(sorted(found, key=lambda match: (-match.weight, match.phrase, match.field)))


def scores(matches: Iterable[Match]) -> dict[str, int]:
    """Field → sum of the weights that speak for it."""
    sums: defaultdict[str, int] = defaultdict(int)
    for match in matches:
        sums[match.field] += match.weight
    return dict(sums)


def likeliest(known: Lexicon, sums: Mapping[str, int]) -> str | None:
    """The field with the highest score, of equals the first in fields.csv; None where no score is enough."""
    best = max(known.labels, key=lambda field: sums.get(field, 0))
    return best if sums.get(best, 0) >= ENOUGH else None


def assign(
    directory: Directory, known: Lexicon, *, text: str, region: str | None = None, named_agency: str | None = None
) -> Assignment:
    """The agency a complaint goes to first.

    `named_agency` is a code or a full name; `region` a region's code, of which districts and villages are cut off.
    The rule that no unit judges a report against itself is not this one's.
    """
    matches = find(known, text)
    sums = scores(matches)
    field = likeliest(known, sums)
    about = f"bidang {known.labels[field]}{_quoted(matches, field)}" if field else ""
    agency, rule, because = _choose(directory, named_agency, region, field, about)
    explanation = f"Diteruskan ke {agency.name} karena {because}."
    return Assignment(agency.code, agency.tier, rule, explanation, field, matches, sums)


def _choose(
    directory: Directory, named_agency: str | None, region: str | None, field: str | None, about: str
) -> tuple[Agency, str, str]:
    if named := _named(directory, named_agency):
        return named, "named", "pelapor menyebut instansi ini"
    government = _government(directory, region)
    if government is None:
        return directory.by_code[ROOT], "national", "wilayah laporan tidak diketahui"
    if field is None:
        return government, "region", "isi laporan belum cukup menunjuk satu bidang urusan"
    if holder := _holder(directory, government, field):
        return holder, "field", f"laporan menyangkut {about}"
    return government, "region", f"wilayah ini tidak memiliki unit untuk {about}"


def _named(directory: Directory, named_agency: str | None) -> Agency | None:
    if not named_agency:
        return None
    name = named_agency.strip()
    code = directory.by_name.get(name.lower(), name.upper())
    return directory.by_code.get(name) or directory.by_code.get(code)


def _government(directory: Directory, region: str | None) -> Agency | None:
    while region:
        if (agency := directory.by_code.get(region)) and agency.region == agency.code:
            return agency
        region = region.rpartition(".")[0]
    return None


def _holder(directory: Directory, government: Agency, field: str) -> Agency | None:
    """The unit or company of the region itself, or a company of a region above it, which serves those below."""
    for code in chain(directory.by_code, government.code):
        holder = directory.by_code.get(directory.by_field.get((code, field), ""))
        if holder and (code == government.code or holder.tier == "company"):
            return holder
    return None


def _quoted(matches: Iterable[Match], field: str) -> str:
    phrases = [match.phrase for match in matches if match.field == field]
    return f" (kata: {', '.join(phrases[:QUOTED_PHRASES])})"
