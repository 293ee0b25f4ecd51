"""The contract between services: every event, its topic, its publisher and its shape.

An event is a CloudEvents 1.0 JSON document. A new field has a default; an unknown field is ignored; an event of an
unknown type is kept for the release that knows it (`shared/parked.py`). No event carries personal data in clear: texts
travel sealed (`shared/vault.py`). This package imports every family, so that `decode` knows every type.
"""

from shared.events.appeals import AppealDecided, ComplaintAppealed
from shared.events.audit import AllWell, LawViolated
from shared.events.closings import (
    ComplaintClosed,
    ComplaintReopened,
    ContactRequested,
    ReporterContacted,
    ReporterReplied,
)
from shared.events.commitments import InterimReplied, PromiseKept, PromiseMade, PromiseMoved
from shared.events.contests import ContestJudged, FollowUpContested
from shared.events.contributions import ContributionGiven, ContributionRequested
from shared.events.deadlines import (
    ComplaintEscalated,
    DeadlineMissed,
    DeadlineNear,
    EscalationWithdrawn,
    LimitSet,
    OmbudsmanOffered,
    SeatFoundVacant,
    WindowClosing,
    WindowLapsed,
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
from shared.events.filing import ComplaintFiled, ContactStored, RatingGiven, ReporterActed
from shared.events.handling import (
    ActRefused,
    AnswerEndorsed,
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
    OrderAcknowledged,
    OrderGiven,
)
from shared.events.holds import ComplaintCompleted, ComplaintHeld, ComplaintResumed
from shared.events.mergers import ComplaintMerged, ComplaintSeparated
from shared.events.notices import Notice, NoticesSettled
from shared.events.referrals import ComplaintReferred, ReferralHandedOver
from shared.events.sensitivity import SensitivityDeclared, SensitivityLifted
from shared.events.splits import ComplaintSplit, PartOpened
from shared.events.urgency import UrgencyDeclared, UrgencyLifted

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
    "AnswerEndorsed",
    "AnswerReturned",
    "AppealDecided",
    "ComplaintAnswered",
    "ComplaintAppealed",
    "ComplaintArchived",
    "ComplaintClosed",
    "ComplaintCompleted",
    "ComplaintCorrected",
    "ComplaintEscalated",
    "ComplaintFiled",
    "ComplaintForwarded",
    "ComplaintHeld",
    "ComplaintMerged",
    "ComplaintReassigned",
    "ComplaintReferred",
    "ComplaintReopened",
    "ComplaintResumed",
    "ComplaintRouted",
    "ComplaintSeparated",
    "ComplaintSplit",
    "ComplaintVerified",
    "ComplaintWithdrawn",
    "ContactRequested",
    "ContactStored",
    "ContestJudged",
    "ContributionGiven",
    "ContributionRequested",
    "DeadlineMissed",
    "DeadlineNear",
    "EscalationWithdrawn",
    "Event",
    "Fact",
    "FollowUpContested",
    "FollowUpRecorded",
    "InterimReplied",
    "Later",
    "LawViolated",
    "LimitSet",
    "Notice",
    "NoticesSettled",
    "ObstacleReported",
    "OmbudsmanOffered",
    "OrderAcknowledged",
    "OrderGiven",
    "Part",
    "PartOpened",
    "PromiseKept",
    "PromiseMade",
    "PromiseMoved",
    "RatingGiven",
    "Recipient",
    "ReferralHandedOver",
    "ReporterActed",
    "ReporterContacted",
    "ReporterReplied",
    "SeatCard",
    "SeatFoundVacant",
    "SensitivityDeclared",
    "SensitivityLifted",
    "Undecodable",
    "UrgencyDeclared",
    "UrgencyLifted",
    "WindowClosing",
    "WindowLapsed",
    "decode",
    "encode",
    "event_of",
    "facts",
    "read",
    "traceparent",
    "type_in",
]
