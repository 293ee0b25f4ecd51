"""Contests: the agency above judges a follow-up, and one that counts as not done has stopped no limit."""

from collections.abc import Iterator

from deploy.demo.records import ComplaintRecord, Event, Evidence


def an_annulled_follow_up_counts_as_not_done(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        contests, judged = record.events("FollowUpContested"), record.events("ContestJudged")
        clocks = [clock for clock in record.clocks if clock.name == "contest"]
        if [clock.started_at for clock in clocks] != [event.at for event in contests]:
            yield f"{record.reference}: not each contest has its time for the judgement"
        for clock in clocks:
            if clock.agency == record.case["holder"]:
                yield f"{record.reference}: its holder judges its own follow-up"
            if clock.stopped_at not in [event.at for event in judged]:
                yield f"{record.reference}: nobody judged its contest"
        for contest, judgement in zip(contests, judged, strict=False):
            yield from _still_counted(record, contest, judgement)


def _still_counted(record: ComplaintRecord, contest: Event, judgement: Event) -> Iterator[str]:
    """The contests of the demo are upheld."""
    follow_ups = [event.at for event in record.events("FollowUpRecorded")]
    limits = [clock for clock in record.clocks if clock.name == "follow_up"]
    if any(clock.stopped_at in follow_ups and clock.stopped_at < contest.at for clock in limits):
        yield f"{record.reference}: the follow-up that was annulled stopped its limit"
    if any(clock.started_at >= contest.at for clock in limits):
        yield f"{record.reference}: the limit of its follow-up began anew"
    if not any(at > judgement.at for at in follow_ups):
        yield f"{record.reference}: nobody followed up after the judgement"
    if contest.words:
        yield f"{record.reference}: everyone can read why its reporter contests"
