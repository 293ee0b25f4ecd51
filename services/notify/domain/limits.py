"""Limits: a request waits a few seconds for its own, which another service sets, and then goes without."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared.vocabulary import (
    ACKNOWLEDGEMENT,
    ALARM,
    APPEAL,
    APPROVAL,
    COMMITMENT,
    CONTEST,
    FOLLOW_UP,
    HOLD,
    REFERRAL,
    RESOLUTION,
    SUPPORT,
    VERIFICATION,
    ClockName,
)

# The template of the request whose limit each clock is; that of a question is for the reporter.
REQUESTS: Mapping[ClockName, str] = {
    VERIFICATION: "to_verify",
    FOLLOW_UP: "to_follow_up",
    APPEAL: "to_decide",
    CONTEST: "to_judge",
    HOLD: "question",
    REFERRAL: "to_hand_over",
    ACKNOWLEDGEMENT: "ordered",
}
# The clocks that run for one limit, and not for the whole complaint.
OF_ONE_LIMIT = (
    *(VERIFICATION, FOLLOW_UP, RESOLUTION, APPROVAL, COMMITMENT, ALARM),
    *(APPEAL, SUPPORT, CONTEST, REFERRAL, ACKNOWLEDGEMENT),
)
# Usually it comes within a second. Real time.
MOST_WAIT = timedelta(seconds=10)
NOTHING = timedelta()


def wait_of(template: str, details: Mapping[str, Any]) -> timedelta:
    """How long a new message waits at most for the limit that its mail should name."""
    return MOST_WAIT if template in REQUESTS.values() and "due_at" not in details else NOTHING
