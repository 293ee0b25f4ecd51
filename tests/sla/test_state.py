"""The start of sla: settings without which no clock can be counted stop it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.clock import ManualClock
from shared.errors import BadSettings
from tests.conftest import ServiceMaker


async def test_an_unreadable_file_of_exceptions_stops_the_start(make_service: ServiceMaker, tmp_path: Path) -> None:
    faulty = tmp_path / "libur.csv"
    faulty.write_text("garbage")
    with pytest.raises(BadSettings, match=r"TANGGAP_CALENDAR_EXCEPTIONS is refused: .*line 1"):
        await make_service("sla", calendar_exceptions=faulty)


async def test_a_moment_outside_the_calendar_stops_the_start(make_service: ServiceMaker, clock: ManualClock) -> None:
    clock.advance_to(datetime(2200, 1, 1, tzinfo=UTC))
    with pytest.raises(BadSettings, match=r"TANGGAP_CLOCK_START is refused: 2200-01-01 is outside"):
        await make_service("sla")
