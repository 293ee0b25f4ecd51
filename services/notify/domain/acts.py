"""Acts: what was done about a complaint since a message was written, and which messages it has made needless."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.vocabulary import (
    ACKNOWLEDGEMENT,
    ALARM,
    APPEAL,
    APPROVAL,
    COMMITMENT,
    CONTEST,
    FOLLOW_UP,
    REFERRAL,
    SUPPORT,
    VERIFICATION,
)

# A message that is sent within these minutes of its event is sent as it was written: real minutes, also where the
# clock of the service runs faster.
FRESH = timedelta(minutes=5)

# The ledger tells of each act by one of these templates: there is a message about each, even if no mail can be sent.
FORWARDED, FOLLOWED_UP = "forwarded", "followed_up"
UPHELD, DISMISSED = "appeal_upheld", "appeal_dismissed"
# A complaint that is split asks for nothing any more: its parts do.
ENDS = frozenset({"answered", "archived", "taken_back", "split", DISMISSED})
# The reporter has answered, or need not answer any more.
_GOES_ON = frozenset({"completed", "resumed", "referred"})
REOPENED, APPEALED = "reopened", "appealed"
_RETURNS = frozenset({REOPENED, APPEALED})
_REVIEWS = _RETURNS | {"endorsed"}
_TURNS = frozenset({"closed", "archived", "taken_back"}) | _RETURNS
_DECIDES_APPEAL = frozenset({UPHELD, DISMISSED})
# A contest ends with its judgement, with an answer or an end, and with the turn of the holder.
_JUDGES = ENDS | {FORWARDED, "annulled", "confirmed"}
# An order was for the holder of then.
_CARRIES_OUT = ENDS | {FORWARDED, "order_acknowledged"}
# The Ombudsman has the file, or the complaint has ended before.
REFERRED, HANDED_OVER = "referred", "handed_over"
_HANDS_OVER = ENDS | {HANDED_OVER}
_HANDLES = ENDS | {FORWARDED, FOLLOWED_UP}
# A duplicate waits for the answer to another complaint; its seat is told when it has to go on.
_SPARES = _HANDLES | {"merged"}
# A promise survives the answer and its acceptance.
_VOIDS = ENDS - {"answered", "split", DISMISSED}
KEPT, CONTRIBUTED = "promise_kept", "contributed"
# The acts that stop one of several clocks of a name, by its number.
STOPS_ONE: Mapping[Any, str] = {COMMITMENT: KEPT, SUPPORT: CONTRIBUTED}
# A draft that was published, or went back to its author, waits for nobody.
_DECIDES = ENDS | {"answer_returned"}

# A reply to an answer ends the call as well.
_CALLS_OFF = _TURNS | {"contacted", "replied"}

# Somebody has acted on a danger, or there is none.
_AVERTS = ENDS | {FOLLOWED_UP, "all_clear"}

# By template, the acts of which a later one makes the message needless. A newer message by the same template names the
# verifier, or the holder, of now. All others tell of the past and stay true.
NEEDLESS_AFTER: Mapping[str, frozenset[str]] = {
    "to_verify": _SPARES | {"to_verify"},
    "to_verify_above": _SPARES | {"to_verify"},
    "to_follow_up": _SPARES,
    "to_follow_up_above": _SPARES,
    "assigned": _SPARES | {"assigned"},
    "for_leader": frozenset({"for_leader"}),
    "urgent": _AVERTS,
    "urgent_above": _AVERTS,
    "sensitive": _SPARES | {"disclosed"},
    "sensitive_above": _SPARES | {"disclosed"},
    "ordered": _CARRIES_OUT,
    "ordered_above": _CARRIES_OUT,
    "to_approve": _DECIDES,
    "to_approve_above": _DECIDES,
    "to_review": _REVIEWS,
    "to_review_above": _REVIEWS,
    "closed": _RETURNS | {"open_again"},
    "closed_for_seat": _RETURNS | {"open_again"},
    "reopened_for_seat": _SPARES,
    "to_verify_again": _SPARES | {"to_verify"},
    "upheld_for_seat": _SPARES,
    "to_decide": _DECIDES_APPEAL,
    "to_decide_above": _DECIDES_APPEAL,
    "to_judge": _JUDGES,
    "to_judge_above": _JUDGES,
    "annulled_for_seat": _SPARES,
    "to_hand_over": _HANDS_OVER,
    "to_hand_over_above": _HANDS_OVER,
    "asked_to_contribute": ENDS,
    "asked_to_contribute_above": ENDS,
    "to_contact": _CALLS_OFF,
    "to_contact_above": _CALLS_OFF,
    "to_contact_for_coordinator": _CALLS_OFF,
    "window_closing": _TURNS,
    "escalated": ENDS,
    "question": ENDS | _GOES_ON,
    "question_open": ENDS | _GOES_ON,
    # Whoever has consented knows of the offer.
    "ombudsman": ENDS | {REFERRED},
    "ombudsman_to_call": ENDS | {REFERRED},
    "ombudsman_for_leader": ENDS,
    "ombudsman_for_leader_above": ENDS,
}
ACTS = sorted(frozenset(STOPS_ONE.values()).union(*NEEDLESS_AFTER.values()))
# Acts themselves cause these, and none overtakes what it causes.
_OF_ACTS = frozenset({"to_verify", "to_verify_above", "to_follow_up", "to_follow_up_above", "assigned", "for_leader"})
# A message about a clock is needless once the clock has stopped. The clocks that only an answer stops are left out: a
# climb of theirs goes on for the next holder, and somebody must be reached by it.
NEAR, CLIMB = "deadline_near", "escalation"
OF_CLOCKS = (NEAR, CLIMB)
_STOPS: Mapping[Any, frozenset[str]] = {
    VERIFICATION: _SPARES,
    FOLLOW_UP: _SPARES,
    APPROVAL: _DECIDES,
    COMMITMENT: _VOIDS,
    ALARM: _AVERTS,
    APPEAL: _DECIDES_APPEAL,
    CONTEST: _JUDGES,
    REFERRAL: _HANDS_OVER,
    ACKNOWLEDGEMENT: _CARRIES_OUT,
}


@dataclass(frozen=True, slots=True)
class Act:
    """An act by the template that tells of it, the agency that it is about, its moment, and when news is promised.

    `number` is that of a promise, as the ledger has it.
    """

    template: str
    about: str
    at: datetime
    next_date: str | None = None
    number: str | None = None


def may_be_needless(template: str, details: Any, tried: bool, now: datetime, fresh: timedelta = FRESH) -> bool:
    """Whether an act may have made this message needless since: it was tried before, or its event is not fresh."""
    at = moment_in(details, "at")
    return _can_be_overtaken(template) and (tried or (at is not None and now - at > fresh))


def was_written_late(template: str, details: Any, created_at: datetime, fresh: timedelta = FRESH) -> bool:
    """Whether this message was written so late after its event that an act may have been said meanwhile."""
    at = moment_in(details, "at")
    return _can_be_overtaken(template) and at is not None and created_at - at > fresh


def is_overtaken(template: str, about: str, details: Any, acts: Iterable[Act]) -> bool:
    """Whether one of these acts on its complaint came after the event of this message and has made it needless.

    An act at the moment of a step of a clock counts as later: it came before the mail.
    """
    at = moment_in(details, "at")
    if at is None:
        return False
    needless = NEEDLESS_AFTER.get(template, frozenset())
    clock = str(details.get("clock"))
    if template in OF_CLOCKS or clock == COMMITMENT:
        needless = _STOPS.get(clock, ENDS)
    later = [act for act in acts if act.at > at or (act.at == at and template not in _OF_ACTS)]
    # A unit that was asked to contribute is asked still, whoever leads.
    moved = template == NEAR and clock != SUPPORT and any(_goes_elsewhere(act, about) for act in later)
    return moved or _is_done(template, details, later) or any(act.template in needless for act in later)


def _goes_elsewhere(act: Act, about: str) -> bool:
    return act.template == FORWARDED and act.about != about


def _is_done(template: str, details: Any, later: Iterable[Act]) -> bool:
    """Whether the one promise, or contribution, of which this message speaks has come."""
    is_request = template in ("asked_to_contribute", "asked_to_contribute_above")
    stops = CONTRIBUTED if is_request else STOPS_ONE.get(str(details.get("clock")))
    number = str(details.get("number" if is_request else "cycle"))
    return any(act.template == stops and act.number == number for act in later)


def is_verified_since(details: Any, acts: Iterable[Act]) -> bool:
    """Whether a message says that nobody has verified its complaint, and an act after its event shows the contrary."""
    at = moment_in(details, "at")
    if at is None or not details.get("unverified"):
        return False
    return any(act.template in _HANDLES and act.at >= at for act in acts)


def promised_date(acts: Iterable[Act]) -> str | None:
    """The day until which the holder has promised news; None if its last act has promised none."""
    last = max((act for act in acts if act.template in _HANDLES), key=lambda act: act.at, default=None)
    return last.next_date if last else None


def is_over(template: str, details: Any, now: datetime) -> bool:
    """Whether this is a reminder of a limit that has passed."""
    due_at = moment_in(details, "due_at") if template == NEAR else None
    return due_at is not None and due_at < now


def _can_be_overtaken(template: str) -> bool:
    return template in NEEDLESS_AFTER or template in OF_CLOCKS


def moment_in(details: Any, key: str) -> datetime | None:
    """A moment in the details of a message; None where they hold something else."""
    value = details.get(key) if isinstance(details, Mapping) else None
    return moment_of(value)


def moment_of(value: Any) -> datetime | None:
    """A moment, or the one that a text of the ledger says; None if it says none."""
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else None
