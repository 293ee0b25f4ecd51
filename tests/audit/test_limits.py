"""The auditor's own count of working days agrees with the calendar of the services, with which it shares no code."""

from datetime import UTC, date, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.checks.calendars import Calendar, exceptions_in
from services.audit.checks.policies import PERMEN
from services.sla.domain.policies import UNITS
from shared.calendar import ZONES, calendar_for
from tests.policies import POLICIES

MOMENTS = st.datetimes(datetime(2024, 1, 2), datetime(2026, 9, 1), timezones=st.just(UTC))


@settings(deadline=None)
@given(st.sampled_from([*ZONES, *ZONES.values()]), MOMENTS, st.sampled_from([1, 3, 5, 14, 60]))
def test_both_count_the_same_day(zone: str, since: datetime, days: int) -> None:
    assert Calendar(zone, {}).due_at(since, days) == calendar_for(zone).due_at(since, days)


def test_exceptions_are_the_same(tmp_path: Path) -> None:
    file = tmp_path / "days.csv"
    file.write_text("date,kind,note\n2025-07-08,holiday,a\n2025-07-12,working,b\n")
    exceptions, since = exceptions_in(file), datetime(2025, 7, 7, 2, tzinfo=UTC)
    assert exceptions == {date(2025, 7, 8): "holiday", date(2025, 7, 12): "working"}
    for days in (1, 3, 4):
        ours = Calendar("WIB", exceptions).due_at(since, days)
        assert ours == calendar_for("WIB", file).due_at(since, days) != calendar_for("WIB").due_at(since, days)


def test_the_seed_is_written_down_twice() -> None:
    [seed] = POLICIES
    names = "clock", "classification", "kind", "days", "unit", "extension"
    ours = {tuple(getattr(limit, name) for name in names) for limit in seed.limits}
    assert {*PERMEN.limits} == ours
    assert (PERMEN.reminders, PERMEN.climbs) == (len(seed.reminders), seed.climbs)
    assert PERMEN.rounds == {unit: seed.recurrence.days(unit) for unit in UNITS}
