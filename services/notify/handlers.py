"""The events that notify handles, and those that it ignores."""

from collections.abc import Mapping

from services.notify.actions import agencies, audits, complaints, contacts, limits, messages, withdrawals
from shared.events import (
    ActRefused,
    AgencyPublished,
    AllWell,
    ComplaintAnswered,
    ComplaintArchived,
    ComplaintClosed,
    ComplaintEscalated,
    ComplaintFiled,
    ComplaintForwarded,
    ComplaintReassigned,
    ComplaintReopened,
    ComplaintRouted,
    ComplaintWithdrawn,
    ContactRequested,
    ContactStored,
    DeadlineNear,
    EscalationWithdrawn,
    Fact,
    FollowUpRecorded,
    LawViolated,
    LimitSet,
    ObstacleReported,
    OmbudsmanOffered,
    OrderGiven,
    SeatFoundVacant,
    WindowClosing,
)
from shared.service import Handler
from shared.vocabulary import EventType

# `domain/recipients.py` says who gets messages about an event.
HANDLERS: Mapping[type[Fact], Handler] = {
    ComplaintFiled: complaints.note_filing,
    AgencyPublished: agencies.note_agencies,
    ContactStored: contacts.note_contacts,
    ComplaintRouted: messages.write_messages,
    ComplaintReassigned: messages.write_messages,
    ComplaintForwarded: messages.write_messages,
    FollowUpRecorded: messages.write_messages,
    ComplaintAnswered: messages.write_messages,
    ComplaintArchived: messages.write_messages,
    ComplaintWithdrawn: messages.write_messages,
    ComplaintClosed: messages.write_messages,
    ComplaintReopened: messages.write_messages,
    ContactRequested: messages.write_messages,
    WindowClosing: messages.write_messages,
    ActRefused: messages.write_messages,
    ObstacleReported: messages.write_messages,
    OrderGiven: messages.write_messages,
    LimitSet: limits.name_limits,
    DeadlineNear: withdrawals.write_unless_withdrawn,
    ComplaintEscalated: withdrawals.write_unless_withdrawn,
    SeatFoundVacant: messages.write_messages,
    OmbudsmanOffered: withdrawals.write_unless_withdrawn,
    EscalationWithdrawn: withdrawals.write_withdrawals,
    LawViolated: audits.report_violations,
    AllWell: audits.report_all_well,
}

# Events of other services that notify ignores, each with the reason.
UNHEARD: Mapping[EventType, str] = {
    EventType.COMPLAINT_VERIFIED: "The forwarding that follows is announced instead.",
    EventType.REPORTER_ACTED: "Routing decides what becomes of it; that is announced.",
    EventType.COMPLAINT_CORRECTED: "The timeline shows a correction; nothing is to be done about it.",
    EventType.REPORTER_CONTACTED: "The reporter was spoken to.",
    EventType.WINDOW_LAPSED: "Routing decides what follows; that is announced.",
    EventType.DEADLINE_MISSED: "The public pages show it, and the escalation that goes with it is announced.",
}
