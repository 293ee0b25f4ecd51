"""Which agency a complaint goes to first: the one named, else the one for its region and field of government."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.routing.domain.agencies import Agency, Directory, chain
from services.routing.domain.lexicons import Lexicon, Match, find_matches, likeliest_field, scores_of
from shared.vocabulary import ROOT, Named, Tier

QUOTED_PHRASES = 5


@dataclass(frozen=True, slots=True)
class Assignment:
    """The agency's code and tier, the rule that chose it (named, field, region or national) and, in Indonesian, why.

    `unknown` is what the reporter named and the directory lacks.
    """

    agency: str
    tier: Tier
    rule: str
    explanation: str
    field: str | None
    matches: tuple[Match, ...]
    scores: Mapping[str, int]
    unknown: tuple[Named, ...] = ()


def assign(
    directory: Directory, lexicon: Lexicon, *, text: str, region: str | None = None, named_agency: str | None = None
) -> Assignment:
    """The agency a complaint goes to first.

    `named_agency` is a code or a full name; `region` a region's code, of which districts and villages are cut off.
    Another rule keeps a unit from judging a report against itself.
    """
    matches = find_matches(lexicon, text)
    sums = scores_of(matches)
    field = likeliest_field(lexicon, sums)
    about = f"bidang {lexicon.labels[field]}{_quoted(matches, field)}" if field else ""
    agency, rule, because = _choose(directory, named_agency, region, field, about)
    explanation = f"Diteruskan ke {agency.name} karena {because}."
    unknown = _unknown(directory, region, named_agency)
    return Assignment(agency.code, agency.tier, rule, explanation, field, matches, sums, unknown)


def _unknown(directory: Directory, region: str | None, named_agency: str | None) -> tuple[Named, ...]:
    """What was named and the directory lacks. It has no districts and villages, so only a regency must be known."""
    regency = ".".join((region or "").split(".")[:2])
    government = _government(directory, regency)
    known: Mapping[Named, bool] = {
        "region": not regency or (government is not None and government.code == regency),
        "agency": not (named_agency and named_agency.strip()) or _named(directory, named_agency) is not None,
    }
    return tuple(name for name, is_known in known.items() if not is_known)


def _choose(
    directory: Directory, named_agency: str | None, region: str | None, field: str | None, about: str
) -> tuple[Agency, str, str]:
    if named := _named(directory, named_agency):
        return named
    government = _government(directory, region)
    if government is None:
        because = f"kode wilayah {region} tidak dikenal" if region else "wilayah laporan tidak diketahui"
        return directory.by_code[ROOT], "national", because
    if field is None:
        return government, "region", "isi laporan belum cukup menunjuk satu bidang urusan"
    if holder := _holder(directory, government, field):
        return holder, "field", f"laporan menyangkut {about}"
    return government, "region", f"wilayah ini tidak memiliki unit untuk {about}"


def _named(directory: Directory, named_agency: str | None) -> tuple[Agency, str, str] | None:
    """The agency that the reporter names by code or full name, or that has taken over from it."""
    if not named_agency:
        return None
    name = named_agency.strip()
    codes = (name, directory.by_name.get(name.lower(), name.upper()))
    found = next(filter(None, map(directory.present, codes)), None)
    if found is None:
        return None
    because = "instansi ini" if found.code in codes else "instansi yang kini digantikan oleh instansi ini"
    return found, "named", f"pelapor menyebut {because}"


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
