"""The state of sla while it runs: its settings, the rules of time, and the directory and board it read last."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from services.sla.domain.board import Board
from services.sla.domain.indicators import CAPITAL_ZONE
from services.sla.domain.ladder import Ladder
from services.sla.domain.promises import Wait
from services.sla.domain.recounts import Recount
from services.sla.domain.rules import Rules, zone_and_schedule
from services.sla.settings import Settings
from shared.calendar import KEPT, ZONES, Calendar, calendar_for
from shared.errors import BadSettings
from shared.holidays import FIRST, LAST
from shared.schedules import Schedule
from shared.service import RunningService
from shared.telemetry import log, unusable_values


@dataclass(frozen=True, slots=True)
class Schedules:
    """The schedules of the agencies that have one of their own, at one version of the directory."""

    version: int
    by_code: Mapping[str, str]


@dataclass(slots=True)
class State:
    """What one process keeps in memory; every replica fills its own caches.

    `ladder` and `board` are None until they are first needed, `wait` and `swept_at` until the first sweep, and
    `notice_wait` until a climb may have reached nobody.
    """

    settings: Settings
    rules: Rules
    recount: Recount = field(default_factory=Recount)
    schedules: Schedules = field(default_factory=lambda: Schedules(0, {}))
    ladder: Ladder | None = None
    board: Board | None = None
    wait: Wait | None = None
    notice_wait: Wait | None = None
    swept_at: datetime | None = None


def prepare(service: RunningService[State]) -> State:
    """Build the three zones' calendars before the first clock needs one; the policies are in the database.

    Raises BadSettings for exceptions that cannot be read, and where the present moment has no working days.
    """
    settings = service.settings.section(Settings)
    try:
        calendar_of = calendars(settings.calendar_exceptions)
    except (ValueError, OSError) as error:
        raise BadSettings(f"TANGGAP_CALENDAR_EXCEPTIONS is refused: {error}") from error
    if not FIRST <= (today := service.now().date()) <= LAST:
        raise BadSettings(f"TANGGAP_CLOCK_START is refused: {today} is outside the calendar from {FIRST} to {LAST}")
    return State(settings, Rules((), calendar_of))


def calendars(exceptions: Path | None) -> Callable[[str], Calendar]:
    """Gives the calendar of a name: of a zone, or of a zone and a schedule (`domain/rules.py`).

    An unknown zone has the capital's working days rather than none, and a schedule that cannot be read those of its
    zone. Raises ValueError or OSError for exceptions that cannot be read.
    """
    built = {name: calendar_for(zone, exceptions) for zone, iana in ZONES.items() for name in (zone, iana)}

    def of_zone(zone: str) -> Calendar:
        if zone not in built:
            log.warning("unknown zone", zone=zone)
            unusable_values.labels("sla", "zone").inc()
            return built[CAPITAL_ZONE]
        return built[zone]

    @lru_cache(KEPT)
    def of_schedule(zone: str, schedule: str) -> Calendar:
        try:
            return calendar_for(zone, exceptions, Schedule.of(schedule))
        except ValueError as error:
            log.warning("schedule cannot be read", schedule=schedule, error=repr(error))
            unusable_values.labels("sla", "schedule").inc()
            return of_zone(zone)

    def calendar_of(name: str) -> Calendar:
        zone, schedule = zone_and_schedule(name)
        return of_schedule(zone, schedule) if schedule else of_zone(zone)

    return calendar_of
