"""Days and moments in Indonesian, as pages and mails show them."""

from datetime import UTC, date, datetime

import pytest

from shared.indonesian import day, moment


def test_a_day_is_number_month_and_year() -> None:
    assert day(date(2025, 8, 7)) == "7 Agustus 2025"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (datetime(2025, 7, 7, 2, tzinfo=UTC), "7 Juli 2025 pukul 09.00 WIB"),
        (datetime(2025, 12, 31, 17, 5, tzinfo=UTC), "1 Januari 2026 pukul 00.05 WIB"),
    ],
)
def test_a_moment_is_shown_in_jakarta_time(value: datetime, words: str) -> None:
    assert moment(value) == words
