"""An overlay adds, replaces and takes out agencies; the error of a faulty one names its place."""

from pathlib import Path

import pytest

from services.routing.domain.agencies import Departed, Seat, directory_of
from services.routing.domain.directories import read_agencies, read_directory
from services.routing.domain.tables import TableError

OVERLAY_HEADER = (
    "code,name,tier,parent,region,zone,field,liaison,liaison_email,coordinator,coordinator_email,leader,leader_email\n"
)


def overlay(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "own.csv"
    path.write_text(OVERLAY_HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_an_overlay_adds_and_replaces_agencies(tmp_path: Path) -> None:
    own = overlay(
        tmp_path,
        "35.78.DSDABM,Dinas Sumber Daya Air dan Bina Marga,unit,35.78,35.78,WIB,roads,Penghubung,a@b.example,,,Kepala,",
        "35.78.PDAM,PDAM Contoh,company,35.78,35.78,WIB,drinking-water,,,,,Direktur Utama,d@b.example",
    )
    directory = directory_of(read_agencies({"35.78"}, overlay=own))
    added, replaced = directory.by_code["35.78.DSDABM"], directory.by_code["35.78.PDAM"]
    assert added.seats == (Seat("liaison", "Penghubung", "a@b.example"), Seat("leader", "Kepala", None))
    assert directory.by_field["35.78", "roads"] == "35.78.DSDABM"
    assert (replaced.name, len(replaced.seats)) == ("PDAM Contoh", 1)


def seats_of_acts(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "own.csv"
    head = "code,name,tier,parent,region,zone,field,approver,duty_officer,sensitive_seats\n"
    path.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_an_overlay_names_who_approves_answers_and_who_is_on_duty(tmp_path: Path) -> None:
    rows = [
        f"{code},{code},unit,35.78,35.78,WIB,,{seats}"
        for code, seats in (("A", "leader,liaison,leader"), ("B", "none,,"), ("C", ",,"))
    ]
    by_code = directory_of(read_agencies({"35.78"}, overlay=seats_of_acts(tmp_path, *rows))).by_code
    assert (by_code["A"].approver, by_code["A"].duty_officer) == ("leader", "liaison")
    assert by_code["A"].sensitive_seats == ("leader",)
    # The approval is waived by a word; units and companies of the seed, without a coordinator of their own, say it.
    for code, approver in (("B", None), ("C", "coordinator"), ("35.78.DPUPR", None), ("35.78", "coordinator")):
        assert (by_code[code].approver, by_code[code].duty_officer) == (approver, "leader")
        assert by_code[code].sensitive_seats == ("coordinator", "leader")


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ("liaison,,", "own.csv, line 2: unknown approver 'liaison'"),
        (",mayor,", "own.csv, line 2: unknown duty_officer 'mayor'"),
        (",,leader mayor", "own.csv, line 2: unknown sensitive_seats 'mayor'"),
    ],
)
def test_an_unknown_seat_of_an_act_is_refused_with_place_and_problem(tmp_path: Path, cells: str, problem: str) -> None:
    with pytest.raises(TableError) as caught:
        read_agencies({"35.78"}, overlay=seats_of_acts(tmp_path, f"A,A,unit,35.78,35.78,WIB,,{cells}"))
    assert str(caught.value) == problem


def test_an_overlay_row_of_another_region_is_left_out(tmp_path: Path) -> None:
    own = overlay(
        tmp_path,
        "35.01.X,Elsewhere,unit,35.01,35.01,WIB,,,,,,,",
        "OMBUDSMAN,Ombudsman Republik Indonesia,ministry,NAS,,WIB,,,,,,,",
    )
    codes = {agency.code for agency in read_agencies({"35.78"}, overlay=own)}
    assert "35.01.X" not in codes
    assert "OMBUDSMAN" in codes


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("X,X,unit,99.99,35.78,WIB,,", "own.csv, line 3: unknown parent '99.99'"),
        ("X,X,unit,,35.78,WIB,,", "own.csv, line 3: unknown parent ''"),
        (
            "X 1,X,unit,35.78,35.78,WIB,,",
            "own.csv, line 3: 'X 1' is no code: at most 64 letters, digits, dots, dashes and underscores",
        ),
        ("X,X,unit,35.78,35.78,CET,,", "own.csv, line 3: unknown zone 'CET'"),
        ("X,X,office,35.78,35.78,WIB,,", "own.csv, line 3: unknown tier 'office'"),
        ("X,X,unit,35.78,99.99,WIB,,", "own.csv, line 3: unknown region '99.99'"),
        ("X,X,unit,35.78,35.78,WIB,magic,", "own.csv, line 3: unknown field 'magic'"),
        ("FIRST,X,unit,35.78,35.78,WIB,,", "own.csv, line 3: duplicate code 'FIRST'"),
        ("X,X,unit,X,35.78,WIB,,", "own.csv, line 3: The reporting chain of X runs in a circle: X → X."),
        ("X,X,unit,35.78,35.78,WIB" + "," * 9, "own.csv, line 3: more cells than columns"),
        (
            "X,X,unit,35.78,35.78,WIB,,,,,,Kepala,kepala dinas pu",
            "own.csv, line 3: leader_email 'kepala dinas pu' is no e-mail address",
        ),
        pytest.param(
            'X,"X' + " " * 140_000, "own.csv, line 3: field larger than field limit (131072)", id="an unclosed quote"
        ),
    ],
)
def test_a_faulty_overlay_is_refused_with_place_and_problem(tmp_path: Path, row: str, problem: str) -> None:
    own = overlay(tmp_path, "FIRST,First,unit,35.78,35.78,WIB,,", row)
    with pytest.raises(TableError) as caught:
        read_agencies({"35.78"}, overlay=own)
    assert str(caught.value) == problem


def left(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "own.csv"
    path.write_text("code,name,tier,parent,region,zone,field,successor\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_a_row_with_a_successor_takes_an_agency_out_and_those_below_it_report_to_the_successor(tmp_path: Path) -> None:
    own = left(tmp_path, "35.78,,,,,,,35", "35.78.LAMA,Dinas Lama,,,,,,35.78.DISHUB", "35.78.DISHUB,,,,,,,35.78.DPUPR")
    listed = read_directory({"35.78"}, overlay=own)
    by_code = {agency.code: agency for agency in listed.agencies}
    assert not {"35.78", "35.78.LAMA", "35.78.DISHUB"} & by_code.keys()
    assert by_code["35.78.DPUPR"].parent == "35"
    assert listed.departed == (
        Departed("35.78", "Pemerintah Kota Surabaya", "35"),
        Departed("35.78.LAMA", "Dinas Lama", "35.78.DPUPR"),
        Departed("35.78.DISHUB", "Dinas Perhubungan Kota Surabaya", "35.78.DPUPR"),
    )


def test_a_departure_in_a_region_that_is_not_loaded_is_left_out(tmp_path: Path) -> None:
    own = left(tmp_path, "35.01.DISHUB,,,,35.01,,,35.01.DPUPR")
    assert read_directory({"35.78"}, overlay=own).departed == ()


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (["35.78.DISHUB,,,,,,,NOPE"], "own.csv, line 2: successor 'NOPE' leads to no agency of the directory"),
        (
            ["35.78.DISHUB,,,,,,,35.78.DPUPR", "35.78.DPUPR,,,,,,,35.78.DISHUB"],
            "own.csv, line 2: successor '35.78.DPUPR' leads to no agency of the directory",
        ),
        (["NAS,,,,,,,K1"], "own.csv, line 2: NAS is the end of every chain and cannot leave"),
    ],
)
def test_a_faulty_departure_is_refused_with_place_and_problem(tmp_path: Path, rows: list[str], problem: str) -> None:
    with pytest.raises(TableError) as caught:
        read_directory({"35.78"}, overlay=left(tmp_path, *rows))
    assert str(caught.value) == problem


def test_a_city_cannot_leave_to_one_of_its_own_units(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"The reporting chain of .* runs in a circle: .*35.78.DPUPR → 35.78.DPUPR"):
        read_directory({"35.78"}, overlay=left(tmp_path, "35.78,,,,,,,35.78.DPUPR"))
