"""Late notices: a message that was tried in vain for a working day has failed, by real time."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notify.actions import notices
from services.notify.domain.notices import late_at
from shared.calendar import ZONES, Calendar, calendar_for
from shared.service import RunningService
from shared.telemetry import unusable_values
from tests import make
from tests.make import CITY
from tests.notify.mail import (
    DAY,
    SENDER,
    VERIFIER,
    RefusingMailbox,
    address,
    damage,
    file_complaint,
    filed,
    ledger,
    outcomes,
    pass_time,
    send_all,
    settled,
)


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
    counter = unusable_values.labels("notify", "zone")
    before = counter._value.get()
    await pass_time(service, hours=24 * 14)
    assert await notices.report_late_once(service) == 2
    assert sum(len(fact.notices) for fact in await settled(service)) == 2
    # A ledger that names no zone has none that is unknown.
    assert (counter._value.get() > before) is ("zone" in details)


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
