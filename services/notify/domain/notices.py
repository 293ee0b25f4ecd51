"""Notices: messages that must reach someone, what became of each, and when one that is still tried has not reached."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notify.domain.deliveries import (
    AGENCY_DEPARTED,
    AGENCY_UNKNOWN,
    COMPLAINT_UNKNOWN,
    CONTACT_UNKNOWN,
    FAILED,
    NO_CONTACT,
    NO_EMAIL,
    OVERTAKEN,
    SEAT_VACANT,
    SENT,
    SKIPPED,
    TEMPLATE_UNKNOWN,
    UNWRITABLE,
)
from services.notify.domain.recipients import RECIPIENTS, RecipientKind
from shared.calendar import Calendar, OutsideCalendar
from shared.vocabulary import EventType, MessageState, NoticeOutcome

ACCEPTED: NoticeOutcome = "sent"
REFUSED: NoticeOutcome = "failed"
BOUNCED: NoticeOutcome = "bounced"
ACKNOWLEDGED: NoticeOutcome = "acknowledged"
NOBODY: NoticeOutcome = "nobody"
UNREACHED = frozenset({REFUSED, BOUNCED, NOBODY})

# Why a seat, or a reporter, is not there to be written to.
NOBODY_THERE = frozenset({SEAT_VACANT, AGENCY_UNKNOWN, AGENCY_DEPARTED, NO_CONTACT, NO_EMAIL, CONTACT_UNKNOWN})
# The message itself cannot be written, to whomever.
FAULTS_OF_MESSAGES = frozenset({UNWRITABLE, COMPLAINT_UNKNOWN, TEMPLATE_UNKNOWN})
# The reason of a message that goes on being tried although it has not reached anyone for a working day.
STILL_TRIED = "working_day_passed"
# A working day never lasts less; only then is the calendar asked.
LEAST_WORKING_DAY = timedelta(days=1)

_RULES = [(event_type, rule) for event_type, rules in RECIPIENTS.items() for rule in rules if rule.must_reach]
# The templates of messages that must reach someone, with the event that usually causes each; the details name the
# event of each message.
CAUSES: Mapping[str, EventType] = {
    template: event_type
    for event_type, rule in reversed(_RULES)
    for template in (rule.template, rule.above)
    if template
}
# The template by which the seat above is told when a message has reached nobody; it climbs in the same way.
ABOVE: Mapping[str, str] = {
    template: rule.above for _, rule in _RULES if rule.above for template in (rule.template, rule.above)
}


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a message: its `outcome` with the reason, and the outcome that was known `before`, if any.

    `agency` and `role` name the seat and are None for a reporter; `about` is the agency that the complaint lies with.
    """

    event_id: UUID
    complaint_id: UUID
    kind: RecipientKind
    agency: str | None
    role: str | None
    about: str
    template: str
    details: Mapping[str, Any]
    mail_id: UUID | None
    before: NoticeOutcome | None
    outcome: NoticeOutcome
    reason: str | None

    @property
    def is_news(self) -> bool:
        """Whether this must be said: a message that must reach someone has come to another outcome.

        A fault of the message is in the ledger and in the log; said, it would count against the seat.
        """
        if self.template not in CAUSES or self.reason in FAULTS_OF_MESSAGES:
            return False
        return outcome_after(self.template, self.before, self.outcome) != self.before

    @property
    def goes_above(self) -> bool:
        """Whether the seat above must be told in place of this recipient."""
        return self.outcome in UNREACHED and self.template in ABOVE


def outcome_of(state: MessageState, reason: str | None) -> NoticeOutcome | None:
    """What a message in this state, for this reason, has come to; None while it is under way, or needless."""
    if state == SENT:
        return ACCEPTED
    if reason == OVERTAKEN:
        return None
    if state == SKIPPED and reason in NOBODY_THERE:
        return NOBODY
    return REFUSED if state in (FAILED, SKIPPED) else None


def outcome_after(template: str, before: NoticeOutcome | None, new: NoticeOutcome | None) -> NoticeOutcome | None:
    """The outcome on record: what a person has acknowledged stays so, and some messages need not reach anyone."""
    if new is None or template not in CAUSES or before == ACKNOWLEDGED:
        return before
    return new


def first_late_at(template: str, since: datetime) -> datetime | None:
    """The earliest moment at which a message that is tried since then may be late; None if it need not arrive."""
    return since + LEAST_WORKING_DAY if template in CAUSES else None


def late_at(since: datetime, calendar: Calendar) -> datetime:
    """The moment at which one working day has passed, a day of 24 hours; outside the calendar every day counts."""
    try:
        end_of_today, end_of_next = calendar.due_at(since, 0), calendar.due_at(since, 1)
        begun = timedelta(days=1) - (end_of_today - since)
        works_today = calendar.working_days_between(since, end_of_today) > 0
    except OutsideCalendar:
        return since + LEAST_WORKING_DAY
    if not works_today:
        return end_of_next
    return end_of_next - timedelta(days=1) + begun if begun else end_of_today
