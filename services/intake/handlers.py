"""The handlers of intake: every event of a complaint is recorded in its timeline."""

from collections.abc import Mapping

from services.intake.actions import statuses
from shared.events import (
    ActRefused,
    ComplaintAnswered,
    ComplaintArchived,
    ComplaintClosed,
    ComplaintCorrected,
    ComplaintEscalated,
    ComplaintFiled,
    ComplaintForwarded,
    ComplaintReassigned,
    ComplaintReopened,
    ComplaintRouted,
    ComplaintVerified,
    ComplaintWithdrawn,
    ContactRequested,
    DeadlineMissed,
    DeadlineNear,
    EscalationWithdrawn,
    Fact,
    FollowUpRecorded,
    ObstacleReported,
    OmbudsmanOffered,
    OrderGiven,
    ReporterActed,
    ReporterContacted,
    SeatFoundVacant,
    WindowClosing,
    WindowLapsed,
)
from shared.service import Handler
from shared.vocabulary import EventType

# How each event changes the status is a rule: domain/statuses.py.
HANDLERS: Mapping[type[Fact], Handler] = {
    ComplaintFiled: statuses.record_events,
    ReporterActed: statuses.record_events,
    ComplaintRouted: statuses.record_events,
    ComplaintReassigned: statuses.record_events,
    ComplaintVerified: statuses.record_events,
    ComplaintForwarded: statuses.record_events,
    FollowUpRecorded: statuses.record_events,
    ComplaintAnswered: statuses.record_events,
    ComplaintArchived: statuses.record_events,
    ComplaintWithdrawn: statuses.record_events,
    ComplaintClosed: statuses.record_events,
    ComplaintReopened: statuses.record_events,
    ContactRequested: statuses.record_events,
    ReporterContacted: statuses.record_events,
    WindowClosing: statuses.record_events,
    WindowLapsed: statuses.record_events,
    ActRefused: statuses.record_events,
    ObstacleReported: statuses.record_events,
    OrderGiven: statuses.record_events,
    ComplaintCorrected: statuses.record_events,
    DeadlineNear: statuses.record_events,
    DeadlineMissed: statuses.record_events,
    ComplaintEscalated: statuses.record_events,
    SeatFoundVacant: statuses.record_events,
    OmbudsmanOffered: statuses.record_events,
    EscalationWithdrawn: statuses.record_events,
}

UNHEARD: Mapping[str, str] = {
    EventType.AGENCY_PUBLISHED: "a timeline names an agency by the name in the event that introduced it",
    EventType.LIMIT_SET: "a timeline tells what was done, and which limits were missed",
    EventType.NOTICES_SETTLED: "a timeline tells what happened to a complaint, not how each mail fared",
    EventType.LAW_VIOLATED: "a timeline tells what happened to a complaint, not that the machinery is at fault",
    EventType.ALL_WELL: "only people need to hear that nothing is wrong",
}
