"""The calendar: whether the joint leave of a year is known in time, for the operator's alarm and the public list."""

from datetime import datetime

from services.sla.domain.calendars import missing_year, notice_of
from services.sla.domain.indicators import CAPITAL_ZONE, time_zone
from services.sla.state import State
from shared.service import RunningService
from shared.telemetry import joint_leave_missing, log

# Often enough for an alarm that has weeks, and seldom enough for a log.
CHECK_SECONDS = 21_600.0


async def check_once(service: RunningService[State]) -> int:
    """Tell the operator of a year whose joint leave should be known by now; always 0, for nothing is left to do."""
    year = year_without_decree(service.state, service.now())
    joint_leave_missing.labels(service.name).set(year or 0)
    if year is not None:
        log.warning("joint leave is not known", year=year, notice=notice_of(year))
    return 0


def calendar_notice(state: State, now: datetime) -> str | None:
    """What limits all clocks at present: a sentence about the missing decree, or None."""
    year = year_without_decree(state, now)
    return None if year is None else notice_of(year)


def year_without_decree(state: State, now: datetime) -> int | None:
    """The year whose joint leave should be known by now and is not."""
    today = now.astimezone(time_zone(CAPITAL_ZONE)).date()
    return missing_year(state.rules.calendar_of(CAPITAL_ZONE), today)
