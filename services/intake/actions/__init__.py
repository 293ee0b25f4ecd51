"""What can be done at the citizen's door; each is one transaction."""

from services.intake.actions.filing import IdempotencyKeyReused, Receipt, file_complaints, file_together, receipt
from services.intake.actions.following import Dossier, Follow, NoSuchComplaint, read_dossier, read_timeline
from services.intake.actions.narrative import (
    ContactUnreachable,
    Filing,
    HappenedLater,
    NewComplaint,
    NewContact,
    NumberedComplaint,
    filing_of,
)
from services.intake.actions.recording import record_events
from services.intake.domain.references import reference_in

__all__ = [
    "ContactUnreachable",
    "Dossier",
    "Filing",
    "Follow",
    "HappenedLater",
    "IdempotencyKeyReused",
    "NewComplaint",
    "NewContact",
    "NoSuchComplaint",
    "NumberedComplaint",
    "Receipt",
    "file_complaints",
    "file_together",
    "filing_of",
    "read_dossier",
    "read_timeline",
    "receipt",
    "record_events",
    "reference_in",
]
