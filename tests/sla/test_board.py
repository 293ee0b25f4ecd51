"""The public board: what a browser shows, and how often it is read."""

from datetime import timedelta
from uuid import UUID

from shared.clock import ManualClock
from tests.conftest import ServiceMaker
from tests.make import ROADS, published, utc
from tests.services import client_of
from tests.sla.cases import hear, ignored_complaint, publish, sweep


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
