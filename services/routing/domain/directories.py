"""The directory of agencies, read from its tables: which agencies exist, who reports to whom, and their seats."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast, get_args

from services.routing.domain.agencies import Agency, BrokenChain, Departed, Seat, Zone, chain, heir_of
from services.routing.domain.tables import TableError, TableRow, read_rows, read_rows_by_key
from shared.addresses import BadAddress, email
from shared.calendar import ZONES
from shared.schedules import BadSchedule, Schedule, read_schedule
from shared.vocabulary import CODE, COORDINATOR, LEADER, LIAISON, NAMED_SEATS, ROOT, TIERS, ApproverRole, Role, Tier

FOLDER = Path(__file__).resolve().parent.parent / "directory"
# The local part of the mail address of each role's post.
MAILBOXES: Mapping[Role, str] = {LIAISON: "penghubung", COORDINATOR: "koordinator", LEADER: "pimpinan"}
HEADS: Mapping[Tier, str] = {"province": "Gubernur", "regency": "Bupati", "city": "Wali Kota"}
LIAISON_TITLE, COORDINATOR_TITLE = "Pejabat Penghubung", "Admin Koordinator Instansi"
CAPITAL_ZONE: Zone = "WIB"
# An agency waives the approval of its answers.
NO_APPROVER = "none"
# When it works, and when it does not.
SCHEDULE = "hours", "friday_hours", "saturday_hours", "local_holidays"


@dataclass(frozen=True, slots=True)
class Region:
    """A place that templates are filled in for; the country itself has the level "national" and no code."""

    code: str
    name: str
    level: Tier
    zone: Zone
    row: TableRow


# An agency with the row that it was made from, for errors.
Sourced = tuple[TableRow, Agency]
Found = dict[str, Sourced]
DepartedRows = Mapping[str, TableRow]


@dataclass(frozen=True, slots=True)
class Listing:
    """The agencies that the tables list, and those that the overlay says have left."""

    agencies: tuple[Agency, ...]
    departed: tuple[Departed, ...] = ()


def read_agencies(
    regions: Collection[str] | None = None, *, overlay: Path | None = None, folder: Path = FOLDER
) -> tuple[Agency, ...]:
    """The agencies of `read_directory`."""
    return read_directory(regions, overlay=overlay, folder=folder).agencies


def read_directory(
    regions: Collection[str] | None = None, *, overlay: Path | None = None, folder: Path = FOLDER
) -> Listing:
    """All agencies, or the national ones and those of the given regions and of the regions above them.

    `overlay` is an operator's own table (columns: directory/SOURCES.md); it adds agencies, replaces those of the same
    code, and names the successor of those that have left. A parent comes before its children, except in an overlay.
    Raises TableError.
    """
    known = read_rows_by_key(folder / "regions.csv", "code", "name", "level", "zone")
    chosen = _with_those_above(regions, {code: _region(row) for code, row in known.items()})
    fields = read_fields(folder)
    found: Found = {}
    for row, agency in _from_tables(folder, chosen, fields):
        if agency.code in found:
            raise row.error(f"duplicate code {agency.code!r}")
        found[agency.code] = row, agency
    departed: tuple[Departed, ...] = ()
    if overlay:
        within = {"", *(region.code for region in chosen)}
        added = _from_overlay(overlay, known, fields)
        found |= {agency.code: (row, agency) for row, agency in added if (agency.region or "") in within}
        departed_rows = {code: row for code, row in _departed_rows(overlay).items() if row["region"] in within}
        departed = tuple(_departed(found, departed_rows))
        found = _without(found, {each.code: each.successor for each in departed})
    _refuse_broken_chains(found)
    _refuse_unreachable_root(*found[ROOT])
    return Listing(tuple(agency for _, agency in found.values()), departed)


def read_fields(folder: Path = FOLDER) -> dict[str, str]:
    """The fields of government: slug → official Indonesian label, in the order that decides a tie."""
    return {slug: row["label"] for slug, row in read_rows_by_key(folder / "fields.csv", "field", "label").items()}


def _departed_rows(overlay: Path) -> DepartedRows:
    """The rows of the agencies that have left: their `successor` is given."""
    return {code: row for code, row in read_rows_by_key(overlay, "code").items() if row["successor"]}


def _departed(found: Found, departed_rows: DepartedRows) -> Iterator[Departed]:
    """The agencies that have left, each with the agency that is there in its place."""
    named = {code: row["successor"] for code, row in departed_rows.items()}
    for code, row in departed_rows.items():
        if code == ROOT:
            raise row.error(f"{ROOT} is the end of every chain and cannot leave")
        if (heir := heir_of(code, named, found)) is None:
            raise row.error(f"successor {row['successor']!r} leads to no agency of the directory")
        name = row["name"] or (found[code][1].name if code in found else code)
        yield Departed(code, name, heir)


def _without(found: Found, successors: Mapping[str, str]) -> Found:
    """Those that are there; the agencies below one that has left report to its successor."""
    return {
        code: (row, replace(agency, parent=successors.get(agency.parent or "", agency.parent)))
        for code, (row, agency) in found.items()
        if code not in successors
    }


def _refuse_unreachable_root(row: TableRow, root: Agency) -> None:
    # Every ladder ends at the root: without an address there, an overdue complaint could reach nobody.
    if not any(seat.email for seat in root.seats):
        raise row.error(f"{ROOT} needs at least one seat with an e-mail address")


def _seats(code: str, region: str | None, titles: Mapping[Role, str]) -> tuple[Seat, ...]:
    """A seat for each role's title; the addresses of posts are under .example, which RFC 2606 reserves."""
    body, post = code, ""
    if region and code.startswith(f"{region}."):
        body, post = region, code[len(region) :].lower()
    host = body.replace(".", "-").lower()
    return tuple(Seat(role, title, f"{MAILBOXES[role]}{post}@{host}.go.example") for role, title in titles.items())


def _region(row: TableRow) -> Region:
    return Region(row["code"], row["name"], row.one_of("level", HEADS), _zone(row), row)


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


def _from_tables(folder: Path, regions: Sequence[Region], fields: Collection[str]) -> Iterator[Sourced]:
    yield from _ministries(folder / "ministries.csv", fields)
    yield from ((region.row, _government(region)) for region in regions)
    yield from _filled_in(folder / "companies.csv", "company", regions, fields)
    yield from _filled_in(folder / "units.csv", "unit", regions, fields)


def _ministries(path: Path, fields: Collection[str]) -> Iterator[Sourced]:
    tiers: tuple[Tier, ...] = ("national", "ministry")
    for row in read_rows(path, "code", "name", "tier", "field", "leader"):
        code, tier = row["code"], row.one_of("tier", tiers)
        parent = None if code == ROOT else ROOT
        seats = _seats(code, None, {COORDINATOR: COORDINATOR_TITLE, LEADER: row["leader"]})
        yield row, Agency(code, row["name"], tier, parent, None, CAPITAL_ZONE, _field(row, fields), seats)


def _government(region: Region) -> Agency:
    code, name = region.code, f"Pemerintah {region.name}"
    seats = _seats(code, code, {COORDINATOR: f"{COORDINATOR_TITLE}, Diskominfo", LEADER: HEADS[region.level]})
    return Agency(code, name, region.level, _above(code) or ROOT, code, region.zone, None, seats)


def _filled_in(path: Path, tier: Tier, regions: Sequence[Region], fields: Collection[str]) -> Iterator[Sourced]:
    for row in read_rows(path, "code", "field", "tiers", "parent", "name", "leader"):
        field, levels = _field(row, fields), row["tiers"].split()
        country = Region("", "Indonesia", "national", CAPITAL_ZONE, row)
        for region in (country, *regions):
            if region.level in levels:
                yield row, _from_template(row, region, tier, field)


def _from_template(template: TableRow, place: Region, tier: Tier, field: str | None) -> Agency:
    """A unit or company made of its template, where {region} is the region's code and {name} its name."""
    code = template["code"].replace("{region}", place.code)
    name = template["name"].replace("{name}", place.name)
    parent, region = template["parent"].replace("{region}", place.code), place.code or None
    seats = _seats(code, region, {LIAISON: LIAISON_TITLE, LEADER: template["leader"]})
    return Agency(code, name, tier, parent, region, place.zone, field, seats, _approver(template))


def _from_overlay(path: Path, regions: Collection[str], fields: Collection[str]) -> Iterator[Sourced]:
    columns = ("code", "name", "tier", "parent", "region", "zone", "field")
    for code, row in read_rows_by_key(path, *columns).items():
        if row["successor"]:
            continue
        if not re.fullmatch(CODE, code):
            raise row.error(f"{code!r} is no code: at most 64 letters, digits, dots, dashes and underscores")
        tier, zone = cast(Tier, row.one_of("tier", TIERS)), _zone(row)
        region = row.one_of("region", regions) if row["region"] else None
        seats = tuple(_seat(row, role) for role in MAILBOXES if row[role])
        parent = row["parent"] or None
        more = _field(row, fields), seats, _approver(row), _duty_officer(row), _schedule(row), _sensitive_seats(row)
        yield row, Agency(code, row["name"], tier, parent, region, zone, *more)


def _approver(row: TableRow) -> ApproverRole | None:
    """The seat that publishes the answers: the coordinator's, unless another is named or approval is waived."""
    named = row.one_of("approver", ("", NO_APPROVER, *get_args(ApproverRole)))
    return None if named == NO_APPROVER else cast(ApproverRole, named or COORDINATOR)


def _duty_officer(row: TableRow) -> Role:
    return row.one_of("duty_officer", MAILBOXES) if row["duty_officer"] else LEADER


def _schedule(row: TableRow) -> Schedule:
    try:
        return read_schedule(*(row[column] for column in SCHEDULE))
    except BadSchedule as error:
        raise row.error(str(error)) from None


def _sensitive_seats(row: TableRow) -> tuple[Role, ...]:
    """The roles named for sensitive complaints, divided by spaces."""
    named = tuple(dict.fromkeys(row["sensitive_seats"].split()))
    if unknown := [role for role in named if role not in MAILBOXES]:
        raise row.error(f"unknown sensitive_seats {unknown[0]!r}")
    return cast(tuple[Role, ...], named) or NAMED_SEATS


def _seat(row: TableRow, role: Role) -> Seat:
    # Refused at the start: later, a seat with a wrong address would look filled and reach nobody.
    typed = row[f"{role}_email"]
    try:
        return Seat(role, row[role], email(typed) if typed else None)
    except BadAddress:
        raise row.error(f"{role}_email {typed!r} is no e-mail address") from None


def _zone(row: TableRow) -> Zone:
    return cast(Zone, row.one_of("zone", ZONES))


def _field(row: TableRow, fields: Collection[str]) -> str | None:
    return row.one_of("field", fields) if row["field"] else None


def _refuse_broken_chains(found: Found) -> None:
    by_code = {code: agency for code, (_, agency) in found.items()}
    for row, agency in found.values():
        if agency.parent not in by_code and agency.code != ROOT:
            raise row.error(f"unknown parent {agency.parent or ''!r}")
    for row, agency in found.values():
        try:
            chain(by_code, agency.code)
        except BrokenChain as broken:
            raise row.error(str(broken)) from broken
