"""What an event leaves of all clocks of a complaint: where each stops, whose it is, and how long it is."""

from datetime import datetime

from services.sla.domain import pauses
from services.sla.domain.clocks import Clock, judged, settled
from services.sla.domain.complaints import Complaint
from services.sla.domain.corrections import reckoned
from services.sla.domain.extensions import extended
from services.sla.domain.holders import given_to
from services.sla.domain.lifecycle import Changes, Clocks, beginner, named
from services.sla.domain.parts import turns_of_whole
from services.sla.domain.rules import Rules
from shared.vocabulary import (
    ACKNOWLEDGEMENT,
    ALARM,
    COMMITMENT,
    CONTEST,
    FOLLOW_UP,
    OMBUDSMAN,
    REFERRAL,
    RESOLUTION,
    VERIFICATION,
)


def settle(rules: Rules, complaint: Complaint, clocks: Clocks, changes: Changes) -> Changes:
    """The changes that an event makes, and what follows for every clock: where it stops, and who has it."""
    begun = {clock.key: clock for clock in changes.begun} | {clock.key: clock for clock in clocks}
    known = begun | {clock.key: clock for clock in changes.changed}
    turns = sorted(named(known.values(), FOLLOW_UP), key=lambda clock: clock.cycle)
    verifications = sorted(named(known.values(), VERIFICATION), key=lambda clock: clock.cycle)
    stops = (settled(rules, complaint, clock, _passed_on_at(clock, turns)) for clock in known.values())
    classed = [reckoned(rules, complaint, clock, beginner(clock, turns)) for clock in stops]
    # Whose calendar counts depends on the limit, and that on the pauses; an extension comes on top.
    paused = pauses.with_pauses(rules, classed)
    all_turns = [*turns_of_whole(complaint, turns), *turns]
    placed = [_placed(rules, clock, all_turns, verifications) for clock in paused]
    after = [judged(complaint, extended(rules, complaint, clock)) for clock in placed]
    former = {clock.key for clock in clocks}
    return Changes([c for c in after if c.key not in former], [c for c in after if c.key in former])


def _passed_on_at(clock: Clock, turns: Clocks) -> datetime | None:
    """When the next turn began, if this is the clock of a turn, or of a contest or an order in it."""
    # Whoever gets the complaint has time for a follow-up of its own, and was given no order.
    if clock.name in (CONTEST, ACKNOWLEDGEMENT):
        return min((turn.started_at for turn in turns if turn.started_at > clock.started_at), default=None)
    if clock.name != FOLLOW_UP:
        return None
    later = (turn.started_at for turn in turns if turn.cycle > clock.cycle)
    return min((at for at in later if clock.has_started(at)), default=None)


def _placed(rules: Rules, clock: Clock, turns: Clocks, verifications: Clocks) -> Clock:
    """The limits of the whole case, and promises, are of the last holder whose turn began before they stopped.

    So are alarms and hand-overs; before the first turn they are of the verifier, whose `verifications` are known.
    """
    if clock.name not in (RESOLUTION, OMBUDSMAN, COMMITMENT, ALARM, REFERRAL):
        return clock
    held = [turn for turn in turns if clock.stopped_at is None or turn.started_at < clock.stopped_at]
    if not held and clock.name in (ALARM, REFERRAL):
        # While neither is known, the first turn that is, whichever was heard first: a turn or the end.
        held = list(verifications[:1] or turns[:1])
    return given_to(rules, clock, held) if held else clock
