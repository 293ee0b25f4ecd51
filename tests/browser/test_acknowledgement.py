"""The page of a mail's link in Chromium: one button, which acknowledges; the page fits narrow and wide screens."""

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import VisitorMaker
from tests.browser.visitor import Visitor
from tests.journey.system import COORDINATOR, System

LINK = re.compile(r"http://127\.0\.0\.1:8000(/notify/pages/acknowledgements/\S+)")
BUTTON = "Saya telah membacanya"


@pytest.fixture
async def visitor(make_visitor: VisitorMaker) -> Visitor:
    """Without JavaScript, like some offices' browsers."""
    return await make_visitor(java_script_enabled=False)


async def path_in_mail(system: System) -> str:
    """Three complaints wait for the coordinator's verification: the path of the link in the mail about them."""
    for key in ("a", "b", "c"):
        await system.file(key=key)
    await system.settle()
    found = LINK.search(system.mails(COORDINATOR)[-1])
    assert found
    return found[1]


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_button_acknowledges_and_the_page_says_so(visitor: Visitor, system: System, width: int) -> None:
    page, path = visitor.page, await path_in_mail(system)
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto(path)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Konfirmasi pemberitahuan")
    await expect(page.get_by_text("Koordinator Pemerintah Kota Surabaya")).to_be_visible()
    await _keep(visitor, f"asked-{width}")
    assert await visitor.flaws() == []
    await visitor.tab_to(page.get_by_role("button", name=BUTTON))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text(re.compile("Sudah dikonfirmasi pada 7 Juli 2025"))
    await expect(page.get_by_role("button")).to_have_count(0)
    await _keep(visitor, f"done-{width}")
    assert await visitor.flaws() == []
    rows = await system.request("GET", "/notify/messages", "operator", params={"limit": 500})
    known = [row for row in rows["items"] if row["acknowledged_at"]]
    assert known and {(row["template"], row["role"]) for row in known} == {("to_verify", "coordinator")}


async def test_a_link_that_is_not_valid_says_so(visitor: Visitor, system: System) -> None:
    path = await path_in_mail(system)
    await visitor.page.goto(path[:-4])
    await expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Tautan tidak berlaku")
    assert await visitor.flaws() == []


async def _keep(visitor: Visitor, name: str) -> None:
    """A picture for whoever asked for one by SCREENSHOTS=folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        await visitor.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
