"""What a reporter must do now stands first on the page, and each act has a page of its own with one form."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from services.intake.pages.reporters import ACT_FORMS
from tests.browser.conftest import VisitorMaker
from tests.browser.visitor import Visitor
from tests.journey.system import Filed, System
from tests.make import ROADS
from tests.services import MONDAY

PIN = "PIN yang diberikan saat melapor"
PAGES = (*ACT_FORMS, "completions", "replies", "withdrawals", "ratings")
QUESTION = "Di tiang nomor berapa lampunya padam?"


@pytest.fixture
async def visitor(make_visitor: VisitorMaker) -> Visitor:
    """Without JavaScript, on a cheap telephone."""
    return await make_visitor(java_script_enabled=False)


async def verified(system: System) -> Filed:
    filed = await system.file()
    await system.settle()
    await system.verify(filed)
    await system.advance_to(MONDAY + timedelta(days=1))
    return filed


async def open_own(page: Page, filed: Filed) -> list[str]:
    """Find the door from the public page and open it with the PIN; the headings of the reporter's page, in order."""
    await page.goto(f"/intake/pages/complaints/{filed['tracking_reference']}")
    await page.get_by_role("link", name="Pelapor laporan ini? Buka dengan PIN").click()
    await expect(page.get_by_label(PIN)).to_be_in_viewport()
    await page.get_by_label(PIN).fill(filed["pin"])
    await page.get_by_label(PIN).press("Enter")
    await expect(page.get_by_role("heading", name="Yang Anda laporkan")).to_be_visible()
    return await page.get_by_role("heading", level=2).all_inner_texts()


async def test_an_answer_and_what_can_be_done_about_it_stand_above_the_report(visitor: Visitor, system: System) -> None:
    filed, page = await verified(system), visitor.page
    await system.answer(filed, "Lubang di depan sekolah kami tambal kemarin pagi dengan aspal panas.")
    await system.settle()
    headings = await open_own(page, filed)
    assert headings[:2] == ["Bagaimana tanggapan Anda?", "Yang Anda laporkan"]
    asked = page.get_by_role("region", name="Bagaimana tanggapan Anda?")
    await expect(asked).to_contain_text("Lubang di depan sekolah kami tambal")
    await expect(asked).to_contain_text(re.compile(r"sampai 22 Juli 2025 pukul 24.00 WIB"))
    assert await asked.get_by_role("button").all_inner_texts() == ["Terima jawaban", "Bantah jawaban", "Ajukan banding"]
    await expect(page.get_by_label("Nomor lacak")).to_have_count(0)
    assert await visitor.flaws() == []
    # Who wrote since then has more time than the answer said.
    await expect(asked).not_to_contain_text("dihitung kembali")
    await system.advance_to(MONDAY + timedelta(days=2))
    await system.react(filed, "replies", text="Lubang di sebelahnya belum ditambal.")
    await system.settle()
    await open_own(page, filed)
    await expect(asked).to_contain_text("Masa tanggapan itu sudah dihitung kembali.")


async def test_a_question_and_the_offer_of_the_ombudsman_stand_above_the_report(
    visitor: Visitor, system: System
) -> None:
    filed, page = await verified(system), visitor.page
    await system.post_act("holdings", filed, "liaison", ROADS, question=QUESTION)
    late = await system.file(key="late")
    await system.settle()
    assert (await open_own(page, filed))[0] == "Petugas menanyakan sesuatu kepada Anda"
    await expect(page.get_by_role("region", name="Petugas menanyakan")).to_contain_text(QUESTION)
    await system.advance_to(MONDAY + timedelta(days=62))
    assert (await open_own(page, late))[0] == "Ingin laporan ini diteruskan kepada Ombudsman RI?"
    assert await visitor.flaws() == []


@pytest.mark.parametrize("width", [360, 1280])
async def test_each_act_has_a_page_with_one_form_whose_last_field_is_the_pin(
    visitor: Visitor, system: System, width: int
) -> None:
    filed, page = await system.file(), visitor.page
    await page.set_viewport_size({"width": width, "height": 740})
    for door in PAGES:
        await page.goto(f"/intake/pages/complaints/{filed['tracking_reference']}/{door}")
        await expect(page.get_by_role("button")).to_have_count(1)
        await expect(page.locator("form > :is(input, textarea)").last).to_have_attribute("name", "pin")
        assert await visitor.flaws() == [], door


async def test_an_answer_to_a_question_is_written_from_the_address_of_its_form(
    visitor: Visitor, system: System
) -> None:
    filed, page = await verified(system), visitor.page
    await system.post_act("holdings", filed, "liaison", ROADS, question=QUESTION)
    await system.settle()
    await page.goto(f"/intake/pages/complaints/{filed['tracking_reference']}/completions")
    await page.get_by_label("Jawaban Anda").fill("Tiang nomor 12.")
    await page.get_by_label(PIN).fill("SALAH")
    await page.get_by_role("button", name="Kirim jawaban").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await expect(page.get_by_label("Jawaban Anda")).to_have_value("Tiang nomor 12.")
    await page.get_by_label(PIN).fill(filed["pin"])
    await page.get_by_role("button", name="Kirim jawaban").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Jawaban Anda diterima")
