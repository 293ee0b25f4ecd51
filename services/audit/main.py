"""The auditor on one screen: its loops, its doors, and an audit by hand."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from fastapi import APIRouter, FastAPI

from services.audit import api
from services.audit.actions import audits, reports, violations
from services.audit.checks import backlogs, clocks
from services.audit.domain.violations import Violation
from services.audit.settings import Settings
from services.audit.state import State, state_of
from shared.bus import Bus
from shared.clock import Clock
from shared.http.app import create_app
from shared.identity.keys import KeySet
from shared.loop import Loop

# What the services of a local installation, which stand still together, will do when they start.
WAIT_FOR_A_START = frozenset({backlogs.UNHEARD, backlogs.STAGED, clocks.LATE_STEP})


@asynccontextmanager
async def auditing(settings: Settings, bus: Bus, clock: Clock) -> AsyncIterator[FastAPI]:
    """The auditor's app, while its loops turn."""
    async with _looking(settings, bus, clock) as (state, loops):
        app = create_app([], KeySet(settings), settings.body_limit_bytes)
        app.include_router(api.router(state, loops))
        app.include_router(api.findings(state))
        try:
            await bus.start()
            for loop in loops:
                loop.start()
            yield app
        finally:
            await asyncio.gather(*(loop.stop() for loop in loops))
            await bus.stop()


@asynccontextmanager
async def watching(settings: Settings, bus: Bus, clock: Clock) -> AsyncIterator[APIRouter]:
    """The page of what is wrong, while the auditor turns beside the services of a local installation, on their bus.

    It begins once the services have made up for the time in which they stood.
    """
    async with _looking(settings, bus, clock) as (state, loops):
        begin = asyncio.create_task(_begin(loops, settings.audit_seconds))
        try:
            yield api.findings(state)
        finally:
            begin.cancel()
            await asyncio.gather(begin, *(loop.stop() for loop in loops), return_exceptions=True)


async def _begin(loops: Sequence[Loop], pause: float) -> None:
    await asyncio.sleep(pause)
    for loop in loops:
        loop.start()


@asynccontextmanager
async def _looking(settings: Settings, bus: Bus, clock: Clock) -> AsyncIterator[tuple[State, Sequence[Loop]]]:
    """The auditor's state and its loops, which do not turn yet."""
    state = state_of(settings, clock)
    try:
        yield (
            state,
            [
                Loop("audit", "look", partial(audits.audit_once, state), settings.audit_seconds),
                Loop("audit", "report", partial(reports.report_once, state, bus), settings.poll_seconds),
            ],
        )
    finally:
        await state.databases.close()


async def audit(settings: Settings, clock: Clock) -> tuple[Sequence[Violation], int]:
    """Look at everything once: what is wrong, oldest first, and how many violations only wait for a start.

    On the memory bus the services are one process, which is stopped for an audit by hand. On Kafka none waits for a
    start: there silence is the fault.
    """
    state = state_of(settings, clock)
    state.logs_findings = False
    try:
        while await audits.audit_once(state):
            pass
        do_run = settings.bus == "kafka" or await backlogs.is_anything_said(state.databases, clock.now(), state.pace)
    finally:
        await state.databases.close()
    found = violations.open_violations(state)
    counted = [one for one in found if do_run or one.check not in WAIT_FOR_A_START]
    return counted, len(found) - len(counted)
