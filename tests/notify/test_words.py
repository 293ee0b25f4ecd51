"""Words: moments in an agency's zone, delays, and the values of a template."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notify.domain.words import agencies_in, delay, known_zone, moment, seat_names, words_for
from shared.vocabulary import CLIMB_NAMES, CLOCK_NAMES, ROOT

AT = datetime(2025, 7, 7, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Asia/Jakarta", "Senin, 7 Juli 2025 pukul 09.00 WIB"),
        ("Asia/Makassar", "Senin, 7 Juli 2025 pukul 10.00 WITA"),
        ("Asia/Jayapura", "Senin, 7 Juli 2025 pukul 11.00 WIT"),
    ],
)
def test_a_moment_is_given_in_the_zone_of_the_agency(zone: str, words: str) -> None:
    assert moment(AT, zone) == words


def test_a_late_evening_is_the_next_day_in_the_east() -> None:
    assert moment(datetime(2025, 12, 31, 15, 30, tzinfo=UTC), "Asia/Jayapura").startswith("Kamis, 1 Januari 2026")


def test_a_delay_is_counted_in_whole_calendar_days() -> None:
    assert delay(AT, AT + timedelta(days=5, hours=3)) == "5 hari kalender"
    assert delay(AT, AT + timedelta(hours=3)) == "kurang dari satu hari"


def test_only_the_details_of_an_event_are_worded() -> None:
    words = words_for({"at": AT.isoformat()}, "Asia/Jakarta", {})
    known = {"at", "next", "vacant", "unsure", "instead_of", "round", "unattended", "unverified"}
    known |= {
        "due",
        "is_over",
        "next_is_over",
        "accepted",
        "closing_taken_back",
        "sent_back_by",
        "reopened",
        "reopen_until",
        "reply_until",
        "promised",
        "mends",
        "shared",
    }
    assert words.keys() == known


def test_a_seat_is_named_with_its_agency_and_by_the_code_only_where_no_name_is_known() -> None:
    seats = [{"agency": "35.78", "role": "leader"}, {"agency": "35", "role": "coordinator"}]
    assert seat_names(seats, {"35.78": "Kota Surabaya"}) == "Pimpinan Kota Surabaya, Koordinator 35"
    assert agencies_in({"vacant": seats, "instead_of": None}) == {"35.78", "35"}
    assert agencies_in([]) == set()
    assert agencies_in({"vacant": "35", "instead_of": [1, {"agency": 2}]}) == set()


def test_a_climb_of_the_life_clock_is_worded_as_unattended_until_somebody_holds_the_complaint() -> None:
    life, limit = ({"at": AT.isoformat(), "clock": clock, "step": 9} for clock in ("life", "resolution"))
    held = [words_for(life, "Asia/Jakarta", {}, about)["unattended"] for about in (ROOT, "35.78")]
    assert held == [True, False]
    assert words_for(limit, "Asia/Jakarta", {})["unattended"] is False
    assert words_for(limit, "Asia/Jakarta", {})["climb"] == CLIMB_NAMES[-1]


@pytest.mark.parametrize(
    ("name", "known"),
    [("Asia/Jayapura", "Asia/Jayapura"), ("WIT", "Asia/Jayapura"), ("WIB", "Asia/Jakarta"), ("Mars/Olympus", None),
     ("", None), ("../etc/passwd", None), ("Asia", None), (7, None), (None, None),
     ([1], None)],
)  # fmt: skip
def test_a_zone_is_known_by_its_iana_name_or_its_abbreviation(name: object, known: str | None) -> None:
    assert known_zone(name) == known


def test_what_is_wrong_with_a_seat_is_said_in_words() -> None:
    at = {"at": AT.isoformat()}
    assert words_for({**at, "missing": "vacant"}, "Asia/Jakarta", {})["missing"] == "kosong"
    assert "kosong atau" in words_for({**at, "missing": "something new"}, "Asia/Jakarta", {})["missing"]


def test_a_day_is_worded_as_a_day() -> None:
    assert words_for({"at": AT.isoformat(), "next_date": "2025-07-21"}, "Asia/Jakarta", {})["next"] == "21 Juli 2025"
    assert words_for({"at": AT.isoformat(), "next_date": None}, "Asia/Jakarta", {})["next"] == ""


def test_a_promised_day_is_over_once_it_has_passed_in_the_zone_of_the_agency() -> None:
    late_evening = datetime(2025, 7, 7, 16, tzinfo=UTC).isoformat()
    details = {"at": late_evening, "next_date": "2025-07-07"}
    over = [words_for(details, zone, {})["next_is_over"] for zone in ("Asia/Jakarta", "Asia/Jayapura")]
    assert over == [False, True]


@pytest.mark.parametrize("unverified", [False, True])
@pytest.mark.parametrize("clock", CLOCK_NAMES)
def test_a_climb_asks_for_what_its_clock_waits_for(clock: str, unverified: bool) -> None:
    words = words_for({"at": AT.isoformat(), "clock": clock, "unverified": unverified}, "Asia/Jakarta", {}, "35.78")
    missing = {
        "life": "penanganan",
        "verification": "verifikasi",
        "follow_up": "tindak lanjut pertama",
        "resolution": "penyelesaian dan jawaban",
        "ombudsman": "Ombudsman",
        "hold": "ditunda",
        "merger": "digabungkan",
        "alarm": "bahaya bagi nyawa",
        "approval": "persetujuan",
        "promise": "pemenuhan janji",
        "window": "penutupan",
        "contact": "dihubungi",
        "appeal": "keputusan atas banding",
        "contest": "keputusan atas keberatan",
        "acknowledgement": "konfirmasi arahan",
        "contribution": "kontribusi instansi pendukung",
        "referral": "penyerahan berkas",
    }[clock]
    assert missing in words["asked"]
    assert words["asked"].startswith("verifikasi aduan ini") is (unverified or clock == "verification")
    assert words["asked"].count("verifikasi") <= 1


def test_a_limit_is_over_at_the_moment_at_which_it_ends() -> None:
    over = [
        words_for({"at": AT.isoformat(), "due_at": (AT + span).isoformat()}, "Asia/Jakarta", {})["is_over"]
        for span in (timedelta(), timedelta(seconds=1))
    ]
    assert over == [True, False]
