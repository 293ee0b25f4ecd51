"""The page at `/` leads to the doors of the services that this address has."""

import re

import httpx
import pytest

from shared.http.app import create_app
from tests.conftest import ServiceMaker
from tests.services import client_of

LINK = re.compile(r'href="([^"]+)"')
OPERATORS = ["/docs", "/health/ready", "/metrics"]


async def links_of(client: httpx.AsyncClient) -> list[str]:
    page = await client.get("/")
    assert page.status_code == 200 and "<script" not in page.text and '<html lang="id">' in page.text
    style, *links = LINK.findall(page.text)
    assert (await client.get(style)).headers["Content-Type"].startswith("text/css")
    return links


async def test_the_page_leads_to_the_services_of_this_process_and_each_link_answers(make_service: ServiceMaker) -> None:
    intake, sla = await make_service("intake"), await make_service("sla")
    async with client_of(intake, sla) as client:
        links = await links_of(client)
        assert links == ["/intake/", "/intake/#follow", "/sla/", "/sla/#silences", *OPERATORS]
        for link in links[:4]:
            page = await client.get(link)
            assert page.status_code == 200 and ("#" not in link or f'id="{link.partition("#")[2]}"' in page.text)
    async with client_of(sla) as client:
        assert await links_of(client) == ["/sla/", "/sla/#silences", *OPERATORS]


@pytest.mark.parametrize("name", ["routing", "notify"])
async def test_a_process_without_pages_of_its_own_leads_operators_on(make_service: ServiceMaker, name: str) -> None:
    async with client_of(await make_service(name)) as client:
        assert await links_of(client) == OPERATORS


async def test_behind_a_gateway_each_service_leads_to_all_doors(make_service: ServiceMaker) -> None:
    service = await make_service("intake")
    service.settings = service.settings.model_copy(
        update={"environment": "production", "public_url": "https://lapor.example/"}
    )
    async with client_of(service) as client:
        links = await links_of(client)
    assert links[:4] == [
        f"https://lapor.example{path}" for path in ("/intake/", "/intake/#follow", "/sla/", "/sla/#silences")
    ]


async def test_the_auditor_has_a_page_too() -> None:
    app = create_app([], None, 1_000)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://audit") as client:
        assert await links_of(client) == OPERATORS
