"""Chromium at the doors of all four services: uvicorn on a loopback port, and a world and visitors for each test."""

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
from tests.journey.world import World

worlds = journey.worlds

Visitors = Callable[..., Awaitable[Visitor]]


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
async def world(chromium: Browser, worlds: journey.Worlds) -> World:
    return await worlds("memory")


@pytest.fixture
async def origin(world: World) -> AsyncIterator[str]:
    """Where this world is served."""
    server = uvicorn.Server(uvicorn.Config(world.houses[0].app, log_config=None, access_log=False, lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        yield "http://127.0.0.1:{1}".format(*listening.getsockname())
        server.should_exit = True
        await serving


@pytest.fixture
async def visitors(chromium: Browser, origin: str) -> AsyncIterator[Visitors]:
    """Makes visitors: `await visitors(java_script_enabled=False)`. No test passes while the browser complains."""
    made: list[Visitor] = []

    async def visitor(**options: Any) -> Visitor:
        context = await chromium.new_context(base_url=origin, viewport=NARROW, locale="id-ID", **options)
        context.set_default_timeout(5_000)
        made.append(Visitor(context, await context.new_page(), origin))
        return made[-1]

    yield visitor
    for one in made:
        await one.context.close()
    assert [fault for one in made for fault in one.faults()] == []


@pytest.fixture
async def visitor(visitors: Visitors) -> Visitor:
    return await visitors()
