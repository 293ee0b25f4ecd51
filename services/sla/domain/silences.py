"""An open complaint whose reporter has had no word of substance for long, as the public list shows it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

# A complaint is listed from then on: every ladder but the longest has been climbed by that time.
LISTED_AFTER = timedelta(days=21)


@dataclass(frozen=True, slots=True)
class Silence:
    """An open complaint; an `unverified` one is held by its verifier.

    `reference` is None for one that was filed before references were kept, until its filing is said again. `step` is
    the highest climb so far, or 0, `rounds` how often it has climbed again since.
    """

    complaint_id: UUID
    reference: str | None
    agency: str
    agency_name: str | None
    filed_at: datetime
    silent_since: datetime
    days: int
    unverified: bool
    step: int
    rounds: int
