"""Events of handling: what became of a complaint by the acts of officials and of its reporter, said by routing.

With `again` its publisher repeats what it said at that moment, for whoever has lost it; nobody is written to.
"""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime

from shared.calendar import ZONES
from shared.events.directory import AgencyRef, Recipient
from shared.events.envelope import Fact
from shared.reporters import RefusedFor, ReporterAct
from shared.vocabulary import ArchiveReason, Classification, Kind, Named

# The zone of the agency that an earlier release left out.
CAPITAL = ZONES["WIB"]


class ComplaintRouted(Fact, source="routing"):
    """A complaint was assigned to an agency; `verifier` must verify it within the limit.

    `explanation` is empty for a confidential complaint. `unknown` is what the reporter named and the directory lacks.
    """

    complaint_id: UUID
    agency: AgencyRef
    verifier: AgencyRef
    rule: str
    explanation: str
    filed_at: AwareDatetime
    kind: Kind
    unknown: tuple[Named, ...] = ()
    again: bool = False


class ComplaintReassigned(Fact, source="routing"):
    """The agency of an unverified complaint, or its verifier, left the directory: these have taken over.

    `previous` is the agency that left, or None where only the verifier did; `sealed` says why. Of an urgent one, `duty`
    are the seats of the duty officers.
    """

    complaint_id: UUID
    agency: AgencyRef
    verifier: AgencyRef
    previous: str | None = None
    filed_at: AwareDatetime
    kind: Kind
    sealed: str | None = None
    duty: tuple[Recipient, ...] = ()


class ComplaintVerified(Fact, source="routing"):
    """The coordinator verified the complaint and gave it its class; `sealed` lists the points to be answered."""

    complaint_id: UUID
    by: str
    classification: Classification
    sealed: str | None = None
    again: bool = False


class ComplaintForwarded(Fact, source="routing"):
    """The complaint was disposed to the agency that must follow it up; `sealed` holds why it was passed on.

    Of an urgent one, `duty` is the seat of the agency's duty officer.
    """

    complaint_id: UUID
    agency: AgencyRef
    by: str
    previous: str | None = None
    transfers: int = 0
    sealed: str | None = None
    duty: tuple[Recipient, ...] = ()
    again: bool = False


class FollowUpRecorded(Fact, source="routing"):
    """The agency gave a substantive follow-up (tindak lanjut); `sealed` holds its words.

    Until `next_date`, a day in the agency's zone, it has promised news.
    """

    complaint_id: UUID
    agency: str
    sealed: str
    next_date: date | None = None
    again: bool = False


class ComplaintAnswered(Fact, source="routing"):
    """The agency gave its final answer; `sealed` holds its words.

    With it begins the reporter's `window`, counted from 1, which ends at `reply_until` unless a stricter policy holds.
    That of a whole, which ends with its last part, has none, nor has one of an earlier release: it is the end. A
    `shared` one was given to the complaint into which this one was merged, maybe by another holder. A `reviewer`, an
    agency above, takes a second look at it.
    """

    complaint_id: UUID
    agency: str
    sealed: str
    window: int = 0
    zone: str = CAPITAL
    reply_until: AwareDatetime | None = None
    reviewer: str | None = None
    shared: bool = False
    again: bool = False


class AnswerEndorsed(Fact, source="routing"):
    """An agency above, `by`, took a second look at the answer of `agency` and found it in order."""

    complaint_id: UUID
    agency: str
    by: str
    again: bool = False


class ComplaintArchived(Fact, source="routing"):
    """The complaint ended without an answer; `agency` held it, `sealed` explains the reason to the reporter.

    Until `reopen_until` the reporter may reopen it.
    """

    complaint_id: UUID
    agency: str
    by: str
    reason: ArchiveReason
    sealed: str
    reopen_until: AwareDatetime | None = None
    again: bool = False


class ComplaintWithdrawn(Fact, source="routing"):
    """The reporter took the complaint back; `agency` held it. Until its verification, `verifier` had to verify it."""

    complaint_id: UUID
    agency: str
    verifier: str | None = None
    again: bool = False


class ActRefused(Fact, source="routing"):
    """An act of the reporter could not be done any more; `agency` holds the complaint."""

    complaint_id: UUID
    agency: str
    act: ReporterAct
    reason: RefusedFor
    again: bool = False


class ObstacleReported(Fact, source="routing"):
    """The agency told the public what keeps it from going on (kendala), in the words in `sealed`; no clock stops."""

    complaint_id: UUID
    agency: str
    sealed: str
    again: bool = False


class OrderGiven(Fact, source="routing"):
    """A leader of `by` gave an order (arahan) to the agency that holds the complaint; its words stay with routing.

    `number` counts the orders of a complaint from 1. Each waits for its acknowledgement, by the days of the `zone`.
    """

    complaint_id: UUID
    agency: str
    by: str
    number: int = 1
    zone: str = CAPITAL
    again: bool = False


class OrderAcknowledged(Fact, source="routing"):
    """The agency confirmed every order that was open, the last of them of this `number`; `leaders` had given them.

    The words of the acknowledgement stay with routing.
    """

    complaint_id: UUID
    agency: str
    number: int
    leaders: tuple[Recipient, ...]
    again: bool = False


class ComplaintCorrected(Fact, source="routing"):
    """The verifier corrected something of a complaint: what is named; where nothing is, the title."""

    complaint_id: UUID
    agency: str
    by: str
    kind: Kind | None = None
    classification: Classification | None = None
    field: str | None = None
    field_name: str | None = None
    region: str | None = None
    region_name: str | None = None
    again: bool = False
