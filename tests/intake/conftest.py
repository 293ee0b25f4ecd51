"""Intake without a bus, and a client of its doors."""

from collections.abc import AsyncIterator

import httpx
import pytest

from services.intake.state import State
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.services import client_of


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService[State]:
    return await make_service("intake")


@pytest.fixture
async def client(service: RunningService[State]) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(service) as client:
        yield client
