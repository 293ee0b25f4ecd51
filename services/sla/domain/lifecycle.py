"""Which clocks an event begins and which it changes, given the complaint after the event and its clocks before it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.sla.domain.clocks import (
    Clock,
    ResponsibleAgency,
    reclassified,
    restarted,
    started,
)
from services.sla.domain.complaints import Complaint
from services.sla.domain.directory import UNKNOWN_ROOT
from services.sla.domain.holders import counted_also, moved
from services.sla.domain.rules import Rules
from shared.vocabulary import (
    ACKNOWLEDGEMENT,
    ALARM,
    APPEAL,
    APPROVAL,
    CONTEST,
    FOLLOW_UP,
    HOLD,
    LIFE,
    MERGER,
    OMBUDSMAN,
    REFERRAL,
    RESOLUTION,
    ROOT,
    VERIFICATION,
    ClockName,
)

Clocks = Sequence[Clock]


@dataclass(frozen=True, slots=True)
class AgencyOf:
    """An agency that is responsible within a limit."""

    code: str
    zone: str


@dataclass(frozen=True, slots=True)
class Opening:
    """What a reporter has reopened: for whom which cycle begins, and the step below which nothing climbs.

    A `turn` of its holder begins only if the follow-up does, and only what was never verified has a `verifier`.
    """

    agency: ResponsibleAgency
    verifier: ResponsibleAgency | None
    cycle: int
    floor: int
    turn: int | None

    @property
    def transfers(self) -> int | None:
        """How often the complaint had been passed on when this turn began."""
        return None if self.turn is None else self.turn - 1


@dataclass(frozen=True, slots=True)
class Changes:
    """Clocks that an event begins, unless they are known, and known clocks as the event leaves them."""

    begun: Sequence[Clock] = ()
    changed: Sequence[Clock] = ()

    def applied_to(self, clocks: Clocks) -> Sequence[Clock]:
        """These clocks of the complaint as the event leaves them, with those that it begins."""
        return list({clock.key: clock for clock in (*self.begun, *clocks, *self.changed)}.values())


def limits_set(clocks: Clocks, changes: Changes, is_corrected: bool = False) -> Iterator[Clock]:
    """The running clocks of one act, of the reporter too, that an event begins, or gives another agency or end.

    One that is longer, or that a correction has changed, is told whatever it limits.
    """
    before = {clock.key: clock for clock in clocks}
    # An event that is repeated begins no clock anew. Where a pause will end is not known before it does.
    begun = [clock for clock in changes.begun if clock.key not in before]
    for clock in (*begun, *changes.changed):
        former = before.get(clock.key)
        is_new = former is None or (former.agency, former.due_at) != (clock.agency, clock.due_at)
        runs = clock.stopped_at is None and clock.paused_at is None
        is_longer = former is not None and former.extended_days != clock.extended_days
        is_longer |= is_corrected and former is not None and former.limit_days != clock.limit_days
        told = (VERIFICATION, FOLLOW_UP, HOLD, APPEAL, CONTEST, REFERRAL, ACKNOWLEDGEMENT)
        if runs and (is_longer or (is_new and clock.name in told)):
            yield clock


def life(rules: Rules, complaint: Complaint) -> Clock:
    """The life clock of a new complaint: the root holds it until routing has spoken."""
    return started(rules, complaint, LIFE, UNKNOWN_ROOT, complaint.filed_at)


def filed(rules: Rules, complaint: Complaint, clocks: Clocks) -> Changes:
    """A filing that comes late: life began with it, and the resolution takes the limit of the kind."""
    return Changes(changed=[*_alive_since(rules, complaint, clocks), *_reclassified(rules, complaint, clocks)])


def routed(
    rules: Rules, complaint: Complaint, clocks: Clocks, verifier: ResponsibleAgency, agency: ResponsibleAgency
) -> Changes:
    """The verifier's clock and the ombudsman's run since the filing; the ombudsman's with whoever holds the case.

    The agency holds the complaint from now on, unless a forwarding has named another.
    """
    verification = started(rules, complaint, VERIFICATION, verifier, complaint.filed_at)
    ombudsman = started(rules, complaint, OMBUDSMAN, agency, complaint.filed_at)
    for resolution in named(clocks, RESOLUTION):
        ombudsman = moved(rules, ombudsman, resolution.agency, resolution.zone)
    also = [counted_also(rules, clock, verifier) for clock in named(clocks, VERIFICATION) if clock.cycle == 1]
    alive = _alive_since(rules, complaint, clocks)
    if not complaint.is_forwarded and complaint.reassigned_at is None:
        alive = [moved(rules, clock, agency.code, agency.zone) for clock in alive]
    return Changes((verification, ombudsman), [*also, *alive, *_reclassified(rules, complaint, clocks)])


def reassigned(
    rules: Rules,
    complaint: Complaint,
    clocks: Clocks,
    verifier: ResponsibleAgency,
    agency: ResponsibleAgency,
    at: datetime,
) -> Changes:
    """The verification goes to this verifier; the limits of the whole case to this agency, until a forwarding."""
    if complaint.reassigned_at != at:  # A later one is known: this verifier had the verification until then.
        had = (clock for clock in named(clocks, VERIFICATION) if clock.has_started(at))
        return Changes(changed=[counted_also(rules, clock, verifier) for clock in had])
    given = routed(rules, complaint, clocks, verifier, agency)
    known = {clock.key: clock for clock in (*clocks, *given.changed)}
    for key, clock in known.items():
        if clock.name == VERIFICATION and clock.has_started(at):
            known[key] = moved(rules, clock, verifier.code, verifier.zone)
        elif clock.name in (LIFE, OMBUDSMAN) and not complaint.is_forwarded:
            known[key] = moved(rules, clock, agency.code, agency.zone)
    return Changes(given.begun, list(known.values()))


def verified(rules: Rules, complaint: Complaint, clocks: Clocks) -> Changes:
    """A class that comes late changes the limit of a resolution that has begun."""
    return Changes(changed=_reclassified(rules, complaint, clocks))


def forwarded(
    rules: Rules, complaint: Complaint, clocks: Clocks, agency: ResponsibleAgency, turn: int, at: datetime
) -> Changes:
    """Each turn of a holder is a cycle of the follow-up; the resolution runs since the first turn, whoever holds it."""
    begun = [started(rules, complaint, FOLLOW_UP, agency, at, turn)]
    if not any(clock.cycle == 1 for clock in named(clocks, RESOLUTION)):
        begun.append(started(rules, complaint, RESOLUTION, agency, at))
    return Changes(begun, list(_changed(rules, complaint, clocks, agency, turn, at)))


def after_answer(
    rules: Rules, complaint: Complaint, clock: ClockName, agency: ResponsibleAgency, window: int, at: datetime
) -> Changes:
    """A window of the reporter, or the limit of the call that goes with it; an answer without a window has neither."""
    return Changes([started(rules, complaint, clock, agency, at, window)]) if window else Changes()


def drafted(rules: Rules, complaint: Complaint, agency: ResponsibleAgency, number: int, at: datetime) -> Changes:
    """Each draft of an answer is a cycle of the approval; it stops no other clock."""
    return Changes((started(rules, complaint, APPROVAL, agency, at, number),))


def declared_urgent(
    rules: Rules, complaint: Complaint, agency: ResponsibleAgency, number: int, since: datetime
) -> Changes:
    """Each alarm is a cycle of a clock of its own; it stops no other clock."""
    return Changes((started(rules, complaint, ALARM, agency, since, number),))


def held(rules: Rules, complaint: Complaint, agency: ResponsibleAgency, cycle: int, at: datetime) -> Changes:
    """The reporter has time to answer; the limits of the handling pause meanwhile."""
    return Changes([started(rules, complaint, HOLD, agency, at, cycle)])


def merged(rules: Rules, complaint: Complaint, agency: ResponsibleAgency, cycle: int, at: datetime) -> Changes:
    """The complaint waits for the answer to another; the limits of the handling pause meanwhile."""
    return Changes([started(rules, complaint, MERGER, agency, at, cycle)])


def appealed(rules: Rules, complaint: Complaint, agency: ResponsibleAgency, number: int, at: datetime) -> Changes:
    """The agency above has time to decide; the holder stays as it is."""
    return Changes([started(rules, complaint, APPEAL, agency, at, number)])


def contested(rules: Rules, complaint: Complaint, agency: ResponsibleAgency, number: int, at: datetime) -> Changes:
    """The agency above has time to judge; nothing else changes meanwhile."""
    return Changes([started(rules, complaint, CONTEST, agency, at, number)])


def ordered(rules: Rules, complaint: Complaint, agency: ResponsibleAgency, number: int, at: datetime) -> Changes:
    """The holder has time to acknowledge an order; nothing else changes meanwhile."""
    return Changes([started(rules, complaint, ACKNOWLEDGEMENT, agency, at, number)])


def reopened(rules: Rules, complaint: Complaint, clocks: Clocks, opening: Opening, at: datetime) -> Changes:
    """Verification or resolution begin another cycle; a turn of the holder, if one begins, begins its follow-up."""
    agency, cycle, floor = opening.agency, opening.cycle, opening.floor
    if opening.verifier:
        verification = started(rules, complaint, VERIFICATION, opening.verifier, at, cycle, floor)
        verifier = _verifier_since(complaint, clocks, at)
        return Changes([moved(rules, verification, verifier.code, verifier.zone) if verifier else verification])
    begun = [started(rules, complaint, RESOLUTION, agency, at, cycle, floor)]
    if opening.turn is None:
        return Changes(begun)
    begun.append(started(rules, complaint, FOLLOW_UP, agency, at, opening.turn, floor))
    return Changes(begun, list(_changed(rules, complaint, clocks, agency, opening.turn, at)))


def _verifier_since(complaint: Complaint, clocks: Clocks, at: datetime) -> ResponsibleAgency | None:
    """The verifier by a reassignment after this moment, which has moved the verifications that were known."""
    is_later = complaint.reassigned_at is not None and complaint.reassigned_at > at
    former = named(clocks, VERIFICATION) if is_later else []
    return AgencyOf(former[0].agency, former[0].zone) if former else None


def _changed(
    rules: Rules, complaint: Complaint, clocks: Clocks, agency: ResponsibleAgency, turn: int, at: datetime
) -> Iterator[Clock]:
    """The complaint is the last holder's; the resolution starts with the first turn."""
    is_last = all(clock.cycle <= turn for clock in named(clocks, FOLLOW_UP))
    for clock in clocks:
        if clock.name == RESOLUTION and clock.cycle == 1 and at < clock.started_at and not is_last:
            yield restarted(rules, complaint, clock, agency.code, at)
        elif clock.name == RESOLUTION and clock.cycle > 1 and at <= clock.started_at:
            turns = [*named(clocks, FOLLOW_UP), started(rules, complaint, FOLLOW_UP, agency, at, turn)]
            yield reclassified(rules, complaint, clock, beginner(clock, turns))
        elif is_last and (clock.name == LIFE or (clock.name, clock.cycle) == (FOLLOW_UP, turn)):
            # A turn that is told again with another agency is that agency's: whose turn it is has the limits.
            yield moved(rules, clock, agency.code, agency.zone)


def named(clocks: Iterable[Clock], name: ClockName) -> list[Clock]:
    """The clocks of this name."""
    return [clock for clock in clocks if clock.name == name]


def _alive_since(rules: Rules, complaint: Complaint, clocks: Clocks) -> list[Clock]:
    """The life clock as running since the filing."""
    return [restarted(rules, complaint, clock, ROOT, complaint.filed_at) for clock in named(clocks, LIFE)]


def _reclassified(rules: Rules, complaint: Complaint, clocks: Clocks) -> list[Clock]:
    """The limits of a forwarded complaint, by the class that is known now; the resolution began with the first turn."""
    turns = sorted(named(clocks, FOLLOW_UP), key=lambda clock: clock.started_at)
    resolution = [reclassified(rules, complaint, clock, beginner(clock, turns)) for clock in named(clocks, RESOLUTION)]
    # A first verification begins with the routing, which knows the kind; one that begins anew may be heard before it.
    anew = [clock for clock in named(clocks, VERIFICATION) if clock.cycle > 1]
    of_acts = (HOLD, MERGER, APPEAL, CONTEST, REFERRAL, ACKNOWLEDGEMENT)
    others = [*turns, *(clock for clock in clocks if clock.name in of_acts), *anew]
    return [*resolution, *(reclassified(rules, complaint, clock, clock.agency) for clock in others)]


def beginner(clock: Clock, turns: Clocks) -> str:
    """For which agency a clock began: the one whose turn it was."""
    if clock.name != RESOLUTION:
        return clock.agency
    had = [turn for turn in turns if turn.started_at <= clock.started_at]
    return max(had, key=lambda turn: turn.cycle).agency if had else clock.agency
