"""The next date of a follow-up: until when the agency promises news, within the working days of its zone."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.routing.domain.agencies import Zone
from services.routing.domain.refusals import RefusalReason
from shared.calendar import ZONES, Calendar
from shared.clock import TICK
from shared.lifecycle.table import REOPENING_DAYS, REPLY_DAYS

MOST_WORKING_DAYS = 10


def next_date(calendar: Calendar, zone: Zone, now: datetime, wanted: date | None) -> date | RefusalReason:
    """The date wanted, or without one the last possible, or why it is refused; today does not count."""
    local = ZoneInfo(ZONES[zone])
    # A limit ends when its last day does.
    last = (calendar.due_at(now, MOST_WORKING_DAYS) - TICK).astimezone(local).date()
    if wanted is None:
        return last
    if wanted < now.astimezone(local).date():
        return RefusalReason.NEXT_DATE_PAST
    return wanted if wanted <= last else RefusalReason.NEXT_DATE_TOO_FAR


def reopen_until(calendar: Calendar, ended_at: datetime) -> datetime:
    """Until when the reporter may reopen a case that ended at this moment."""
    return calendar.due_at(ended_at, REOPENING_DAYS)


def reply_until(calendar: Calendar, answered_at: datetime) -> datetime:
    """Until when the reporter may accept or dispute an answer of this moment, before it counts as accepted."""
    return calendar.due_at(answered_at, REPLY_DAYS)
