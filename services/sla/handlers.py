"""What sla hears, and what it does then."""

from collections.abc import Mapping

from services.sla import actions
from shared.events import (
    AgencyPublished,
    ComplaintAnswered,
    ComplaintFiled,
    ComplaintForwarded,
    ComplaintRouted,
    ComplaintVerified,
    Fact,
    FollowUpRecorded,
)
from shared.service import Handler

HANDLERS: Mapping[type[Fact], Handler] = {
    AgencyPublished: actions.keep_agencies,
    ComplaintFiled: actions.note_filing,
    ComplaintRouted: actions.note_routing,
    ComplaintVerified: actions.note_verification,
    ComplaintForwarded: actions.note_forwarding,
    FollowUpRecorded: actions.note_follow_up,
    ComplaintAnswered: actions.note_answer,
}

_OWN = "sla told it itself, with the step that it noted"
UNHEARD: Mapping[str, str] = {
    "DeadlineNear": _OWN,
    "DeadlineMissed": _OWN,
    "ComplaintEscalated": _OWN,
    "SeatFoundVacant": _OWN,
    "OmbudsmanOffered": _OWN,
    "ContactStored": "time does not depend on who reported",
}
