"""The auditor on one screen: its loops, its doors, and an audit by hand."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from services.audit import api
from services.audit.actions import audits, reports
from services.audit.domain.violations import Violation
from services.audit.settings import Settings
from services.audit.state import state_of
from shared.bus import Bus
from shared.clock import Clock
from shared.http.app import create_app
from shared.identity.keys import KeySet
from shared.loop import Loop


@asynccontextmanager
async def auditing(settings: Settings, bus: Bus, clock: Clock) -> AsyncIterator[FastAPI]:
    """The auditor's app, while its loops turn."""
    state = state_of(settings, clock)
    loops = [
        Loop("audit", "look", partial(audits.audit_once, state), settings.audit_seconds),
        Loop("audit", "report", partial(reports.report_once, state, bus), settings.poll_seconds),
    ]
    app = create_app([], KeySet(settings), settings.body_limit_bytes)
    app.include_router(api.router(state, loops))
    try:
        await bus.start()
        for loop in loops:
            loop.start()
        yield app
    finally:
        await asyncio.gather(*(loop.stop() for loop in loops))
        await bus.stop()
        await state.databases.close()


async def audit(settings: Settings, clock: Clock) -> Sequence[Violation]:
    """Look at everything once; what is wrong, oldest first."""
    state = state_of(settings, clock)
    try:
        while await audits.audit_once(state):
            pass
    finally:
        await state.databases.close()
    found = [one.violation for one in state.ledger.open.values()]
    return sorted(found, key=lambda violation: violation.since)
