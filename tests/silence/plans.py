"""What people do next with a complaint, and after how many days, by what was done last; drawn at random."""

import random
from collections.abc import Mapping, Sequence

# What is done next, as the last part of its path; nothing is done with a complaint that is left alone.
FILE, NOTHING = "", None
# A part begins in the hands of its holder.
PART = "part"
VERIFY, FORWARD, FOLLOW_UP, ANSWER, ARCHIVE = "verifications", "forwards", "follow-ups", "answers", "archivings"
HOLD, RESUME, CONTACT = "holdings", "resumptions", "contacts"
DRAFT, APPROVE, REJECT = "drafts", "approvals", "rejections"
PROMISE, KEEP, MOVE = "promises", "fulfilments", "postponements"
NOTE, OBSTACLE, ORDER, ACKNOWLEDGE, CORRECT = "notes", "obstacles", "orders", "acknowledgements", "corrections"
WITHDRAW, COMPLETE, ACCEPT, DISPUTE, REOPEN = "withdrawals", "completions", "acceptances", "disputes", "reopenings"
APPEAL, UPHOLD, DISMISS = "appeals", "upholdings", "dismissals"
CONSENT, HAND_OVER = "consents", "handovers"
CONTEST, ANNUL, CONFIRM = "contests", "annulments", "confirmations"
URGE, CALM, REPLY, RATE = "urgencies", "all-clears", "replies", "ratings"
MERGE, SEPARATE, SPLIT, INTERIM = "mergers", "separations", "splits", "interim-replies"
OF_REPORTERS = frozenset({WITHDRAW, COMPLETE, ACCEPT, DISPUTE, REOPEN, REPLY, RATE, APPEAL, CONSENT, CONTEST})
ENDS = frozenset({ACCEPT, WITHDRAW})
# How often an open complaint is archived or taken back, whatever was done last.
BREAKS_OFF = 0.06

# What follows, how often, and after how many days: from the first to the last, as often on each.
Choice = tuple[str | None, int, float, float]
TO_HANDLE: Sequence[Choice] = (
    (FORWARD, 18, 0, 8), (FOLLOW_UP, 34, 0, 12), (ANSWER, 14, 0, 12), (HOLD, 8, 0, 8), (PROMISE, 8, 0, 8),
    (OBSTACLE, 2, 0, 8), (ORDER, 2, 0, 8), (NOTE, 2, 0, 8), (URGE, 3, 0, 6), (REPLY, 3, 0, 8), (MERGE, 6, 0, 8),
    (SPLIT, 4, 0, 8), (INTERIM, 4, 0, 8), (CONSENT, 5, 60, 75), (NOTHING, 10, 0, 0),
)  # fmt: skip
AT_WORK: Sequence[Choice] = (
    (ANSWER, 42, 0, 30), (FOLLOW_UP, 12, 0, 30), (FORWARD, 8, 0, 30), (HOLD, 6, 0, 20), (PROMISE, 10, 0, 20),
    (ORDER, 2, 0, 8), (CORRECT, 2, 0, 8), (URGE, 3, 0, 8), (REPLY, 3, 0, 8), (MERGE, 4, 0, 20),
    (SPLIT, 3, 0, 20), (INTERIM, 6, 0, 12), (CONSENT, 6, 55, 75), (NOTHING, 14, 0, 0),
)  # fmt: skip
AFTER_ANSWER: Sequence[Choice] = (
    (ACCEPT, 14, 0, 14), (DISPUTE, 22, 0, 18), (REOPEN, 14, 12, 34), (CONTACT, 12, 14, 26), (KEEP, 4, 0, 20),
    (WITHDRAW, 4, 0, 3), (REPLY, 5, 0, 12), (RATE, 5, 0, 12), (APPEAL, 8, 0, 26),
    (NOTHING, 22, 0, 0),
)  # fmt: skip
# A duplicate is separated, or answered with its main complaint and disputed; or its merger lapses after 90 days.
WHILE_MERGED: Sequence[Choice] = (
    (SEPARATE, 25, 0, 30), (DISPUTE, 20, 5, 60), (REPLY, 5, 0, 20), (WITHDRAW, 5, 0, 30), (URGE, 3, 0, 20),
    (REOPEN, 5, 80, 110), (NOTHING, 37, 0, 0),
)  # fmt: skip
CHOICES: Mapping[str, Sequence[Choice]] = {
    FILE: (
        (VERIFY, 50, 0, 2),
        (VERIFY, 22, 2, 6),
        (VERIFY, 18, 6, 40),
        (HOLD, 7, 0, 3),
        (CORRECT, 3, 0, 2),
        (URGE, 3, 0, 2),
        (MERGE, 6, 0, 3),
        (SPLIT, 4, 0, 3),
        (CONSENT, 3, 61, 75),
    ),
    CORRECT: ((VERIFY, 60, 0, 6), (ANSWER, 40, 0, 20)),
    # A follow-up may come within the six hours of an alarm, or days later.
    URGE: ((FOLLOW_UP, 30, 0, 0.2), (FOLLOW_UP, 25, 0.2, 4), (CALM, 20, 0, 2), (ANSWER, 10, 0, 2), (NOTHING, 15, 0, 0)),
    VERIFY: TO_HANDLE,
    FOLLOW_UP: (*AT_WORK, (CONTEST, 14, 0, 6)),
    # Meanwhile its holder works on; the judgement may wait until its clock has climbed.
    CONTEST: (
        (ANNUL, 35, 0, 12),
        (CONFIRM, 25, 0, 12),
        (ANSWER, 10, 0, 9),
        (FOLLOW_UP, 10, 0, 9),
        (FORWARD, 6, 0, 9),
        (HOLD, 4, 0, 9),
        (NOTHING, 15, 0, 0),
    ),
    ANNUL: TO_HANDLE,
    FORWARD: TO_HANDLE,
    # A question that nobody answers lapses; what the system then archives may be reopened.
    HOLD: ((COMPLETE, 55, 0, 28), (RESUME, 12, 0, 20), (ARCHIVE, 3, 0, 20), (REOPEN, 10, 31, 44), (NOTHING, 20, 0, 0)),
    MERGE: WHILE_MERGED,
    # Its parts have lives of their own; whoever reopens the whole afterwards is told to dispute a part.
    SPLIT: ((KEEP, 10, 0, 20), (REOPEN, 10, 30, 60), (RATE, 5, 20, 60), (NOTHING, 75, 0, 0)),
    PART: TO_HANDLE,
    DRAFT: ((APPROVE, 45, 0, 5), (REJECT, 20, 0, 5), (HOLD, 5, 0, 5), (FORWARD, 10, 0, 5), (NOTHING, 20, 0, 0)),
    REJECT: ((ANSWER, 80, 0, 9), (NOTHING, 20, 0, 0)),
    PROMISE: ((KEEP, 30, 0, 20), (MOVE, 20, 0, 10), (ANSWER, 25, 0, 12), (HOLD, 5, 0, 9), (NOTHING, 20, 0, 0)),
    MOVE: ((KEEP, 50, 0, 20), (ANSWER, 30, 0, 9), (NOTHING, 20, 0, 0)),
    ANSWER: AFTER_ANSWER,
    APPROVE: AFTER_ANSWER,
    RATE: ((ACCEPT, 40, 0, 5), (DISPUTE, 20, 0, 5), (NOTHING, 40, 0, 0)),
    CONTACT: ((ACCEPT, 25, 0, 9), (DISPUTE, 25, 0, 9), (REOPEN, 15, 12, 30), (NOTHING, 35, 0, 0)),
    ARCHIVE: ((REOPEN, 30, 0, 18), (APPEAL, 25, 0, 18), (NOTHING, 45, 0, 0)),
    # Nothing is closed before the decision, which may wait until its clock has climbed.
    APPEAL: ((UPHOLD, 35, 0, 25), (DISMISS, 30, 0, 25), (WITHDRAW, 5, 0, 9), (NOTHING, 30, 0, 0)),
    # Beside the Ombudsman the holder goes on; a file that nobody hands over climbs.
    CONSENT: ((HAND_OVER, 55, 0, 12), (ANSWER, 12, 0, 9), (REPLY, 5, 0, 9), (WITHDRAW, 5, 0, 9), (NOTHING, 23, 0, 0)),
    HAND_OVER: ((ANSWER, 40, 0, 20), (FOLLOW_UP, 25, 0, 9), (NOTHING, 35, 0, 0)),
    UPHOLD: TO_HANDLE,
    DISMISS: ((REOPEN, 20, 0, 9), (NOTHING, 80, 0, 0)),
    DISPUTE: TO_HANDLE,
    REOPEN: TO_HANDLE,
    SEPARATE: TO_HANDLE,
    ORDER: ((ACKNOWLEDGE, 70, 0, 5), (ANSWER, 30, 0, 9)),
}
# In what has come to rest nothing breaks off.
AT_REST = frozenset({ANSWER, APPROVE, CONTACT, ARCHIVE, RATE, MERGE, SPLIT, APPEAL, DISMISS, CONSENT, HAND_OVER})


def next_of(done: str, fate: str, chance: random.Random) -> tuple[str | None, float]:
    """What is done next, and after how many days."""
    if done in ENDS or fate == "ignored":
        return NOTHING, 0.0
    if done not in AT_REST and chance.random() < BREAKS_OFF:
        return chance.choice((ARCHIVE, WITHDRAW)), chance.uniform(0, 8)
    if fate == "passed around" and done in (VERIFY, FORWARD):
        return FORWARD, chance.uniform(2, 4.5)
    choices = CHOICES.get(done, AT_WORK)
    todo, _, soonest, latest = chance.choices(choices, [share for _, share, _, _ in choices])[0]
    return todo, chance.uniform(soonest, latest)
