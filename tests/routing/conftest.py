"""Routing with its HTTP side."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.routing.complaints import empty_outbox
from tests.routing.departures import HEAD, OLD, OTHER
from tests.services import client_of


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    return await make_service("routing")


@pytest.fixture
async def client(service: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(service) as client:
        yield client


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    """The table with two agencies of one's own, which a test writes anew."""
    path = tmp_path / "ours.csv"
    path.write_text(HEAD + OLD + OTHER, encoding="utf-8")
    return path


@pytest.fixture
async def before(make_service: ServiceMaker, overlay: Path) -> RunningService:
    """Routing while both agencies are there."""
    service = await make_service("routing", directory_overlay=overlay)
    await empty_outbox(service)
    return service
