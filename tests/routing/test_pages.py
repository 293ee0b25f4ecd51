"""The public page of an agency counts its cases and shows none of them."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, HEALTH, ROADS, hear, reporter_acted
from tests.routing.complaints import ANSWER, ARCHIVE, NARRATIVE, assigned, post, verify
from tests.services import MONDAY, client_of


def cell(page: str, label: str) -> str:
    return page.split(f"{label}</th><td>")[1].split("</td>")[0]


async def test_cases_are_counted_by_official_state(client: httpx.AsyncClient, service: RunningService) -> None:
    ids = [await assigned(service, filed_at=MONDAY - timedelta(days=9)) for _ in range(6)]
    await assigned(service, filed_at=MONDAY - timedelta(days=40), confidential=True)
    await verify(client, service, ids[0])
    await post(client, service, ids[0], "answers", "coordinator", CITY, **ANSWER)
    answer = await client.get(f"/routing/pages/agencies/{ROADS}")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    page = answer.text
    assert cell(page, "Belum Terverifikasi") == "5"
    assert cell(page, "Terdisposisi Selesai") == "kurang dari 5"
    assert cell(page, "Terlambat") == "0"
    assert cell(page, "belum dijawab") == "9 hari"
    # Two states of one label are one row; neither waits for an answer.
    assert page.count("Arsip") == 1 and cell(page, "Arsip") == "0"
    for id in ids[1:3]:
        await hear(service, reporter_acted(id))
    for id in ids[3:]:
        await post(client, service, id, "archivings", "admin", None, **ARCHIVE)
    page = (await client.get(f"/routing/pages/agencies/{ROADS}")).text
    assert (cell(page, "Arsip"), cell(page, "belum dijawab")) == ("5", "tidak ada")
    assert NARRATIVE not in page and "TG-" not in page and "@" not in page and "<script" not in page


async def test_an_agency_without_cases_has_a_page_and_an_unknown_one_has_none(client: httpx.AsyncClient) -> None:
    page = (await client.get(f"/routing/pages/agencies/{HEALTH}")).text
    assert cell(page, "belum dijawab") == "tidak ada"
    assert (await client.get("/routing/pages/agencies/NOPE")).status_code == 404


async def test_names_are_shown_as_text(make_service: ServiceMaker, tmp_path: Path) -> None:
    overlay = tmp_path / "ours.csv"
    overlay.write_text(
        "code,name,tier,parent,region,zone,field,leader\n35.78.X,<b>X</b>,unit,35.78,35.78,WIB,,Kepala\n",
        encoding="utf-8",
    )
    async with client_of(await make_service("routing", directory_overlay=overlay)) as client:
        page = (await client.get("/routing/pages/agencies/35.78.X")).text
    assert "&lt;b&gt;X" in page and "Kepala (lowong)" in page


async def page_in(client: httpx.AsyncClient, language: str) -> httpx.Response:
    return await client.get(f"/routing/pages/agencies/{ROADS}", headers={"Accept-Language": language})


@pytest.mark.parametrize(
    ("accepted", "language", "words", "few"),
    [
        ("", "id", ("Belum Terverifikasi", "Terlambat", "belum dijawab", "Jabatan", "1 hari"), "kurang dari 5"),
        ("fr", "id", ("Belum Terverifikasi", "Terlambat", "belum dijawab", "Jabatan", "1 hari"), "kurang dari 5"),
        ("en-GB,id;q=0.5", "en", ("Not yet verified", "Overdue", "unanswered", "Posts", "1 day"), "fewer than 5"),
        (
            "jv,id;q=0.9",
            "jv",
            ("Belum Terverifikasi", "wates wekdal", "dereng dipunwangsuli", "Kalenggahan", "1 dinten"),
            "kirang saking 5",
        ),
    ],
)
async def test_an_agencys_page_speaks_the_readers_language(
    client: httpx.AsyncClient, service: RunningService, accepted: str, language: str, words: tuple[str, ...], few: str
) -> None:
    await assigned(service, filed_at=MONDAY - timedelta(days=1))
    answer = await page_in(client, accepted)
    assert f'<html lang="{language}">' in answer.text
    assert (answer.headers["content-language"], answer.headers["vary"]) == (language, "Accept-Language")
    assert cell(answer.text, words[0]) == few
    assert cell(answer.text, words[2] + (" complaint" if language == "en" else "")) == words[4]
    assert words[3] in answer.text


async def test_days_use_the_plural_of_the_language(client: httpx.AsyncClient, service: RunningService) -> None:
    await assigned(service, filed_at=MONDAY - timedelta(days=9))
    pages = [(await page_in(client, language)).text for language in ("id", "en", "jv")]
    assert ["9 hari<" in pages[0], "9 days<" in pages[1], "9 dinten<" in pages[2]] == [True, True, True]


async def test_an_unknown_agency_is_refused_in_the_readers_language(client: httpx.AsyncClient) -> None:
    titles = {}
    for language in ("id", "en", "jv"):
        answer = await client.get("/routing/pages/agencies/NOPE", headers={"Accept-Language": language})
        assert answer.headers["content-language"] == language
        titles[language] = answer.json()["title"]
    assert titles["jv"] == "Data boten kapanggih." and len({*titles.values()}) == 3
