"""Records: acts as they were done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared import vocabulary
from shared.vocabulary import ActorRole, Classification, Kind


@dataclass(frozen=True, slots=True)
class PastAct:
    """An act on record, a row of `acts`; `holder` and `state` are those after it."""

    id: UUID
    complaint_id: UUID
    kind: str
    at: datetime
    by: str
    role: ActorRole
    agency: str | None
    holder: str
    state: vocabulary.State
    classification: Classification | None = None
    reason: str | None = None
    sealed: str | None = None
    next_date: date | None = None
    corrected_kind: Kind | None = None
    corrected: Mapping[str, str] | None = None
    fingerprint: int | None = None
    idempotency_key: str | None = None
    number: int | None = None
    merged_into: UUID | None = None
    contested_at: datetime | None = None
