"""What routing does when something has happened elsewhere."""

from collections.abc import Mapping

from services.routing.actions import assignments, deadlines, reporters, restatements, windows
from shared.events import (
    ComplaintEscalated,
    ComplaintFiled,
    DeadlineMissed,
    EscalationWithdrawn,
    Fact,
    LawViolated,
    NoticesSettled,
    OmbudsmanOffered,
    ReporterActed,
    WindowLapsed,
)
from shared.service import Handler
from shared.vocabulary import EventType

HANDLERS: Mapping[type[Fact], Handler] = {
    ComplaintFiled: assignments.assign_complaints,
    ReporterActed: reporters.decide_acts,
    DeadlineMissed: deadlines.note_missed,
    ComplaintEscalated: deadlines.note_escalated,
    OmbudsmanOffered: deadlines.note_offered,
    EscalationWithdrawn: deadlines.note_withdrawn,
    WindowLapsed: windows.note_lapses,
    NoticesSettled: windows.note_notices,
    LawViolated: restatements.say_violated_again,
}

# Events of other services that routing ignores, and why.
UNHEARD: Mapping[str, str] = {
    EventType.CONTACT_STORED: "no agency may know how a reporter is reached",
    EventType.RATING_GIVEN: "a rating changes nothing in a case",
    EventType.LIMIT_SET: "sla says once a limit of a case is missed",
    EventType.DEADLINE_NEAR: "a reminder changes nothing in a worklist",
    EventType.SEAT_FOUND_VACANT: "the directory says which seats are vacant",
    EventType.WINDOW_CLOSING: "a reminder changes nothing in a worklist",
    EventType.ALL_WELL: "only people need to hear that nothing is wrong",
}
