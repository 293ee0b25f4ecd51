"""The acts of officials and reporters: what each must lead to, in case, clocks, timeline and mails."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from deploy.demo.checks.notices import was_told
from deploy.demo.moments import moment
from deploy.demo.records import Clock, ComplaintRecord, Event, Evidence
from services.intake.domain.sentences import ACCEPTED
from shared.lifecycle.clocks import PAUSED_BY
from shared.vocabulary import STATE_LABELS

REPORTER, LEADER = frozenset({"reporter"}), frozenset({"leader"})
# Agencies without a liaison have a coordinator at their desk.
DESK = frozenset({"liaison", "coordinator"})
DECIDERS = frozenset({"coordinator", "leader"})
# Whom each act concerns, and the mail that says so.
TOLD: Mapping[str, Sequence[tuple[frozenset[str], str]]] = {
    "ComplaintHeld": ((REPORTER, "question"),),
    "ComplaintCompleted": ((DESK, "completed"),),
    "ComplaintAnswered": ((REPORTER, "answered"),),
    "ComplaintReopened": ((REPORTER, "reopened"), (DESK, "reopened_for_seat"), (LEADER, "reopened_for_seat")),
    "ComplaintClosed": ((REPORTER, "closed"), (DESK, "closed_for_seat")),
    "ComplaintWithdrawn": ((REPORTER, "taken_back"), (DESK, "taken_back_for_seat")),
    "ComplaintMerged": ((REPORTER, "merged"),),
    "ComplaintSplit": ((REPORTER, "split"), (DESK, "split_for_seat")),
    "PartOpened": ((DESK, "to_follow_up"), (LEADER, "for_leader")),
    "ComplaintAppealed": ((REPORTER, "appealed"), (DECIDERS, "to_decide"), (DESK, "appealed_for_seat")),
    "AppealDecided": ((REPORTER, "appeal_upheld"), (DESK, "upheld_for_seat"), (LEADER, "upheld_for_seat")),
    "FollowUpContested": ((REPORTER, "contested"), (DECIDERS, "to_judge"), (DESK, "contested_for_seat")),
    "ContestJudged": ((REPORTER, "annulled"), (DESK, "annulled_for_seat"), (LEADER, "annulled_for_seat")),
    "ComplaintReferred": (
        (REPORTER, "referred"),
        (DECIDERS, "to_hand_over"),
        (DESK, "referred_for_seat"),
        (LEADER, "referred_for_seat"),
    ),
    "ReferralHandedOver": (
        (REPORTER, "handed_over"),
        (DESK, "handed_over_for_seat"),
        (LEADER, "handed_over_for_seat"),
    ),
    "InterimReplied": ((REPORTER, "interim"), (LEADER, "interim_for_leader")),
    "ReporterReplied": ((DESK, "replied"),),
    "AnswerDrafted": ((LEADER, "to_approve"),),
    "AnswerReturned": ((DESK, "answer_returned"),),
    "PromiseMade": ((REPORTER, "promised"), (DESK, "promised_for_seat")),
    "ContributionRequested": ((DESK, "asked_to_contribute"),),
    "ContributionGiven": ((DESK, "contributed"),),
    "PromiseKept": ((REPORTER, "promise_kept"),),
    "UrgencyDeclared": ((LEADER, "urgent"),),
    "ContactRequested": ((DESK, "to_contact"),),
}


def every_story_was_told(evidence: Evidence) -> Iterator[str]:
    yield from (f"this did not come about: {scene}" for scene in evidence.unplayed)
    records = {record.reference: record for record in evidence.records}
    wanted = {(played.reference, played.event) for played in evidence.played if played.reference in records}
    for reference, event in sorted(wanted):
        done = sum((played.reference, played.event) == (reference, event) for played in evidence.played)
        if len(records[reference].events(event)) < done:
            yield f"{reference}: its timeline does not tell of each {event}"


def everyone_concerned_was_told(evidence: Evidence) -> Iterator[str]:
    for record in (*evidence.records, *evidence.parts):
        for event, mails in TOLD.items():
            for roles, template in mails:
                if not was_told(record, roles, template, len(record.events(event))):
                    yield f"{record.reference}: no mail {template} to {' or '.join(roles)} after each {event}"


def a_question_pauses_the_limits(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        asked, answered = record.events("ComplaintHeld"), record.events("ComplaintCompleted")
        holds = [clock for clock in record.clocks if clock.name == "hold"]
        if [clock.started_at for clock in holds] != [event.at for event in asked]:
            yield f"{record.reference}: not each question has its time for the answer"
        for hold in holds[: len(answered)]:
            yield from _not_paused(record, hold)


def _not_paused(record: ComplaintRecord, hold: Clock) -> Iterator[str]:
    if hold.stopped_at not in [event.at for event in record.events("ComplaintCompleted")]:
        yield f"{record.reference}: its question was not over with the reporter's answer"
    paused = [clock for clock in record.clocks if clock.name in PAUSED_BY["hold"] and _ran_at(clock, hold.started_at)]
    for clock in paused:
        if clock.due_at <= _unpaused(record, clock):
            yield f"{record.reference}: the {clock.name} clock ran on while its reporter was asked"
    if not paused:
        yield f"{record.reference}: no limit paused while its reporter was asked"


def a_disputed_answer_is_answered_anew(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        for event in record.events("ComplaintReopened"):
            begun = {clock.name for clock in record.clocks if clock.started_at == event.at}
            if "resolution" not in begun or not _ran_on(record, "ombudsman", event.at):
                yield f"{record.reference}: its limits did not begin anew with the dispute"
            if _ran_on(record, "window", event.at):
                yield f"{record.reference}: its reporter's time ran on after the dispute"
            if not any(answer.at > event.at for answer in record.events("ComplaintAnswered")):
                yield f"{record.reference}: nobody answered after the dispute"


def an_appeal_is_decided_above(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        appeals, decisions = record.events("ComplaintAppealed"), [e.at for e in record.events("AppealDecided")]
        clocks = [clock for clock in record.clocks if clock.name == "appeal"]
        if [clock.started_at for clock in clocks] != [event.at for event in appeals]:
            yield f"{record.reference}: its appeal has no time in which to be decided"
        for clock in clocks:
            if clock.agency == record.case["holder"]:
                yield f"{record.reference}: its holder decides about its own answer"
            if clock.stopped_at not in decisions:
                yield f"{record.reference}: nobody decided its appeal"
        for at in decisions:
            if not {"follow_up", "resolution"} <= {c.name for c in record.clocks if c.started_at == at}:
                yield f"{record.reference}: its limits did not begin anew with the upheld appeal"
            if not any(answer.at > at for answer in record.events("ComplaintAnswered")):
                yield f"{record.reference}: nobody answered after the upheld appeal"


def no_draft_ends_a_limit(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        drafts = record.events("AnswerDrafted")
        ends = [event.at for event in (*record.events("AnswerReturned"), *record.events("ComplaintAnswered"))]
        clocks = [clock for clock in record.clocks if clock.name == "approval"]
        if [clock.started_at for clock in clocks] != [draft.at for draft in drafts]:
            yield f"{record.reference}: not each draft has its time for the approval"
        if any(clock.stopped_at not in ends for clock in clocks):
            yield f"{record.reference}: a draft was neither approved nor given back"
        if any(draft.words for draft in drafts):
            yield f"{record.reference}: everyone can read a draft"
        if drafts and any(clock.stopped_at in [d.at for d in drafts] for clock in _limits(record)):
            yield f"{record.reference}: a draft stopped a limit"


def a_missed_promise_climbs_until_it_is_kept(evidence: Evidence) -> Iterator[str]:
    missed = False
    for record in evidence.records:
        made, kept = record.events("PromiseMade"), [event.at for event in record.events("PromiseKept")]
        clocks = [clock for clock in record.clocks if clock.name == "promise"]
        if [clock.started_at for clock in clocks] != [event.at for event in made]:
            yield f"{record.reference}: not each promise has a clock"
        for clock in clocks:
            late = clock.due_at < (clock.stopped_at or record.read_at)
            missed = missed or late
            if late and (not clock.climbs or not was_told(record, LEADER, "escalation", 1)):
                yield f"{record.reference}: its promise was missed, and its leader was not told"
            if clock.stopped_at not in [*kept, None]:
                yield f"{record.reference}: its promise ended before it was kept"
    if not missed:
        yield "no promise was missed"


def an_interim_reply_lengthens_a_limit_once(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        replies = [event.at for event in record.events("InterimReplied")]
        longer = [clock for clock in record.clocks if clock.extended_days]
        if len(longer) != len(replies):
            yield f"{record.reference}: {len(replies)} interim replies made {len(longer)} limits longer"
        if any(clock.name != "resolution" or clock.extended_days < 0 for clock in longer):
            yield f"{record.reference}: an interim reply moved another limit than that of the resolution"


def a_duplicate_shares_the_answer(evidence: Evidence) -> Iterator[str]:
    by_id = {record.id: record for record in evidence.records}
    for record in evidence.records:
        if not record.events("ComplaintMerged"):
            continue
        main = by_id.get(next(str(act["merged_into"]) for act in record.case["acts"] if act["merged_into"]))
        if main is None or main.answered_at is None:
            yield f"{record.reference} shares no answer"
        elif not _is_soon(evidence, record.answered_at, main.answered_at):
            yield f"{record.reference} was not answered with {main.reference}"


def a_split_complaint_ends_with_its_parts(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        if not record.events("ComplaintSplit"):
            continue
        parts = [part for part in evidence.parts if part.case["part_of"] == record.id]
        if len(parts) < 2 or len({part.case["holder"] for part in parts}) < len(parts):
            yield f"{record.reference} has no parts with holders of their own"
        for part in parts:
            yield from _not_carried(record, part)
        answers = [part.answered_at for part in parts if part.answered_at]
        if len(answers) < len(parts) and record.answered_at:
            yield f"{record.reference} was answered before its parts were"
        if answers and len(answers) == len(parts) and not _is_soon(evidence, record.answered_at, max(answers)):
            yield f"{record.reference} was not answered with its last part"


def _not_carried(whole: ComplaintRecord, part: ComplaintRecord) -> Iterator[str]:
    """A part has limits of its own, and its resolution begins no later than that of the whole."""
    begun = [clock.started_at for clock in part.clocks if clock.name == "resolution"]
    if not begun or "follow_up" not in {clock.name for clock in part.clocks}:
        yield f"{part.reference} has no limits of its own"
    before = [clock.started_at for clock in whole.clocks if clock.name == "resolution"]
    if begun and before and min(begun) > min(before):
        yield f"{part.reference}: its resolution began anew with the split"


def an_answer_closes_when_nobody_objects(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        windows = [clock for clock in record.clocks if clock.name == "window"]
        for closed in record.events("ComplaintClosed"):
            yield from _too_early(record, windows, closed)
        waits = any(c.name in ("promise", "contact") and c.stopped_at is None for c in record.clocks)
        over = [c for c in windows if c.stopped_at is None and c.due_at + evidence.slack < record.read_at]
        if over and not waits:
            yield f"{record.reference} is not closed, though its reporter's time is over"


def _too_early(record: ComplaintRecord, windows: Sequence[Clock], closed: Event) -> Iterator[str]:
    if closed.sentence == ACCEPTED:
        return
    last = max((clock for clock in windows if clock.started_at < closed.at), key=lambda c: c.started_at, default=None)
    if last is None or closed.at < moment(record, last, 10):
        yield f"{record.reference} was closed before its reporter's ten working days were over"
    if _ran_on(record, "promise", closed.at):
        yield f"{record.reference} was closed while a promise was open"


def only_an_answer_is_rated(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        for rating in record.events("RatingGiven"):
            if record.answered_at is None or rating.at < record.answered_at:
                yield f"{record.reference} was rated before it was answered"


def danger_is_told_in_hours(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        alarms = [clock for clock in record.clocks if clock.name == "alarm"]
        for event in record.events("UrgencyDeclared"):
            if event.at > record.filed_at + evidence.slack:
                yield f"{record.reference}: the danger was declared {event.at}"
            if not any(clock.unit == "hours" and clock.started_at <= event.at for clock in alarms):
                yield f"{record.reference}: no clock of hours began with the danger"
        if any(clock.stopped_at is None for clock in alarms):
            yield f"{record.reference}: nobody acted against the danger"


def _is_soon(evidence: Evidence, at: datetime | None, after: datetime) -> bool:
    return at is not None and after <= at <= after + evidence.slack


def a_sensitive_complaint_is_known_to_few(evidence: Evidence) -> Iterator[str]:
    if not evidence.hidden:
        yield "nobody filed a sensitive complaint"
    for hidden in evidence.hidden:
        yield from (f"{hidden.reference} is seen in {place}" for place in hidden.seen_in)
        if hidden.status != STATE_LABELS.get(hidden.state):
            yield f"{hidden.reference}: its reporter reads {hidden.status}, its named seats {hidden.state}"
        mails = [mail for mail in evidence.mails if hidden.reference in mail.notices]
        if not {mail.role for mail in mails} <= {"reporter", "coordinator", "leader"}:
            yield f"{hidden.reference} was named in mails to {', '.join(sorted({mail.role for mail in mails}))}"
        if any(len({*mail.notices}) > 1 for mail in mails):
            yield f"{hidden.reference} stands in a mail with other complaints"
        if not {"reporter", "leader"} <= {mail.role for mail in mails}:
            yield f"{hidden.reference}: its reporter or its leader was not told"


def _limits(record: ComplaintRecord) -> list[Clock]:
    return [clock for clock in record.clocks if clock.name in ("follow_up", "resolution")]


def _ran_at(clock: Clock, at: datetime) -> bool:
    return clock.started_at < at and (clock.stopped_at is None or clock.stopped_at > at)


def _ran_on(record: ComplaintRecord, name: str, at: datetime) -> bool:
    return any(clock.name == name and _ran_at(clock, at) for clock in record.clocks)


def _unpaused(record: ComplaintRecord, clock: Clock) -> datetime:
    """When the limit would have ended without a pause."""
    return moment(record, clock, clock.length, paused=False)
