"""The public board: what a browser shows, and how often it is read."""

from datetime import timedelta
from uuid import UUID

from shared.clock import ManualClock
from tests.conftest import ServiceMaker
from tests.make import ROADS, declared_urgent, published, utc
from tests.services import client_of
from tests.sla.cases import FILED, filed, hear, ignored, ignored_complaint, publish, sweep


async def test_an_empty_board_says_that_nothing_is_overdue(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    async with client_of(service) as client:
        answer = await client.get("/sla/")
        style = await client.get("/sla/pages/style.css")
    assert answer.status_code == style.status_code == 200
    assert "Tidak ada laporan yang melewati tenggat." in answer.text
    assert "<script" not in answer.text and "script-src" not in answer.headers["content-security-policy"]


async def test_the_board_shows_the_oldest_clock_and_its_highest_climb(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await publish(service)
    await hear(service, published(ROADS, name="Dinas <Jalan>"))
    await ignored_complaint(service, UUID(int=7))
    await sweep(service, clock, utc("09-16 17:00"))
    async with client_of(service) as client:
        page = (await client.get("/sla/")).text
    assert "Dinas &lt;Jalan&gt;" in page
    assert "9 September 2025 pukul 24.00 WIB" in page and "pimpinan instansi di atasnya</td>" in page
    assert '<td role="cell" class="number" data-label="Terlambat (hari kerja)">5,0</td>' in page


async def test_the_board_shows_in_hours_how_late_an_alarm_is(make_service: ServiceMaker, clock: ManualClock) -> None:
    service, id = await make_service("sla"), UUID(int=7)
    await publish(service)
    await hear(service, filed(id), declared_urgent(id, since=FILED), at=FILED)
    clock.advance_to(FILED + timedelta(hours=9, minutes=50))
    async with client_of(service) as client:
        page = (await client.get("/sla/")).text
        [late] = (await client.get("/sla/overdue", params={"limit": 1})).json()["items"]
    assert (late["clock"], late["hours_late"]) == ("alarm", 3)
    assert '<td role="cell" class="number" data-label="Terlambat (hari kerja)">3 jam</td>' in page


async def test_the_lists_lead_to_the_page_of_each_complaint_but_never_to_a_confidential_one(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla", intake_url="http://127.0.0.1:8001/")
    await publish(service)
    secret, names = UUID(int=99), [filed(UUID(int=n)).reference for n in range(1, 29)]
    for n in range(1, 29):
        await ignored_complaint(service, UUID(int=n))
    await hear(service, filed(secret, confidential=True), *ignored(secret)[1:])
    clock.advance_to(utc("10-30 00:00"))
    async with client_of(service) as client:
        page = (await client.get("/sla/")).text
        [late] = (await client.get("/sla/overdue", params={"limit": 1})).json()["items"]
    assert "Ditampilkan 20 dari 28 laporan." in page
    assert "Laporan rahasia yang sama lamanya tanpa kabar: 1." in page
    assert late["reference"] == names[0]
    links = (f'href="http://127.0.0.1:8001/intake/pages/complaints/{name}">{name}</a>' for name in names)
    assert sum(link in page for link in links) == 20
    assert filed(secret).reference not in page


async def test_the_board_is_read_at_most_once_a_minute(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service)
    clock.advance_to(utc("09-30 00:00"))
    async with client_of(service) as client:
        first = (await client.get("/sla/")).text
        await ignored_complaint(service)
        clock.advance_to(utc("09-30 00:00") + timedelta(seconds=59))
        same = (await client.get("/sla/")).text
        clock.advance_to(utc("09-30 00:01"))
        later = (await client.get("/sla/")).text
    assert first == same != later
