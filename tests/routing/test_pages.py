"""The public page of an agency counts its cases and shows none of them."""

from datetime import timedelta
from pathlib import Path

import httpx

from shared.service import RunningService
from tests.conftest import Sites
from tests.house import MONDAY, client_of
from tests.make import CITY, HEALTH, ROADS
from tests.routing.complaints import NARRATIVE, assigned, post, verify


def cell(page: str, label: str) -> str:
    return page.split(f"{label}</th><td>")[1].split("</td>")[0]


async def test_cases_are_counted_by_official_state(client: httpx.AsyncClient, service: RunningService) -> None:
    ids = [await assigned(service, filed_at=MONDAY - timedelta(days=9)) for _ in range(6)]
    await assigned(service, filed_at=MONDAY - timedelta(days=40), confidential=True)
    await verify(client, service, ids[0])
    await post(client, service, ids[0], "answers", "coordinator", CITY, text="Selesai")
    answer = await client.get(f"/routing/pages/agencies/{ROADS}")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    page = answer.text
    assert cell(page, "Belum Terverifikasi") == "5"
    assert cell(page, "Terdisposisi Selesai") == "kurang dari 5"
    assert cell(page, "Terlambat") == "0"
    assert cell(page, "belum dijawab") == "9 hari"
    assert NARRATIVE not in page and "TG-" not in page and "@" not in page and "<script" not in page


async def test_an_agency_without_cases_has_a_page_and_an_unknown_one_has_none(client: httpx.AsyncClient) -> None:
    page = (await client.get(f"/routing/pages/agencies/{HEALTH}")).text
    assert cell(page, "belum dijawab") == "tidak ada"
    assert (await client.get("/routing/pages/agencies/NOPE")).status_code == 404


async def test_names_are_shown_as_text(site_of: Sites, tmp_path: Path) -> None:
    overlay = tmp_path / "ours.csv"
    overlay.write_text(
        "code,name,tier,parent,region,zone,field,leader\n35.78.X,<b>X</b>,unit,35.78,35.78,WIB,,Kepala\n",
        encoding="utf-8",
    )
    async with client_of(await site_of("routing", directory_overlay=overlay)) as client:
        page = (await client.get("/routing/pages/agencies/35.78.X")).text
    assert "&lt;b&gt;X" in page and "Kepala (lowong)" in page
