"""Every page in Chromium: titled, fitting a narrow screen, without errors, and the same without JavaScript."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from tests.browser import visitor as module
from tests.browser.conftest import VisitorMaker
from tests.browser.visitor import Visitor, executable
from tests.journey.system import Filed, System
from tests.make import ROADS
from tests.services import MONDAY

# A word too long for any line.
LONG = "https://contoh.example/" + "pengaduan" * 12
PIN = "PIN yang diberikan saat melapor"
SECRET = re.compile(r"TG-\w{5}-\w{5}|\b[0-9A-HJKMNP-TV-Z]{8}\b")


async def file_late_complaints(system: System) -> Filed:
    """A complaint full of long words, answered late, and another that nobody has handled."""
    await system.file(text="Tidak ada yang melihat ini")
    filed = await system.file(title=LONG[:200], text=LONG, address=LONG)
    await system.settle()
    await system.verify(filed)
    await system.advance_to(MONDAY + timedelta(days=40))
    await system.answer(filed, LONG)
    await system.settle()
    return filed


async def tour(page: Page, filed: Filed) -> AsyncIterator[str]:
    """Visit every page; gives the name of each."""
    await page.goto("/")
    yield "home"
    await page.get_by_role("link", name="Buat laporan").click()
    yield "form"
    await page.get_by_label("Isi laporan", exact=True).fill(LONG)
    await page.get_by_label("Nama", exact=True).fill("Siti")
    await page.get_by_label("Kode wilayah").fill("a b")
    await page.get_by_role("button", name="Kirim laporan").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    yield "refused form"
    await page.get_by_label("Kode wilayah").fill("35.78")
    await page.get_by_label("Nama", exact=True).fill("")
    await page.get_by_role("button", name="Kirim laporan").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Laporan diterima")
    yield "receipt"
    await page.get_by_label("Nomor lacak").fill(LONG[:100])
    await page.get_by_role("button", name="Lihat").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Laporan tidak ditemukan")
    yield "unknown"
    await page.get_by_label("Nomor lacak").fill(filed["tracking_reference"])
    await page.get_by_role("button", name="Lihat").click()
    await expect(page.get_by_role("heading", name="Riwayat")).to_be_visible()
    yield "timeline"
    await page.get_by_role("link", name="Batas waktu yang berjalan").click()
    await expect(page.get_by_role("heading", name="Yang sedang berjalan")).to_be_visible()
    yield "limits"
    await page.get_by_role("link", name="Status dan riwayat").click()
    await expect(page.get_by_role("heading", name="Riwayat")).to_be_visible()
    await page.get_by_label(PIN).fill("SALAH")
    await page.get_by_role("button", name="Buka dengan PIN").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    yield "refused PIN"
    await page.get_by_label(PIN).fill(filed["pin"])
    await page.get_by_role("button", name="Buka dengan PIN").click()
    await expect(page.get_by_role("heading", name="Yang Anda laporkan")).to_be_visible()
    yield "reporter's page"
    await page.goto(f"/intake/pages/complaints/{filed['tracking_reference']}/ratings")
    await expect(page.get_by_role("group", name="Sikap petugas")).to_be_visible()
    yield "rating"
    await page.goto(f"/intake/pages/complaints/{filed['tracking_reference']}/replies")
    await expect(page.get_by_role("button", name="Kirim keterangan")).to_be_visible()
    yield "reply"
    await page.goto(f"/intake/pages/complaints/{filed['tracking_reference']}/withdrawals")
    yield "withdrawal"
    await page.get_by_label(PIN).fill("SALAH")
    await page.get_by_label("Alasan").fill(LONG[:2_000])
    await page.get_by_role("button", name="Ya, cabut").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    yield "refused withdrawal"
    await page.get_by_label(PIN).fill(filed["pin"])
    await page.get_by_role("button", name="Ya, cabut").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Permintaan diterima")
    yield "withdrawal taken"
    await page.goto("/sla/")
    yield "board"
    await page.goto(f"/routing/pages/agencies/{ROADS}")
    yield "agency"


async def test_every_page_has_a_title_and_one_heading_and_fits_a_narrow_screen(
    visitor: Visitor, system: System
) -> None:
    filed = await file_late_complaints(system)
    flaws = [f"{name}: {flaw}" async for name in tour(visitor.page, filed) for flaw in await visitor.flaws()]
    assert flaws == []


async def test_no_request_leaves_the_origin_and_the_browser_reports_no_error(visitor: Visitor, system: System) -> None:
    seen = [name async for name in tour(visitor.page, await file_late_complaints(system))]
    assert visitor.errors() == []
    assert len(seen) == 16 and len(visitor.requested) > len(seen)


async def test_without_javascript_every_page_is_the_same(make_visitor: VisitorMaker, system: System) -> None:
    filed = await file_late_complaints(system)
    with_scripts, without = [
        {name: SECRET.sub("…", await one.page.locator("body").aria_snapshot()) async for name in tour(one.page, filed)}
        for one in (await make_visitor(), await make_visitor(java_script_enabled=False))
    ]
    assert with_scripts == without


async def test_the_public_board_and_the_agency_page_show_late_complaints(visitor: Visitor, system: System) -> None:
    await file_late_complaints(system)
    page = visitor.page
    await page.goto("/sla/")
    oldest = page.get_by_role("region", name="Laporan yang paling lama melewati tenggat").get_by_role("row")
    # On a narrow screen the rows have no head: each value stands behind its label.
    await expect(oldest.first).to_contain_text("Kota Surabaya")
    await expect(oldest.first).to_contain_text("jenjang tertinggi dan admin nasional")
    await page.goto(f"/routing/pages/agencies/{ROADS}")
    name = "Dinas Pekerjaan Umum dan Penataan Ruang Kota Surabaya"
    await expect(page.get_by_role("heading", level=1)).to_have_text(name)
    await expect(page.get_by_role("row", name="Terdisposisi Selesai")).to_contain_text("kurang dari 5")


@pytest.mark.parametrize(("wish", "outcome"), [("", pytest.skip.Exception), ("required", pytest.fail.Exception)])
def test_without_chromium_the_tests_are_skipped_unless_it_is_required(
    monkeypatch: pytest.MonkeyPatch, wish: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    monkeypatch.setenv("CHROMIUM", wish)
    with pytest.raises(outcome, match="apt-get install chromium"):
        executable()
