"""The state of the auditor while it runs: its connections, where it is in its pass, and the violations that stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from services.audit.checks.calendars import exceptions_in
from services.audit.checks.complaints import FIRST
from services.audit.checks.references import PublicName
from services.audit.databases import Databases
from services.audit.domain.digests import Looks
from services.audit.domain.violations import Ledger
from services.audit.settings import Settings
from shared.clock import Clock, pace_of
from shared.errors import BadSettings

DAY, AGAIN = timedelta(days=1), timedelta(hours=1)


@dataclass(slots=True)
class Pass:
    """A pass over all complaints in the order of their ids. A full one goes on without a rest."""

    after: UUID = FIRST
    is_full: bool = False
    full_begun_at: datetime | None = None
    completed_at: datetime | None = None

    def is_full_due(self, now: datetime) -> bool:
        return self.full_begun_at is None or now - self.full_begun_at >= DAY

    def end(self, now: datetime, *, is_complete: bool) -> None:
        """End a full pass. One in which a check could not be made is begun again after an hour."""
        self.is_full = False
        if is_complete:
            self.completed_at = now
        else:
            self.full_begun_at = now - DAY + AGAIN


@dataclass(slots=True)
class State:
    """What the auditor keeps in memory. After a restart it looks at everything first."""

    settings: Settings
    clock: Clock
    databases: Databases
    exceptions: Mapping[date, str]
    ledger: Ledger = field(default_factory=Ledger)
    looks: Looks = field(default_factory=Looks)
    digest_at: datetime | None = None
    way: Pass = field(default_factory=Pass)
    open_complaints: int = 0
    well_on: date | None = None
    # The tracking reference of each complaint with an open violation; None for one that the public may not name.
    names: dict[UUID, PublicName] = field(default_factory=dict)
    # An audit by hand prints what it found.
    logs_findings: bool = True

    @property
    def pace(self) -> float:
        """How much longer than in real time the services' delays are on their clock."""
        return pace_of(self.clock)


def state_of(settings: Settings, clock: Clock) -> State:
    """The state, made from the settings. Raises BadSettings."""
    try:
        exceptions = exceptions_in(settings.calendar_exceptions)
    except (ValueError, KeyError, OSError) as error:
        raise BadSettings(f"TANGGAP_CALENDAR_EXCEPTIONS is refused: {error}") from error
    return State(settings, clock, Databases(settings), exceptions)
