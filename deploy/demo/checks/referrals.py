"""Referrals: the Ombudsman gets the file of a complaint, and whoever owes the answer still owes it."""

from collections.abc import Iterator

from deploy.demo.records import ComplaintRecord, Event, Evidence

# The limits that a consent must not touch.
HANDLING = frozenset({"follow_up", "resolution", "ombudsman"})


def a_referred_complaint_is_handed_over_and_answered(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        consents, handed = record.events("ComplaintReferred"), record.events("ReferralHandedOver")
        clocks = [clock for clock in record.clocks if clock.name == "referral"]
        if [clock.started_at for clock in clocks] != [event.at for event in consents]:
            yield f"{record.reference}: not each referral has its time for the file"
        if any(clock.stopped_at not in [event.at for event in handed] for clock in clocks):
            yield f"{record.reference}: nobody handed its file over"
        if any(event.words for event in handed):
            yield f"{record.reference}: everyone can read what the Ombudsman got"
        for event in consents:
            yield from _let_go(record, event)


def _let_go(record: ComplaintRecord, consent: Event) -> Iterator[str]:
    if not any(offer.at <= consent.at for offer in record.events("OmbudsmanOffered")):
        yield f"{record.reference} was referred without an offer"
    if any(clock.name in HANDLING and clock.stopped_at == consent.at for clock in record.clocks):
        yield f"{record.reference}: its referral stopped a limit"
    if not any(answer.at > consent.at for answer in record.events("ComplaintAnswered")):
        yield f"{record.reference}: nobody answered after the referral"
