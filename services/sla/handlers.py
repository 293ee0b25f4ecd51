"""The events that sla handles, and the action for each."""

from collections.abc import Mapping

from services.sla.actions import commitments, complaints, directory, drafts, notices, urgencies, windows
from shared.events import (
    AgencyPublished,
    AnswerDrafted,
    AnswerReturned,
    ComplaintAnswered,
    ComplaintArchived,
    ComplaintClosed,
    ComplaintCompleted,
    ComplaintFiled,
    ComplaintForwarded,
    ComplaintHeld,
    ComplaintReassigned,
    ComplaintReopened,
    ComplaintResumed,
    ComplaintRouted,
    ComplaintVerified,
    ComplaintWithdrawn,
    ContactRequested,
    Fact,
    FollowUpRecorded,
    NoticesSettled,
    PromiseKept,
    PromiseMade,
    PromiseMoved,
    ReporterContacted,
    ReporterReplied,
    UrgencyDeclared,
    UrgencyLifted,
)
from shared.service import Handler
from shared.vocabulary import EventType

HANDLERS: Mapping[type[Fact], Handler] = {
    AgencyPublished: directory.note_agencies,
    ComplaintFiled: complaints.note_filing,
    ComplaintRouted: complaints.note_routing,
    ComplaintReassigned: complaints.note_reassignment,
    ComplaintVerified: complaints.note_verification,
    ComplaintForwarded: complaints.note_forwarding,
    FollowUpRecorded: complaints.note_follow_up,
    ComplaintAnswered: complaints.note_answer,
    ComplaintArchived: complaints.note_end,
    ComplaintWithdrawn: complaints.note_end,
    ComplaintHeld: complaints.note_hold,
    ComplaintCompleted: complaints.note_resumption,
    ComplaintResumed: complaints.note_resumption,
    AnswerDrafted: drafts.note_draft,
    AnswerReturned: drafts.note_return,
    PromiseMade: commitments.note_promise,
    PromiseKept: commitments.note_promise,
    PromiseMoved: commitments.note_promise,
    ComplaintClosed: windows.note_closing,
    ComplaintReopened: windows.note_reopening,
    ContactRequested: windows.note_contact_request,
    ReporterContacted: windows.note_contact,
    ReporterReplied: windows.note_reply,
    UrgencyDeclared: urgencies.note_urgency,
    UrgencyLifted: urgencies.note_all_clear,
    NoticesSettled: notices.note_notices,
}
# Events of other services that sla ignores, each with the reason.
UNHEARD: Mapping[str, str] = {
    EventType.OBSTACLE_REPORTED: "an obstacle stops no clock",
    EventType.ORDER_GIVEN: "an order changes no limit",
    EventType.COMPLAINT_CORRECTED: "a limit follows the class, not the kind, from the verification on",
    EventType.CONTACT_STORED: "time does not depend on who reported",
    EventType.REPORTER_ACTED: "routing decides what becomes of it, and says so",
    EventType.RATING_GIVEN: "a rating changes no limit",
    EventType.ACT_REFUSED: "what was refused changes no limit",
    EventType.LAW_VIOLATED: "a clock is mended by its facts, never by a report about it",
    EventType.ALL_WELL: "only people need to hear that nothing is wrong",
}
