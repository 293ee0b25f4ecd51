"""The contract between services: every event, its topic, its publisher and its shape.

An event is a CloudEvents 1.0 JSON document. A new field has a default; an unknown field is ignored; an event of an
unknown type is kept for the release that knows it (`shared/parked.py`). No event carries personal data in clear: texts
travel sealed (`shared/vault.py`). This package imports every family, so that `decode` knows every type.
"""

from shared.events.audit import AllWell, LawViolated
from shared.events.commitments import PromiseKept, PromiseMade, PromiseMoved
from shared.events.deadlines import (
    ComplaintEscalated,
    DeadlineMissed,
    DeadlineNear,
    EscalationWithdrawn,
    OmbudsmanOffered,
    SeatFoundVacant,
)
from shared.events.directory import AgencyPublished, AgencyRef, Recipient, SeatCard
from shared.events.drafts import AnswerDrafted, AnswerReturned
from shared.events.envelope import (
    COMPACTED,
    COMPLAINTS,
    CONTACTS,
    DIRECTORY,
    FACTS,
    TOPICS,
    Event,
    Fact,
    Later,
    Part,
    Undecodable,
    decode,
    encode,
    event_of,
    facts,
    read,
    traceparent,
    type_in,
)
from shared.events.filing import ComplaintFiled, ContactStored, ReporterActed
from shared.events.handling import (
    ActRefused,
    ComplaintAnswered,
    ComplaintArchived,
    ComplaintCorrected,
    ComplaintForwarded,
    ComplaintReassigned,
    ComplaintRouted,
    ComplaintVerified,
    ComplaintWithdrawn,
    FollowUpRecorded,
    ObstacleReported,
    OrderGiven,
)
from shared.events.notices import Notice, NoticesSettled

__all__ = [
    "COMPACTED",
    "COMPLAINTS",
    "CONTACTS",
    "DIRECTORY",
    "FACTS",
    "TOPICS",
    "ActRefused",
    "AgencyPublished",
    "AgencyRef",
    "AllWell",
    "AnswerDrafted",
    "AnswerReturned",
    "ComplaintAnswered",
    "ComplaintArchived",
    "ComplaintCorrected",
    "ComplaintEscalated",
    "ComplaintFiled",
    "ComplaintForwarded",
    "ComplaintReassigned",
    "ComplaintRouted",
    "ComplaintVerified",
    "ComplaintWithdrawn",
    "ContactStored",
    "DeadlineMissed",
    "DeadlineNear",
    "EscalationWithdrawn",
    "Event",
    "Fact",
    "FollowUpRecorded",
    "Later",
    "LawViolated",
    "Notice",
    "NoticesSettled",
    "ObstacleReported",
    "OmbudsmanOffered",
    "OrderGiven",
    "Part",
    "PromiseKept",
    "PromiseMade",
    "PromiseMoved",
    "Recipient",
    "ReporterActed",
    "SeatCard",
    "SeatFoundVacant",
    "Undecodable",
    "decode",
    "encode",
    "event_of",
    "facts",
    "read",
    "traceparent",
    "type_in",
]
