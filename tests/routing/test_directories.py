"""The directory is complete, every agency reports to the root, and the error of a faulty table names its place."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from services.routing.domain.agencies import Agency, BrokenChain, chain, directory_of
from services.routing.domain.directories import FOLDER, MAILBOXES, read_agencies, read_fields
from services.routing.domain.tables import TableError
from shared.addresses import email
from shared.calendar import ZONES
from shared.vocabulary import ROOT, TIERS

EVERYWHERE = (
    *("DPUPR", "DISHUB", "DLH", "DINSOS", "DUKCAPIL", "DINKES", "DISDIK", "SATPOLPP", "DPRKP", "DISNAKER", "BPKPAD"),
    *("SETDA", "DISKOPDAG", "DISKOMINFO", "DISBUDPORAPAR", "BPBD", "BKPSDM", "DPMPTSP", "BAKESBANGPOL", "DP3AKB"),
    *("DKPP", "BAPPEDA", "INSPEKTORAT"),
)
ALSO = {"province": ("DPMD",), "regency": ("DPMD", "DAMKAR", "PDAM"), "city": ("DAMKAR", "PDAM")}


@pytest.fixture(scope="module")
def everyone() -> dict[str, Agency]:
    return {agency.code: agency for agency in read_agencies()}


def an_agency(code: str, parent: str | None) -> Agency:
    return Agency(code, code, "unit", parent, None, "WIB", None, ())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "directory"))


def test_the_directory_has_all_provinces_regencies_and_cities(everyone: dict[str, Agency]) -> None:
    tiers = Counter(agency.tier for agency in everyone.values())
    assert tiers["national"] == 1
    assert tiers["province"] == 38
    assert tiers["regency"] + tiers["city"] == 514
    assert tiers["ministry"] > 70


def test_every_chain_ends_at_the_national_administrator(everyone: dict[str, Agency]) -> None:
    assert {chain(everyone, code)[-1] for code in everyone} == {ROOT}
    assert [agency.code for agency in everyone.values() if agency.parent is None] == [ROOT]


def test_every_region_has_every_unit_its_tier_requires(everyone: dict[str, Agency]) -> None:
    missing = [
        f"{region.code}.{unit}"
        for region in everyone.values()
        if region.tier in ALSO
        for unit in (*EVERYWHERE, *ALSO[region.tier])
        if f"{region.code}.{unit}" not in everyone
    ]
    assert missing == []


def test_electricity_has_a_unit_in_every_province(everyone: dict[str, Agency]) -> None:
    provinces = {agency.code for agency in everyone.values() if agency.tier == "province"}
    assert {f"PLN.{province}" for province in provinces} <= set(everyone)


def test_every_tier_zone_field_and_role_is_a_known_one(everyone: dict[str, Agency]) -> None:
    assert {agency.tier for agency in everyone.values()} == TIERS
    assert {agency.zone for agency in everyone.values()} == set(ZONES)
    assert {agency.field for agency in everyone.values()} - {None} <= set(read_fields())
    assert {seat.role for agency in everyone.values() for seat in agency.seats} == set(MAILBOXES)


def test_every_field_has_an_agency_in_a_regency_or_its_province(everyone: dict[str, Agency]) -> None:
    held = {field for region, field in directory_of(everyone.values()).by_field if region in ("35", "35.01")}
    assert held == set(read_fields())


def test_parents_come_before_their_children(everyone: dict[str, Agency]) -> None:
    order = {code: place for place, code in enumerate(everyone)}
    assert all(order[agency.parent] < order[agency.code] for agency in everyone.values() if agency.parent)


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        *[("11", "WIB"), ("31.71", "WIB"), ("35.78", "WIB"), ("61", "WIB"), ("62.71", "WIB")],
        *[("51.71", "WITA"), ("53", "WITA"), ("63", "WITA"), ("64.72", "WITA"), ("65", "WITA"), ("73.71", "WITA")],
        *[("81", "WIT"), ("82.71", "WIT"), ("91.71", "WIT"), ("96", "WIT")],
        *[("73.71.DINKES", "WITA"), ("PLN.94", "WIT"), ("NAS", "WIB")],
    ],
)
def test_an_agency_has_the_zone_of_its_region(everyone: dict[str, Agency], code: str, zone: str) -> None:
    assert everyone[code].zone == zone


@pytest.mark.parametrize(
    ("code", "climbs"),
    [
        ("NAS", ("NAS",)),
        ("K9", ("K9", "NAS")),
        ("BPS", ("BPS", "NAS")),
        ("35.78.DINKES", ("35.78.DINKES", "35.78", "35", "NAS")),
        ("35.DINKES", ("35.DINKES", "35", "NAS")),
        ("35.78.PDAM", ("35.78.PDAM", "35.78", "35", "NAS")),
        ("PLN.35", ("PLN.35", "PLN", "K4", "NAS")),
    ],
)
def test_a_chain_climbs_the_reporting_line(everyone: dict[str, Agency], code: str, climbs: tuple[str, ...]) -> None:
    assert chain(everyone, code) == climbs


@pytest.mark.parametrize(
    ("code", "name", "titles"),
    [
        ("35.78.DINKES", "Dinas Kesehatan Kota Surabaya", ("Pejabat Penghubung", "Kepala Dinas Kesehatan")),
        ("35.BKPSDM", "Badan Kepegawaian Daerah Provinsi Jawa Timur", ("Pejabat Penghubung", None)),
        ("35.01", "Pemerintah Kabupaten Pacitan", ("Admin Koordinator Instansi, Diskominfo", "Bupati")),
        ("35.78", "Pemerintah Kota Surabaya", ("Admin Koordinator Instansi, Diskominfo", "Wali Kota")),
        ("35", "Pemerintah Provinsi Jawa Timur", ("Admin Koordinator Instansi, Diskominfo", "Gubernur")),
        ("K9", "Kementerian Kesehatan", ("Admin Koordinator Instansi", "Menteri Kesehatan")),
        ("PLN.35", "PT PLN (Persero) Unit Provinsi Jawa Timur", ("Pejabat Penghubung", "General Manager")),
    ],
)
def test_seats_have_the_titles_of_their_posts(
    everyone: dict[str, Agency], code: str, name: str, titles: tuple[str | None, ...]
) -> None:
    agency = everyone[code]
    assert agency.name == name
    for seat, title in zip(agency.seats, titles, strict=True):
        assert title in (None, seat.title)


def test_addresses_are_distinct_and_reserved(everyone: dict[str, Agency]) -> None:
    assert [seat.email for seat in everyone["35.78.DINKES"].seats] == [
        "penghubung.dinkes@35-78.go.example",
        "pimpinan.dinkes@35-78.go.example",
    ]
    addresses = [seat.email or "" for agency in everyone.values() for seat in agency.seats]
    assert len(set(addresses)) == len(addresses)
    assert all(address.endswith(".example") for address in addresses)


def test_a_region_includes_the_regions_above_it_and_the_national_agencies(everyone: dict[str, Agency]) -> None:
    chosen = read_agencies({"35.78"})
    regions = {agency.region for agency in chosen}
    national = [agency for agency in everyone.values() if agency.region is None]
    assert regions == {None, "35", "35.78"}
    assert set(national) <= set(chosen)
    assert chosen == tuple(agency for agency in everyone.values() if agency.region in regions)


def test_a_province_does_not_include_its_regencies() -> None:
    assert {agency.region for agency in read_agencies({"35"})} == {None, "35"}
    assert {agency.region for agency in read_agencies(())} == {None}


@pytest.mark.parametrize(
    ("table", "line", "problem"),
    [
        ("regions.csv", "35.78,Kota Kedua,city,WIB", "regions.csv, line 554: duplicate code '35.78'"),
        ("regions.csv", "99,Provinsi Lain,province,XYZ", "regions.csv, line 554: unknown zone 'XYZ'"),
        ("regions.csv", "99.01,Kabupaten Lain,regency,WIB", "regions.csv, line 554: unknown parent '99'"),
        ("units.csv", "{region}.DINKES,health,city,{region},X,Y", "units.csv, line 31: duplicate code '11.71.DINKES'"),
        ("companies.csv", "GAS,magic,national,K4,Gas,Direktur", "companies.csv, line 5: unknown field 'magic'"),
        ("companies.csv", "GAS,,national,K999,Gas,Direktur", "companies.csv, line 5: unknown parent 'K999'"),
        ("ministries.csv", "K9,X,ministry,,Y", "ministries.csv, line 81: duplicate code 'K9'"),
        ("fields.csv", "roads,X", "fields.csv, line 29: duplicate field 'roads'"),
    ],
)
def test_a_faulty_table_is_refused_with_place_and_problem(folder: Path, table: str, line: str, problem: str) -> None:
    with (folder / table).open("a", encoding="utf-8") as out:
        out.write(line + "\n")
    with pytest.raises(TableError) as caught:
        read_agencies(folder=folder)
    assert str(caught.value) == problem


def test_a_seats_address_is_one_as_anywhere_else() -> None:
    found = {seat.email for agency in read_agencies({"35.78", "11.71"}) for seat in agency.seats if seat.email}
    assert len(found) > 100 and {email(address) for address in found} == found


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("code,name,tier,parent,region\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"own\.csv, line 1: no column zone, field"):
        read_agencies((), overlay=tmp_path / "own.csv")


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(TableError, match="no region '99'"):
        read_agencies({"99"})


@pytest.mark.parametrize(
    ("parents", "message"),
    [
        ({"A": "B", "B": "C", "C": "B"}, "The reporting chain of A runs in a circle: A → B → C → B."),
        ({"A": "B"}, "The reporting chain of A leads to B, which is not in the directory."),
    ],
)
def test_a_chain_without_an_end_is_refused(parents: dict[str, str], message: str) -> None:
    with pytest.raises(BrokenChain) as caught:
        chain({code: an_agency(code, parent) for code, parent in parents.items()}, "A")
    assert str(caught.value) == message


def test_a_root_without_an_address_is_refused(tmp_path: Path) -> None:
    overlay = tmp_path / "own.csv"
    columns = "code,name,tier,parent,region,zone,field,liaison,liaison_email,coordinator,coordinator_email,leader"
    overlay.write_text(f"{columns},leader_email\nNAS,Kementerian PANRB,national,,,WIB,,,,Admin,,Menteri,\n")
    with pytest.raises(TableError, match=r"own\.csv, line 2: NAS needs at least one seat"):
        read_agencies({"35.78"}, overlay=overlay)
