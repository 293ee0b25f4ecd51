"""The promises of the demo: all hold for complete evidence, and a test breaks each."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from deploy.demo import promises
from deploy.demo.checks import handling, notices
from deploy.demo.records import Event, Evidence, Step
from services.intake.domain.wording import sentence
from tests.deploy.evidence import RECEIPT, at, evidence, ignored, message

OF_ACTS = [promise.check for promise in promises.ACTS[1]]


def verdicts(found: Evidence) -> list[promises.Verdict]:
    return [verdict for _, group in promises.judge(found) for verdict in group]


def changed(**more: object) -> Callable[[Evidence], Evidence]:
    """The evidence with a changed complaint."""
    return lambda good: replace(good, records=[replace(good.records[0], **more)])  # type: ignore[arg-type]


def with_clock(index: int, **more: object) -> Callable[[Evidence], Evidence]:
    clocks = ignored().clocks
    return changed(clocks=[replace(c, **more) if n == index else c for n, c in enumerate(clocks)])  # type: ignore[arg-type]


def without(kind: str) -> Callable[[Evidence], Evidence]:
    return changed(timeline=[event for event in ignored().timeline if event.type != kind])


def unsent(template: str) -> Callable[[Evidence], Evidence]:
    return changed(messages=[row for row in ignored().messages if row.template != template])


PASSED_ON = {"clock": "follow_up", "step": 1, "instead_of": [{"agency": "35.78.DPUPR", "role": "leader"}]}
STEPS = ignored().clocks[1].climbs
ARCHIVED = Event(at(40), "ComplaintArchived", "")
AGAIN = ignored().clocks[1].steps[3:]
LATE = (*STEPS[:2], Step(3, STEPS[2].fired_at + timedelta(days=3)), *AGAIN)
EARLY = (replace(STEPS[0], fired_at=STEPS[0].fired_at - timedelta(hours=4)), *STEPS[1:])
BROKEN: list[tuple[Callable[[Evidence], object], Callable[[Evidence], Evidence]]] = [
    (handling.every_complaint_has_a_holder, without("ComplaintRouted")),
    (handling.every_complaint_has_a_holder, changed(holder={})),
    (handling.every_complaint_has_its_clocks, changed(clocks=[])),
    (handling.every_complaint_has_its_clocks, changed(clocks=ignored().clocks[:2] + ignored().clocks[3:])),
    (handling.every_overdue_complaint_climbed, with_clock(1, steps=())),
    (handling.every_overdue_complaint_climbed, with_clock(2, steps=ignored().clocks[2].steps[:2])),
    (handling.every_limit_is_counted_right, with_clock(2, due_at=at(20))),
    (handling.no_open_complaint_is_silent, with_clock(4, next_at=None)),
    (handling.no_open_complaint_is_silent, with_clock(1, next_at=at(60))),
    (handling.no_open_complaint_is_silent, with_clock(2, steps=ignored().clocks[2].climbs)),
    (handling.no_step_was_skipped, with_clock(1, steps=(STEPS[0], STEPS[2]))),
    (handling.no_step_was_skipped, with_clock(1, steps=(*STEPS, STEPS[2]))),
    (handling.every_step_was_on_time, with_clock(1, steps=LATE)),
    (handling.every_step_was_on_time, with_clock(1, steps=EARLY)),
    (handling.nobody_who_acted_was_escalated, with_clock(1, stopped_at=STEPS[0].fired_at)),
    (handling.every_unanswered_complaint_was_offered_the_ombudsman, without("OmbudsmanOffered")),
    (handling.every_unanswered_complaint_was_offered_the_ombudsman, unsent("ombudsman")),
    (handling.every_unanswered_complaint_was_offered_the_ombudsman, changed(filed_at=at(10))),
    (handling.timeline_clocks_and_case_agree, without("ComplaintEscalated")),
    (handling.timeline_clocks_and_case_agree, with_clock(1, steps=STEPS)),
    (handling.timeline_clocks_and_case_agree, changed(case={**ignored().case, "state": "ANSWERED"})),
    (handling.timeline_clocks_and_case_agree, changed(case={**ignored().case, "state": "WITHDRAWN"})),
    (handling.timeline_clocks_and_case_agree, changed(status="Arsip")),
    (handling.timeline_clocks_and_case_agree, changed(timeline=[*ignored().timeline, ARCHIVED])),
    (notices.every_step_was_mailed, unsent("escalation")),
    (notices.every_vacancy_was_reported, unsent("seat_vacant")),
    (notices.every_reporter_was_informed, unsent("received")),
    (notices.every_reporter_was_informed, changed(has_email=False)),
    (notices.a_repeated_filing_has_the_same_answer, lambda good: replace(good, repeated_answers=[])),
    (
        notices.a_repeated_filing_has_the_same_answer,
        lambda good: replace(good, repeated_answers=[(RECEIPT, {**RECEIPT, "pin": "other"})]),
    ),
    (notices.each_mail_was_sent_once, lambda good: replace(good, mails=[*good.mails, good.mails[0]])),
    (notices.each_mail_was_sent_once, lambda good: replace(good, repeated_mails=1)),
    (notices.ledger_and_mailbox_agree, lambda good: replace(good, mails=good.mails[1:])),
    (notices.ledger_and_mailbox_agree, lambda good: replace(good, ledger=good.ledger[1:])),
    (notices.no_event_is_parked, lambda good: replace(good, parked={**good.parked, "sla": 1})),
    (notices.no_event_is_parked, lambda good: replace(good, parked={})),
    (notices.no_message_waits, lambda good: replace(good, ledger=[message("received", state="waiting")])),
]


def test_all_promises_about_every_complaint_hold_for_complete_evidence() -> None:
    found = [group for heading, group in promises.judge(evidence()) if heading != promises.ACTS[0]]
    assert [verdict for group in found for verdict in group if not verdict.held] == []


def test_a_reporter_without_an_address_needs_a_reason_in_the_ledger() -> None:
    record = ignored()
    skipped = [message(t, "reporter", "skipped", "no_contact") for t in ("received", "ombudsman")]
    without_email = replace(record, has_email=False, messages=[*skipped, *record.messages[2:]])
    assert list(notices.every_reporter_was_informed(evidence(without_email))) == []
    assert list(handling.every_unanswered_complaint_was_offered_the_ombudsman(evidence(without_email))) == []


def test_a_step_that_an_answer_overtook_before_its_mail_left_needs_no_mail() -> None:
    rows = [
        replace(m, state="skipped", reason="overtaken") if m.template == "escalation" else m for m in ignored().messages
    ]
    assert list(notices.every_step_was_mailed(changed(messages=rows)(evidence()))) == []


def test_a_complaint_that_was_archived_waits_for_nothing() -> None:
    stopped = [replace(clock, stopped_at=clock.stopped_at or at(40), next_at=None) for clock in ignored().clocks]
    timeline = [event for event in ignored().timeline if event.type != "OmbudsmanOffered"]
    case = {**ignored().case, "state": "ARCHIVED"}
    found = changed(clocks=stopped, timeline=[*timeline, ARCHIVED], case=case, status="Arsip")(evidence())
    for check in (
        handling.no_open_complaint_is_silent,
        handling.every_unanswered_complaint_was_offered_the_ombudsman,
        handling.timeline_clocks_and_case_agree,
    ):
        assert list(check(found)) == []


def test_a_reopened_complaint_climbs_no_lower_than_it_had_come() -> None:
    raised = (replace(STEPS[0], escalation=2), *STEPS[1:], *AGAIN)
    found = with_clock(1, steps=raised)(evidence())
    assert list(handling.no_step_was_skipped(found)) != []
    [record] = found.records
    reopened = [*record.timeline, Event(at(2), "ComplaintReopened", "")]
    found = replace(found, records=[replace(record, timeline=reopened)])
    for check in (
        handling.no_step_was_skipped,
        handling.every_overdue_complaint_climbed,
        handling.every_step_was_on_time,
    ):
        assert list(check(found)) == []


def test_a_late_sweep_may_say_several_rounds_as_one() -> None:
    more = tuple(replace(step, round=step.round + 1) if step.round else step for step in ignored().clocks[1].steps)
    assert list(handling.timeline_clocks_and_case_agree(with_clock(1, steps=more)(evidence()))) == []


def test_a_climb_that_goes_on_past_an_unreached_seat_is_no_round() -> None:
    record = ignored()
    on = Event(record.timeline[-1].at, "ComplaintEscalated", sentence("ComplaintEscalated", PASSED_ON, {}))
    assert list(handling.timeline_clocks_and_case_agree(changed(timeline=[*record.timeline, on])(evidence()))) == []


@pytest.mark.parametrize(("check", "change"), BROKEN)
def test_each_promise_can_be_broken(
    check: Callable[[Evidence], object], change: Callable[[Evidence], Evidence]
) -> None:
    bad = change(evidence())
    broken = [promise for promise in promises.PROMISES if list(promise.check(bad))]
    assert check in [promise.check for promise in broken]


def test_every_promise_has_a_test_that_breaks_it() -> None:
    assert {check for check, _ in BROKEN} == {promise.check for promise in promises.PROMISES} - {*OF_ACTS}


def test_no_promise_holds_without_complaints() -> None:
    assert not any(verdict.held for verdict in verdicts(replace(evidence(), records=[])))
