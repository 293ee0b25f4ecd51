"""Events of holds, said by routing: the reporter is asked, and the handling goes on with the answer or without.

With `again` its publisher repeats what it said at that moment, for whoever has lost it; nobody is written to.
"""

from uuid import UUID

from shared.events.directory import AgencyRef
from shared.events.envelope import Fact
from shared.vocabulary import State


class ComplaintHeld(Fact, source="routing"):
    """The reporter is asked something; `sealed` holds the question. Meanwhile the limits of the handling pause.

    `cycle` counts the questions of a complaint from 1, `state` is the one to which the complaint returns.
    """

    complaint_id: UUID
    agency: AgencyRef
    by: str
    cycle: int
    state: State
    sealed: str
    again: bool = False


class ComplaintCompleted(Fact, source="routing"):
    """The reporter has answered what was asked, in the words in `sealed`: the complaint returns to this `state`.

    Until its verification, `verifier` has to verify it.
    """

    complaint_id: UUID
    agency: str
    cycle: int
    state: State
    sealed: str
    verifier: str | None = None
    again: bool = False


class ComplaintResumed(Fact, source="routing"):
    """The complaint returns to this `state` without the answer that was asked for.

    An official of `by` did not need it any more; or the question is not known to have reached its reporter, which is
    then `unreached`. `verifier` verifies the complaint, or has verified it.
    """

    complaint_id: UUID
    agency: str
    by: str
    cycle: int
    state: State
    unreached: bool = False
    verifier: str
    again: bool = False
