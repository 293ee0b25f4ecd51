"""Routing with its HTTP side."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.services import client_of


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    return await make_service("routing")


@pytest.fixture
async def client(service: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(service) as client:
        yield client
