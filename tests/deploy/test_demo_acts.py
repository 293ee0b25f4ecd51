"""The promises about acts: all hold for complete evidence of each act, and a test breaks each."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deploy.demo import promises
from deploy.demo.checks import acts, contests, referrals, units
from deploy.demo.mails import Mail
from deploy.demo.records import ComplaintRecord, Evidence, Hidden
from tests.deploy.acting import (
    APPEALED,
    ASKED,
    CONTESTED,
    DANGER,
    DISPUTED,
    DRAFTED,
    DUPLICATE,
    JOINT,
    MAIN,
    PROMISED,
    REFERRED,
    SENT,
    WHOLE,
    good,
)
from tests.deploy.evidence import at, evidence
from tests.services import MONDAY

Change = Callable[[ComplaintRecord], ComplaintRecord]


def clocks(*changes: tuple[int, Mapping[str, object]]) -> Change:
    """The same complaint with changed clocks."""
    wanted = dict(changes)
    return lambda found: replace(
        found,
        clocks=[replace(c, **wanted.get(nth, {})) for nth, c in enumerate(found.clocks)],  # type: ignore[arg-type]
    )


def without_clock(nth: int) -> Change:
    return lambda found: replace(found, clocks=[*found.clocks[:nth], *found.clocks[nth + 1 :]])


def without(kind: str) -> Change:
    return lambda found: replace(found, timeline=[event for event in found.timeline if event.type != kind])


def unsent(template: str) -> Change:
    return lambda found: replace(found, messages=[m for m in found.messages if m.template != template])


def readable(found: ComplaintRecord) -> ComplaintRecord:
    return replace(found, timeline=[replace(event, words="Rancangan") for event in found.timeline])


def silently(found: ComplaintRecord) -> ComplaintRecord:
    return replace(found, timeline=[replace(event, sentence="") for event in found.timeline])


BROKEN: list[tuple[Callable[[Evidence], object], int, Change]] = [
    (acts.every_story_was_told, ASKED, without("ComplaintHeld")),
    (acts.everyone_concerned_was_told, ASKED, unsent("question")),
    (acts.everyone_concerned_was_told, DISPUTED, unsent("reopened_for_seat")),
    (acts.a_question_pauses_the_limits, ASKED, without_clock(1)),
    (acts.a_question_pauses_the_limits, ASKED, without_clock(0)),
    (acts.a_question_pauses_the_limits, ASKED, clocks((1, {"stopped_at": at(7)}))),
    (acts.a_question_pauses_the_limits, ASKED, clocks((0, {"due_at": at(6.7)}))),
    (acts.no_draft_ends_a_limit, DRAFTED, without_clock(1)),
    (acts.no_draft_ends_a_limit, DRAFTED, clocks((1, {"stopped_at": None}))),
    (acts.no_draft_ends_a_limit, DRAFTED, clocks((0, {"stopped_at": at(5)}))),
    (acts.no_draft_ends_a_limit, DRAFTED, readable),
    (acts.a_missed_promise_climbs_until_it_is_kept, PROMISED, clocks((0, {"steps": ()}))),
    (acts.a_missed_promise_climbs_until_it_is_kept, PROMISED, unsent("escalation")),
    (acts.a_missed_promise_climbs_until_it_is_kept, PROMISED, clocks((0, {"stopped_at": at(2)}))),
    (acts.a_missed_promise_climbs_until_it_is_kept, PROMISED, clocks((0, {"due_at": at(10)}))),
    (acts.a_missed_promise_climbs_until_it_is_kept, PROMISED, without_clock(0)),
    (acts.a_duplicate_shares_the_answer, DUPLICATE, without("ComplaintAnswered")),
    (acts.a_duplicate_shares_the_answer, MAIN, without("ComplaintAnswered")),
    (acts.a_disputed_answer_is_answered_anew, DISPUTED, without_clock(4)),
    (acts.a_disputed_answer_is_answered_anew, DISPUTED, clocks((2, {"stopped_at": at(3)}))),
    (acts.a_disputed_answer_is_answered_anew, DISPUTED, clocks((0, {"stopped_at": at(6)}))),
    (acts.a_disputed_answer_is_answered_anew, DISPUTED, without("ComplaintAnswered")),
    (acts.an_interim_reply_lengthens_a_limit_once, DISPUTED, clocks((4, {"extended_days": 0}))),
    (acts.an_interim_reply_lengthens_a_limit_once, DISPUTED, clocks((4, {"name": "follow_up"}))),
    (acts.an_interim_reply_lengthens_a_limit_once, DISPUTED, clocks((3, {"extended_days": 1}))),
    (units.a_unit_contributes_and_the_lead_answers, JOINT, without_clock(0)),
    (units.a_unit_contributes_and_the_lead_answers, JOINT, clocks((0, {"stopped_at": None}))),
    (units.a_unit_contributes_and_the_lead_answers, JOINT, clocks((0, {"agency": "35.78.DLH"}))),
    (units.a_unit_contributes_and_the_lead_answers, JOINT, without("ComplaintAnswered")),
    (units.a_unit_contributes_and_the_lead_answers, JOINT, readable),
    (units.a_second_look_sends_an_answer_back, SENT, silently),
    (units.a_second_look_sends_an_answer_back, SENT, without("ComplaintAnswered")),
    (acts.an_appeal_is_decided_above, APPEALED, without_clock(0)),
    (acts.an_appeal_is_decided_above, APPEALED, clocks((0, {"agency": "35.78.DLH"}))),
    (acts.an_appeal_is_decided_above, APPEALED, clocks((0, {"stopped_at": None}))),
    (acts.an_appeal_is_decided_above, APPEALED, without_clock(1)),
    (acts.an_appeal_is_decided_above, APPEALED, without("ComplaintAnswered")),
    (contests.an_annulled_follow_up_counts_as_not_done, CONTESTED, without_clock(1)),
    (contests.an_annulled_follow_up_counts_as_not_done, CONTESTED, clocks((1, {"agency": "35.78.DLH"}))),
    (contests.an_annulled_follow_up_counts_as_not_done, CONTESTED, clocks((1, {"stopped_at": at(7)}))),
    (contests.an_annulled_follow_up_counts_as_not_done, CONTESTED, clocks((0, {"stopped_at": at(2)}))),
    (contests.an_annulled_follow_up_counts_as_not_done, CONTESTED, clocks((0, {"started_at": at(4)}))),
    (contests.an_annulled_follow_up_counts_as_not_done, CONTESTED, without("FollowUpRecorded")),
    (contests.an_annulled_follow_up_counts_as_not_done, CONTESTED, readable),
    (acts.everyone_concerned_was_told, CONTESTED, unsent("to_judge")),
    (referrals.a_referred_complaint_is_handed_over_and_answered, REFERRED, without_clock(1)),
    (referrals.a_referred_complaint_is_handed_over_and_answered, REFERRED, clocks((1, {"stopped_at": None}))),
    (referrals.a_referred_complaint_is_handed_over_and_answered, REFERRED, clocks((0, {"stopped_at": at(61)}))),
    (referrals.a_referred_complaint_is_handed_over_and_answered, REFERRED, without("OmbudsmanOffered")),
    (referrals.a_referred_complaint_is_handed_over_and_answered, REFERRED, without("ComplaintAnswered")),
    (referrals.a_referred_complaint_is_handed_over_and_answered, REFERRED, readable),
    (acts.everyone_concerned_was_told, REFERRED, unsent("to_hand_over")),
    (acts.a_split_complaint_ends_with_its_parts, WHOLE, without("ComplaintAnswered")),
    (acts.a_split_complaint_ends_with_its_parts, WHOLE, lambda found: replace(found, id="another")),
    (acts.a_split_complaint_ends_with_its_parts, WHOLE, clocks((0, {"started_at": MONDAY}))),
    (acts.an_answer_closes_when_nobody_objects, DISPUTED, silently),
    (acts.an_answer_closes_when_nobody_objects, PROMISED, clocks((0, {"stopped_at": at(31)}))),
    (acts.an_answer_closes_when_nobody_objects, PROMISED, clocks((1, {"stopped_at": None}))),
    (acts.only_an_answer_is_rated, DUPLICATE, without("ComplaintAnswered")),
    (acts.danger_is_told_in_hours, DANGER, without_clock(0)),
    (acts.danger_is_told_in_hours, DANGER, clocks((0, {"stopped_at": None}))),
    (acts.danger_is_told_in_hours, DANGER, lambda found: replace(found, filed_at=MONDAY - timedelta(days=9))),
]


def test_all_promises_about_acts_hold_for_complete_evidence() -> None:
    [verdicts] = [verdicts for heading, verdicts in promises.judge(good()) if heading == promises.ACTS[0]]
    assert [verdict for verdict in verdicts if not verdict.held] == []


@pytest.mark.parametrize(("check", "nth", "change"), BROKEN)
def test_each_promise_can_be_broken(check: Callable[[Evidence], object], nth: int, change: Change) -> None:
    found = good()
    records = [change(each) if n == nth else each for n, each in enumerate(found.records)]
    broken = [promise.check for promise in promises.PROMISES if list(promise.check(replace(found, records=records)))]
    assert check in broken


def test_every_promise_about_an_act_has_a_test_that_breaks_it() -> None:
    secret = {acts.a_sensitive_complaint_is_known_to_few}
    assert {check for check, _, _ in BROKEN} | secret == {promise.check for promise in promises.ACTS[1]}


def test_a_story_that_did_not_come_about_breaks_a_promise() -> None:
    assert list(acts.every_story_was_told(replace(good(), unplayed=["TG-1, reporter: disputes"]))) != []


@pytest.mark.parametrize(
    "change",
    [
        without_clock(0),
        without("ComplaintAnswered"),
        lambda found: replace(found, case={**found.case, "holder": "35.78.10"}),
    ],
)
def test_each_part_has_limits_an_answer_and_a_holder_of_its_own(change: Change) -> None:
    first, second = good().parts
    assert list(acts.a_split_complaint_ends_with_its_parts(replace(good(), parts=[change(first), second]))) != []


@pytest.mark.parametrize(
    "change",
    [
        {"hidden": []},
        {"hidden": [Hidden("TG-11", "Terdisposisi Selesai", "CLOSED", ("/sla/overdue",))]},
        {"hidden": [Hidden("TG-11", "Arsip", "CLOSED", ())]},
        {"mails": []},
        {"mails": [*good().mails, Mail("<3>", "penghubung@x.example", "", ("TG-11",))]},
        {"mails": [*good().mails, Mail("<3>", "pimpinan@x.example", "", ("TG-11", "TG-1"))]},
    ],
)
def test_a_sensitive_complaint_that_others_learn_of_breaks_a_promise(change: dict[str, Any]) -> None:
    assert list(acts.a_sensitive_complaint_is_known_to_few(good())) == []
    assert list(acts.a_sensitive_complaint_is_known_to_few(replace(good(), **change))) != []


def test_what_nobody_did_is_no_promise_kept() -> None:
    [verdict] = [v for _, group in promises.judge(evidence()) for v in group if v.sentence.startswith("A duplicate")]
    assert (verdict.times, verdict.breaches) == (0, ("nobody did that",))
