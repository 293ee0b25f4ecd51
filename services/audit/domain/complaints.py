"""One complaint as intake, routing and sla each know it, and where that differs or breaks the law.

Only the owner of a fact is compared against: intake for what was filed, routing for holder and state.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from services.audit.domain.accounts import KNOWN_ZONES, Case, Complaint, Filed, Timed
from services.audit.domain.sentences import SENTENCES, act_label, clock_label, end_words, service_label, state_label
from services.audit.domain.violations import Violation
from shared.lifecycle.clocks import PAUSED_BY, PAUSED_IN, RUNNING_IN, states_of
from shared.vocabulary import (
    ACKNOWLEDGEMENT,
    ALARM,
    ANSWERED,
    APPEAL,
    APPROVAL,
    CLOSED,
    COMMITMENT,
    CONTEST,
    ENDED,
    FOLLOW_UP,
    HOLD,
    MERGED,
    MERGER,
    OMBUDSMAN,
    ON_HOLD,
    REFERRAL,
    RESOLUTION,
    SPLIT,
    SUPPORT,
    VERIFICATION,
    WINDOW,
)

# The states in which each limit runs; the ombudsman's in every open one.
RUNS_IN = {**RUNNING_IN, OMBUDSMAN: states_of(OMBUDSMAN), HOLD: states_of(HOLD), MERGER: states_of(MERGER)}
PAUSES_IN: Mapping[str, frozenset[str]] = {str(state): clocks for state, clocks in PAUSED_IN.items()}

# An event that has not come after so long is late; whatever changed since then is left out.
SETTLING = timedelta(minutes=10)
WITHOUT_A_CASE = timedelta(hours=1)
AHEAD = timedelta(hours=1)
SENSITIVE = {True: "sensitif", False: "tidak sensitif"}
FURTHEST = timedelta(days=150)

# Words of a sentence that are given by their code names.
LABELS = {"clock": clock_label, "where": service_label}
CHECKS = frozenset(SENTENCES)


def violations_of(complaint: Complaint, now: datetime, pace: float = 1.0) -> list[Violation]:
    """Everything that is wrong with one complaint; one that cannot be compared is wrong itself, and stops no other.

    The services need real time, which is longer on a clock of a faster `pace`.
    """
    finds = (_ahead, _unknown, _undecided, _lawless, _different)
    try:
        return [replace(one, since=min(one.since, now)) for find in finds for one in find(complaint, now, pace)]
    except (TypeError, ArithmeticError):  # The driver reads an infinite moment as one without a zone.
        return [_violation(complaint, "unreadable", now)]


def _ahead(complaint: Complaint, now: datetime, pace: float) -> Iterator[Violation]:
    """Moments that have not come: by them a complaint would never be late, and on no list."""
    filed, case, timed = complaint.filed, complaint.case, complaint.timed
    dated = {
        "intake": [filed.filed_at] if filed else [],
        "routing": [case.changed_at] if case else [],
        "sla": list(_moments_of(timed)) if timed else [],
    }
    for where in (where for where, moments in dated.items() if any(moment > now + AHEAD * pace for moment in moments)):
        yield _violation(complaint, "dated_ahead", now, where=where)


def _moments_of(timed: Timed) -> Iterator[datetime]:
    yield timed.filed_at
    yield timed.silent_since or timed.filed_at
    yield from (clock.started_at for clock in timed.running if clock.started_at)


def _has_passed(moment: datetime, span: timedelta, now: datetime, pace: float) -> bool:
    """Whether so much time has passed since then; a moment far ahead is not believed and excuses nothing."""
    return moment + span * pace <= now or moment > now + AHEAD * pace


def _unknown(complaint: Complaint, now: datetime, pace: float) -> Iterator[Violation]:
    """Who should know the complaint and does not."""
    filed, case, timed = complaint.filed, complaint.case, complaint.timed
    if filed and _has_passed(filed.filed_at, WITHOUT_A_CASE, now, pace):
        if case is None:
            yield _violation(complaint, "no_case", filed.filed_at + WITHOUT_A_CASE * pace)
        if timed is None:
            yield _violation(complaint, "no_clock", filed.filed_at)
        elif _filing(filed) != _filing(timed):
            yield _violation(complaint, "filing_differs", filed.filed_at)
        if not complaint.is_told:
            yield _violation(complaint, "no_reader", filed.filed_at)
    if filed is None and case and _has_passed(case.changed_at, SETTLING, now, pace):
        yield _violation(complaint, "never_filed", case.changed_at, where="routing")
    elif filed is None and timed and _has_passed(timed.filed_at, WITHOUT_A_CASE, now, pace):
        yield _violation(complaint, "never_filed", timed.filed_at, where="sla")


def _undecided(complaint: Complaint, now: datetime, pace: float) -> Iterator[Violation]:
    """What a reporter has asked for in vain. Without a case, its absence is the violation."""
    filed, case = complaint.filed, complaint.case
    if filed is None or case is None or filed.acted_at is None or not _has_passed(filed.acted_at, SETTLING, now, pace):
        return
    if acts := filed.acts - case.decided:
        yield _violation(complaint, "act_undecided", filed.acted_at, acts=", ".join(map(act_label, sorted(acts))))


def _filing(known: Filed | Timed) -> tuple[datetime, str, bool, str | None]:
    """The filing as both know it. Only what the public may see has to have a name at sla."""
    reference = None if known.confidential else known.reference
    return known.filed_at, known.kind, known.confidential, reference


def _lawless(complaint: Complaint, now: datetime, pace: float) -> Iterator[Violation]:
    """The violations that sla's constraints refuse, and those that they leave open."""
    timed = complaint.timed
    if timed is None:
        return
    if timed.life is None:
        yield _violation(complaint, "no_life_clock", timed.filed_at)
    for clock in timed.running:
        if clock.next_at is None or clock.next_at > now + FURTHEST:
            yield _violation(complaint, "no_next_step", clock.moved_at or now, clock=clock.name)
        if clock.moved_at is None or clock.moved_at > now + AHEAD * pace:
            yield _violation(complaint, "moved_ahead", now, clock=clock.name)
        if clock.is_muted:
            yield _violation(complaint, "step_muted", clock.moved_at or now, clock=clock.name)
        if not clock.agency:
            yield _violation(complaint, "no_agency", clock.moved_at or now, clock=clock.name)
        if clock.zone not in KNOWN_ZONES:
            yield _violation(complaint, "unknown_zone", clock.moved_at or now, clock=clock.name, zone=clock.zone)


def _different(complaint: Complaint, now: datetime, pace: float) -> Iterator[Violation]:
    """The differences of intake and sla from routing, for a case that has not changed within the last minutes."""
    case = complaint.case
    if case is None or not _has_passed(case.changed_at, SETTLING, now, pace):
        return
    for known in (complaint.filed, complaint.timed):
        if known and known.sensitive != case.sensitive:
            found, owner = SENSITIVE[known.sensitive], SENSITIVE[case.sensitive]
            yield _violation(complaint, "sensitivity_differs", case.changed_at, found=found, owner=owner)
    if case.state == SPLIT and not case.has_open_part:
        yield _violation(complaint, "no_open_part", case.changed_at)
    if complaint.timed:
        yield from _turns_differ(complaint, case, complaint.timed)
        yield from _clocks_differ(complaint, case, complaint.timed)
    if complaint.filed:
        yield from _public_differs(complaint, case, complaint.filed)


def _turns_differ(complaint: Complaint, case: Case, timed: Timed) -> Iterator[Violation]:
    """The holder by whom boards and figures count, and whose turn it is, by which late events are put in order."""
    if timed.holder != case.holder:
        found = timed.holder or "tidak ada"
        yield _violation(complaint, "kept_holder_differs", case.changed_at, found=found, owner=case.holder)
    # Before the verification nobody passes a complaint on but an agency that leaves, which sla does not count.
    if (timed.is_verified or timed.transfers is not None) and timed.transfers != case.transfers:
        found, owner = str("tidak ada" if timed.transfers is None else timed.transfers), str(case.transfers)
        yield _violation(complaint, "transfers_differ", case.changed_at, found=found, owner=owner)


def _clocks_differ(complaint: Complaint, case: Case, timed: Timed) -> Iterator[Violation]:
    since, names, state = case.changed_at, [clock.name for clock in timed.running], state_label(case.state)
    if timed.life and timed.life.runs == (case.state in ENDED):
        yield _violation(complaint, "life_goes_on" if timed.life.runs else "life_ended", since)
    if (timed.is_answered, timed.is_ended) != _end_of(case):
        yield _violation(
            complaint, "end_differs", since, found=end_words(timed.is_answered, timed.is_ended), owner=state
        )
    limits = (VERIFICATION, FOLLOW_UP, RESOLUTION, OMBUDSMAN, WINDOW, APPEAL)
    right: dict[str, int] = {limit: case.handling in RUNS_IN[limit] for limit in limits}
    # A hold or a merger is a state of its own, and interrupts those in which the others run.
    right |= {HOLD: case.state == ON_HOLD, MERGER: case.state == MERGED, APPROVAL: case.draft_waits}
    right |= {
        COMMITMENT: case.open_promises,
        ALARM: case.is_urgent,
        SUPPORT: case.open_requests,
        CONTEST: case.is_contested,
        REFERRAL: case.handover_open,
        ACKNOWLEDGEMENT: case.open_orders,
    }
    for limit, runs in right.items():
        if names.count(limit) != runs:
            found = f"berjalan {names.count(limit)} kali" if limit in names else "tidak berjalan"
            yield _violation(complaint, "state_differs", since, clock=limit, found=found, owner=state)
    for clock in timed.running:
        if clock.is_paused != (clock.name in PAUSES_IN.get(case.state, ())):
            found = "dijeda" if clock.is_paused else "tidak dijeda"
            yield _violation(complaint, "pause_differs", since, clock=clock.name, found=found, owner=state)
        if clock.hidden_pause:
            found = "memuat jeda yang tidak pernah ada"
            yield _violation(complaint, "pause_differs", since, clock=clock.name, found=found, owner=state)
    for clock in timed.running if case.state not in ENDED else ():  # Nobody waits for anything in an ended case.
        owner = case.owner_of(clock.name)
        # A hold is of whoever asked, a merger of whoever held the case then, a contribution of whoever was asked.
        if clock.agency and clock.agency != owner and clock.name not in (*PAUSED_BY, SUPPORT):
            yield _violation(
                complaint, "holder_differs", since, clock=clock.name, found=clock.agency, owner=owner or "tidak ada"
            )


def _end_of(case: Case) -> tuple[bool, bool]:
    """Whether a case is answered, and whether it has ended otherwise."""
    return case.state in (ANSWERED, CLOSED), case.state in ENDED and case.state != CLOSED


def _public_differs(complaint: Complaint, case: Case, filed: Filed) -> Iterator[Violation]:
    since = case.changed_at
    if filed.state != case.state:
        found, owner = state_label(filed.state), state_label(case.state)
        yield _violation(complaint, "status_differs", since, found=found, owner=owner)
    elif filed.agency_name != filed.holder_name:
        found, owner = filed.agency_name or "tidak ada", filed.holder_name or "tidak ada"
        yield _violation(complaint, "status_differs", since, found=found, owner=owner)
    if filed.holder != case.holder:
        found = filed.holder or "tidak ada"
        yield _violation(complaint, "named_holder_differs", since, found=found, owner=case.holder)


def _violation(complaint: Complaint, check: str, since: datetime, **words: str) -> Violation:
    named = {key: LABELS[key](word) if key in LABELS else word for key, word in words.items()}
    return Violation(check, str(complaint.id), since, SENTENCES[check].format(**named), complaint.id)
