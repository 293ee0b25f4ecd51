"""Events of contests, said by routing: a reporter contests a follow-up that says nothing, and the agency above judges.

With `again` its publisher repeats what it said at that moment, for whoever has lost it; nobody is written to.
"""

from uuid import UUID

from pydantic import AwareDatetime

from shared.events.directory import AgencyRef, Recipient
from shared.events.envelope import Fact


class FollowUpContested(Fact, source="routing"):
    """The reporter contests the follow-up of `holder` at `followed_up_at`; `sealed` holds the reporter's reason.

    `agency`, above the holder, judges it, and `judges` are its seats that are asked to. `another` follow-up may have
    come meanwhile, which can be contested by itself. `number` counts the contests of a complaint from 1.
    """

    complaint_id: UUID
    agency: AgencyRef
    holder: str
    number: int
    judges: tuple[Recipient, ...]
    followed_up_at: AwareDatetime
    another: bool = False
    sealed: str | None = None
    again: bool = False


class ContestJudged(Fact, source="routing"):
    """An official of `by` has judged the contest of this `number`, with the words in `sealed`; `agency` holds the case.

    Upheld, the follow-up at `followed_up_at` counts as not done. The case then `awaits` a follow-up, unless another one
    of the same turn stands; its limit goes on, and `is_late` if it had been missed before.
    """

    complaint_id: UUID
    agency: str
    by: str
    number: int
    upheld: bool
    awaits: bool
    is_late: bool = False
    followed_up_at: AwareDatetime
    sealed: str
    again: bool = False
