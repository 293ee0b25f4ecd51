"""Who is reached: up the reporting chain of agencies, past vacant seats, as far as the root."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.sla.domain.steps import CLIMB, Step

ROOT = "NAS"
LIAISON, COORDINATOR, LEADER = "liaison", "coordinator", "leader"


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency with its seats: role → whether it is filled. A role that it does not list is not there."""

    code: str
    parent: str | None
    zone: str
    seats: Mapping[str, bool]

    def filled(self, role: str) -> bool:
        return self.seats.get(role, False)


Seat = tuple[str, str]
Chain = Sequence[Agency]


@dataclass(frozen=True, slots=True)
class Reach:
    """Seats, as (agency, role): those that are told, and those that should have been but are vacant."""

    told: tuple[Seat, ...]
    vacant: tuple[Seat, ...] = ()


# As long as the directory has not told of the root, its seats are taken to be filled: somebody must hear.
UNKNOWN_ROOT = Agency(ROOT, None, "WIB", {COORDINATOR: True, LEADER: True})


def chain_of(agencies: Mapping[str, Agency], code: str) -> tuple[Agency, ...]:
    """The reporting chain from an agency to the root; one that breaks off or runs in a circle goes on at the root."""
    climbed: dict[str, Agency] = {}
    step: str | None = code
    while step is not None and step in agencies and step not in climbed:
        climbed[step] = agencies[step]
        step = agencies[step].parent
    climbed.setdefault(ROOT, agencies.get(ROOT, UNKNOWN_ROOT))
    return tuple(climbed.values())


def reach(chain: Chain, clock: str, step: Step) -> Reach:
    """Whom a step of a clock reaches in the chain of its responsible agency."""
    if step.kind == CLIMB:
        return climb(chain, step.escalation)
    # Verification is the coordinator's own work.
    return remind(chain, (COORDINATOR,) if clock == "verification" else step.roles)


def remind(chain: Chain, roles: Sequence[str]) -> Reach:
    """The liaison, the nearest coordinator, or both; without either, the nearest leader."""
    told: list[Seat] = []
    vacant: list[Seat] = []
    if LIAISON in roles and not _has_no_liaison_by_design(chain[0]):
        (told if chain[0].filled(LIAISON) else vacant).append((chain[0].code, LIAISON))
    if COORDINATOR in roles or not told:
        _take_first(_coordinators(chain), told, vacant)
    if not told:
        _take_first(_seats(chain, LEADER), told, vacant)
    return _reach(told, vacant)


def climb(chain: Chain, escalation: int) -> Reach:
    """The leader `escalation - 1` agencies up, or the nearest filled seat above; the third climb tells the root too.

    Where no leader is left above, a coordinator is taken, and where nobody is left above, whoever sits highest below:
    so a later climb never reaches lower than an earlier one, and nobody is reached only if nobody is there.
    """
    start = min(escalation, len(chain)) - 1
    above, below = chain[start:], chain[:start]
    told: list[Seat] = []
    vacant: list[Seat] = []
    _take_first(_seats(above, LEADER), told, vacant)
    if not told:
        _take_first(_coordinators(above), told, vacant)
    if escalation >= 3:
        for role in (COORDINATOR, LEADER):
            seat = chain[-1].code, role
            (told if chain[-1].filled(role) else vacant).append(seat)
    if not told:
        told.extend(_highest(below))
    return _reach(told, vacant)


def _has_no_liaison_by_design(agency: Agency) -> bool:
    """Ministries and governments have a coordinator at their front desk instead of a liaison."""
    return LIAISON not in agency.seats and COORDINATOR in agency.seats


def _seats(chain: Chain, role: str) -> Iterator[tuple[Seat, bool]]:
    return (((agency.code, role), agency.filled(role)) for agency in chain)


def _coordinators(chain: Chain) -> Iterator[tuple[Seat, bool]]:
    return (
        found for agency, found in zip(chain, _seats(chain, COORDINATOR), strict=True) if COORDINATOR in agency.seats
    )


def _take_first(seats: Iterator[tuple[Seat, bool]], told: list[Seat], vacant: list[Seat]) -> None:
    for seat, filled in seats:
        if filled:
            told.append(seat)
            return
        vacant.append(seat)


def _highest(chain: Chain) -> list[Seat]:
    filled = [(agency.code, role) for agency in chain for role in (COORDINATOR, LEADER) if agency.filled(role)]
    return filled[-1:]


def _reach(told: list[Seat], vacant: list[Seat]) -> Reach:
    return Reach(tuple(dict.fromkeys(told)), tuple(dict.fromkeys(vacant)))
