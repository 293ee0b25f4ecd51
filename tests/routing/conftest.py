"""Routing with its HTTP side."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shared.service import RunningService
from tests.conftest import Sites
from tests.house import client_of


@pytest.fixture
async def service(site_of: Sites) -> RunningService:
    return await site_of("routing")


@pytest.fixture
async def client(service: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(service) as client:
        yield client
