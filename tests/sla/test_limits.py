"""The page of a complaint's limits: what runs, whose it is, until when, and who was told step by step."""

import re
from uuid import UUID

from services.sla.domain.limits import seat_name, status_name, step_name, zone_in_words
from shared.clock import ManualClock
from shared.vocabulary import OMBUDSMAN, WINDOW
from tests.conftest import ServiceMaker
from tests.make import CITY, ROADS, answered, closed, followed_up, held, published, utc
from tests.services import client_of
from tests.sla.cases import COMPLAINT, filed, hear, ignored, ignored_complaint, publish, routed, sweep

REFERENCE = filed(COMPLAINT).reference


async def page_of(service, reference: str = REFERENCE) -> str:
    async with client_of(service) as client:
        text = (await client.get(f"/sla/pages/complaints/{reference}")).text
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


async def test_the_limit_that_runs_is_shown_with_its_agency_and_its_last_moment(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    await publish(service)
    await hear(service, published(CITY, name="Kota Surabaya"), filed(COMPLAINT), routed(COMPLAINT, ROADS, CITY))
    page = await page_of(service)
    running = page[page.index("Yang sedang berjalan") :]
    assert "Verifikasi Yang harus memenuhi Kota Surabaya Paling lambat 4 September 2025 pukul 24.00 WIB" in running
    assert "Keadaan berjalan" in running and "Langkah yang telah diambil" not in running
    # The life clock is machinery until it climbs.
    assert "Penanganan laporan" not in page


async def test_once_a_limit_is_missed_the_page_says_since_when_and_who_was_told(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await publish(service)
    await hear(service, published(ROADS, name="Dinas <Jalan>"))
    await ignored_complaint(service, COMPLAINT)
    await sweep(service, clock, utc("09-16 17:00"))
    page = await page_of(service)
    assert "Terlewati sejak 9 September 2025 pukul 24.00 WIB Keadaan terlewati dan belum dipenuhi" in page
    assert "naik ke pimpinan instansi. Disampaikan kepada pimpinan Dinas &lt;Jalan&gt;." in page
    assert "pengingat kepada instansi." in page
    await hear(service, followed_up(COMPLAINT), at=utc("09-17 03:00"))
    ended = (await page_of(service)).split("Yang sudah berakhir")[1]
    assert "Tindak lanjut pertama" in ended and "Keadaan berakhir setelah terlewati" in ended
    await hear(service, answered(COMPLAINT), at=utc("09-18 03:00"))
    await hear(service, closed(COMPLAINT), at=utc("09-19 03:00"))
    assert "Tidak ada batas waktu yang berjalan." in await page_of(service)


async def test_a_complaint_nobody_takes_up_shows_that_the_national_administrator_was_told(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await publish(service)
    await hear(service, filed(COMPLAINT))
    await sweep(service, clock, utc("09-10 17:00"))
    assert "Penanganan laporan" in await page_of(service)


async def test_the_reporters_own_time_is_the_reporters_and_so_are_its_reminders(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await publish(service)
    await hear(service, *ignored(COMPLAINT), held(COMPLAINT))
    await sweep(service, clock, utc("09-17 17:00"))
    page = await page_of(service)
    assert "Jawaban pelapor Yang harus memenuhi Pelapor Paling lambat" in page
    assert "pengingat kepada pelapor." in page and "Keadaan dihentikan sementara" in page
    steps = [step_name(WINDOW, number, 0) for number in (1, 2, 3)]
    assert steps == ["pengingat kepada pelapor", "waktu pelapor berakhir", "waktu pelapor berakhir"]
    assert step_name(OMBUDSMAN, 1, 0) == "tawaran kepada pelapor untuk meneruskan ke Ombudsman"
    assert step_name("follow_up", 2, 0) == "pengingat kepada instansi"
    assert [status_name(clock, "ended") for clock in (WINDOW, "follow_up")] == ["berakhir", "berakhir tanpa jawaban"]


async def test_an_unknown_reference_has_a_page_that_says_so(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    await hear(service, *ignored(UUID(int=3)))
    async with client_of(service) as client:
        answer = await client.get("/sla/pages/complaints/<b>")
        assert (await client.get("/sla/pages/complaints/%00")).status_code == 400
        known = filed(UUID(int=3)).reference.lower()
        assert (await client.get(f"/sla/pages/complaints/{known}")).status_code == 200
    assert answer.status_code == 404 and "&lt;b&gt;" in answer.text and 'href="/intake/"' in answer.text


def test_whatever_a_row_holds_has_words() -> None:
    assert [zone_in_words(zone) for zone in ("WIT", "Asia/Makassar", "Mars")] == [
        "Asia/Jayapura",
        "Asia/Makassar",
        "Asia/Jakarta",
    ]
    assert step_name("follow_up", 5, 9) == "naik ke jenjang tertinggi dan admin nasional"
    assert seat_name("35.78/leader", {"35.78": "Kota Surabaya"}) == "pimpinan Kota Surabaya"
    assert seat_name("x/?", {}) == "? x"
