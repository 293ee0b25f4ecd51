"""A visitor with Chromium on a narrow screen: one page, its flaws and the errors that the browser reports."""

import os
import re
import shutil
from typing import Any

import pytest
from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response

NARROW = {"width": 360, "height": 740}
INSTALL = "apt-get install chromium"
REFUSALS = (404, 422)
MOST_TABS = 40
PROPERTIES = "e => [document.documentElement.lang, document.title, document.querySelectorAll('h1').length]"
OVERHANG = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What a thumb must hit; a link within a sentence is as high as its line. A box is hit by its label, too.
TARGETS = "button, select, textarea, input:not([type=hidden]), header a, a.action, li a"
SMALL = """es => es
  .filter(e => e.offsetParent && e.getBoundingClientRect().height < (/^(checkbox|radio)$/.test(e.type) ? 24 : 44))
  .map(e => e.innerText || e.name)"""
UNLABELLED = "es => es.filter(e => e.type !== 'hidden' && !e.labels.length).map(e => e.name)"
FOCUSED = "e => e === document.activeElement"


def executable() -> str:
    """The Chromium of this machine; none is ever downloaded."""
    found = shutil.which("chromium")
    if found:
        return found
    if os.environ.get("CHROMIUM") == "required":
        pytest.fail(f"CHROMIUM=required, but Chromium is not installed: {INSTALL}")
    pytest.skip(f"NOT TESTED in Chromium: it is not installed: {INSTALL}; CHROMIUM=required makes this an error")


class Visitor:
    """One page, its requests and its errors."""

    def __init__(self, context: BrowserContext, page: Page, origin: str) -> None:
        self.context, self.page, self.origin = context, page, origin
        self.requested: list[str] = []
        self._refused: set[str] = set()
        self._reported: list[tuple[str, str]] = []
        page.on("request", self._note_request)
        page.on("response", self._note_response)
        page.on("console", self._note_message)
        page.on("pageerror", lambda error: self._reported.append(("", str(error))))
        page.on("requestfailed", lambda request: self._reported.append((request.url, f"failed: {request.failure}")))

    def _note_request(self, request: Request) -> None:
        self.requested.append(request.url)

    def _note_response(self, response: Response) -> None:
        if response.request.is_navigation_request() and response.status in REFUSALS:
            self._refused.add(response.url)

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._reported.append((message.location.get("url", ""), message.text))

    def errors(self) -> list[str]:
        """Errors and policy violations that the browser reported, and every request to another origin."""
        # The console reports a page with status 404 or 422 as an error, but that status is intended.
        own = [f"{url}: {text}" for url, text in self._reported if not (url in self._refused and "status of 4" in text)]
        return own + [f"{url}: another origin" for url in self.requested if not url.startswith(f"{self.origin}/")]

    async def flaws(self) -> list[str]:
        """The requirements of every page that this one does not meet."""
        language, title, headings = await self.page.locator("html").evaluate(PROPERTIES)
        small = await self.page.locator(TARGETS).evaluate_all(SMALL)
        unlabelled = await self.page.locator("input, select, textarea").evaluate_all(UNLABELLED)
        checks = {
            f"too small for a thumb: {small}": not small,
            f"without a label: {unlabelled}": not unlabelled,
            "lang is not id": language == "id",
            "no title": bool(re.fullmatch(r".+ · Tanggap", title)),
            f"{headings} h1": headings == 1,
            "wider than the screen": await self.page.evaluate(OVERHANG) == 0,
        }
        return [f"{self.page.url}: {flaw}" for flaw, good in checks.items() if not good]

    async def tab_to(self, field: Locator) -> None:
        """Reach this field with the Tab key only."""
        for _ in range(MOST_TABS):
            if await field.evaluate(FOCUSED):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"not reached by the keyboard: {field}")

    async def secrets(self) -> Any:
        """The reference and the PIN, from the page that shows them."""
        return await self.page.locator(".secret").all_inner_texts()
