"""After the answer: which window its reporter has, what follows once it is over, and how an end is undone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.routing.domain.cases import Case
from shared.lifecycle.acts import ActKind
from shared.lifecycle.transitions import Transition
from shared.vocabulary import ANSWERED, ARCHIVED, AWAITING_FOLLOW_UP, CLOSED, UNVERIFIED

# What either side says after an answer begins the window anew.
RENEWING = frozenset({ActKind.ANSWER, ActKind.APPROVAL, ActKind.CONTACT, ActKind.REPLY})
# Whoever has spoken about an answer knows it.
_REACHED_BY = frozenset({ActKind.CONTACT, ActKind.REPLY})
REOPENING = frozenset({ActKind.DISPUTE, ActKind.REOPENING, ActKind.REMAND})
# Whatever begins another cycle: one of these, or the word of the agency above after an appeal.
ANEW = REOPENING | {ActKind.UPHOLDING}
# What a window leaves behind once it is over, undone.
_NO_WINDOW_OVER: Mapping[str, Any] = {"contact_open": False, "closed_at": None, "reopen_until": None}


def turn_after(row: Transition, case: Case) -> dict[str, Any]:
    """The fields that count turns, cycles and windows, as they are after an act."""
    if row.act == ActKind.FORWARD:
        return {"transfers": case.transfers + 1}
    if row.act in RENEWING and row.after == ANSWERED:
        return {"windows": case.windows + 1, "reached": row.act in _REACHED_BY, **_NO_WINDOW_OVER}
    if row.act in ANEW:
        return _reopened(row, case)
    if row.act == ActKind.CONTACT_REQUEST:
        return {"contact_open": True}
    return {"contact_open": case.contact_open and row.after is None}


def _reopened(row: Transition, case: Case) -> dict[str, Any]:
    """Another cycle; a follow-up that begins anew is one more turn of the holder, but nobody has passed the case on."""
    turns, verifies = row.after == AWAITING_FOLLOW_UP, row.after == UNVERIFIED
    counted = {"cycle": case.cycle + (not verifies), "verifications": case.verifications + verifies}
    return {
        **counted,
        "transfers": case.transfers + turns,
        "departures": case.departures + turns,
        **_NO_WINDOW_OVER,
    }


def act_of_lapse(case: Case, window: int) -> ActKind | None:
    """What the system does once a window is over: it closes the case, or has the reporter called first.

    None if the case has left that window, if the call is asked for already, or while a promise is open: a window that
    is over is told again and again, so that the closing comes once the promise has ended.
    """
    if case.state != ANSWERED or window != case.windows:
        return None
    if case.reached:
        return None if case.open_commitments else ActKind.CLOSING
    return None if case.contact_open else ActKind.CONTACT_REQUEST


def takes_back_closing(case: Case, asked_at: datetime) -> bool:
    """Whether the reporter had acted before the system closed the case."""
    return case.state == CLOSED and case.closed_at is not None and asked_at <= case.closed_at


def answers_in_time(case: Case, asked_at: datetime, hold: int) -> bool:
    """Whether the reporter had answered the question of this hold before the system archived the case without it."""
    is_archived = case.state == ARCHIVED and case.closed_at is not None and asked_at <= case.closed_at
    return is_archived and hold in (0, case.holds)


def after_notice(case: Case, window: int, arrived: bool) -> Case:
    """The case after it is known whether the notice of its answer has arrived; of any other case, as it is.

    The notice of an earlier answer says nothing of the present one; an earlier release told no `window`, which is 0.
    """
    return replace(case, reached=arrived) if case.state == ANSWERED and window in (0, case.windows) else case


def needs_no_call(case: Case) -> bool:
    """Whether a call is asked for although the notice of the answer has arrived meanwhile."""
    return case.state == ANSWERED and case.reached and case.contact_open
