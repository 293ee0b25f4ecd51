"""What tests need of a service: its definition, a client, a token, and the facts it has staged."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module

import httpx

from shared.events import Fact, decode
from shared.http.app import create_app
from shared.identity.keys import KeySet
from shared.local.tokens import local_token
from shared.service import RunningService, Service

MONDAY = datetime(2025, 7, 7, 2, tzinfo=UTC)  # 09:00 in Jakarta, far from any holiday


def definition(name: str) -> Service:
    found: Service = import_module(f"services.{name}.main").service
    return found


def client_of(*services: RunningService) -> httpx.AsyncClient:
    """A client of these services' HTTP side; errors come back as answers."""
    app = create_app(services, KeySet(services[0].settings), services[0].settings.body_limit_bytes)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://tanggap")


def bearer(service: RunningService, role: str, agency: str | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {local_token(service.settings, role, agency)}"}


async def staged(service: RunningService) -> Sequence[Fact]:
    """What the service has staged and not yet published, oldest first."""
    async with service.begin() as tx:
        rows = await tx.execute("SELECT value FROM outbox ORDER BY seq")
    return [event.fact for row in rows if (event := decode(row.value))]
