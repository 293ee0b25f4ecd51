"""What units do for one another: contributions to the answer of one, and the second look of the agency above."""

from collections.abc import Iterator

from deploy.demo.records import ComplaintRecord, Event, Evidence

# The sentence of a reopening says so, where the reporter disputed nothing.
SENT_BACK = "meminta jawaban diperbaiki"


def a_unit_contributes_and_the_lead_answers(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        asked, given = record.events("ContributionRequested"), record.events("ContributionGiven")
        clocks = [clock for clock in record.clocks if clock.name == "contribution"]
        if [clock.started_at for clock in clocks] != [event.at for event in asked]:
            yield f"{record.reference}: not each request to contribute has a clock"
        for clock in clocks:
            if clock.stopped_at not in [event.at for event in given]:
                yield f"{record.reference}: the unit that was asked did not contribute"
            if clock.agency == record.case["holder"]:
                yield f"{record.reference}: its holder was asked to contribute to its own answer"
        if any(event.words for event in (*asked, *given)):
            yield f"{record.reference}: everyone can read what was asked or contributed"
        if given and len(_after(record, given[-1])) != 1:
            yield f"{record.reference} was not given one answer after the contribution"


def a_second_look_sends_an_answer_back(evidence: Evidence) -> Iterator[str]:
    back = [(one, event) for one in evidence.records for event in one.events("ComplaintReopened") if _is_back(event)]
    if not back:
        yield "no second look sent an answer back"
    for record, event in back:
        looked = [act for act in record.case["acts"] if act["kind"] == "remand"]
        if not looked or any(act["agency"] == record.case["holder"] for act in looked):
            yield f"{record.reference}: nobody above its holder looked at the answer"
        if not _after(record, event):
            yield f"{record.reference}: nobody answered after the second look"


def _is_back(event: Event) -> bool:
    return SENT_BACK in event.sentence


def _after(record: ComplaintRecord, event: Event) -> list[Event]:
    return [answer for answer in record.events("ComplaintAnswered") if answer.at > event.at]
