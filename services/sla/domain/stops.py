"""Which acts stop which clock of a complaint, whatever the order in which they are heard."""

from datetime import datetime

from services.sla.domain.complaints import Complaint, Moments
from shared.vocabulary import (
    ACKNOWLEDGEMENT,
    ALARM,
    APPEAL,
    APPROVAL,
    COMMITMENT,
    CONTACT,
    CONTEST,
    FOLLOW_UP,
    HOLD,
    LIFE,
    MERGER,
    OMBUDSMAN,
    REFERRAL,
    RESOLUTION,
    SUPPORT,
    VERIFICATION,
    WINDOW,
    ClockName,
)

# They end with a day, and each is kept on its clock alone; only acts of routing begin and stop them.
DATED = frozenset({COMMITMENT, SUPPORT})
WHOLE = frozenset({LIFE, OMBUDSMAN})  # They go on where they were once the complaint is reopened.
AFTER_ANSWER = frozenset({WINDOW, CONTACT})  # Only acts of routing begin and stop them, all timed by one clock.


def stop_of(complaint: Complaint, clock: ClockName, since: datetime, cycle: int) -> datetime | None:
    """The moment of the first act that stops a clock of this name that began then; None if there is none yet."""
    resumed_at = _resumed_at(complaint, clock)
    since = max((since, *resumed_at))
    is_first = cycle == 1 and clock not in AFTER_ANSWER | DATED
    acts = _acts_that_stop(complaint, clock)
    if clock == RESOLUTION and is_first and any(split <= since for split in complaint.splits):
        # Split before it was ever forwarded: what follows a split is a later cycle.
        return min(complaint.splits)
    own = (act for act in acts if act > since or (is_first and _is_own(act, since, resumed_at or complaint.returns)))
    return min(own, default=None)


def _resumed_at(complaint: Complaint, clock: ClockName) -> Moments:
    """When a clock of the whole complaint went on after it had stopped; a reply undoes no more than a closing.

    A split ends all other clocks, and may find the life clock ended with the last part.
    """
    if clock not in WHOLE:
        return ()
    return (*complaint.returns, *complaint.revivals, *complaint.splits) if clock == LIFE else complaint.returns


def kept_at(complaint: Complaint, clock: ClockName, stopped_at: datetime | None) -> datetime | None:
    """When a promise was kept: that is on its clock alone; every other stop of it is an end of the complaint."""
    is_kept = clock in DATED and stopped_at not in _acts_that_stop(complaint, clock)
    return stopped_at if is_kept else None


def _acts_that_stop(complaint: Complaint, clock: ClockName) -> Moments:
    """The moments of all acts that stop clocks of this name."""
    if clock == VERIFICATION:
        # Merged into another, a complaint may be answered before its verification.
        verified = (complaint.verified_at,) if complaint.verified_at else ()
        return (*verified, *complaint.answers, *complaint.ends, *complaint.splits)
    if clock == COMMITMENT:  # A promise survives the answer and its acceptance.
        return complaint.ends
    if clock == LIFE:
        return (*complaint.closings, *complaint.ends, *complaint.dismissals)
    if clock not in AFTER_ANSWER:
        return (*_own_acts(complaint, clock), *complaint.answers, *complaint.ends, *complaint.splits)
    said = complaint.answers if clock == WINDOW else ()
    return (*said, *complaint.contacts, *complaint.closings, *complaint.ends, *complaint.returns)


def _own_acts(complaint: Complaint, clock: ClockName) -> Moments:
    """The moments of the acts that stop this clock, and not every limit of the handling."""
    own = {
        FOLLOW_UP: complaint.standing_follow_ups,
        CONTEST: complaint.judgements,
        HOLD: complaint.resumptions,
        MERGER: complaint.separations,
        APPROVAL: complaint.draft_returns,
        # Whoever has acted on a danger, in whatever words, has ended the alarm.
        ALARM: (*complaint.follow_ups, *complaint.all_clears),
        APPEAL: (*complaint.reopenings, *complaint.dismissals),
        OMBUDSMAN: complaint.dismissals,
        REFERRAL: complaint.handovers,
        ACKNOWLEDGEMENT: complaint.acknowledgements,
    }
    return own.get(clock, ())


def _is_own(act: datetime, since: datetime, resumed_at: Moments) -> bool:
    """Whether an act that seems to come before the first cycle was only timed by another machine's clock.

    What ended before a reopening is another matter.
    """
    return not any(act < moment <= since for moment in resumed_at)
