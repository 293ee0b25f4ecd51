"""Chromium and all four services behind uvicorn on a loopback port; a system and visitors for each test."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser, async_playwright

from tests.browser.visitor import NARROW, Visitor, executable
from tests.journey import conftest as journey
from tests.journey.system import System

make_system = journey.make_system

VisitorMaker = Callable[..., Awaitable[Visitor]]


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = executable()
    # Chromium refuses to run as root inside its sandbox.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()


@pytest.fixture
async def system(chromium: Browser, make_system: journey.SystemMaker) -> System:
    return await make_system("memory")


@pytest.fixture
async def origin(system: System) -> AsyncIterator[str]:
    """The address of this system."""
    server = uvicorn.Server(uvicorn.Config(system.runtimes[0].app, log_config=None, access_log=False, lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        yield "http://127.0.0.1:{1}".format(*listening.getsockname())
        server.should_exit = True
        await serving


@pytest.fixture
async def make_visitor(chromium: Browser, origin: str) -> AsyncIterator[VisitorMaker]:
    """Makes visitors: `await make_visitor(java_script_enabled=False)`. A browser error fails the test."""
    made: list[Visitor] = []

    async def make(**options: Any) -> Visitor:
        context = await chromium.new_context(base_url=origin, viewport=NARROW, locale="id-ID", **options)
        context.set_default_timeout(30_000)
        made.append(Visitor(context, await context.new_page(), origin))
        return made[-1]

    yield make
    for one in made:
        await one.context.close()
    assert [error for one in made for error in one.errors()] == []


@pytest.fixture
async def visitor(make_visitor: VisitorMaker) -> Visitor:
    return await make_visitor()
