"""The promises about acts: all hold for complete evidence of each act, and a test breaks each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deploy.demo import promises
from deploy.demo.checks import acts, units
from deploy.demo.checks.units import SENT_BACK
from deploy.demo.mails import REPORTERS, Mail
from deploy.demo.moments import moment
from deploy.demo.records import Clock, ComplaintRecord, Event, Evidence, Hidden, Played
from services.intake.domain.sentences import ACCEPTED
from shared.vocabulary import STATE_LABELS
from tests.deploy.evidence import at, clock_of, evidence, message
from tests.services import MONDAY


def record(
    number: int, events: Mapping[str, Sequence[float]], clocks: Sequence[Clock], state: str = "CLOSED"
) -> ComplaintRecord:
    """A complaint with these events, each on its days, and every mail that follows from an act."""
    told = [mail for kind, days in events.items() for _ in days for mail in acts.TOLD.get(kind, ())]
    messages = [
        replace(message(template), kind="reporter" if roles == acts.REPORTER else "seat", role=seat(roles))
        for roles, template in told
    ]
    found = sorted((Event(at(day), kind, "") for kind, days in events.items() for day in days), key=lambda e: e.at)
    return ComplaintRecord(
        id=str(number),
        reference=f"TG-{number}",
        read_at=at(70),
        filed_at=MONDAY,
        has_email=True,
        status=STATE_LABELS[state],
        timeline=found,
        case={"holder": "35.78.DLH", "state": state, "kind": "complaint", "acts": []},
        holder={"code": "35.78.DLH", "name": "", "tier": "unit"},
        clocks=clocks,
        messages=messages,
    )


def seat(roles: frozenset[str]) -> str | None:
    return None if roles == acts.REPORTER else sorted(roles)[-1]


def ran(name: str, days: tuple[float, float | None], limit: int, climbs: int = 0, **more: object) -> Clock:
    begin, end = days
    return clock_of(name, at(begin), limit, None if end is None else at(end), climbs, **more)


def asked() -> ComplaintRecord:
    clocks = [ran("follow_up", (1, 8), 5), ran("hold", (2, 6), 30, unit="calendar")]
    found = record(1, {"ComplaintHeld": [2], "ComplaintCompleted": [6], "ComplaintAnswered": [9]}, clocks, "ANSWERED")
    return replace(found, clocks=[replace(clocks[0], due_at=moment(found, clocks[0], 5)), clocks[1]])


def drafted() -> ComplaintRecord:
    events = {"AnswerDrafted": [3, 5], "AnswerReturned": [4], "ComplaintAnswered": [6]}
    clocks = [ran("resolution", (1, 6), 14), ran("approval", (3, 4), 2), ran("approval", (5, 6), 2, cycle=2)]
    return record(2, events, clocks, "ANSWERED")


def promised() -> ComplaintRecord:
    events = {"PromiseMade": [1], "ComplaintAnswered": [2], "PromiseKept": [9], "ComplaintClosed": [30]}
    found = record(3, events, [ran("promise", (1, 9), 3, climbs=1), ran("window", (2, 30), 10)])
    return replace(found, messages=[*found.messages, replace(message("escalation"), role="leader")])


def merged() -> list[ComplaintRecord]:
    main = record(4, {"ComplaintAnswered": [9]}, [], "ANSWERED")
    other = record(5, {"ComplaintMerged": [2], "ComplaintAnswered": [9], "RatingGiven": [10]}, [], "ANSWERED")
    case = {**other.case, "acts": [{"kind": "answer", "merged_into": None}, {"kind": "merger", "merged_into": "4"}]}
    return [main, replace(other, case=case)]


def disputed() -> ComplaintRecord:
    events = {"ComplaintAnswered": [3, 9], "ComplaintReopened": [5], "InterimReplied": [7], "ComplaintClosed": [12]}
    clocks = [ran("window", (3, 5), 10), ran("window", (9, 12), 10, cycle=2), ran("ombudsman", (0, 9), 60)]
    again = ran("resolution", (5, 9), 14, cycle=2, extended_days=3)
    found = record(6, events, [*clocks, ran("resolution", (1, 3), 14), again])
    return replace(found, timeline=[*found.timeline[:-1], Event(at(12), "ComplaintClosed", ACCEPTED)])


def danger() -> ComplaintRecord:
    clocks = [ran("alarm", (0, 1), 6, unit="hours", due_at=at(0.25))]
    return record(7, {"UrgencyDeclared": [0.1], "ComplaintAnswered": [2]}, clocks, "ANSWERED")


def whole() -> ComplaintRecord:
    events = {"ComplaintSplit": [2], "ComplaintAnswered": [9]}
    return record(8, events, [ran("resolution", (1, 2), 14)])


def part(number: int, answered: float) -> ComplaintRecord:
    clocks = [ran("follow_up", (2, 3), 5), ran("resolution", (1, answered), 14)]
    found = record(number, {"PartOpened": [2], "ComplaintAnswered": [answered]}, clocks, "ANSWERED")
    return replace(found, case={**found.case, "part_of": "8", "holder": f"35.78.{number}"})


def appealed() -> ComplaintRecord:
    events = {"ComplaintAnswered": [3, 12], "ComplaintAppealed": [5], "AppealDecided": [7]}
    clocks = [ran("appeal", (5, 7), 10, agency="35.78"), ran("follow_up", (7, 8), 5), ran("resolution", (7, 12), 14)]
    found = record(12, events, clocks, "ANSWERED")
    return replace(found, case={**found.case, "holder": "35.78.DLH"})


def joint() -> ComplaintRecord:
    events = {"ContributionRequested": [2], "ContributionGiven": [4], "ComplaintAnswered": [6]}
    return record(13, events, [ran("contribution", (2, 4), 5, agency="35.78.DISHUB")], "ANSWERED")


def sent_back() -> ComplaintRecord:
    clocks = [ran("resolution", (4, 6), 14, cycle=2), ran("ombudsman", (0, 6), 60)]
    found = record(14, {"ComplaintAnswered": [3, 6], "ComplaintReopened": [4]}, clocks, "ANSWERED")
    looked = {"kind": "remand", "agency": "35.78", "merged_into": None}
    timeline = [replace(event, sentence=f"Kota {SENT_BACK}") for event in found.timeline]
    return replace(found, timeline=timeline, case={**found.case, "acts": [looked]})


ASKED, DRAFTED, PROMISED, MAIN, DUPLICATE, DISPUTED, DANGER, WHOLE, APPEALED, JOINT, SENT = range(11)


def good() -> Evidence:
    records = [
        asked(),
        drafted(),
        promised(),
        *merged(),
        disputed(),
        danger(),
        whole(),
        appealed(),
        joint(),
        sent_back(),
    ]
    hidden = Hidden("TG-11", "Terdisposisi Selesai", "CLOSED", ())
    mails = [Mail(f"<{to}>", to, "", ("TG-11",)) for to in (f"tini{REPORTERS}", "pimpinan@x.example")]
    return replace(
        evidence(),
        records=records,
        hidden=[hidden],
        mails=mails,
        parts=[part(9, 5), part(10, 9)],
        played=[Played("TG-1", "holdings", "ComplaintHeld", at(2))],
    )


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
