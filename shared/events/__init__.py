"""The contract between services: every event, its topic, its publisher and its shape.

An event is a CloudEvents 1.0 JSON document. A new field has a default; an unknown field is ignored; an unknown type is
skipped. No event carries personal data in clear: texts travel sealed (`shared/vault.py`). This package imports every
family, so that `decode` knows every type.
"""

from shared.events.audit import AllWell, LawViolated
from shared.events.deadlines import (
    ComplaintEscalated,
    DeadlineMissed,
    DeadlineNear,
    OmbudsmanOffered,
    SeatFoundVacant,
)
from shared.events.directory import AgencyPublished, AgencyRef, Recipient, SeatCard
from shared.events.envelope import (
    COMPACTED,
    COMPLAINTS,
    CONTACTS,
    DIRECTORY,
    FACTS,
    TOPICS,
    Event,
    Fact,
    Part,
    Undecodable,
    decode,
    encode,
    event_of,
    facts,
    traceparent,
)
from shared.events.filing import ComplaintFiled, ContactStored
from shared.events.handling import (
    ComplaintAnswered,
    ComplaintForwarded,
    ComplaintRouted,
    ComplaintVerified,
    FollowUpRecorded,
)
from shared.events.notices import Notice, NoticesSettled

__all__ = [
    "COMPACTED",
    "COMPLAINTS",
    "CONTACTS",
    "DIRECTORY",
    "FACTS",
    "TOPICS",
    "AgencyPublished",
    "AgencyRef",
    "AllWell",
    "ComplaintAnswered",
    "ComplaintEscalated",
    "ComplaintFiled",
    "ComplaintForwarded",
    "ComplaintRouted",
    "ComplaintVerified",
    "ContactStored",
    "DeadlineMissed",
    "DeadlineNear",
    "Event",
    "Fact",
    "FollowUpRecorded",
    "LawViolated",
    "Notice",
    "NoticesSettled",
    "OmbudsmanOffered",
    "Part",
    "Recipient",
    "SeatCard",
    "SeatFoundVacant",
    "Undecodable",
    "decode",
    "encode",
    "event_of",
    "facts",
    "traceparent",
]
