"""Events of the directory, said by routing, and the agencies and seats that other events name."""

from datetime import date

from shared.events.envelope import DIRECTORY, Fact, Part
from shared.schedules import Schedule
from shared.vocabulary import LEADER, NAMED_SEATS, ApproverRole, Role, Tier


class AgencyRef(Part):
    """As much of an agency as an event needs to name it; `zone` is an IANA time zone."""

    code: str
    name: str
    tier: Tier
    zone: str


class Recipient(Part):
    """A seat that a message goes to: the post, never the person."""

    agency: str
    role: Role


class SeatCard(Part):
    """A seat of an agency; without an `email` it is vacant."""

    role: Role
    title: str
    email: str | None = None


class AgencyPublished(Fact, source="routing", topic=DIRECTORY):
    """An agency of the directory with its seats, in full.

    The `approver` publishes its answers; without one each handler publishes his own. Urgent cases go to its
    `duty_officer`. Only `sensitive_seats` may know of its sensitive complaints. Its hours are those of Monday to
    Thursday, and of Friday and Saturday, as `shared/schedules.py` reads them; most agencies have those of the country,
    and no `local_holidays`.
    One that has `departed` has no seats any more; `successor`, an agency that is there, has taken over from it.
    """

    code: str
    name: str
    tier: Tier
    parent: str | None
    region: str | None
    zone: str
    field: str | None = None
    seats: tuple[SeatCard, ...] = ()
    departed: bool = False
    successor: str | None = None
    approver: ApproverRole | None = None
    duty_officer: Role = LEADER
    sensitive_seats: tuple[Role, ...] = NAMED_SEATS
    hours: str = ""
    friday_hours: str = ""
    saturday_hours: str = ""
    local_holidays: tuple[date, ...] = ()

    @property
    def schedule(self) -> Schedule:
        """When the agency works."""
        return Schedule(self.hours, self.friday_hours, self.saturday_hours, self.local_holidays)

    @property
    def key(self) -> str:
        return self.code
