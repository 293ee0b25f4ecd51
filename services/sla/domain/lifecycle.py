"""Which clocks an event begins and which it changes, given the complaint after the event and its clocks before it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.sla.domain import pauses
from services.sla.domain.clocks import (
    TRANSFERRED,
    Clock,
    ResponsibleAgency,
    judged,
    moved,
    reclassified,
    restarted,
    started,
    stopped,
    until,
)
from services.sla.domain.complaints import Complaint
from services.sla.domain.directory import UNKNOWN_ROOT
from services.sla.domain.rules import Rules
from shared.vocabulary import (
    APPROVAL,
    COMMITMENT,
    FOLLOW_UP,
    HOLD,
    LIFE,
    OMBUDSMAN,
    RESOLUTION,
    ROOT,
    VERIFICATION,
    ClockName,
)

Clocks = Sequence[Clock]


@dataclass(frozen=True, slots=True)
class Changes:
    """Clocks that an event begins, unless they are known, and known clocks as the event leaves them."""

    begun: Sequence[Clock] = ()
    changed: Sequence[Clock] = ()

    def applied_to(self, clocks: Clocks) -> Sequence[Clock]:
        """These clocks of the complaint as the event leaves them, with those that it begins."""
        return list({clock.key: clock for clock in (*self.begun, *clocks, *self.changed)}.values())


def limits_set(clocks: Clocks, changes: Changes) -> Iterator[Clock]:
    """The running clocks of one act that an event begins, or gives to another agency or another end."""
    before = {clock.key: clock for clock in clocks}
    # An event that is repeated begins no clock anew. Where a pause will end is not known before it does.
    begun = [clock for clock in changes.begun if clock.key not in before]
    for clock in (*begun, *changes.changed):
        former = before.get(clock.key)
        is_new = former is None or (former.agency, former.due_at) != (clock.agency, clock.due_at)
        runs = clock.stopped_at is None and clock.paused_at is None
        if is_new and runs and clock.name in (VERIFICATION, FOLLOW_UP):
            yield clock


@dataclass(frozen=True, slots=True)
class Promise:
    """What an event says of a promise: for which day it stands, and when it was kept."""

    number: int
    made_at: datetime
    due_on: date
    kept_at: datetime | None = None
    is_new: bool = False


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
    for resolution in _named(clocks, RESOLUTION):
        ombudsman = moved(rules, ombudsman, resolution.agency, resolution.zone)
    alive = _alive_since(rules, complaint, clocks)
    if not complaint.is_forwarded and complaint.reassigned_at is None:
        alive = [moved(rules, clock, agency.code, agency.zone) for clock in alive]
    return Changes((verification, ombudsman), [*alive, *_reclassified(rules, complaint, clocks)])


def reassigned(
    rules: Rules, complaint: Complaint, clocks: Clocks, verifier: ResponsibleAgency, agency: ResponsibleAgency
) -> Changes:
    """The verification goes to this verifier; the limits of the whole case to this agency, until a forwarding."""
    given = routed(rules, complaint, clocks, verifier, agency)
    known = {clock.key: clock for clock in (*clocks, *given.changed)}
    for key, clock in known.items():
        if clock.name == VERIFICATION:
            known[key] = moved(rules, clock, verifier.code, verifier.zone)
        elif clock.name not in (FOLLOW_UP, RESOLUTION, HOLD, APPROVAL) and not complaint.is_forwarded:
            known[key] = moved(rules, clock, agency.code, agency.zone)
    return Changes(given.begun, list(known.values()))


def verified(rules: Rules, complaint: Complaint, clocks: Clocks, at: datetime) -> Changes:
    """The verifier's clock stops; a class that comes late changes the limit of a resolution that has begun."""
    return Changes(changed=[*_stopped(rules, clocks, at, VERIFICATION), *_reclassified(rules, complaint, clocks)])


def forwarded(
    rules: Rules, complaint: Complaint, clocks: Clocks, agency: ResponsibleAgency, turn: int, at: datetime
) -> Changes:
    """Each turn of a holder is a cycle of the follow-up; the resolution runs since the first turn, whoever holds it."""
    begun = list(_begun(rules, complaint, clocks, agency, turn, at))
    changes = Changes(begun, list(_changed(rules, complaint, clocks, agency, turn, at)))
    known = changes.applied_to(clocks)
    promised = [_with_holder(rules, clock, known) for clock in _named(clocks, COMMITMENT)]
    return Changes(begun, [*changes.changed, *promised])


def followed_up(rules: Rules, clocks: Clocks, at: datetime) -> Changes:
    """The follow-up clock of that moment stops."""
    return Changes(changed=_stopped(rules, clocks, at, FOLLOW_UP))


def drafted(rules: Rules, complaint: Complaint, agency: ResponsibleAgency, number: int, at: datetime) -> Changes:
    """Each draft of an answer is a cycle of the approval; it stops no other clock."""
    return Changes((started(rules, complaint, APPROVAL, agency, at, number),))


def draft_returned(rules: Rules, clocks: Clocks, at: datetime) -> Changes:
    """The approval of that moment is over."""
    return Changes(changed=_stopped(rules, clocks, at, APPROVAL))


def promised(
    rules: Rules, complaint: Complaint, clocks: Clocks, agency: ResponsibleAgency, promise: Promise
) -> Changes:
    """The clock of a promise runs for whoever holds the complaint, until the day for which the promise stands."""
    known = [clock for clock in _named(clocks, COMMITMENT) if clock.cycle == promise.number]
    if known and promise.is_new:
        return Changes()  # What became of it is known already.
    own = known or [started(rules, complaint, COMMITMENT, agency, promise.made_at, promise.number)]
    clock = until(rules, own[0], promise.due_on)
    if promise.kept_at and clock.runs_at(promise.kept_at):
        clock = stopped(rules, clock, promise.kept_at)
    clock = _with_holder(rules, clock, clocks)
    return Changes(changed=[clock]) if known else Changes((clock,))


def answered(rules: Rules, clocks: Clocks, at: datetime) -> Changes:
    """An answer stops every clock, also the follow-up that it made needless, but not the verifier's own."""
    return Changes(changed=_stopped(rules, clocks, at, FOLLOW_UP, RESOLUTION, OMBUDSMAN, HOLD, LIFE, APPROVAL))


def ended(rules: Rules, clocks: Clocks, at: datetime) -> Changes:
    """An end without an answer stops every clock, also the verifier's."""
    named = VERIFICATION, FOLLOW_UP, RESOLUTION, OMBUDSMAN, HOLD, LIFE, APPROVAL, COMMITMENT
    stopped = _stopped(rules, clocks, at, *named)
    # The draft that goes back at this moment may be heard of before its reason, which gives the outcome.
    return Changes(changed=[*stopped, *(clock for clock in _named(clocks, APPROVAL) if clock.stopped_at == at)])


def held(rules: Rules, complaint: Complaint, agency: ResponsibleAgency, cycle: int, at: datetime) -> Changes:
    """The reporter has time to answer; the limits of the handling pause meanwhile."""
    return Changes([started(rules, complaint, HOLD, agency, at, cycle)])


def resumed(rules: Rules, clocks: Clocks, at: datetime) -> Changes:
    """The hold of that moment ends, by an answer or without one."""
    return Changes(changed=_stopped(rules, clocks, at, HOLD))


def with_pauses(rules: Rules, clocks: Clocks, changes: Changes) -> Changes:
    """The changes that an event makes to these clocks, and those that the holds of the complaint make after it."""
    after = changes.applied_to(clocks)
    if all(clock.name != HOLD for clock in after):
        return changes
    paused = {clock.key: clock for clock in pauses.with_pauses(rules, after)}
    begun = [paused.get(clock.key, clock) for clock in changes.begun]
    return Changes(begun, [paused[clock.key] for clock in clocks])


def with_outcomes(complaint: Complaint, changes: Changes) -> Changes:
    """The changes that an event makes, each clock that has stopped with its outcome."""
    begun, changed = ([judged(complaint, clock) for clock in clocks] for clocks in (changes.begun, changes.changed))
    return Changes(begun, changed)


def _begun(
    rules: Rules, complaint: Complaint, clocks: Clocks, agency: ResponsibleAgency, turn: int, at: datetime
) -> Iterator[Clock]:
    """The holder's own clock, which ends where a known later turn begins, and the resolution at the first turn."""
    own = started(rules, complaint, FOLLOW_UP, agency, at, turn)
    later = [clock.started_at for clock in _named(clocks, FOLLOW_UP) if clock.cycle > turn]
    yield stopped(rules, own, min(later), TRANSFERRED) if later and own.runs_at(min(later)) else own
    if not _named(clocks, RESOLUTION):
        yield started(rules, complaint, RESOLUTION, agency, at)


def _changed(
    rules: Rules, complaint: Complaint, clocks: Clocks, agency: ResponsibleAgency, turn: int, at: datetime
) -> Iterator[Clock]:
    """Earlier turns end; the limits of the whole case go to the last holder, and start with the first turn."""
    is_last = all(clock.cycle <= turn for clock in _named(clocks, FOLLOW_UP))
    for clock in clocks:
        if clock.name == FOLLOW_UP and clock.cycle < turn and clock.runs_at(at):
            yield stopped(rules, clock, at, TRANSFERRED)
        elif clock.name == RESOLUTION and at < clock.started_at and not is_last:
            yield restarted(rules, complaint, clock, agency.code, at)
        elif clock.name in (RESOLUTION, OMBUDSMAN, LIFE) and is_last and (clock.runs_at(at) or clock.name == LIFE):
            yield moved(rules, clock, agency.code, agency.zone)


def _with_holder(rules: Rules, clock: Clock, known: Clocks) -> Clock:
    """A promise in the hands of whoever has the last turn, or had it when the promise was kept."""
    turns = [
        turn
        for turn in _named(known, FOLLOW_UP)
        if clock.stopped_at is None or turn.cycle == 1 or turn.started_at < clock.stopped_at
    ]
    last = max(turns, key=lambda turn: turn.cycle, default=clock)
    return moved(rules, clock, last.agency, last.zone)


def _named(clocks: Iterable[Clock], name: ClockName) -> list[Clock]:
    return [clock for clock in clocks if clock.name == name]


def _alive_since(rules: Rules, complaint: Complaint, clocks: Clocks) -> list[Clock]:
    """The life clock as running since the filing."""
    return [restarted(rules, complaint, clock, ROOT, complaint.filed_at) for clock in _named(clocks, LIFE)]


def _stopped(rules: Rules, clocks: Clocks, at: datetime, *names: ClockName) -> list[Clock]:
    return [stopped(rules, clock, at) for clock in clocks if clock.name in names and clock.runs_at(at)]


def _reclassified(rules: Rules, complaint: Complaint, clocks: Clocks) -> list[Clock]:
    """The limits of a forwarded complaint, by the class that is known now; the resolution began with the first turn."""
    turns = sorted(_named(clocks, FOLLOW_UP), key=lambda clock: clock.started_at)
    first = [clock.agency for clock in turns[:1]]
    resolution = [
        reclassified(rules, complaint, clock, *(first or [clock.agency])) for clock in _named(clocks, RESOLUTION)
    ]
    others = [*turns, *_named(clocks, HOLD)]
    return [*resolution, *(reclassified(rules, complaint, clock, clock.agency) for clock in others)]
