"""Referrals: who hands a file over to the Ombudsman, and what is told of a consent and of the hand-over."""

from services.routing.actions.records import Done
from services.routing.state import State
from shared.events import ComplaintReferred, Recipient, ReferralHandedOver
from shared.vocabulary import COORDINATOR, LEADER

# The words of a hand-over begin with the number that the Ombudsman has given.
HANDED_OVER = "Nomor laporan di Ombudsman: {reference}\n\n{text}"


def referred(done: Done) -> ComplaintReferred:
    """What is told of a consent: whoever verifies an unverified case hands its file over, else its holder."""
    responsible = done.after.unverified_by or done.after.holder
    return ComplaintReferred(
        complaint_id=done.id,
        agency=done.ref(responsible),
        number=done.after.referrals,
        unverified=done.after.unverified_by is not None,
        referrers=(referrer_of(done.state, responsible),),
    )


def handed_over(done: Done) -> ReferralHandedOver:
    """What is told of a hand-over, by the agency whose task it was."""
    return ReferralHandedOver(
        complaint_id=done.id,
        agency=done.ref(done.after.unverified_by or done.after.holder),
        number=done.act.number or 1,
        by=done.by,
        sealed=done.words,
    )


def referrer_of(state: State, code: str) -> Recipient:
    """The coordinator of an agency, or the nearest above one that has none; its leader if there is nobody above."""
    chain = [state.agency(each) for each in state.chain(code)]
    found = next((agency for agency in chain if any(seat.role == COORDINATOR for seat in agency.seats)), None)
    return Recipient(agency=found.code, role=COORDINATOR) if found else Recipient(agency=chain[0].code, role=LEADER)
