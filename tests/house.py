"""What tests ask of a service: its HTTP side, a token for it, and what it has staged."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module

import httpx

from shared.auth import KeySet, desk_token
from shared.events import Fact, decode
from shared.service import Service, Site
from shared.web import create_app

MONDAY = datetime(2025, 7, 7, 2, tzinfo=UTC)  # 09:00 in Jakarta, far from any holiday


def service(name: str) -> Service:
    found: Service = import_module(f"services.{name}.main").service
    return found


def client_of(*sites: Site) -> httpx.AsyncClient:
    """A client of these services' HTTP side; errors come back as answers."""
    app = create_app(sites, KeySet(sites[0].settings), sites[0].settings.body_limit_bytes)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://tanggap")


def bearer(site: Site, role: str, agency: str | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {desk_token(site.settings, role, agency)}"}


async def staged(site: Site) -> Sequence[Fact]:
    """What the service has staged and not yet published, oldest first."""
    async with site.db.begin(site) as tx:
        rows = await tx.execute("SELECT value FROM outbox ORDER BY seq")
    return [event.fact for row in rows if (event := decode(row.value))]
