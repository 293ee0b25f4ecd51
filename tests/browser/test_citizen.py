"""A citizen on the pages of intake: files with the keyboard, corrects errors, follows, and reads with the PIN."""

import re
from datetime import timedelta

from playwright.async_api import expect

from tests.browser.visitor import Visitor
from tests.journey.system import Filed, System
from tests.make import ROADS
from tests.services import MONDAY

TEXT = "Jalan berlubang di depan sekolah.\n\nSudah dua orang jatuh."
ANSWER = "Nama petugas sudah kami serahkan kepada inspektorat"
RED = "rgb(168, 0, 0)"
HAPPENED = "Waktu kejadian (tidak wajib)"
PIN = "PIN yang diberikan saat melapor"


async def file_and_answer_confidentially(system: System) -> Filed:
    """A confidential complaint with an answer."""
    filed = await system.file(text="Petugas meminta uang", confidential=True)
    await system.settle()
    await system.verify(filed)
    await system.settle()
    await system.advance_to(MONDAY + timedelta(days=1))
    await system.answer(filed, ANSWER)
    await system.settle()
    return filed


async def test_a_citizen_files_with_the_keyboard_alone_and_sees_reference_and_pin_once(
    visitor: Visitor, system: System
) -> None:
    page = visitor.page
    await page.goto("/intake/")
    await visitor.tab_to(page.get_by_label("Jenis laporan"))
    await page.keyboard.press("ArrowDown")
    for label, typed in (
        ("Judul (tidak wajib)", "Jalan rusak"),
        ("Isi laporan", TEXT),
        ("Tempat kejadian (tidak wajib)", "Jalan Kertajaya 12"),
        ("Kode instansi yang dituju (tidak wajib)", ROADS),
    ):
        await visitor.tab_to(page.get_by_label(label, exact=True))
        await page.keyboard.type(typed)
    await visitor.tab_to(page.get_by_label("Anonim"))
    await page.keyboard.press("Space")
    await visitor.tab_to(page.get_by_label("Surel"))
    await page.keyboard.type("siti@warga.example")
    await visitor.tab_to(page.get_by_role("button", name="Kirim laporan"))
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", level=1)).to_have_text("Laporan diterima")
    reference, pin = await visitor.secrets()
    assert re.fullmatch(r"TG-\w{5}-\w{5}", reference) and re.fullmatch(r"\w{8}", pin)
    whole = await system.private({"tracking_reference": reference, "pin": pin})
    assert (whole["kind"], whole["title"], whole["anonymous"]) == ("aspiration", "Jalan rusak", True)
    assert whole["text"].splitlines() == TEXT.splitlines()

    await page.get_by_role("link", name="Ikuti laporan ini").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Laporan {reference}")
    assert pin not in await page.content()


async def test_an_invalid_field_shows_its_error_and_keeps_what_was_typed(visitor: Visitor, system: System) -> None:
    page = visitor.page
    await page.goto("/intake/")
    kept = {
        "Judul (tidak wajib)": "“Jalan” & <b>lubang</b>",
        "Isi laporan": "\n" + TEXT,
        HAPPENED: "2026-01-01T08:30",
        "Telepon": "1",
    }

    async def send() -> None:
        for label, value in kept.items():
            await page.get_by_label(label, exact=True).fill(value)
        await page.get_by_role("button", name="Kirim laporan").click()

    async def refused(wrong: str, right: str) -> None:
        await expect(page.get_by_role("alert")).to_have_text("Laporan belum terkirim. Periksa isian yang ditandai.")
        await expect(page.get_by_label(wrong)).to_have_attribute("aria-invalid", "true")
        await expect(page.get_by_label(wrong)).to_have_accessible_description(re.compile(r"\w+ \w+"))
        await expect(page.get_by_label(wrong)).to_have_css("border-top-color", RED)
        await expect(page.get_by_label(right)).not_to_have_attribute("aria-invalid", "true")
        for label, value in kept.items():
            await expect(page.get_by_label(label, exact=True)).to_have_value(value)
        await expect(page.get_by_label("Jenis laporan")).to_have_value("information")
        await expect(page.get_by_label("Zona waktu kejadian")).to_have_value("+09:00")
        await expect(page.get_by_label("Rahasia")).to_be_checked()
        await expect(page.get_by_label("Anonim")).not_to_be_checked()

    await page.get_by_label("Jenis laporan").select_option("Permintaan informasi")
    await page.get_by_label("Zona waktu kejadian").select_option("WIT")
    await page.get_by_label("Rahasia").check()
    await send()
    await refused("Telepon", HAPPENED)
    kept["Telepon"] = "+62 812-3456-7890"
    await send()
    await refused(HAPPENED, "Telepon")
    kept[HAPPENED] = "2025-07-01T08:30"
    await send()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Laporan diterima")


async def test_a_typed_reference_opens_its_timeline(visitor: Visitor, system: System) -> None:
    filed = await system.file()
    await system.settle()
    page = visitor.page
    await page.goto("/intake/")
    field = page.get_by_label("Nomor lacak")
    await field.fill(filed["tracking_reference"].lower().replace("-", " "))
    await field.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Laporan {filed['tracking_reference']}")
    await expect(page.get_by_text("Dinas Pekerjaan Umum dan Penataan Ruang Kota Surabaya").first).to_be_visible()
    entries = page.get_by_role("main").get_by_role("listitem")
    assert await entries.count() == 2
    await expect(entries.first).to_contain_text("7 Juli 2025 pukul 09.00 WIB")
    await expect(entries.first).to_contain_text("Laporan diterima.")


async def test_a_confidential_answer_is_shown_only_with_the_pin(visitor: Visitor, system: System) -> None:
    filed = await file_and_answer_confidentially(system)
    page = visitor.page
    await page.goto(f"/intake/pages/complaints/{filed['tracking_reference']}")
    await expect(page.get_by_text("menyampaikan jawaban akhir")).to_be_visible()
    await expect(page.get_by_text(ANSWER)).to_have_count(0)
    await expect(page.get_by_text("Petugas meminta uang")).to_have_count(0)
    assert await page.get_by_label(PIN).get_attribute("autocomplete") == "off"
    await page.get_by_label(PIN).fill(filed["pin"])
    await page.get_by_label(PIN).press("Enter")
    await expect(page.get_by_text(ANSWER).first).to_be_visible()
    await expect(page.get_by_text("Petugas meminta uang")).to_be_visible()
    assert all(filed["pin"] not in url for url in visitor.requested)
    await page.get_by_role("link", name="Lihat yang terbuka bagi masyarakat").click()
    await expect(page.get_by_label(PIN)).to_have_value("")
    await expect(page.get_by_text(ANSWER)).to_have_count(0)


async def test_a_wrong_pin_shows_its_error_and_another_can_be_typed(visitor: Visitor, system: System) -> None:
    filed = await file_and_answer_confidentially(system)
    page = visitor.page
    await page.goto(f"/intake/pages/complaints/{filed['tracking_reference']}")
    await page.get_by_label(PIN).fill("0000-0000")
    await page.get_by_role("button", name="Buka dengan PIN").click()
    await expect(page.get_by_label(PIN)).to_have_accessible_description(re.compile("PIN tidak sesuai"))
    await expect(page.get_by_text(ANSWER)).to_have_count(0)
    await page.get_by_label(PIN).fill(filed["pin"].lower())
    await page.get_by_role("button", name="Buka dengan PIN").click()
    await expect(page.get_by_text(ANSWER).first).to_be_visible()


async def test_a_citizen_withdraws_a_complaint_after_one_more_question(visitor: Visitor, system: System) -> None:
    filed = await system.file(text="Lampu padam")
    await system.settle()
    page = visitor.page
    await page.goto(f"/intake/pages/complaints/{filed['tracking_reference']}")
    await expect(page.get_by_role("button", name="Cabut laporan")).to_have_count(0)
    await page.get_by_label(PIN).fill(filed["pin"])
    await page.get_by_label(PIN).press("Enter")
    await page.get_by_role("button", name="Cabut laporan").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Cabut laporan ini?")
    await page.get_by_label("Alasan").fill("Sudah menyala")
    await page.get_by_label(PIN).fill(filed["pin"])
    await page.get_by_role("button", name="Ya, cabut laporan ini").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Permintaan diterima")
    await system.settle()
    await page.get_by_role("link", name="Lihat laporan ini").click()
    await expect(page.get_by_text("Laporan dicabut oleh pelapor.")).to_be_visible()
    await expect(page.get_by_text("Arsip")).to_be_visible()
    await expect(page.get_by_text("Sudah menyala")).to_have_count(0)
    assert all(filed["pin"] not in url for url in visitor.requested) and visitor.errors() == []
