"""The calendar of an agency: read from its row, published, and what routing counts by it."""

from datetime import date
from pathlib import Path

import pytest

from services.routing.domain.directories import read_agencies
from services.routing.domain.tables import TableError
from shared.events import AgencyPublished, ComplaintAnswered, PromiseMade
from shared.schedules import STANDARD, Schedule
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, ROADS, wib
from tests.routing.complaints import ANSWER, WORDS, assigned, empty_outbox, post, problem, verify
from tests.services import client_of, staged

HEAD = (
    "code,name,tier,parent,region,zone,field,liaison,liaison_email,leader,leader_email,"
    "approver,hours,friday_hours,saturday_hours,local_holidays\n"
)
ROW = f"{ROADS},Dinas PU,unit,{CITY},{CITY},WIB,roads,Penghubung,p@pu.example,Kepala,k@pu.example,none,"
# Monday is the 7th of July 2025; this unit works on Saturdays, and is off on Thursday.
SIX_DAYS = "07:30-12:00 13:00-14:30,07:30-11:00,07:30-12:00,2025-07-10"


def overlay(folder: Path, cells: str) -> Path:
    path = folder / "own.csv"
    path.write_text(f"{HEAD}{ROW}{cells}\n", encoding="utf-8")
    return path


@pytest.fixture
async def six_days(make_service: ServiceMaker, tmp_path: Path) -> RunningService:
    service = await make_service("routing", directory_overlay=overlay(tmp_path, SIX_DAYS))
    await empty_outbox(service)
    return service


def test_a_row_says_when_its_agency_works(tmp_path: Path) -> None:
    by_code = {agency.code: agency for agency in read_agencies({CITY}, overlay=overlay(tmp_path, SIX_DAYS))}
    assert by_code[ROADS].schedule == Schedule(*SIX_DAYS.split(",")[:3], holidays=(date(2025, 7, 10),))
    assert by_code[CITY].schedule == STANDARD


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ("7.30-16.00,,,", "own.csv, line 2: '7.30-16.00' is no period such as 07:30-12:00"),
        (",16:00-07:30,,", "own.csv, line 2: '16:00-07:30' ends before it begins"),
        (",,13:00-15:00 08:00-12:00,", "own.csv, line 2: the periods of '13:00-15:00 08:00-12:00' must follow"),
        (",,,2025-02-30", "own.csv, line 2: '2025-02-30' is no day such as 2027-06-14"),
    ],
)
def test_hours_that_cannot_be_read_are_refused_with_place_and_problem(
    tmp_path: Path, cells: str, sentence: str
) -> None:
    with pytest.raises(TableError) as caught:
        read_agencies({CITY}, overlay=overlay(tmp_path, cells))
    assert str(caught.value).startswith(sentence)


async def test_the_hours_are_published_and_again_when_they_change(make_service: ServiceMaker, tmp_path: Path) -> None:
    for cells in (",,,", SIX_DAYS, SIX_DAYS, ",,,2025-07-10", ",,,"):
        service = await make_service("routing", directory_overlay=overlay(tmp_path, cells))
    told = [fact for fact in await staged(service) if isinstance(fact, AgencyPublished) and fact.code == ROADS]
    hours, friday, saturday, _ = SIX_DAYS.split(",")
    assert [fact.schedule for fact in told] == [
        STANDARD,
        Schedule(hours, friday, saturday, (date(2025, 7, 10),)),
        Schedule(holidays=(date(2025, 7, 10),)),
        STANDARD,
    ]
    async with client_of(service) as client:
        shown = (await client.get(f"/routing/agencies/{ROADS}")).json()
    assert (shown["hours"], shown["local_holidays"]) == ("", [])


async def test_a_next_date_is_counted_by_the_calendar_of_the_holder(six_days: RunningService) -> None:
    async with client_of(six_days) as client:
        id = await assigned(six_days)
        await verify(client, six_days, id)
        done = await post(client, six_days, id, "follow-ups", "liaison", ROADS, **WORDS)
    # Ten days from Tuesday, two Saturdays among them, without the Thursday.
    assert done.json()["next_date"] == "2025-07-19"


async def test_a_promise_is_for_a_day_on_which_the_holder_works(six_days: RunningService) -> None:
    async with client_of(six_days) as client:
        id = await assigned(six_days)
        await verify(client, six_days, id)
        for day, expected in (("2025-07-10", 422), ("2025-07-13", 422), ("2025-07-12", 201)):
            words = {"what": "Lubang ditambal dengan lapisan aspal baru", "due_on": day, "by_whom": "Bidang Jalan"}
            made = await post(client, six_days, id, "promises", "liaison", ROADS, **words)
            assert made.status_code == expected, made.text
            assert expected == 201 or problem(made) == (422, "DueOff"), made.text
    told = [fact for fact in await staged(six_days) if isinstance(fact, PromiseMade)]
    assert [fact.due_on for fact in told] == [date(2025, 7, 12)]


async def test_the_windows_of_the_reporter_are_counted_by_the_calendar_of_the_holder(six_days: RunningService) -> None:
    async with client_of(six_days) as client:
        id = await assigned(six_days)
        await verify(client, six_days, id)
        await post(client, six_days, id, "answers", "liaison", ROADS, **ANSWER)
    [answered] = [fact for fact in await staged(six_days) if isinstance(fact, ComplaintAnswered)]
    assert answered.reply_until == wib("2025-07-20 00:00")
