"""Events of danger to life: that a complaint is urgent, and that it is no longer, said by routing.

With `again` routing repeats what it said at that moment, for whoever has lost it; nobody is written to.
"""

from uuid import UUID

from pydantic import AwareDatetime

from shared.events.directory import AgencyRef, Recipient
from shared.events.envelope import Fact
from shared.vocabulary import UrgentBy


class UrgencyDeclared(Fact, source="routing"):
    """Life is in danger `since`: a clock of hours begins, round the clock, for the `agency`:
    the verifier until the verification, then the holder.

    `duty` are the seats of the duty officers. The alarm of the filing has the `number` 1, those of officials count from
    2. `sealed` holds the words of an official who says so.
    """

    complaint_id: UUID
    agency: AgencyRef
    number: int
    reason: UrgentBy
    since: AwareDatetime
    duty: tuple[Recipient, ...]
    sealed: str | None = None
    again: bool = False


class UrgencyLifted(Fact, source="routing"):
    """An official says that no life is in danger, with the reason in `sealed`; the clock of hours stops."""

    complaint_id: UUID
    agency: str
    by: str
    number: int
    sealed: str
    again: bool = False
