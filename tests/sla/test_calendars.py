"""What the calendar lacks: limits that a decree may still move, and the operator who is told in November."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from services.sla.actions.calendars import check_once
from services.sla.domain.calendars import missing_year
from shared.calendar import Calendar
from shared.clock import ManualClock
from tests.conftest import ServiceMaker
from tests.services import client_of
from tests.sla.cases import hear, ignored, publish, sweep

# The package knows no joint leave of this year, and estimates its religious holidays.
UNDECREED = 2041


@pytest.mark.parametrize(
    ("today", "year"),
    [
        (date(2026, 10, 31), None),
        (date(2026, 11, 1), 2027),
        (date(2026, 12, 31), 2027),
        (date(2027, 1, 1), 2027),
        (date(2028, 10, 31), None),
    ],
)
def test_next_year_is_missing_from_november_on(today: date, year: int | None) -> None:
    assert missing_year(Calendar("WIB", (), decreed={2026, 2028}), today) == year


def test_this_year_is_missing_before_the_next() -> None:
    assert missing_year(Calendar("WIB", (), decreed={2025}), date(2026, 12, 1)) == 2026


def moment(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 3, tzinfo=UTC)


async def test_the_operator_is_told_in_november(
    make_service: ServiceMaker, clock: ManualClock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exceptions = tmp_path / "decree.csv"
    exceptions.write_text(f"date,kind,note\n{UNDECREED - 1}-12-24,leave,SKB\n")
    clock.advance_to(moment(UNDECREED - 1, 10, 31))
    service = await make_service("sla", calendar_exceptions=exceptions)

    async def told() -> tuple[float | None, str | None]:
        assert await check_once(service) == 0
        async with client_of(service) as client:
            policies = (await client.get("/sla/policies")).json()
        gauge = REGISTRY.get_sample_value("tanggap_joint_leave_missing_year", {"service": "sla"})
        return gauge, policies[0]["calendar_notice"]

    assert await told() == (0, None)
    # Midnight of the first of November in Jakarta.
    clock.advance_to(datetime(UNDECREED - 1, 10, 31, 17, tzinfo=UTC))
    gauge, notice = await told()
    assert gauge == UNDECREED
    assert notice and notice.startswith(f"The joint leave of {UNDECREED} is not known")


async def test_a_limit_that_reaches_into_a_year_without_a_decree_is_shown_as_provisional(
    make_service: ServiceMaker, clock: ManualClock, tmp_path: Path
) -> None:
    exceptions = tmp_path / "decree.csv"
    exceptions.write_text(f"date,kind,note\n{UNDECREED - 1}-12-24,leave,SKB\n")
    filed_at = moment(UNDECREED - 1, 12, 17)  # a Monday
    clock.advance_to(filed_at)
    service = await make_service("sla", calendar_exceptions=exceptions)
    await publish(service)
    complaint = uuid4()
    await hear(service, *ignored(complaint, filed_at), at=filed_at)
    await sweep(service, clock, filed_at + timedelta(days=40))
    async with client_of(service) as client:
        clocks = (await client.get(f"/sla/complaints/{complaint}/clocks")).json()
        overdue = (await client.get("/sla/overdue")).json()["items"]
        board = (await client.get("/sla/")).text
    shown = {clock["name"]: clock["provisional"] for clock in clocks if clock["name"] != "life"}
    # Calendar days need no decree, and three working days end in the year that has one.
    assert shown == {"verification": False, "follow_up": False, "resolution": True, "ombudsman": False}
    assert {item["clock"]: item["provisional"] for item in overdue} == {"follow_up": False, "resolution": True}
    assert board.count("sementara, menunggu SKB cuti bersama") == 1


async def test_a_complaint_of_the_last_year_that_the_settings_admit_has_its_clocks(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    filed_at = datetime(2099, 12, 28, 2, tzinfo=UTC)
    clock.advance_to(filed_at)
    service = await make_service("sla")
    await publish(service)
    complaint = uuid4()
    await hear(service, *ignored(complaint, filed_at), at=filed_at)
    async with client_of(service) as client:
        clocks = (await client.get(f"/sla/complaints/{complaint}/clocks")).json()
    assert {"verification", "follow_up", "resolution", "ombudsman"} <= {clock["name"] for clock in clocks}
    assert all(clock["due_at"] > "2099-12-28" for clock in clocks)
