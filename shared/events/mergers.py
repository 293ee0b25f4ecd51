"""Events of mergers: a complaint waits for the answer to another about the same matter, or goes on by itself again.

With `again` its publisher repeats what it said at that moment, for whoever has lost it; nobody is written to.
"""

from uuid import UUID

from shared.events.directory import AgencyRef
from shared.events.envelope import Fact
from shared.vocabulary import State


class ComplaintMerged(Fact, source="routing"):
    """The complaint, until then in `state`, is a duplicate and waits for the answer to `merged_into`.

    It is its `cycle`-th merger, counted from 1. `agency` holds the complaint. Until its verification, `verifier` had to
    verify it.
    """

    complaint_id: UUID
    agency: AgencyRef
    by: str
    cycle: int
    state: State
    merged_into: UUID
    verifier: str | None = None
    again: bool = False


class ComplaintSeparated(Fact, source="routing"):
    """The complaint goes on by itself, in the `state` of before its `cycle`-th merger.

    `agency` holds it; until its verification, `verifier` has to verify it.
    """

    complaint_id: UUID
    agency: str
    by: str
    cycle: int
    state: State
    verifier: str | None = None
    again: bool = False
