"""Events of referrals, said by routing: the Ombudsman gets a case with its reporter's consent.

With `again` its publisher repeats what it said at that moment, for whoever has lost it; nobody is written to.
"""

from uuid import UUID

from shared.events.directory import AgencyRef, Recipient
from shared.events.envelope import Fact


class ComplaintReferred(Fact, source="routing"):
    """The reporter wants the Ombudsman to have the complaint; `agency` hands its file over.

    That is its holder, or the verifier of an `unverified` complaint; `referrers` are the seats that are asked to do it.
    The handling goes on. Each referral has a `number`: one that was answered before its file was handed over
    may be followed by another.
    """

    complaint_id: UUID
    agency: AgencyRef
    number: int
    unverified: bool = False
    referrers: tuple[Recipient, ...]
    again: bool = False


class ReferralHandedOver(Fact, source="routing"):
    """The Ombudsman has the file; `sealed` holds its reference number and what an official of `by` says of it."""

    complaint_id: UUID
    agency: AgencyRef
    number: int
    by: str
    sealed: str
    again: bool = False
