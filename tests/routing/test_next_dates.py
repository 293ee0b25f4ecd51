"""A follow-up says until when there will be news: within ten working days of the holder's zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.agencies import Zone
from services.routing.domain.next_dates import next_date
from services.routing.domain.refusals import RefusalReason
from shared.calendar import ZONES, calendar_for
from shared.errors import BadSettings
from shared.events import FollowUpRecorded
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, ROADS, TRANSPORT
from tests.routing.complaints import ANSWER, WORDS, assigned, get, post, problem, rows_of, verify
from tests.services import MONDAY, client_of, staged

PAST, FAR = RefusalReason.NEXT_DATE_PAST, RefusalReason.NEXT_DATE_TOO_FAR


@pytest.mark.parametrize(
    ("now", "wanted", "found"),
    [
        (MONDAY, None, date(2025, 7, 21)),
        (MONDAY, date(2025, 7, 7), date(2025, 7, 7)),
        (MONDAY, date(2025, 7, 6), PAST),
        (MONDAY, date(2025, 7, 21), date(2025, 7, 21)),
        (MONDAY, date(2025, 7, 22), FAR),
        # From Friday evening, and across Nyepi, Lebaran and Good Friday.
        (datetime(2025, 7, 4, 14, tzinfo=UTC), None, date(2025, 7, 18)),
        (datetime(2025, 3, 26, 2, tzinfo=UTC), None, date(2025, 4, 21)),
    ],
)
def test_the_tenth_working_day_is_the_last_and_the_default(
    now: datetime, wanted: date | None, found: date | RefusalReason
) -> None:
    assert next_date(calendar_for("WIB"), "WIB", now, wanted) == found


def test_today_is_that_of_the_holder() -> None:
    late = datetime(2025, 7, 7, 16, tzinfo=UTC)  # Monday 23:00 in Jakarta, Tuesday 01:00 in Jayapura
    assert next_date(calendar_for("WIB"), "WIB", late, date(2025, 7, 7)) == date(2025, 7, 7)
    assert next_date(calendar_for("WIT"), "WIT", late, date(2025, 7, 7)) == PAST
    assert next_date(calendar_for("WIT"), "WIT", late, None) == date(2025, 7, 22)


@given(st.sampled_from(sorted(ZONES)), st.datetimes(datetime(2023, 1, 1), datetime(2030, 11, 1)))
def test_ten_working_days_are_counted_day_by_day(zone: Zone, naive: datetime) -> None:
    calendar, now = calendar_for(zone), naive.replace(tzinfo=UTC)
    day, left = now.astimezone(ZoneInfo(ZONES[zone])).date(), 10
    while left:
        day += timedelta(days=1)
        left -= calendar.is_working_day(day)
    assert next_date(calendar, zone, now, None) == next_date(calendar, zone, now, day) == day
    assert next_date(calendar, zone, now, day + timedelta(days=1)) == FAR


async def test_the_next_date_stands_in_result_event_act_and_worklist_until_the_next_act(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    done = await post(client, service, id, "follow-ups", "liaison", ROADS, **WORDS, next_date="2025-07-10")
    assert done.json()["next_date"] == "2025-07-10"
    (*_, told) = await staged(service)
    assert isinstance(told, FollowUpRecorded) and told.next_date == date(2025, 7, 10)
    shown = (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).json()
    assert shown["next_date"] == shown["acts"][-1]["next_date"] == "2025-07-10"
    [listed] = (await get(client, service, "/complaints", "liaison", ROADS)).json()["items"]
    assert listed["next_date"] == "2025-07-10"
    await post(client, service, id, "forwards", "coordinator", CITY, agency=TRANSPORT, reason="Menyangkut rambu")
    shown = (await get(client, service, f"/complaints/{id}", "liaison", TRANSPORT)).json()
    assert (shown["next_date"], shown["acts"][1]["next_date"]) == (None, "2025-07-10")


async def test_without_a_date_the_tenth_working_day_is_promised(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    done = await post(client, service, id, "follow-ups", "liaison", ROADS, "k", **WORDS)
    assert done.json()["next_date"] == "2025-07-21"
    # The same request again, as it was sent and with the date that it was given.
    for more in ({}, {"next_date": "2025-07-21"}):
        again = await post(client, service, id, "follow-ups", "liaison", ROADS, "k", **WORDS, **more)
        assert again.json() == done.json()
    other = await post(client, service, id, "follow-ups", "liaison", ROADS, "k", **WORDS, next_date="2025-07-18")
    assert problem(other) == (409, "KeyReused")
    answer = await post(client, service, id, "answers", "liaison", ROADS, **ANSWER)
    assert answer.json()["next_date"] is None
    assert [row.next_date for row in await rows_of(service, "SELECT next_date FROM cases")] == [None]


@pytest.mark.parametrize(
    ("day", "name"), [("2025-07-04", "NextDatePast"), ("2025-07-22", "NextDateTooFar"), ("besok", "Invalid")]
)
async def test_a_date_that_is_none_or_too_far_is_refused_at_its_field(
    client: httpx.AsyncClient, service: RunningService, day: str, name: str
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    refused = await post(client, service, id, "follow-ups", "liaison", ROADS, **WORDS, next_date=day)
    assert problem(refused) == (422, name) and "next_date" in refused.text


async def test_exceptions_of_the_calendar_that_cannot_be_read_stop_the_start(
    make_service: ServiceMaker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("calendar") / "days.csv"
    path.write_text("date,kind,note\n2025-07-08,holiday,Pilkada\n")
    async with client_of(service := await make_service("routing", calendar_exceptions=path)) as client:
        id = await assigned(service)
        await verify(client, service, id)
        done = await post(client, service, id, "follow-ups", "liaison", ROADS, **WORDS)
        assert done.json()["next_date"] == "2025-07-22"
    path = path.with_name("nonsense.csv")
    path.write_text("nonsense")
    with pytest.raises(BadSettings, match="TANGGAP_CALENDAR_EXCEPTIONS is refused"):
        await make_service("routing", calendar_exceptions=path)
