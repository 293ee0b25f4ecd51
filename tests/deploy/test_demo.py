"""The demonstration: what it files makes sense, its officials are the same every time, its promises can be broken."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from rich.console import Console

from deploy.demo import cast, play, processes, promises, words
from deploy.demo.addresses import most_climbed
from deploy.demo.complaints import complaints
from deploy.demo.evidence import Clock, Event, Evidence, Life, Message, Step, metrics
from deploy.demo.mails import REPORTERS, Mail, Mails, mail_of
from deploy.demo.screen import Climber, Letter, News, Screen, View, bar, drawing
from deploy.demo.summary import fates, lost, summary
from services.intake.actions.filings import NewComplaint
from services.routing.domain.agencies import directory_of, verifier_of
from services.routing.domain.assignments import assign
from services.routing.domain.directories import read_agencies
from services.routing.domain.lexicons import read_lexicon
from shared.calendar import calendar_for

MONDAY = datetime(2025, 7, 7, 2, tzinfo=UTC)
REFERENCE = "TG-AAAAA-BBBBB"
RECEIPT = {"id": "1", "tracking_reference": REFERENCE, "pin": "12345678"}
AGENCIES = {agency.code: agency for agency in read_agencies(overlay=processes.OVERLAY)}


# ---- complaints ----


def test_every_complaint_is_one_that_intake_takes() -> None:
    assert len(complaints()) >= 60
    for complaint in complaints():
        NewComplaint.model_validate(dict(complaint.body))


def test_complaints_name_places_and_agencies_that_exist_in_all_three_zones() -> None:
    named = {
        complaint.body[part] for complaint in complaints() for part in ("region", "agency") if part in complaint.body
    }
    assert named <= AGENCIES.keys()
    assert {AGENCIES[code].zone for code in named} == {"WIB", "WITA", "WIT"}
    assert len({code for code in named if code[0].isdigit()}) >= 15


def test_the_complaints_show_every_way_of_filing() -> None:
    bodies = [complaint.body for complaint in complaints()]
    assert {body.get("kind", "complaint") for body in bodies} == {"complaint", "aspiration", "information"}
    assert {body["channel"] for body in bodies} >= {"web", "sms", "app", "social", "letter"}
    for wanted in ("anonymous", "confidential", "contact", "address", "agency"):
        assert any(body.get(wanted) for body in bodies)
        assert any(not body.get(wanted) for body in bodies)
    assert sum(body["channel"] == "letter" for body in bodies) > 1
    assert len({(body["title"], body["text"]) for body in bodies}) == len(bodies)


def test_no_complaint_could_write_to_a_real_person() -> None:
    addresses = [complaint.body["contact"]["email"] for complaint in complaints() if "contact" in complaint.body]
    assert addresses
    assert all(address.endswith(REPORTERS) for address in addresses)


# ---- officials ----


def test_each_agency_has_the_same_manner_in_every_process() -> None:
    code = "from deploy.demo import cast; print(cast.holder('35.78.DLH').name, cast.coordinator('35.78').name)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.split("\n")[0] == f"{cast.holder('35.78.DLH').name} {cast.coordinator('35.78').name}"


def test_every_manner_meets_a_complaint() -> None:
    directory, words_known = directory_of(AGENCIES.values()), read_lexicon()
    coordinators, holders = set(), set()
    for complaint in complaints():
        body = complaint.body
        text = f"{body['title']}\n{body['text']}"
        assigned = assign(directory, words_known, text=text, region=body.get("region"), named_agency=body.get("agency"))
        coordinator = cast.coordinator(verifier_of(AGENCIES, assigned.agency))
        coordinators.add(coordinator.name)
        if coordinator.verifies is not None:
            holders.add(cast.holder(assigned.agency).name)
    assert coordinators == {manner.name for manner in cast.COORDINATORS}
    assert holders == {manner.name for manner in cast.HOLDERS}


def test_the_overlay_leaves_leaders_posts_vacant_where_nobody_answers() -> None:
    shipped = {agency.code: agency for agency in read_agencies()}
    changed = [agency for code, agency in AGENCIES.items() if agency != shipped[code]]
    assert {agency.code for agency in changed} == {"11.71.DPUPR", "33.74"}
    for agency in changed:
        assert [seat.role for seat in agency.seats if seat.email is None] == ["leader"]
        assert [seat.title for seat in agency.seats] == [seat.title for seat in shipped[agency.code].seats]
    assert cast.holder("11.71.DPUPR").follows_up is None
    assert cast.coordinator("33.74").verifies is None


CASE = {"kind": "complaint", "confidential": False, "verifier": "35.78", "transfers": 0}
HOLDER = {manner.name: manner for manner in cast.HOLDERS}


def case_of(state: str, holder: str = "35.78.DLH", **more: object) -> dict[str, object]:
    return {**CASE, "state": state, "holder": holder, **more}


@pytest.mark.parametrize(
    ("manner", "state", "more", "worked", "done"),
    [
        ("rajin", "AWAITING_FOLLOW_UP", {}, 0.9, None),
        ("rajin", "AWAITING_FOLLOW_UP", {}, 1, ("follow-ups", "liaison", "35.78.DLH")),
        ("rajin", "IN_PROGRESS", {}, 2, ("answers", "liaison", "35.78.DLH")),
        ("rajin", "ANSWERED", {}, 99, None),
        ("menggantung", "IN_PROGRESS", {}, 99, None),
        ("diam", "AWAITING_FOLLOW_UP", {}, 99, None),
        ("menolak", "AWAITING_FOLLOW_UP", {}, 1, ("forwards", "liaison", "35.78.DLH")),
        ("menolak", "AWAITING_FOLLOW_UP", {"transfers": 2}, 1, ("follow-ups", "liaison", "35.78.DLH")),
        ("diam", "AWAITING_FOLLOW_UP", {"holder": "35.78", "transfers": 1}, 1, ("forwards", "coordinator", "35.78")),
    ],
)
def test_a_holder_acts_as_its_manner_tells(
    monkeypatch: pytest.MonkeyPatch,
    manner: str,
    state: str,
    more: dict[str, object],
    worked: float,
    done: tuple[str, str, str] | None,
) -> None:
    monkeypatch.setattr(cast, "holder", lambda agency: HOLDER[manner])
    act = cast.next_act(case_of(state, **more), "liaison", worked)  # type: ignore[arg-type]
    assert (act and (act.kind, act.role, act.agency)) == done


@pytest.mark.parametrize(
    ("kind", "confidential", "made"),
    [
        ("complaint", False, "complaint"),
        ("complaint", True, "supervisory"),
        ("information", True, "information"),
        ("aspiration", False, "aspiration"),
    ],
)
def test_a_coordinator_classifies_by_kind_and_confidentiality(kind: str, confidential: bool, made: str) -> None:
    assert cast.classification({"kind": kind, "confidential": confidential}) == made


def test_a_silent_coordinator_never_verifies() -> None:
    assert cast.next_act(case_of("UNVERIFIED", verifier="33.74"), "liaison", 99) is None


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (processes.START - timedelta(days=3), processes.START),
        (processes.START, processes.START),
        (processes.START + timedelta(seconds=1), processes.START + timedelta(weeks=1)),
        (processes.START + timedelta(weeks=1), processes.START + timedelta(weeks=1)),
    ],
)
def test_filing_begins_on_the_first_monday_that_is_not_over(now: datetime, day: datetime) -> None:
    assert play.first_day(now) == day
    assert day.weekday() == 0


# ---- mails and metrics ----


def mail(subject: str, body: str, to: str = "pimpinan@35-78.go.example") -> EmailMessage:
    message = EmailMessage()
    message["Delivered-To"], message["Message-ID"], message["Subject"] = to, "<1@x>", subject
    message.set_content(body)
    return message


def test_a_mail_tells_its_notices() -> None:
    one = mail_of(mail(f"Aduan {REFERENCE} telah diterima", f"Nomor lacak: {REFERENCE}"))
    assert (one.notices, one.kind, one.role) == ((REFERENCE,), "seat", "leader")
    joined = mail_of(mail("2 pemberitahuan aduan", f"- Eskalasi {REFERENCE}\n- Batas {REFERENCE}\nRincian {REFERENCE}"))
    assert joined.notices == (REFERENCE, REFERENCE)
    assert mail_of(mail(f"Aduan {REFERENCE}", "", f"siti{REPORTERS}")).role == "reporter"


def test_the_maildir_is_read_a_little_further_each_time(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "000000001.abc.desk").write_bytes(mail(f"Aduan {REFERENCE}", "one").as_bytes())
    mails = Mails(tmp_path)
    assert len(mails.read()) == 1
    assert mails.read() == []
    (tmp_path / "new" / "000000002.def.desk").write_bytes(mail(f"Aduan {REFERENCE}", "two").as_bytes())
    assert len(mails.read()) == 1
    assert len(mails.all) == 2


def test_metrics_are_read_by_service() -> None:
    text = (
        '# HELP x\ntanggap_parked_events{service="sla"} 2.0\ntanggap_loop_age_seconds{service="sla",loop="sweep"} 0.1\n'
    )
    assert metrics(text)["tanggap_parked_events", "sla"] == 2


# ---- promises ----


def at(days: float) -> datetime:
    return MONDAY + timedelta(days=days)


def clock_of(name: str, started: datetime, limit: int, stopped: datetime | None, climbs: int, **more: object) -> Clock:
    calendar = calendar_for("WIB")
    moments = [calendar.due_at(started, limit + days) for days in promises.CLIMBS[:climbs]]
    fired = tuple(Step(nth, moment + timedelta(hours=3)) for nth, moment in enumerate(moments, 1))
    due = calendar.due_at(started, limit)
    state = "overdue" if stopped is None else ("missed" if stopped > due else "met")
    values = {"name": name, "cycle": 1, "agency": "35.78", "zone": "WIB", "unit": "working", "state": state}
    return Clock(
        **{
            **values,
            "started_at": started,
            "limit_days": limit,
            "due_at": due,
            "stopped_at": stopped,
            "steps": fired,
            **more,
        }
    )  # type: ignore[arg-type]


def ombudsman() -> Clock:
    offered = (Step(0, at(60.1)),)
    return clock_of("ombudsman", MONDAY, 60, None, 0, unit="calendar", due_at=at(60), steps=offered)


def message(template: str, kind: str = "seat", state: str = "sent", reason: str | None = None) -> Message:
    return Message(REFERENCE, kind, None, template, state, reason)


def ignored() -> Life:
    """A complaint that was verified in time and then ignored by everyone, past a vacant seat, to the Ombudsman."""
    types = ["ComplaintFiled", "ComplaintRouted", "ComplaintVerified", "ComplaintForwarded"]
    types += ["ComplaintEscalated"] * 6 + ["SeatFoundVacant"]
    timeline = [Event(at(1), kind, "") for kind in types] + [Event(at(60.1), "OmbudsmanOffered", "")]
    told = [message(template, "reporter") for template in ("received", "ombudsman")]
    return Life(
        reference=REFERENCE,
        read_at=at(70),
        filed_at=MONDAY,
        has_email=True,
        status="Terdisposisi Belum Ditindaklanjuti",
        timeline=timeline,
        case={"holder": "35.78.DLH", "state": "AWAITING_FOLLOW_UP", "kind": "complaint"},
        holder={"code": "35.78.DLH", "name": "Dinas Lingkungan Hidup", "tier": "unit"},
        clocks=[
            clock_of("verification", MONDAY, 3, at(1), 0),
            clock_of("follow_up", at(1), 5, None, 3),
            clock_of("resolution", at(1), 14, None, 3),
            ombudsman(),
        ],
        messages=[*told, *[message("escalation")] * 6, message("seat_vacant")],
    )


def evidence(life: Life | None = None) -> Evidence:
    life = life or ignored()
    mails = [Mail(f"<{n}@x>", "pimpinan@x.example", "", (REFERENCE,)) for n in range(7)]
    mails += [Mail(f"<r{n}@x>", f"siti{REPORTERS}", "", (REFERENCE,)) for n in range(2)]
    parked = dict.fromkeys(("intake", "routing", "sla", "notify"), 0)
    return Evidence(timedelta(days=2), [life], mails, list(life.messages), [(RECEIPT, dict(RECEIPT))], 0, parked)


def changed(**more: object) -> Callable[[Evidence], Evidence]:
    """The evidence with another life."""
    return lambda good: replace(good, lives=[replace(good.lives[0], **more)])  # type: ignore[arg-type]


def with_clock(index: int, **more: object) -> Callable[[Evidence], Evidence]:
    clocks = ignored().clocks
    return changed(clocks=[replace(c, **more) if n == index else c for n, c in enumerate(clocks)])  # type: ignore[arg-type]


def without(kind: str) -> Callable[[Evidence], Evidence]:
    return changed(timeline=[event for event in ignored().timeline if event.type != kind])


def untold(template: str) -> Callable[[Evidence], Evidence]:
    return changed(messages=[row for row in ignored().messages if row.template != template])


STEPS = ignored().clocks[1].steps
LATE = (*STEPS[:2], Step(3, STEPS[2].fired_at + timedelta(days=3)))
EARLY = (replace(STEPS[0], fired_at=STEPS[0].fired_at - timedelta(hours=4)), *STEPS[1:])
BROKEN: list[tuple[Callable[[Evidence], object], Callable[[Evidence], Evidence]]] = [
    (promises.every_one_is_held, without("ComplaintRouted")),
    (promises.every_one_is_held, changed(holder={})),
    (promises.every_clock_runs, changed(clocks=[])),
    (promises.every_clock_runs, changed(clocks=ignored().clocks[:2] + ignored().clocks[3:])),
    (promises.every_overdue_one_climbed, with_clock(1, steps=())),
    (promises.every_overdue_one_climbed, with_clock(2, steps=ignored().clocks[2].steps[:2])),
    (promises.no_step_was_skipped, with_clock(1, steps=(STEPS[0], STEPS[2]))),
    (promises.no_step_was_skipped, with_clock(1, steps=(*STEPS, STEPS[2]))),
    (promises.every_step_came_on_its_day, with_clock(1, steps=LATE)),
    (promises.every_step_came_on_its_day, with_clock(1, steps=EARLY)),
    (promises.nobody_who_acted_was_escalated, with_clock(1, stopped_at=STEPS[0].fired_at)),
    (promises.every_silence_meets_the_ombudsman, without("OmbudsmanOffered")),
    (promises.every_silence_meets_the_ombudsman, untold("ombudsman")),
    (promises.every_silence_meets_the_ombudsman, changed(filed_at=at(10))),
    (promises.everyone_tells_the_same, without("ComplaintEscalated")),
    (promises.everyone_tells_the_same, changed(case={**ignored().case, "state": "ANSWERED"})),
    (promises.every_step_was_told, untold("escalation")),
    (promises.every_vacancy_was_reported, untold("seat_vacant")),
    (promises.every_reporter_was_told, untold("received")),
    (promises.every_reporter_was_told, changed(has_email=False)),
    (promises.the_same_filing_has_the_same_answer, lambda good: replace(good, repeated_answers=[])),
    (
        promises.the_same_filing_has_the_same_answer,
        lambda good: replace(good, repeated_answers=[(RECEIPT, {**RECEIPT, "pin": "other"})]),
    ),
    (promises.each_mail_came_once, lambda good: replace(good, mails=[*good.mails, good.mails[0]])),
    (promises.each_mail_came_once, lambda good: replace(good, repeated_mails=1)),
    (promises.ledger_and_mailbox_agree, lambda good: replace(good, mails=good.mails[1:])),
    (promises.ledger_and_mailbox_agree, lambda good: replace(good, ledger=good.ledger[1:])),
    (promises.nothing_is_parked, lambda good: replace(good, parked={**good.parked, "sla": 1})),
    (promises.nothing_is_parked, lambda good: replace(good, parked={})),
    (promises.nothing_waits, lambda good: replace(good, ledger=[message("received", state="waiting")])),
]


def test_all_promises_hold_where_everything_was_done() -> None:
    assert [verdict for verdict in promises.judge(evidence()) if not verdict.held] == []


def test_a_reporter_without_an_address_needs_a_reason_in_the_ledger() -> None:
    life = ignored()
    skipped = [message(t, "reporter", "skipped", "no_contact") for t in ("received", "ombudsman")]
    quiet = replace(life, has_email=False, messages=[*skipped, *life.messages[2:]])
    assert list(promises.every_reporter_was_told(evidence(quiet))) == []
    assert list(promises.every_silence_meets_the_ombudsman(evidence(quiet))) == []


@pytest.mark.parametrize(("check", "change"), BROKEN)
def test_each_promise_can_be_broken(
    check: Callable[[Evidence], object], change: Callable[[Evidence], Evidence]
) -> None:
    bad = change(evidence())
    broken = [promise for promise in promises.PROMISES if list(promise.check(bad))]
    assert check in [promise.check for promise in broken]


def test_every_promise_is_broken_by_some_test() -> None:
    assert {check for check, _ in BROKEN} == {promise.check for promise in promises.PROMISES}


def test_nothing_filed_keeps_no_promise() -> None:
    assert not any(verdict.held for verdict in promises.judge(replace(evidence(), lives=[])))


# ---- what is shown ----


def view() -> View:
    seen = View(MONDAY, filed=3, planned=64, mails=2)
    seen.labels["Terdisposisi Selesai"] = 3
    seen.news.append(News(MONDAY, REFERENCE, "ComplaintEscalated", "Laporan naik ke jenjang 2.", "unit"))
    seen.letters.append(Letter("pimpinan@35-78.go.example", "Eskalasi tahap 2"))
    seen.climbers = [Climber(REFERENCE, "Dinas Lingkungan Hidup Kota Surabaya", 2, False)]
    return seen


def test_the_screen_fits_100_by_35() -> None:
    console = Console(width=100, height=35, record=True, force_terminal=True)
    console.print(drawing(view(), "Tanggap"))
    lines = console.export_text().splitlines()
    assert len(lines) <= 35
    assert all(len(line) <= 100 for line in lines)
    for shown in ("Senin, 7 Juli 2025", "3 Terdisposisi Selesai", REFERENCE, "Dinas Lingkungan", "pimpinan@35-78"):
        assert any(shown in line for line in lines), shown


def test_a_bar_has_a_rung_for_each_step_and_the_ombudsman_on_top() -> None:
    assert bar(Climber(REFERENCE, "", 2, False)).plain == "▇ ▇ ▁ "
    assert bar(Climber(REFERENCE, "", 3, True)).plain == "▇ ▇ ▇ Om"


def test_without_a_terminal_each_piece_of_news_is_a_line() -> None:
    console = Console(width=60, record=True, force_terminal=False)
    screen = Screen(console, "Tanggap")
    with screen.open():
        screen.show(view(), list(view().news))
    assert console.export_text() == f"07 Jul  {REFERENCE}  OPD     Laporan naik ke jenjang 2.\n"


def test_the_summary_counts_every_complaint_once() -> None:
    good = evidence()
    assert fates(good) == {"ignored: climbed to the top, Ombudsman offered": 1}
    assert lost(good) == []
    assert most_climbed(good.lives).reference == REFERENCE
    console = Console(width=100, record=True)
    console.print(summary(good, {"received": 1, "mean_follow_up_days": None}))
    assert "perangkat daerah" in console.export_text()


def test_days_are_told_in_indonesian_by_jakarta() -> None:
    assert words.day(datetime(2025, 2, 2, 18, tzinfo=UTC)) == "Senin, 3 Februari 2025"
