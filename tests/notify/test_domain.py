"""The rules of sending and the Indonesian words."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notify.domain.sending import LONGEST_PAUSE_SECONDS, Reach, obstacle, pause_seconds
from services.notify.domain.words import delay, moment, seats, words_for

AT = datetime(2025, 7, 7, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Asia/Jakarta", "Senin, 7 Juli 2025 pukul 09.00 WIB"),
        ("Asia/Makassar", "Senin, 7 Juli 2025 pukul 10.00 WITA"),
        ("Asia/Jayapura", "Senin, 7 Juli 2025 pukul 11.00 WIT"),
    ],
)
def test_a_moment_is_said_in_the_agencys_zone(zone: str, said: str) -> None:
    assert moment(AT, zone) == said


def test_a_moment_late_in_the_evening_is_tomorrow_in_the_east() -> None:
    assert moment(datetime(2025, 12, 31, 15, 30, tzinfo=UTC), "Asia/Jayapura").startswith("Kamis, 1 Januari 2026")


def test_a_delay_is_counted_in_whole_calendar_days() -> None:
    assert delay(AT, AT + timedelta(days=5, hours=3)) == "5 hari kalender"
    assert delay(AT, AT + timedelta(hours=3)) == "kurang dari satu hari"


def test_what_a_fact_lacks_is_not_worded() -> None:
    assert words_for({"at": AT.isoformat()}, "Asia/Jakarta").keys() == {"at", "vacant"}
    assert seats([{"agency": "35.78", "role": "leader"}]) == "Pimpinan (35.78)"


@pytest.mark.parametrize(
    ("reach", "why"),
    [
        (Reach("seat", True, True, False, False, "pu@surabaya.example"), None),
        (Reach("seat", True, True, False, False, None), "seat_vacant"),
        (Reach("seat", True, False, False, False, None), "agency_unknown"),
        (Reach("seat", False, True, False, False, "pu@surabaya.example"), "complaint_unknown"),
        (Reach("reporter", True, False, True, True, "siti@warga.example"), None),
        (Reach("reporter", True, False, False, False, None), "no_contact"),
        (Reach("reporter", True, False, True, False, None), "contact_unknown"),
        (Reach("reporter", True, False, True, True, None), "no_email"),
        (Reach("reporter", True, False, True, True, "siti@warga.example\r\nBcc: all@world.example"), "bad_address"),
        (Reach("reporter", True, False, True, True, "siti@warga.example>"), "bad_address"),
        (Reach("reporter", True, False, True, True, "siti, budi@warga.example"), "bad_address"),
    ],
)
def test_what_stands_in_the_way_is_named(reach: Reach, why: str | None) -> None:
    assert obstacle(reach) == why


def test_pauses_grow_to_a_limit_and_are_spread() -> None:
    pauses = [pause_seconds(attempts, 0.5) for attempts in range(1, 20)]
    assert pauses[:4] == [2, 6, 18, 54]
    assert pauses == sorted(pauses) and pauses[-1] == LONGEST_PAUSE_SECONDS
    assert pause_seconds(3, 0.0) < pause_seconds(3, 0.99)
