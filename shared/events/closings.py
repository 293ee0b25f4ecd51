"""Events after an answer, said by routing: the reporter is called, replies, or opens the complaint again; it is closed.

With `again` its publisher repeats what it said at that moment, for whoever has lost it; nobody is written to.
"""

from uuid import UUID

from pydantic import AwareDatetime

from shared.calendar import ZONES
from shared.events.directory import AgencyRef
from shared.events.envelope import Fact
from shared.vocabulary import State

# The zone of the agency that an earlier release left out.
CAPITAL = ZONES["WIB"]


class ComplaintClosed(Fact, source="routing"):
    """An answered complaint came to its end: its reporter accepted the answer, or neither side had more to say.

    A reporter who was silent may reopen it until `reopen_until`.
    """

    complaint_id: UUID
    agency: str
    accepted: bool = False
    reopen_until: AwareDatetime | None = None
    again: bool = False


class ComplaintReopened(Fact, source="routing"):
    """The reporter disputed an answer, or reopened a complaint that had ended; `sealed` holds the reporter's reason.

    It lies with `agency` in `state`, and with its `verifier` if it is to be verified. `cycle` counts the resolutions
    from 1, or the verifications if it is not verified; what begins with it climbs no lower than to the step
    `standing`. `transfers` count the turns of holders. Where it is `closing_taken_back`, the reporter had acted at
    `asked_at`, before the complaint was closed. Not the reporter but an agency above has reopened it where one is named
    (`sent_back_by`).
    """

    complaint_id: UUID
    agency: AgencyRef
    verifier: AgencyRef | None = None
    state: State
    cycle: int
    standing: int = 0
    transfers: int = 0
    closing_taken_back: bool = False
    asked_at: AwareDatetime
    sent_back_by: str | None = None
    sealed: str | None = None
    again: bool = False


class ContactRequested(Fact, source="routing"):
    """The reporter's `window` is over, but no notice of the answer has arrived: the coordinator must call."""

    complaint_id: UUID
    agency: str
    window: int
    zone: str = CAPITAL
    again: bool = False


class ReporterContacted(Fact, source="routing"):
    """The reporter was told of the answer in person, and has a new `window`; what was said stays with routing."""

    complaint_id: UUID
    agency: str
    by: str
    window: int
    zone: str = CAPITAL
    again: bool = False


class ReporterReplied(Fact, source="routing"):
    """The reporter has a word for the agency that handles the complaint, in `sealed`; for officials and the reporter.

    Until its verification it is for `verifier`. After an answer it begins a new `window`, else this is 0. Where it is
    `closing_taken_back`, the reporter had written before the complaint was closed, which is answered as before.
    """

    complaint_id: UUID
    agency: str
    verifier: str | None = None
    window: int = 0
    zone: str = CAPITAL
    closing_taken_back: bool = False
    sealed: str
    again: bool = False
