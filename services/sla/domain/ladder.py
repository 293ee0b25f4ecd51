"""The ladder: the recipients of each step, up the reporting chain, past vacant seats, as far as the root."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from services.sla.domain.clocks import Clock
from services.sla.domain.directory import Agency, Chain, Directory, Seat
from services.sla.domain.steps import CLIMB, HALFWAY, OVER, WATCH, Step
from shared.calendar import ZONES
from shared.lifecycle.clocks import PAUSED_BY
from shared.vocabulary import (
    ACKNOWLEDGEMENT,
    ALARM,
    APPEAL,
    APPROVAL,
    CONTEST,
    COORDINATOR,
    LEADER,
    LIAISON,
    REFERRAL,
    ROOT,
    VERIFICATION,
    ClockName,
    Role,
)

# The clocks of one seat, which is reminded instead of those that a policy names.
OF_ONE_SEAT = (VERIFICATION, APPROVAL, ALARM, APPEAL, CONTEST, REFERRAL, ACKNOWLEDGEMENT)
# The climb that reaches the root's seats beside those of its own.
LAST_CLIMB = 3
KNOWN_ZONES = frozenset({*ZONES, *ZONES.values()})


@dataclass(frozen=True, slots=True)
class Recipients:
    """The seats that a step reaches, and the vacant seats that it passed over."""

    reached: tuple[Seat, ...]
    vacant: tuple[Seat, ...] = ()


NOBODY = Recipients(())


@dataclass(slots=True)
class Ladder:
    """The recipients of every step at one version of the directory, each worked out once."""

    directory: Directory
    _recipients: dict[tuple[str, ClockName | None, Step], Recipients] = field(default_factory=dict)

    def recipients(self, clock: Clock, step: Step) -> Recipients:
        """The recipients of a step; those of the root instead, if the clock's agency or zone is unknown.

        A hold is for its reporter, who has no seat, and the end of a merger for routing.
        """
        if clock.name in PAUSED_BY:
            return NOBODY
        is_sound = clock.zone in KNOWN_ZONES and clock.agency in self.directory.agencies
        return self.recipients_at(clock.agency if is_sound else ROOT, clock.name, step)

    def recipients_at(self, agency: str, clock: ClockName, step: Step) -> Recipients:
        """The recipients of a step of a clock that runs for this agency."""
        key = agency, clock if clock in OF_ONE_SEAT else None, step
        if key not in self._recipients:
            self._recipients[key] = recipients_of(self.directory.chain_of(agency), clock, step)
        return self._recipients[key]


def recipients_of(chain: Chain, clock: ClockName, step: Step) -> Recipients:
    """The recipients of a step of a clock, in the chain of its responsible agency."""
    if step.kind in (CLIMB, WATCH):
        return _or_the_root(chain[-1], recipients_of_climb(chain, step.escalation))
    if clock == APPROVAL:
        return recipients_of_approval(chain)
    if clock == ALARM:
        return recipients_on_duty(chain)
    if step.kind in (HALFWAY, OVER):  # The reporter's own time, of which no seat is told.
        return Recipients(())
    # Verifications, appeals, contests and hand-overs are the coordinator's own work, who sees to orders as well.
    of_coordinator = clock in (VERIFICATION, APPEAL, CONTEST, REFERRAL, ACKNOWLEDGEMENT)
    return recipients_of_reminder(chain, (COORDINATOR,) if of_coordinator else step.roles)


def recipients_of_approval(chain: Chain) -> Recipients:
    """The approver that the agency names; if that seat is vacant, the nearest above that may approve as well."""
    reached: list[Seat] = []
    vacant: list[Seat] = []
    if chain[0].approver == COORDINATOR:
        _take_first(_coordinators(chain), reached, vacant)
    if not reached:
        _take_first(_seats(chain, LEADER), reached, vacant)
    return _recipients(reached, vacant)


def recipients_on_duty(chain: Chain) -> Recipients:
    """The duty officer that the agency names, its leader by default; if that seat is vacant, the nearest leader."""
    reached: list[Seat] = []
    vacant: list[Seat] = []
    role = cast(Role, chain[0].duty_officer or LEADER)
    if role != LEADER:
        _take_first(_seats(chain[:1], role), reached, vacant)
    if not reached:
        _take_first(_seats(chain, LEADER), reached, vacant)
    return _recipients(reached, vacant)


def recipients_of_reminder(chain: Chain, roles: Sequence[Role]) -> Recipients:
    """The liaison, the nearest coordinator, or both; without either, the nearest leader."""
    reached: list[Seat] = []
    vacant: list[Seat] = []
    if LIAISON in roles and not _has_no_liaison_by_design(chain[0]):
        (reached if chain[0].is_filled(LIAISON) else vacant).append(Seat(chain[0].code, LIAISON))
    if COORDINATOR in roles or not reached:
        _take_first(_coordinators(chain), reached, vacant)
    if not reached:
        _take_first(_seats(chain, LEADER), reached, vacant)
    return _recipients(reached, vacant)


def recipients_of_climb(chain: Chain, escalation: int) -> Recipients:
    """The leader `escalation - 1` agencies up, or the nearest filled seat above; the third climb reaches the root too.

    Where no leader is left above, a coordinator is taken, and where nobody is left above, whoever sits highest below.
    So a later climb never reaches lower than an earlier one, and nobody is reached only if nobody is there.
    """
    start = min(escalation, len(chain)) - 1
    above, below = chain[start:], chain[:start]
    reached: list[Seat] = []
    vacant: list[Seat] = []
    _take_first(_seats(above, LEADER), reached, vacant)
    if not reached:
        _take_first(_coordinators(above), reached, vacant)
    if escalation >= LAST_CLIMB:
        for role in (COORDINATOR, LEADER):
            (reached if chain[-1].is_filled(role) else vacant).append(Seat(chain[-1].code, role))
    if not reached:
        reached.extend(_highest(below))
    return _recipients(reached, vacant)


def _or_the_root(root: Agency, found: Recipients) -> Recipients:
    """Where nobody can be reached, the root's seats are tried all the same: mails may arrive there again."""
    seats = Seat(root.code, COORDINATOR), Seat(root.code, LEADER)
    return found if found.reached else Recipients(seats, found.vacant)


def _has_no_liaison_by_design(agency: Agency) -> bool:
    """Ministries and governments have a coordinator at their front desk instead of a liaison."""
    return LIAISON not in agency.seats and COORDINATOR in agency.seats


def _seats(chain: Chain, role: Role) -> Iterator[tuple[Seat, bool]]:
    return ((Seat(agency.code, role), agency.is_filled(role)) for agency in chain)


def _coordinators(chain: Chain) -> Iterator[tuple[Seat, bool]]:
    """The coordinators' seats, of the agencies that have one."""
    return _seats([agency for agency in chain if COORDINATOR in agency.seats], COORDINATOR)


def _take_first(seats: Iterator[tuple[Seat, bool]], reached: list[Seat], vacant: list[Seat]) -> None:
    """Add the first filled seat to those reached, and the vacant ones before it to the vacant."""
    for seat, is_filled in seats:
        if is_filled:
            reached.append(seat)
            return
        vacant.append(seat)


def _highest(chain: Chain) -> list[Seat]:
    filled = [Seat(agency.code, role) for agency in chain for role in (COORDINATOR, LEADER) if agency.is_filled(role)]
    return filled[-1:]


def _recipients(reached: list[Seat], vacant: list[Seat]) -> Recipients:
    """Each seat once, in the order of the climb."""
    return Recipients(tuple(dict.fromkeys(reached)), tuple(dict.fromkeys(vacant)))
