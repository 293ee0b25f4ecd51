"""Fixtures of notify's tests: a real mail server, and the service that sends to it."""

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from services.notify.actions import sending
from shared.service import RunningService
from tests.notify.house import SENDER, Grumbler, agencies, hear


@pytest.fixture(autouse=True)
def long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause ends by itself while a test runs, however slow the machine; no two are equal. `pass_time` ends them."""
    pauses = count(600)
    monkeypatch.setattr(sending, "pause_seconds", lambda attempts, chance: next(pauses))


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Grumbler]:
    box = Grumbler(tmp_path / "mail")
    box.start()
    yield box
    box.stop()


@pytest.fixture
async def service(site_of: Any, box: Grumbler) -> AsyncIterator[RunningService]:
    """notify, knowing four agencies with all seats filled."""
    service = await site_of("notify", smtp_port=box.port, **SENDER)
    await hear(service, *agencies())
    yield service
