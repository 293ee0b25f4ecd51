"""Intake without a bus, and a client of its doors."""

from collections.abc import AsyncIterator

import httpx
import pytest

from services.intake.state import State
from shared.service import RunningService
from tests.conftest import Sites
from tests.house import client_of


@pytest.fixture
async def service(site_of: Sites) -> RunningService[State]:
    return await site_of("intake")


@pytest.fixture
async def client(service: RunningService[State]) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(service) as client:
        yield client
