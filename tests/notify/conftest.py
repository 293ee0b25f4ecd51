"""Fixtures of notify's tests: a real mail server, and the service that sends to it."""

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from services.notify.actions import claims
from services.notify.domain import limits
from shared.service import RunningService
from tests import make
from tests.notify.mail import SENDER, RefusingMailbox


@pytest.fixture(autouse=True)
def long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause ends while a test runs, however slow the machine, and no two are equal; `pass_time` ends them."""
    pauses = count(600)
    monkeypatch.setattr(claims, "pause_seconds", lambda attempts, chance: next(pauses))


@pytest.fixture(autouse=True)
def no_wait_for_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests go at once, though no sla sets their limits; the tests of limits wait."""
    monkeypatch.setattr(limits, "MOST_WAIT", limits.NOTHING)


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[RefusingMailbox]:
    mailbox = RefusingMailbox(tmp_path / "mail")
    mailbox.start()
    yield mailbox
    mailbox.stop()


@pytest.fixture
async def service(make_service: Any, mailbox: RefusingMailbox) -> AsyncIterator[RunningService]:
    """notify, which knows four agencies with all seats filled."""
    service = await make_service("notify", smtp_port=mailbox.port, **SENDER)
    await make.hear(service, *map(make.published, (make.ROADS, make.CITY, make.PROVINCE, make.EAST)))
    yield service
