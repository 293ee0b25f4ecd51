"""Events of sensitive complaints: that only named seats may read one, and that this is over, said by routing.

With `again` routing repeats what it said at that moment, for whoever has lost it; nobody is written to.
"""

from uuid import UUID

from pydantic import AwareDatetime

from shared.events.directory import AgencyRef, Recipient
from shared.events.envelope import Fact
from shared.vocabulary import SensitiveBy


class SensitivityDeclared(Fact, source="routing"):
    """A complaint is sensitive `since` then: it is in no list, figure or page that more than named seats can read.

    It comes before everything else that routing says of a filing. `seats` are the named ones of the `agency` that holds
    the complaint, and of the verifier until the verification. `sealed` holds the words of an official who says so.
    """

    complaint_id: UUID
    agency: AgencyRef
    reason: SensitiveBy
    since: AwareDatetime
    seats: tuple[Recipient, ...]
    sealed: str | None = None
    again: bool = False


class SensitivityLifted(Fact, source="routing"):
    """A named seat says that a complaint is sensitive no longer, with the reason in `sealed`."""

    complaint_id: UUID
    agency: str
    by: str
    sealed: str
    again: bool = False
