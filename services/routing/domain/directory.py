"""The directory of agencies: who exists, who reports to whom, and which seats each agency has."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.routing.domain.tables import Line, TableError, by_key, lines
from shared.addresses import BadAddress, email

DIRECTORY = Path(__file__).resolve().parent.parent / "directory"
ROOT = "NAS"
ZONES = frozenset({"WIB", "WITA", "WIT"})
TIERS = frozenset({"national", "ministry", "province", "regency", "city", "unit", "company"})
ROLES = {"liaison": "penghubung", "coordinator": "koordinator", "leader": "pimpinan"}
HEADS = {"province": "Gubernur", "regency": "Bupati", "city": "Wali Kota"}
LIAISON, COORDINATOR = "Pejabat Penghubung", "Admin Koordinator Instansi"
CAPITAL_ZONE = "WIB"
# What an address of the API can name.
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class BrokenChain(ValueError):
    """A reporting chain does not end at an agency without a parent."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A post, never a person. `role` is one of ROLES; without an e-mail address the seat is vacant."""

    role: str
    title: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Agency:
    """A body that holds complaints. `tier` is one of TIERS, `zone` one of ZONES; only the root has no `parent`."""

    code: str
    name: str
    tier: str
    parent: str | None
    region: str | None
    zone: str
    field: str | None
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class Directory:
    """Agencies by code, by lower-case name, and the unit or company by region and field of government."""

    by_code: Mapping[str, Agency]
    by_name: Mapping[str, str]
    by_field: Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Region:
    """A place that templates are filled in for; the country itself has the level "national" and no code."""

    code: str
    name: str
    level: str
    zone: str
    line: Line


Found = dict[str, tuple[Line, Agency]]


def agencies(
    regions: Collection[str] | None = None, *, overlay: Path | None = None, folder: Path = DIRECTORY
) -> tuple[Agency, ...]:
    """All agencies, or the national ones and those of the given regions and of the regions above them.

    `overlay` is an operator's own table (columns: directory/SOURCES.md); it adds agencies and replaces those of the
    same code. A parent comes before its children, except in an overlay. Raises TableError.
    """
    known = by_key(folder / "regions.csv", "code", "name", "level", "zone")
    chosen = _with_those_above(regions, {code: _place(line) for code, line in known.items()})
    known_fields = fields(folder)
    found: Found = {}
    for line, agency in _from_tables(folder, chosen, known_fields):
        if agency.code in found:
            raise line.error(f"duplicate code {agency.code!r}")
        found[agency.code] = line, agency
    if overlay:
        within = {None, *(region.code for region in chosen)}
        rows = _from_overlay(overlay, known, known_fields)
        found |= {agency.code: (line, agency) for line, agency in rows if agency.region in within}
    _refuse_broken_chains(found)
    _refuse_a_silent_root(*found[ROOT])
    return tuple(agency for _, agency in found.values())


def _refuse_a_silent_root(line: Line, root: Agency) -> None:
    # Every ladder ends here: with nobody to write to, an overdue complaint could reach no one.
    if not any(seat.email for seat in root.seats):
        raise line.error(f"{ROOT} needs at least one seat with an e-mail address")


def fields(folder: Path = DIRECTORY) -> dict[str, str]:
    """The fields of government: slug → official Indonesian label, in the order that decides a tie."""
    return {slug: line["label"] for slug, line in by_key(folder / "fields.csv", "field", "label").items()}


def index(listed: Iterable[Agency]) -> Directory:
    """Agencies as the classifier looks them up; of two for one region and field the later holds it, so an overlay's."""
    by_code = {agency.code: agency for agency in listed}
    by_name = {agency.name.lower(): agency.code for agency in by_code.values()}
    by_field = {
        (agency.region, agency.field): agency.code
        for agency in by_code.values()
        if agency.tier in ("unit", "company") and agency.region and agency.field
    }
    return Directory(by_code, by_name, by_field)


def chain(agencies_by_code: Mapping[str, Agency], code: str) -> tuple[str, ...]:
    """The reporting chain from an agency to the root, both included. Raises BrokenChain."""
    climbed: list[str] = []
    step: str | None = code
    while step:
        if step in climbed:
            raise BrokenChain(f"The reporting chain of {code} runs in a circle: {' → '.join((*climbed, step))}.")
        if step not in agencies_by_code:
            raise BrokenChain(f"The reporting chain of {code} leads to {step}, which is not in the directory.")
        climbed.append(step)
        step = agencies_by_code[step].parent
    return tuple(climbed)


def seats(code: str, region: str | None, titles: Mapping[str, str]) -> tuple[Seat, ...]:
    """A seat for each role's title, with the address of the post under .example, which RFC 2606 keeps from real use."""
    body, post = code, ""
    if region and code.startswith(f"{region}."):
        body, post = region, code[len(region) :].lower()
    host = body.replace(".", "-").lower()
    return tuple(Seat(role, title, f"{ROLES[role]}{post}@{host}.go.example") for role, title in titles.items())


def _place(line: Line) -> Region:
    return Region(line["code"], line["name"], line.one_of("level", HEADS), line.one_of("zone", ZONES), line)


def _above(code: str) -> str:
    return code.rpartition(".")[0]


def _with_those_above(codes: Collection[str] | None, known: Mapping[str, Region]) -> list[Region]:
    if codes is None:
        return list(known.values())
    for code in codes:
        if code not in known:
            raise TableError(f"regions.csv: no region {code!r}")
    wanted = {*codes, *(_above(code) for code in codes)}
    return [region for code, region in known.items() if code in wanted]


def _from_tables(
    folder: Path, chosen: Sequence[Region], known_fields: Collection[str]
) -> Iterator[tuple[Line, Agency]]:
    yield from _ministries(folder / "ministries.csv", known_fields)
    yield from ((region.line, _government(region)) for region in chosen)
    yield from _filled_in(folder / "companies.csv", "company", chosen, known_fields)
    yield from _filled_in(folder / "units.csv", "unit", chosen, known_fields)


def _ministries(path: Path, known_fields: Collection[str]) -> Iterator[tuple[Line, Agency]]:
    for line in lines(path, "code", "name", "tier", "field", "leader"):
        code, tier = line["code"], line.one_of("tier", ("national", "ministry"))
        parent = None if code == ROOT else ROOT
        posts = seats(code, None, {"coordinator": COORDINATOR, "leader": line["leader"]})
        yield line, Agency(code, line["name"], tier, parent, None, CAPITAL_ZONE, _field(line, known_fields), posts)


def _government(place: Region) -> Agency:
    code, name = place.code, f"Pemerintah {place.name}"
    posts = seats(code, code, {"coordinator": f"{COORDINATOR}, Diskominfo", "leader": HEADS[place.level]})
    return Agency(code, name, place.level, _above(code) or ROOT, code, place.zone, None, posts)


def _filled_in(
    path: Path, tier: str, chosen: Sequence[Region], known_fields: Collection[str]
) -> Iterator[tuple[Line, Agency]]:
    for line in lines(path, "code", "field", "tiers", "parent", "name", "leader"):
        field, levels = _field(line, known_fields), line["tiers"].split()
        country = Region("", "Indonesia", "national", CAPITAL_ZONE, line)
        for place in (country, *chosen):
            if place.level in levels:
                yield line, _at(place, line, tier, field)


def _at(place: Region, template: Line, tier: str, field: str | None) -> Agency:
    """A unit or company made of its template, where {region} is the region's code and {name} its name."""
    code = template["code"].replace("{region}", place.code)
    name = template["name"].replace("{name}", place.name)
    parent, region = template["parent"].replace("{region}", place.code), place.code or None
    posts = seats(code, region, {"liaison": LIAISON, "leader": template["leader"]})
    return Agency(code, name, tier, parent, region, place.zone, field, posts)


def _from_overlay(path: Path, regions: Collection[str], known_fields: Collection[str]) -> Iterator[tuple[Line, Agency]]:
    for code, line in by_key(path, "code", "name", "tier", "parent", "region", "zone", "field").items():
        if not CODE.fullmatch(code):
            raise line.error(f"{code!r} is no code: at most 64 letters, digits, dots, dashes and underscores")
        tier, zone = line.one_of("tier", TIERS), line.one_of("zone", ZONES)
        region = line.one_of("region", regions) if line["region"] else None
        posts = tuple(_post(line, role) for role in ROLES if line[role])
        parent = line["parent"] or None
        yield line, Agency(code, line["name"], tier, parent, region, zone, _field(line, known_fields), posts)


def _post(line: Line, role: str) -> Seat:
    # The start is the last time that anybody looks: later the seat would only seem to be filled.
    typed = line[f"{role}_email"]
    try:
        return Seat(role, line[role], email(typed) if typed else None)
    except BadAddress:
        raise line.error(f"{role}_email {typed!r} is no e-mail address") from None


def _field(line: Line, known: Collection[str]) -> str | None:
    return line.one_of("field", known) if line["field"] else None


def _refuse_broken_chains(found: Found) -> None:
    by_code = {code: agency for code, (_, agency) in found.items()}
    for line, agency in found.values():
        if agency.parent not in by_code and agency.code != ROOT:
            raise line.error(f"unknown parent {agency.parent or ''!r}")
    for line, agency in found.values():
        try:
            chain(by_code, agency.code)
        except BrokenChain as broken:
            raise line.error(str(broken)) from broken
