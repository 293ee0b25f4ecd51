"""Acts: a message that waited is not sent once a later act has made it needless; its seat is at no fault."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.notify.actions import acts
from services.notify.actions.claims import claim_due
from services.notify.domain.acts import Act, is_over, is_overtaken, may_be_needless, was_written_late
from shared.clock import ManualClock
from shared.db.clock import database_now
from shared.events import Fact
from shared.local.mailbox import read_mail
from shared.service import RunningService
from tests import make
from tests.make import CITY, PROVINCE, ROADS, TRANSPORT
from tests.notify.mail import (
    RefusingMailbox,
    address,
    contact,
    filed,
    ledger,
    mails_to,
    outcomes,
    pass_time,
    send_all,
    text_of,
)
from tests.services import MONDAY

DAY = timedelta(days=1)
OVERTAKEN = "skipped", "overtaken"
LIAISON = make.seat(ROADS, "liaison")


async def hear_after_outage(service: RunningService, clock: ManualClock, *said: Fact) -> dict[str, tuple[str, Any]]:
    """notify comes back after thirty days, in which these events were said, one a day; what became of each message."""
    id = said[0].complaint_id  # type: ignore[attr-defined]
    reporter = filed(complaint=id, reporter_ref=id)
    start = service.now()
    await make.hear(service, make.published(TRANSPORT), contact(service, id), reporter)
    clock.advance_to(start + 30 * DAY)
    await make.receive(service, [(fact, start + day * DAY) for day, fact in enumerate(said, 1)])
    await send_all(service)
    return {f"{row.recipient} {row.template}": (row.state, row.reason) for row in await ledger(service)}


def sent(found: dict[str, tuple[str, Any]]) -> set[str]:
    return {name for name, (state, _) in found.items() if state == "sent"}


COMPLAINT = UUID(int=8)
# The reporter is told of each end by one of these.
ENDS = {"answered", "archived", "taken_back"}


async def test_after_an_outage_only_what_is_still_true_is_said(
    service: RunningService, clock: ManualClock, mailbox: RefusingMailbox
) -> None:
    found = await hear_after_outage(
        service,
        clock,
        make.routed(COMPLAINT),
        make.forwarded(COMPLAINT),
        make.near(COMPLAINT, LIAISON, due_at=MONDAY + 40 * DAY),
        make.escalated(COMPLAINT, 1, make.seat(ROADS)),
        make.forwarded(COMPLAINT, TRANSPORT, 1, previous=ROADS),
        make.escalated(COMPLAINT, 1, make.seat(CITY), clock="resolution", agency=TRANSPORT),
        make.offered(COMPLAINT, TRANSPORT),
        make.answered(COMPLAINT, TRANSPORT),
    )
    to_reporter = {"reporter received", "reporter forwarded", "reporter answered"}
    assert sent(found) == {*to_reporter, f"{TRANSPORT}/leader for_leader"}
    others = {state for name, state in found.items() if name not in sent(found)}
    assert others == {OVERTAKEN}
    assert not mails_to(mailbox, address(ROADS, "liaison"))


async def test_what_is_overtaken_counts_against_no_seat(service: RunningService, clock: ManualClock) -> None:
    """The seat is vacant, and nobody above is asked to verify what is verified."""
    await make.hear(service, make.published(CITY, "coordinator"))
    await hear_after_outage(service, clock, make.routed(COMPLAINT), make.forwarded(COMPLAINT))
    assert {row.state for row in await ledger(service, template="to_verify")} == {"skipped"}
    assert not await ledger(service, template="to_verify_above")
    assert await outcomes(service) == [(f"{ROADS}/liaison", "sent", None)]


async def test_a_request_goes_to_the_last_verifier_only(service: RunningService, clock: ManualClock) -> None:
    found = await hear_after_outage(
        service, clock, make.routed(COMPLAINT), make.reassigned(COMPLAINT, verifier=PROVINCE, previous=None)
    )
    assert found[f"{CITY}/coordinator to_verify"] == OVERTAKEN
    assert sent(found) >= {f"{PROVINCE}/coordinator to_verify", f"{ROADS}/liaison assigned"}


async def test_a_reminder_of_a_limit_that_has_passed_is_not_sent(service: RunningService, clock: ManualClock) -> None:
    found = await hear_after_outage(
        service,
        clock,
        make.near(COMPLAINT, LIAISON, due_at=MONDAY + 29 * DAY),
        make.near(COMPLAINT, make.seat(CITY), due_at=MONDAY + 31 * DAY),
    )
    assert found == {
        f"{ROADS}/liaison deadline_near": OVERTAKEN,
        f"{CITY}/leader deadline_near": ("sent", None),
    }


@pytest.mark.parametrize("is_verified", [False, True])
async def test_nobody_hears_that_a_complaint_is_unverified_once_it_is_verified(
    service: RunningService, clock: ManualClock, mailbox: RefusingMailbox, is_verified: bool
) -> None:
    acts_said = [make.verified(COMPLAINT), make.forwarded(COMPLAINT)] if is_verified else []
    found = await hear_after_outage(
        service,
        clock,
        make.escalated(COMPLAINT, 3, make.seat(PROVINCE), clock="ombudsman", agency=CITY, round=1, unverified=True),
        make.offered(COMPLAINT, CITY).model_copy(update={"unverified": True}),
        *acts_said,
    )
    assert {"reporter escalated", "reporter ombudsman", f"{PROVINCE}/leader escalation"} <= sent(found)
    said = "\n".join(text_of(mail) for mail in read_mail(mailbox.folder))
    words = ("belum memverifikasi", "belum diverifikasi oleh instansi Saudara", "Aduan Anda belum diverifikasi")
    assert [each in said for each in words] == [not is_verified] * 3
    assert ("belum diverifikasi" in said) is not is_verified


@pytest.mark.parametrize(
    ("done", "said"),
    [
        ([make.followed_up(COMPLAINT, next_date=date(2025, 7, 21))], "paling lambat 21 Juli 2025"),
        ([make.followed_up(COMPLAINT, next_date=date(2025, 7, 8))], "paling lambat 8 Juli 2025 (belum ada)"),
        ([make.followed_up(COMPLAINT, next_date=date(2025, 7, 21)), make.followed_up(COMPLAINT)], None),
        ([make.followed_up(COMPLAINT, next_date=date(2025, 7, 21)), make.forwarded(COMPLAINT, CITY, 1)], None),
    ],
)
async def test_a_climb_names_the_day_until_which_its_holder_has_promised_news(
    service: RunningService, mailbox: RefusingMailbox, clock: ManualClock, done: list[Fact], said: str | None
) -> None:
    climb = make.escalated(COMPLAINT, 1, make.seat(PROVINCE), clock="resolution", due_at=MONDAY)
    await hear_after_outage(service, clock, make.forwarded(COMPLAINT), *done, climb)
    [mail] = mails_to(mailbox, address(PROVINCE))
    named = [line.split(": ")[1] for line in text_of(mail).splitlines() if line.startswith("Kabar yang dijanjikan")]
    assert named == ([said] if said else [])


async def test_what_waits_for_the_mail_server_is_overtaken_too(
    service: RunningService, clock: ManualClock, mailbox: RefusingMailbox
) -> None:
    mailbox.refusals[address(ROADS)] = "451 4.3.0 try later"
    complaint = filed()
    await make.hear(service, complaint, make.escalated(complaint.complaint_id, 1, make.seat(ROADS)))
    await send_all(service)
    [waiting] = await ledger(service, template="escalation")
    assert waiting.state == "waiting"
    clock.advance_to(service.now() + timedelta(seconds=20))
    await make.hear(service, make.followed_up(complaint.complaint_id))
    mailbox.refusals.clear()
    await pass_time(service, 1)
    await send_all(service)
    [row] = await ledger(service, template="escalation")
    assert (row.state, row.reason, row.mail_id) == (*OVERTAKEN, None)
    assert not mails_to(mailbox, address(ROADS))


async def test_a_mail_that_may_have_gone_out_stays_known_though_its_message_is_overtaken(
    service: RunningService, clock: ManualClock, mailbox: RefusingMailbox
) -> None:
    complaint = filed()
    await make.hear(service, complaint, make.escalated(complaint.complaint_id, 1, make.seat(ROADS)))
    async with service.begin() as tx:
        claim = await claim_due(tx, await database_now(tx))
    # Its sender hands it over, and dies before it can say so.
    await service.state.mail_server.send(claim.mails, service.state.mail_writer.write, 8.0)
    clock.advance_to(service.now() + timedelta(seconds=20))
    await make.hear(service, make.followed_up(complaint.complaint_id))
    await pass_time(service, 1)
    await send_all(service)
    [mail] = mails_to(mailbox, address(ROADS))
    [row] = await ledger(service, template="escalation")
    assert (row.state, row.reason) == OVERTAKEN
    assert str(row.mail_id) in mail["Message-ID"]


async def test_while_we_have_not_caught_up_what_comes_late_waits(service: RunningService, clock: ManualClock) -> None:
    """The events of an outage come in several batches."""
    start = service.now()
    await make.hear_promises(service, start)
    await make.hear(service, make.published(TRANSPORT), filed(complaint=COMPLAINT))
    clock.advance_to(start + 30 * DAY)
    await make.receive(service, [(make.forwarded(COMPLAINT), start + DAY)])
    await send_all(service)
    [row] = await ledger(service, template="to_follow_up")
    assert (row.state, row.reason) == ("waiting", "not_heard")
    await make.receive(service, [(make.forwarded(COMPLAINT, TRANSPORT, 1, previous=ROADS), start + 29 * DAY)])
    await make.hear_promises(service)
    await pass_time(service)
    await send_all(service)
    found = [(row.agency, row.state, row.reason) for row in await ledger(service, template="to_follow_up")]
    assert found == [(ROADS, *OVERTAKEN), (TRANSPORT, "sent", None)]


async def test_where_nothing_is_heard_for_long_it_is_sent_all_the_same(
    service: RunningService, clock: ManualClock
) -> None:
    await make.hear_promises(service, service.now())
    await make.hear(service, filed(complaint=COMPLAINT))
    clock.advance_to(service.now() + DAY)
    await make.receive(service, [(make.forwarded(COMPLAINT), MONDAY)])
    for _ in range(acts.MOST_WAITS):
        await send_all(service)
        [row] = await ledger(service, template="to_follow_up")
        assert row.state == "waiting"
        await pass_time(service, 1)
    await send_all(service)
    [row] = await ledger(service, template="to_follow_up")
    assert (row.state, row.attempts) == ("sent", 1)


async def test_an_act_before_the_message_and_one_that_stops_another_clock_overtake_nothing(
    service: RunningService, clock: ManualClock
) -> None:
    found = await hear_after_outage(
        service,
        clock,
        make.answered(COMPLAINT),
        make.escalated(COMPLAINT, 1, make.seat(ROADS), clock="resolution"),
        make.followed_up(COMPLAINT),
    )
    assert found[f"{ROADS}/leader escalation"] == ("sent", None)


async def test_a_fresh_message_that_waits_for_nothing_is_sent_without_a_look_at_the_acts(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acts, "ACTS", "SELECT 1 / 0")
    complaint = filed()
    await make.hear(service, complaint, make.near(complaint.complaint_id, LIAISON, due_at=MONDAY + DAY))
    await send_all(service)
    assert {row.state for row in await ledger(service, kind="seat")} == {"sent"}


async def test_a_detail_of_another_release_overtakes_nothing(service: RunningService, clock: ManualClock) -> None:
    complaint = filed()
    id = complaint.complaint_id
    await make.hear(service, complaint, make.forwarded(id))
    async with service.begin() as tx:
        await tx.execute("UPDATE messages SET next_try_at = next_try_at + interval '1 day'")
    clock.advance_to(service.now() + DAY)
    await make.hear(service, make.answered(id))
    async with service.begin() as tx:
        await tx.execute("UPDATE messages SET details = '{\"at\": \"x\"}' WHERE template = 'answered'")
    await pass_time(service)
    await send_all(service)
    assert {row.state for row in await ledger(service, template="to_follow_up")} == {"sent"}


async def test_the_acts_are_found_by_an_index(service: RunningService) -> None:
    async with service.begin() as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        values = {"ids": [COMPLAINT], "templates": ["answered"]}
        plan = "\n".join(str(row[0]) for row in await tx.execute(f"EXPLAIN {acts.ACTS}", values))
    assert "ix_messages_complaint" in plan


# The rules


def details(clock: str = "", **changes: Any) -> dict[str, Any]:
    return {"at": MONDAY.isoformat(), **({"clock": clock} if clock else {}), **changes}


def later(template: str, about: str = ROADS) -> Sequence[Act]:
    return [Act(template, about, MONDAY + DAY)]


@pytest.mark.parametrize(
    ("template", "clock", "needless"),
    [
        ("to_verify", "", {"to_verify", "forwarded", "followed_up", "merged", *ENDS}),
        ("to_verify_above", "", {"to_verify", "forwarded", "followed_up", "merged", *ENDS}),
        ("to_follow_up", "", {"forwarded", "followed_up", "merged", *ENDS}),
        ("to_follow_up_above", "", {"forwarded", "followed_up", "merged", *ENDS}),
        ("assigned", "", {"assigned", "forwarded", "followed_up", "merged", *ENDS}),
        ("to_contact", "", {"replied", "archived", "taken_back"}),
        ("for_leader", "", {"for_leader"}),
        ("closed", "", {"open_again"}),
        ("closed_for_seat", "", {"open_again"}),
        ("ordered", "", {"forwarded", *ENDS}),
        ("to_approve", "", {"answer_returned", *ENDS}),
        ("to_approve_above", "", {"answer_returned", *ENDS}),
        ("escalation", "approval", {"answer_returned", *ENDS}),
        ("escalation", "verification", {"forwarded", "followed_up", "merged", *ENDS}),
        ("escalation", "follow_up", {"forwarded", "followed_up", "merged", *ENDS}),
        ("escalation", "resolution", ENDS),
        ("escalation", "life", ENDS),
        ("escalation", "ombudsman", ENDS),
        ("escalation", "a clock of another release", ENDS),
        ("deadline_near", "follow_up", {"forwarded", "followed_up", "merged", *ENDS}),
        ("deadline_near", "resolution", ENDS),
        ("escalated", "follow_up", ENDS),
        ("ombudsman", "", ENDS),
        ("ombudsman_to_call", "", ENDS),
        ("ombudsman_for_leader", "", ENDS),
        ("ombudsman_for_leader_above", "", ENDS),
        ("received", "", set()),
        ("forwarded", "", set()),
        ("answered", "", set()),
        ("withdrawn", "follow_up", set()),
        ("seat_vacant", "", set()),
    ],
)
def test_these_later_acts_make_a_message_needless(template: str, clock: str, needless: set[str]) -> None:
    told = {
        "to_verify",
        "assigned",
        "for_leader",
        "forwarded",
        "followed_up",
        "merged",
        "replied",
        "open_again",
        "answer_returned",
    } | ENDS
    assert {act for act in told if is_overtaken(template, ROADS, details(clock), later(act))} == needless


@pytest.mark.parametrize("template", ["deadline_near", "escalation"])
def test_what_is_said_of_a_promise_is_needless_once_this_promise_is_kept(template: str) -> None:
    for cycle, needless in ((1, False), (2, True)):
        kept = [replace(act, number="2") for act in later("promise_kept")]
        assert is_overtaken(template, ROADS, details("promise", cycle=cycle), kept) is needless


@pytest.mark.parametrize(
    ("template", "about"),
    [
        ("asked_to_contribute", {"number": 2}),
        ("deadline_near", {"clock": "contribution", "cycle": 2}),
        ("escalation", {"clock": "contribution", "cycle": 2}),
    ],
)
def test_a_unit_is_asked_until_it_contributes_under_the_number_whoever_leads(template: str, about: Any) -> None:
    told = details(about.pop("clock", ""), **about)
    given = [[replace(act, number=number) for act in later("contributed", TRANSPORT)] for number in ("1", "2")]
    assert [is_overtaken(template, TRANSPORT, told, acts) for acts in given] == [False, True]
    assert not is_overtaken(template, TRANSPORT, told, later("forwarded", TRANSPORT))
    assert not is_overtaken(template, TRANSPORT, told, later("forwarded", ROADS))
    assert is_overtaken(template, TRANSPORT, told, later("answered"))


def test_a_reminder_of_any_limit_is_needless_once_another_agency_holds_the_complaint() -> None:
    assert is_overtaken("deadline_near", ROADS, details("resolution"), later("forwarded", TRANSPORT))
    assert not is_overtaken("escalation", ROADS, details("resolution"), later("forwarded", TRANSPORT))


def test_an_act_at_the_very_moment_of_a_step_makes_it_needless_and_no_request_of_its_own() -> None:
    now = [Act("forwarded", ROADS, MONDAY)]
    assert is_overtaken("escalation", ROADS, details("verification"), now)
    assert is_overtaken("deadline_near", ROADS, details("verification"), now)
    assert is_overtaken("ombudsman", ROADS, details(), [Act("answered", ROADS, MONDAY)])
    assert not is_overtaken("to_follow_up", ROADS, details(), now)
    assert not is_overtaken("to_verify", ROADS, details(), [Act("to_verify", ROADS, MONDAY)])


@pytest.mark.parametrize("at", [None, 5, "x", "2025-07-07T02:00:00"])
def test_a_message_without_a_readable_moment_is_never_overtaken(at: Any) -> None:
    assert not is_overtaken("to_verify", ROADS, {"at": at}, later("answered"))
    assert not is_overtaken("to_verify", ROADS, "x", later("answered"))  # type: ignore[arg-type]


def test_a_message_is_looked_at_again_once_it_was_tried_or_its_event_is_not_fresh() -> None:
    minutes = timedelta(minutes=1)
    assert not may_be_needless("to_verify", details(), False, MONDAY + 5 * minutes)
    assert may_be_needless("to_verify", details(), True, MONDAY)
    assert may_be_needless("to_verify", details(), False, MONDAY + 6 * minutes)
    assert not may_be_needless("received", details(), True, MONDAY + 6 * minutes)
    assert not may_be_needless("to_verify", details(), False, MONDAY + 6 * minutes, fresh=7 * minutes)
    assert was_written_late("to_verify", details(), MONDAY + 6 * minutes)
    assert not was_written_late("to_verify", details(), MONDAY + 5 * minutes)
    assert not was_written_late("received", details(), MONDAY + 6 * minutes)


def test_a_reminder_is_over_after_its_limit_and_nothing_else_is() -> None:
    limit = details(due_at=MONDAY.isoformat())
    assert is_over("deadline_near", limit, MONDAY + DAY) and not is_over("deadline_near", limit, MONDAY)
    assert not is_over("escalation", limit, MONDAY + DAY)
    assert not is_over("deadline_near", {"due_at": "x"}, MONDAY)
