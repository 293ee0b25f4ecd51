"""The banner of an installation whose officials are examples: on top of every page, readable on a telephone too."""

import pytest
from playwright.async_api import expect

from tests.browser.visitor import Visitor
from tests.make import ROADS

BANNER = "Data pejabat adalah contoh; surel tidak sampai kepada siapa pun."
PAGES = ("/intake/", "/sla/", f"/routing/pages/agencies/{ROADS}")


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_banner_is_on_top_of_every_page_and_fits_it(visitor: Visitor, width: int) -> None:
    page = visitor.page
    await page.set_viewport_size({"width": width, "height": 800})
    for address in PAGES:
        await page.goto(address)
        banner = page.get_by_role("note")
        await expect(banner).to_have_text(BANNER)
        box = await banner.bounding_box()
        assert box is not None and box["y"] < 60 and box["x"] >= 0 and box["x"] + box["width"] <= width
        assert await banner.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 244, 204)"
        assert await visitor.flaws() == []
