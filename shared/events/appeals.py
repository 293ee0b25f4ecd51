"""Events of appeals, said by routing: a reporter takes the end of a complaint to the agency above, which decides.

With `again` its publisher repeats what it said at that moment, for whoever has lost it; nobody is written to.
"""

from uuid import UUID

from pydantic import AwareDatetime

from shared.events.directory import AgencyRef, Recipient
from shared.events.envelope import Fact
from shared.vocabulary import State


class ComplaintAppealed(Fact, source="routing"):
    """The reporter appeals to `agency`, above whoever decided the end; `sealed` holds the reporter's reason.

    `deciders` are the seats that are asked to decide. Until then it stays with its `holder`. Where it is
    `closing_taken_back`, the reporter had acted at `asked_at`, before the complaint was closed.
    """

    complaint_id: UUID
    agency: AgencyRef
    holder: str
    number: int
    deciders: tuple[Recipient, ...]
    closing_taken_back: bool = False
    asked_at: AwareDatetime
    sealed: str | None = None
    again: bool = False


class AppealDecided(Fact, source="routing"):
    """An official of `by` has decided the appeal, with the words in `sealed`.

    Dismissed, the end `state` stands. Upheld, the complaint begins anew: it lies with `agency` in `state`, and with its
    `verifier` if it is to be verified; `cycle`, `standing` and `transfers` are those of a ComplaintReopened.
    """

    complaint_id: UUID
    agency: AgencyRef
    by: str
    upheld: bool
    state: State
    verifier: AgencyRef | None = None
    cycle: int = 1
    standing: int = 0
    transfers: int = 0
    sealed: str
    again: bool = False
