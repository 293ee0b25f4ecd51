"""The limits of a complaint as its page shows them: what runs, whose it is, until when, and who was told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.calendar import ZONES
from shared.language import JAKARTA
from shared.vocabulary import CLIMB_NAMES, HOLD, MERGER, OMBUDSMAN, ROLE_NAMES, WINDOW

STATUS_NAMES: Mapping[str, str] = {
    "running": "berjalan",
    "overdue": "terlewati dan belum dipenuhi",
    "paused": "dihentikan sementara",
    "met": "berakhir sebelum terlewati",
    "missed": "berakhir setelah terlewati",
    "transferred": "beralih ke instansi lain",
    "answered": "berakhir dengan jawaban",
    "ended": "berakhir tanpa jawaban",
}
# Time that the reporter has, and no agency can miss.
OF_REPORTER = frozenset({HOLD, WINDOW})
REPORTER = "Pelapor"
REMINDER = "pengingat kepada instansi"
# The steps of clocks that do not climb, in their order; of others each such step is a reminder.
STEP_NAMES: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(OF_REPORTER, ("pengingat kepada pelapor", "waktu pelapor berakhir")),
    MERGER: ("waktu penggabungan berakhir",),
    OMBUDSMAN: ("tawaran kepada pelapor untuk meneruskan ke Ombudsman",),
}


@dataclass(frozen=True, slots=True)
class LimitStep:
    """A reminder or a climb: when, what, to whom, and whether it has arrived and is known.

    `again` counts how often the climb has been repeated.
    """

    at: datetime
    name: str
    told: Sequence[str]
    again: int
    reached_at: datetime | None
    known_at: datetime | None


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of a complaint in words, with its steps so far; `zone` is the IANA name of its agency's zone."""

    name: str
    agency: str
    due_at: datetime
    zone: str
    status: str
    runs: bool
    is_overdue: bool
    provisional: bool
    extended_days: int
    steps: Sequence[LimitStep]


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits of a complaint, oldest first."""

    reference: str
    limits: Sequence[Limit]

    @property
    def running(self) -> Sequence[Limit]:
        return [limit for limit in self.limits if limit.runs]

    @property
    def past(self) -> Sequence[Limit]:
        return [limit for limit in self.limits if not limit.runs]


def zone_in_words(zone: str) -> str:
    """The IANA name of a zone that may be given as WIB, WITA or WIT; the capital's for any other."""
    return ZONES.get(zone, zone if zone in ZONES.values() else JAKARTA)


def status_name(clock: str, status: str) -> str:
    """How a limit stands; the reporter's time after an answer ends with any word or none."""
    return "berakhir" if clock == WINDOW and status == "ended" else STATUS_NAMES.get(status, status)


def step_name(clock: str, number: int, escalation: int) -> str:
    """What a step is called; any step beyond the named ones is the last of them."""
    if escalation > 0:
        return f"naik ke {CLIMB_NAMES[min(escalation, len(CLIMB_NAMES) - 1)]}"
    names = STEP_NAMES.get(clock, (REMINDER,))
    return names[min(max(number, 1), len(names)) - 1]


def seat_name(seat: str, names: Mapping[str, str]) -> str:
    """A seat (`agency/role`) in words: the office and its agency, never a person."""
    agency, _, role = seat.partition("/")
    return f"{ROLE_NAMES.get(role, role)} {names.get(agency, agency)}"
