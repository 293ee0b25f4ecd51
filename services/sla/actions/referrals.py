"""Events of referrals: whoever has to hand a file over to the Ombudsman has a limit for it."""

from collections.abc import Sequence

from services.sla.actions.complaints import note
from services.sla.domain import referrals
from services.sla.domain.clocks import Clock
from services.sla.domain.complaints import Complaint
from services.sla.domain.lifecycle import Changes
from services.sla.state import State
from shared.db.transaction import Tx
from shared.events import ComplaintReferred, Event, ReferralHandedOver


async def note_referral(tx: Tx[State], events: Sequence[Event[ComplaintReferred]]) -> None:
    """The file is to be handed over; the limits of the handling go on, also after a hold or a merger."""

    def change(complaint: Complaint, event: Event[ComplaintReferred]) -> Complaint:
        return referrals.referred(complaint, event.time)

    def clock_change(complaint: Complaint, _: Sequence[Clock], event: Event[ComplaintReferred]) -> Changes:
        fact = event.fact
        return referrals.to_hand_over(tx.state.rules, complaint, fact.agency, fact.number, event.time)

    await note(tx, events, change, clock_change)


async def note_handover(tx: Tx[State], events: Sequence[Event[ReferralHandedOver]]) -> None:
    """The file is with the Ombudsman."""

    def change(complaint: Complaint, event: Event[ReferralHandedOver]) -> Complaint:
        return referrals.handed_over(complaint, event.time)

    def clock_change(complaint: Complaint, clocks: Sequence[Clock], event: Event[ReferralHandedOver]) -> Changes:
        return Changes()

    await note(tx, events, change, clock_change)
