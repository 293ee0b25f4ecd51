"""Pages: each says where the officials are examples, in the reader's language, and never in production."""

import re

import pytest

from shared.http.pages import SHARED
from shared.runtime import ALL
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import ROADS
from tests.services import client_of
from tests.source_tree import ROOT

BANNER = "Data pejabat adalah contoh; surel tidak sampai kepada siapa pun."
PAGES = {
    "intake": ("/intake/", "/intake/pages/complaints/TG-00000-00000"),
    "routing": (f"/routing/pages/agencies/{ROADS}",),
    "sla": ("/sla/",),
}


async def texts(service: RunningService, language: str = "id") -> list[str]:
    async with client_of(service) as client:
        headers = {"Accept-Language": language}
        return [(await client.get(page, headers=headers)).text for page in PAGES[service.name]]


@pytest.mark.parametrize("name", PAGES)
async def test_locally_every_page_has_the_banner_once_and_in_production_none(
    make_service: ServiceMaker, name: str
) -> None:
    service = await make_service(name)
    assert [page.count(BANNER) for page in await texts(service)] == [1] * len(PAGES[name])
    service.settings = service.settings.model_copy(update={"environment": "production"})
    for page in await texts(service):
        assert "contoh; surel" not in page and 'class="banner"' not in page and "<main" in page


async def test_the_banner_speaks_the_readers_language(make_service: ServiceMaker) -> None:
    service = await make_service("routing")
    assert "The officials are examples: no mail to them reaches anybody." in (await texts(service, "en"))[0]
    assert "namung conto" in (await texts(service, "jv"))[0]


@pytest.mark.parametrize("name", ALL)
def test_every_template_with_a_body_has_a_place_for_the_banner(name: str) -> None:
    for template in (ROOT / "services" / name / "templates").glob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert "<body" not in text or re.search(r'<body>\s*{% include "banner.html" %}', text), template.name


async def test_the_style_of_every_service_has_that_of_the_banner(make_service: ServiceMaker) -> None:
    for name in PAGES:
        async with client_of(await make_service(name)) as client:
            style = (await client.get(f"/{name}/pages/style.css")).text
        assert style.endswith((SHARED / "banner.css").read_text(encoding="utf-8")) and "body {" in style
