"""The public board in Chromium: on a telephone and on a wide screen no value of the long lists is beyond the edge."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from tests.browser.visitor import Visitor
from tests.journey.system import System
from tests.services import MONDAY

INNER_OVERHANG = "es => es.map(e => e.scrollWidth - e.clientWidth)"


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_lists_of_the_board_fit_a_telephone_and_say_what_each_value_is(
    visitor: Visitor, system: System, width: int
) -> None:
    await system.file()
    await system.settle()
    await system.advance_to(MONDAY + timedelta(days=40))
    page = visitor.page
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto("/sla/")
    silent = page.get_by_role("region", name="Laporan yang paling lama tanpa kabar")
    await expect(silent).to_contain_text("7 Juli 2025")
    assert await page.locator(".wide").evaluate_all(INNER_OVERHANG) == [0, 0]
    label = await silent.locator("td").first.evaluate("e => getComputedStyle(e, '::before').content")
    assert ("Instansi" in label) == (width < 640)
    await expect(silent.get_by_text("Hari tanpa kabar")).to_be_visible(visible=width >= 640)
    assert await visitor.flaws() == []
