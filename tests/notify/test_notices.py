"""Notices: what became of each message that must reach someone is said once, and again when it changes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notify.actions import notices
from services.notify.actions.messages import retry_messages
from services.notify.domain.notices import CAUSES, late_at, outcome_after, outcome_of
from shared.calendar import ZONES, Calendar, calendar_for
from shared.service import RunningService
from shared.telemetry import unusable_values
from shared.vocabulary import EventType
from tests import make
from tests.make import CITY, PROVINCE, ROADS
from tests.notify.mail import (
    SENDER,
    SITI,
    RefusingMailbox,
    address,
    contact,
    damage,
    file_complaint,
    filed,
    ledger,
    outcomes,
    pass_time,
    send_all,
    settled,
)

VERIFIER = f"{CITY}/coordinator"
DAY = timedelta(days=1)


# The rules


@pytest.mark.parametrize(
    ("state", "reason", "outcome"),
    [
        ("sent", None, "sent"),
        ("failed", "rejected", "failed"),
        ("failed", "unwritable", "failed"),
        ("skipped", "seat_vacant", "nobody"),
        ("skipped", "agency_departed", "nobody"),
        ("skipped", "no_email", "nobody"),
        ("skipped", "bad_address", "failed"),
        ("skipped", "complaint_unknown", "failed"),
        ("waiting", "server_busy", None),
        ("sending", None, None),
    ],
)
def test_each_final_state_has_its_outcome(state: str, reason: str | None, outcome: str | None) -> None:
    assert outcome_of(state, reason) == outcome  # type: ignore[arg-type]


def test_what_was_acknowledged_stays_so_and_other_outcomes_may_change() -> None:
    assert outcome_after("escalation", "failed", "sent") == "sent"
    assert outcome_after("escalation", "sent", "bounced") == "bounced"
    assert outcome_after("escalation", "acknowledged", "bounced") == "acknowledged"
    assert outcome_after("escalation", "sent", None) == "sent"
    assert outcome_after("for_leader", None, "sent") is None


def test_requests_escalations_and_offers_must_reach_someone() -> None:
    assert CAUSES == {
        "to_verify": EventType.COMPLAINT_ROUTED,
        "to_verify_above": EventType.COMPLAINT_ROUTED,
        "to_follow_up": EventType.COMPLAINT_FORWARDED,
        "to_follow_up_above": EventType.COMPLAINT_FORWARDED,
        "escalation": EventType.COMPLAINT_ESCALATED,
        "ombudsman": EventType.OMBUDSMAN_OFFERED,
        "ombudsman_to_call": EventType.OMBUDSMAN_OFFERED,
        "ombudsman_for_leader": EventType.OMBUDSMAN_OFFERED,
    }


def naive_late_at(since: datetime, calendar: Calendar, zone: str) -> datetime:
    """Day by day: the hours of working days until there are twenty-four."""
    left, at = DAY, since.astimezone(ZoneInfo(zone))
    while True:
        midnight = datetime.combine(at.date() + DAY, datetime.min.time(), at.tzinfo)
        if calendar.is_working_day(at.date()):
            if midnight - at >= left:
                return at + left
            left -= midnight - at
        at = midnight


@settings(deadline=None)  # The first calendar of a process takes a while.
@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC)),
    st.sampled_from(sorted(ZONES.values())),
)
def test_a_working_day_has_twenty_four_hours_of_working_days(since: datetime, zone: str) -> None:
    calendar = calendar_for(zone)
    assert late_at(since, calendar) == naive_late_at(since, calendar, zone)


def test_a_message_of_friday_evening_is_late_on_monday_evening() -> None:
    calendar = calendar_for("Asia/Jayapura")
    assert late_at(make.utc("07-11 10:00"), calendar) == make.utc("07-14 10:00")
    assert late_at(make.utc("07-12 10:00"), calendar) == make.utc("07-14 15:00"), "a Saturday: all of Monday"
    assert late_at(make.utc("07-10 15:00"), calendar) == make.utc("07-11 15:00"), "Friday's first moment: its last"


def test_outside_the_calendar_every_day_counts() -> None:
    since = datetime(2001, 1, 6, tzinfo=UTC)
    assert late_at(since, calendar_for("WIB")) == since + DAY


# What is said


async def test_what_was_sent_is_said_once_with_its_complaint_and_cause(service: RunningService) -> None:
    complaint = await file_complaint(service)
    await send_all(service)
    [said] = await settled(service)
    [request] = await ledger(service, template="to_verify")
    assert (said.agency, said.role, said.outcome, said.reason) == (CITY, "coordinator", "sent", None)
    [notice] = said.notices
    assert (notice.complaint_id, notice.cause, notice.cause_id) == (
        complaint.complaint_id, "ComplaintRouted", request.event_id,
    )  # fmt: skip
    assert (notice.clock, notice.cycle, notice.step, notice.round) == (None, 0, 0, 0)
    assert {row.template: row.outcome for row in await ledger(service)} == {
        "received": None, "to_verify": "sent", "assigned": None, "for_leader": None,
    }  # fmt: skip
    await pass_time(service)
    await send_all(service)
    assert len(await settled(service)) == 1


async def test_a_joined_mail_is_one_event_with_the_step_of_each_notice(service: RunningService) -> None:
    complaints = [filed(number) for number in range(3)]
    steps = [
        make.escalated(complaint.complaint_id, step, make.seat(CITY), clock="resolution", cycle=2, round=step)
        for step, complaint in enumerate(complaints, 1)
    ]
    await make.hear(service, *complaints, *steps)
    await send_all(service)
    [said] = await settled(service)
    assert said.key == CITY and {notice.complaint_id for notice in said.notices} == {c.complaint_id for c in complaints}
    assert sorted((notice.clock, notice.cycle, notice.step, notice.round) for notice in said.notices) == [
        ("resolution", 2, 1, 1), ("resolution", 2, 2, 2), ("resolution", 2, 3, 3),
    ]  # fmt: skip


async def test_a_refused_notice_is_said_to_have_failed(service: RunningService, mailbox: RefusingMailbox) -> None:
    mailbox.refusals[address(CITY)] = "550 unknown"
    complaint = filed()
    await make.hear(service, complaint, make.escalated(complaint.complaint_id, 2, make.seat(CITY), make.seat(PROVINCE)))
    await send_all(service)
    assert sorted(await outcomes(service)) == [
        (f"{CITY}/leader", "failed", "rejected"),
        (f"{PROVINCE}/leader", "sent", None),
    ]


async def test_a_notice_whose_attempts_are_used_up_has_failed(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    mailbox.refusals[address(CITY)] = "451 busy"
    complaint = filed()
    await make.hear(service, complaint, make.escalated(complaint.complaint_id, 2, make.seat(CITY)))
    for _ in range(service.settings.mail_attempts + 1):
        await send_all(service)
        await pass_time(service, hours=2)
    assert await outcomes(service) == [(f"{CITY}/leader", "failed", "attempts_exhausted")]


async def test_an_escalation_to_a_vacant_seat_reached_nobody(service: RunningService) -> None:
    complaint = filed()
    await make.hear(service, make.published(CITY, "leader"), complaint)
    await make.hear(service, make.escalated(complaint.complaint_id, 2, make.seat(CITY)))
    await send_all(service)
    assert await outcomes(service) == [(f"{CITY}/leader", "nobody", "seat_vacant")]
    assert [row.template for row in await ledger(service, kind="seat")] == ["escalation"], "sla says who is next"


async def test_the_offer_to_a_reporter_is_an_event_of_the_complaint(service: RunningService) -> None:
    complaint = await file_complaint(service)
    await make.hear(service, make.offered(complaint.complaint_id))
    await send_all(service)
    [said] = [fact for fact in await settled(service) if fact.role is None]
    assert (said.key, said.agency, said.outcome) == (str(complaint.complaint_id), ROADS, "sent")
    assert [notice.cause for notice in said.notices] == ["OmbudsmanOffered"]


# Tried in vain


async def test_what_is_tried_in_vain_for_a_working_day_has_failed_and_may_be_sent_later(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    mailbox.refusals[address(CITY)] = "451 busy"
    complaint = filed()
    await make.hear(service, complaint, make.escalated(complaint.complaint_id, 2, make.seat(CITY)))
    await send_all(service)
    await pass_time(service, hours=23)
    assert await notices.report_late_once(service) == 0
    await pass_time(service, hours=24 * 14)
    assert await notices.report_late_once(service) == 1
    assert await notices.report_late_once(service) == 0
    assert await outcomes(service) == [(f"{CITY}/leader", "failed", "working_day_passed")]
    mailbox.refusals.clear()
    await send_all(service)
    assert (await outcomes(service))[1:] == [(f"{CITY}/leader", "sent", None)]
    [row] = await ledger(service, template="escalation")
    assert (row.state, row.outcome) == ("sent", "sent")


async def test_what_was_said_to_have_failed_is_not_said_again_when_it_is_given_up(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    mailbox.refusals[address(CITY)] = "451 busy"
    complaint = filed()
    await make.hear(service, complaint, make.escalated(complaint.complaint_id, 2, make.seat(CITY)))
    for _ in range(service.settings.mail_attempts + 1):
        await send_all(service)
        await pass_time(service, hours=24 * 14)
        await notices.report_late_once(service)
    assert [outcome for _, outcome, _ in await outcomes(service)] == ["failed"]
    assert {row.state for row in await ledger(service, template="escalation")} == {"failed"}


async def test_a_mail_server_that_is_away_for_a_working_day_is_noticed(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    mailbox.stop()
    await file_complaint(service)
    assert await send_all(service) == 0
    await pass_time(service, hours=24 * 14)
    assert await notices.report_late_once(service) == 1
    assert await outcomes(service) == [(VERIFIER, "failed", "working_day_passed")]


async def test_two_replicas_report_a_late_notice_once(
    service: RunningService, make_service: Any, mailbox: RefusingMailbox
) -> None:
    other = await make_service("notify", smtp_port=mailbox.port, **SENDER)
    mailbox.stop()
    for number in range(20):
        await file_complaint(service, number)
    await pass_time(service, hours=24 * 14)
    done = await asyncio.gather(*(notices.report_late_once(each) for each in (service, other) * 3))
    assert sum(done) == 20
    assert sum(len(fact.notices) for fact in await settled(service)) == 20
    assert {row.recipient for row in await ledger(service, template="to_verify_above")} == {
        f"{CITY}/leader/to_verify_above"
    }


async def test_a_weekend_is_no_working_day(service: RunningService, monkeypatch: pytest.MonkeyPatch) -> None:
    await file_complaint(service)
    friday, clock = make.utc("07-11 03:00"), StillClock()
    monkeypatch.setattr(notices, "database_now", clock.database_now)
    async with service.begin() as tx:
        await tx.execute(
            "UPDATE messages SET tried_since = :at, late_at = CAST(:at AS timestamptz) + interval '1 day'"
            " WHERE late_at IS NOT NULL",
            {"at": friday},
        )
        await tx.execute("UPDATE seats SET email_since = :at", {"at": friday})
    clock.at = friday + 2 * DAY
    assert await notices.report_late_once(service) == 1
    assert await outcomes(service) == []
    assert [row.late_at for row in await ledger(service, template="to_verify")] == [friday + 3 * DAY]
    clock.at = friday + 3 * DAY
    assert await notices.report_late_once(service) == 1
    assert len(await outcomes(service)) == 1


@pytest.mark.parametrize("details", ["details || '{\"zone\": [1]}'", 'details || \'{"zone": "UTC"}\'', "'[]'"])
async def test_a_zone_that_nobody_knows_does_not_stop_the_report(
    service: RunningService, mailbox: RefusingMailbox, details: str
) -> None:
    mailbox.stop()
    for number in range(2):
        await file_complaint(service, number)
    async with service.begin() as tx:
        await tx.execute(
            f"UPDATE messages SET details = {details} WHERE template = 'to_verify' AND reference LIKE '%0'"
        )
    await pass_time(service, hours=24 * 14)
    assert await notices.report_late_once(service) == 2
    assert sum(len(fact.notices) for fact in await settled(service)) == 2


async def test_what_was_written_by_a_clock_ten_years_ahead_is_late_a_working_day_after_it_is_right(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    mailbox.refusals[address(CITY)] = "451 busy"
    complaint = filed()
    await make.hear(service, complaint, make.escalated(complaint.complaint_id, 2, make.seat(CITY)))
    await pass_time(service, hours=-24 * 3650)
    await send_all(service)
    assert await notices.report_late_once(service) == 1
    assert await notices.report_late_once(service) == 0
    assert await outcomes(service) == []
    for _ in range(2):  # The first moment may be a weekend's, and is then counted again.
        await pass_time(service, hours=24 * 14)
        await notices.report_late_once(service)
    assert await outcomes(service) == [(f"{CITY}/leader", "failed", "working_day_passed")]


async def test_a_message_without_the_moment_of_its_first_try_stops_no_report(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    mailbox.stop()
    counted = unusable_values.labels("notify", "tried_since")
    before = counted._value.get()
    bad, good = [(await file_complaint(service, number)).complaint_id for number in range(2)]
    await damage(service, bad, "to_verify", "tried_since = NULL")
    await pass_time(service, hours=24 * 14)
    while await notices.report_late_once(service):
        pass
    assert [notice.complaint_id for fact in await settled(service) for notice in fact.notices] == [good]
    assert counted._value.get() == before + 1
    for _ in range(2):
        await pass_time(service, hours=24 * 14)
        await notices.report_late_once(service)
    assert {notice.complaint_id for fact in await settled(service) for notice in fact.notices} == {bad, good}


async def test_a_new_address_has_a_working_day_of_its_own(service: RunningService, mailbox: RefusingMailbox) -> None:
    mailbox.refusals[address(CITY)] = "451 busy"
    complaint = filed()
    await make.hear(service, complaint, make.escalated(complaint.complaint_id, 2, make.seat(CITY)))
    await send_all(service)
    await pass_time(service, hours=24 * 14)
    seats = [{"role": "leader", "title": "Wali Kota", "email": "baru@35.78.example"}]
    await make.hear(service, make.published(CITY, seats=seats))
    assert await notices.report_late_once(service) == 1
    assert await outcomes(service) == []
    await send_all(service)
    assert await outcomes(service) == [(f"{CITY}/leader", "sent", None)]


@pytest.mark.parametrize("missing", ["complaint", "template"])
async def test_what_waits_for_its_complaint_or_its_template_says_nothing_of_the_seat(
    service: RunningService, mailbox: RefusingMailbox, missing: str
) -> None:
    complaint, templates = filed(), service.state.mail_writer.templates
    await make.hear(service, make.escalated(complaint.complaint_id, 2, make.seat(CITY)))
    if missing == "template":
        await make.hear(service, complaint)
        service.state.mail_writer.__dict__["templates"] = {
            name: found for name, found in templates.items() if name != "escalation"
        }
    for _ in range(3):
        await send_all(service)
        await pass_time(service, hours=24 * 14)
        await notices.report_late_once(service)
    assert await outcomes(service) == []
    mailbox.refusals[address(CITY)] = "451 busy"
    if missing == "template":
        service.state.mail_writer.__dict__["templates"] = templates
    else:
        await make.hear(service, complaint)
    await pass_time(service, hours=2)
    await send_all(service)
    await pass_time(service, hours=12)
    await notices.report_late_once(service)
    assert await outcomes(service) == [], "the working day begins when the message can be sent"
    await pass_time(service, hours=24 * 14)
    await notices.report_late_once(service)
    assert await outcomes(service) == [(f"{CITY}/leader", "failed", "working_day_passed")]


class StillClock:
    """A database's clock that shows what it is told."""

    at: datetime

    async def database_now(self, tx: object) -> datetime:
        return self.at


# Once each


async def test_a_crash_between_sending_and_recording_says_nothing_twice(
    service: RunningService, mailbox: RefusingMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await file_complaint(service)
    stage = notices.settle

    async def crash(*given: object) -> None:
        await stage(*given)  # type: ignore[arg-type]
        raise RuntimeError("killed")

    with monkeypatch.context() as broken:
        broken.setattr("services.notify.actions.deliveries.settle", crash)
        with pytest.raises(RuntimeError):
            await send_all(service)
    assert await outcomes(service) == []
    await pass_time(service)
    await send_all(service)
    assert await outcomes(service) == [(VERIFIER, "sent", None)]
    assert mailbox.repeated > 0


async def test_what_cannot_be_said_of_one_row_is_said_of_the_others(service: RunningService) -> None:
    """A clock of a later release, and a role that no event can carry."""
    one, two, three = (filed(number) for number in range(3))
    await make.hear(service, one, two, three, contact(service, one.complaint_id))
    await make.hear(service, *(make.escalated(each.complaint_id, 2, make.seat(CITY)) for each in (one, two)))
    await make.hear(service, make.escalated(three.complaint_id, 2, make.seat(PROVINCE)))
    async with service.begin() as tx:
        await tx.execute(
            'UPDATE messages SET details = details || \'{"clock": "closing"}\' WHERE complaint_id = :id',
            {"id": one.complaint_id},
        )
        await tx.execute(
            "INSERT INTO seats (agency, role, title, email) VALUES (:a, 'duke', '', 'd@x.example')", {"a": CITY}
        )
        await tx.execute(
            "UPDATE messages SET role = 'duke' WHERE agency = :a AND complaint_id = :id",
            {"a": CITY, "id": two.complaint_id},
        )
    await send_all(service)
    assert sorted(await outcomes(service)) == [(f"{CITY}/leader", "sent", None), (f"{PROVINCE}/leader", "sent", None)]
    assert {row.state for row in await ledger(service, template="escalation")} == {"sent"}
    [said] = [fact for fact in await settled(service) if fact.agency == CITY]
    assert [notice.clock for notice in said.notices] == [None]


async def test_a_retry_by_hand_that_succeeds_is_said(service: RunningService, mailbox: RefusingMailbox) -> None:
    mailbox.refusals[address(CITY)] = "550 unknown"
    complaint = filed()
    await make.hear(service, complaint, make.escalated(complaint.complaint_id, 2, make.seat(CITY)))
    await send_all(service)
    mailbox.refusals.clear()
    [row] = await ledger(service, template="escalation")
    await service.submit(retry_messages, row.id)
    await send_all(service)
    assert [outcome for _, outcome, _ in await outcomes(service)] == ["failed", "sent"]
    assert SITI not in str(await settled(service))
