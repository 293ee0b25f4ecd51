"""The directory is published where it has changed, and anyone may read it."""

import asyncio
import hashlib
import itertools
import json
import os
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from services.routing import state
from services.routing.actions.agencies import AgencyFilter, list_agencies, show_agency
from services.routing.actions.directories import publish_directory
from services.routing.domain.agencies import Agency, Directory, Seat, directory_of, verifier_of
from services.routing.models.agencies import PublishedAgency
from shared.errors import BadSettings
from shared.events import AgencyPublished, decode
from shared.http.paging import cursor_of
from shared.local.postgres import Postgres
from shared.service import RunningService
from shared.vocabulary import Role, Tier
from tests.conftest import ServiceMaker
from tests.make import CITY, EAST, EAST_CITY, PROVINCE, ROADS
from tests.routing.complaints import empty_outbox, problem, rows_of, waits_for_lock
from tests.services import MONDAY, staged
from tests.source_tree import ROOT as ROOT_FOLDER

HEAD = (
    "code,name,tier,parent,region,zone,field,liaison,liaison_email,coordinator,coordinator_email,leader,leader_email\n"
)


def overlay_of(tmp_path: Path, *rows: str) -> Path:
    """A table of an operator's own agencies."""
    path = tmp_path / "ours.csv"
    path.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return path


async def test_every_agency_is_published_with_its_seats(make_service: ServiceMaker) -> None:
    service = await make_service("routing")
    facts = {fact.key: fact for fact in await staged(service)}
    assert set(facts) == set(service.state.codes)
    unit = facts[EAST]
    assert isinstance(unit, AgencyPublished)
    assert (unit.parent, unit.region, unit.zone, unit.tier) == (EAST_CITY, EAST_CITY, "Asia/Jayapura", "unit")
    assert {seat.role for seat in unit.seats} == {"liaison", "leader"}


async def test_a_second_start_publishes_nothing(make_service: ServiceMaker) -> None:
    service = await make_service("routing")
    await empty_outbox(service)
    again = await make_service("routing")
    assert not await staged(again)


async def test_replicas_that_start_together_publish_each_agency_once(make_service: ServiceMaker) -> None:
    services = await asyncio.gather(*(make_service("routing") for _ in range(4)))
    facts = await staged(services[0])
    assert len(facts) == len({fact.key for fact in facts}) == len(services[0].state.codes)


async def test_two_replicas_publish_a_change_once(make_service: ServiceMaker) -> None:
    services = await make_service("routing"), await make_service("routing")
    await empty_outbox(services[0])
    by_code = services[0].state.directory.by_code
    changed = directory_of([*by_code.values(), replace(by_code[ROADS], name="Dinas Baru")])
    async with services[0].begin() as tx:
        await tx.execute("SELECT 1 FROM agencies WHERE code = :code FOR UPDATE", {"code": ROADS})
        rivals = [asyncio.create_task(publish(service, changed)) for service in services]
        assert await waits_for_lock(services[0], *rivals)
    assert sorted(await asyncio.gather(*rivals)) == [0, 1]
    assert [fact.key for fact in await staged(services[0])] == [ROADS]


async def publish(service: RunningService, directory: Directory) -> int:
    async with service.begin() as tx:
        return await publish_directory(tx, directory)


async def test_only_changed_agencies_are_published_again(make_service: ServiceMaker, tmp_path: Path) -> None:
    await empty_outbox(await make_service("routing"))
    overlay = overlay_of(
        tmp_path,
        "35.78.DISHUB,Dinas Perhubungan Baru,unit,35.78,35.78,WIB,transport,Penghubung,,,,Kepala,a@b.example",
        "35.78.BARU,Unit Baru,unit,35.78,35.78,WIB,,Penghubung,,,,,",
    )
    service = await make_service("routing", directory_overlay=overlay)
    facts = {fact.key: fact for fact in await staged(service)}
    assert set(facts) == {"35.78.DISHUB", "35.78.BARU"}
    changed = facts["35.78.DISHUB"]
    assert isinstance(changed, AgencyPublished)
    assert [(seat.role, seat.email) for seat in changed.seats] == [("liaison", None), ("leader", "a@b.example")]
    assert len(await rows_of(service, "SELECT 1 FROM agencies")) == len(service.state.codes)


async def test_an_upgrade_publishes_only_those_again_whose_approver_is_news(make_service: ServiceMaker) -> None:
    """A release without departures made its digests of these fields, and knew no approver."""
    service = await make_service("routing")
    fields = ("code", "name", "tier", "parent", "region", "zone", "field", "seats")
    facts = [json.loads(fact.model_dump_json()) for fact in await staged(service)]
    digests = [{"code": fact["code"], "digest": _digest({name: fact[name] for name in fields})} for fact in facts]
    async with service.begin() as tx:
        await tx.update(PublishedAgency, digests, key="code")
        await tx.execute("UPDATE agencies SET card = NULL")
    await empty_outbox(service)
    again = [fact for fact in await staged(await make_service("routing")) if isinstance(fact, AgencyPublished)]
    assert {fact.code for fact in again} == {fact["code"] for fact in facts if fact["approver"]}
    assert {fact.approver for fact in again} == {"coordinator"} and len(again) < len(facts)
    assert not await rows_of(service, "SELECT 1 FROM agencies WHERE card IS NULL")


def _digest(fact: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fact, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


async def test_a_later_publication_has_a_later_moment_though_a_clock_was_ahead(
    make_service: ServiceMaker, tmp_path: Path
) -> None:
    """The other services keep the publication with the latest moment."""
    service = await make_service("routing")
    ahead = MONDAY + timedelta(days=365)
    new = ("35.78.DISHUB", "35.78.DINKES", "35.78.BARU")
    async with service.begin() as tx:
        await tx.execute("DELETE FROM outbox")
        await tx.execute("UPDATE agencies SET published_at = :ahead WHERE code = '35.78.DISHUB'", {"ahead": ahead})
        await tx.execute("UPDATE agencies SET published_at = '-infinity' WHERE code <> '35.78.DISHUB'")
    overlay = overlay_of(tmp_path, *(f"{code},Dinas Baru,unit,35.78,35.78,WIB,,Penghubung,,,,," for code in new))
    again = await make_service("routing", directory_overlay=overlay)
    events = [decode(row.value) for row in await rows_of(again, "SELECT value FROM outbox")]
    assert {event.subject: event.time for event in events if event} == {
        "35.78.DISHUB": ahead + timedelta(microseconds=1),
        "35.78.DINKES": MONDAY,
        "35.78.BARU": MONDAY,
    }


async def test_a_faulty_directory_is_refused_in_one_sentence(make_service: ServiceMaker, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"no region '99.99'"):
        await make_service("routing", directory_regions="99.99")
    with pytest.raises(BadSettings, match="directory"):
        await make_service("routing", directory_overlay=tmp_path / "absent.csv")


async def test_the_directory_is_public_and_shows_no_address(client: httpx.AsyncClient) -> None:
    unit = await client.get(f"/routing/agencies/{ROADS}")
    assert unit.json()["parent"] == CITY and unit.json()["zone"] == "WIB"
    assert [(seat["role"], seat["vacant"]) for seat in unit.json()["seats"]] == [("liaison", False), ("leader", False)]
    assert "@" not in unit.text
    found = await client.get("/routing/agencies", params={"region": CITY, "field": "roads"})
    assert [agency["code"] for agency in found.json()["items"]] == [ROADS]
    assert (await client.get("/routing/agencies", params={"tier": "moon"})).status_code == 422


async def test_the_directory_is_read_page_by_page(client: httpx.AsyncClient, service: RunningService) -> None:
    codes: list[str] = []
    params: dict[str, str] | None = {"region": CITY, "limit": "7"}
    while params:
        page = (await client.get("/routing/agencies", params=params)).json()
        codes += [agency["code"] for agency in page["items"]]
        params = {"region": CITY, "limit": "7", "after": page["next"]} if page["next"] else None
    assert codes == sorted(set(codes)) and CITY in codes and len(codes) > 25


@pytest.mark.parametrize("after", ["x", ROADS, cursor_of(1), cursor_of(ROADS, 1), cursor_of("\x00")])
async def test_a_cursor_of_another_list_is_refused(client: httpx.AsyncClient, after: str) -> None:
    answer = await client.get("/routing/agencies", params={"after": after})
    assert problem(answer) == (422, "BadCursor") and answer.json()["field"] == "after"


async def test_the_directory_is_filtered_by_every_trait(service: RunningService) -> None:
    by_code = service.state.directory.by_code
    everyone = [by_code[code] for code in sorted(by_code)]
    tiers: tuple[Tier | None, ...] = (None, "unit", "company")
    values = itertools.product((None, CITY, PROVINCE, "99"), (None, "roads", "magic"), tiers, ("", ROADS))
    for region, field, tier, after in values:
        expected = [
            agency.code
            for agency in everyone
            if agency.code > after
            and region in (None, agency.region)
            and field in (None, agency.field)
            and tier in (None, agency.tier)
        ]
        found = list_agencies(service.state, AgencyFilter(region, field, tier, after, limit=9))
        assert [agency.code for agency in found] == expected[:9]


def test_the_nearest_coordinator_upward_verifies() -> None:
    def agency(code: str, parent: str | None, *roles: Role) -> Agency:
        return Agency(code, code, "unit", parent, None, "WIB", None, tuple(Seat(role, role, None) for role in roles))

    listed = (agency("NAS", None), agency("C", "NAS", "coordinator"), agency("C1", "C", "liaison"), agency("K", "NAS"))
    known = {each.code: each for each in listed}
    assert [verifier_of(known, code) for code in ("C1", "C", "K", "NAS", "gone")] == ["C", "C", "NAS", "NAS", "NAS"]


REAL_ROOT = "NAS,Kementerian PANRB,national,,,WIB,,,,Admin,admin@menpan.go.id,Menteri,menteri@nas.go.example"


@pytest.fixture
def production() -> dict[str, Any]:
    return {"environment": "production", "narrative_key": SecretStr("A" * 43 + "=")}


async def test_in_production_a_seat_with_the_address_of_an_example_is_vacant(
    make_service: ServiceMaker, tmp_path: Path, production: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    own = "35.78.BARU,Unit Baru,unit,35.78,35.78,WIB,,Penghubung,a@example.com,,,Kepala,kepala@surabaya.go.id"
    service = await make_service("routing", directory_overlay=overlay_of(tmp_path, REAL_ROOT, own), **production)
    facts = {fact.key: fact for fact in await staged(service) if isinstance(fact, AgencyPublished)}
    filled = {(code, seat.role): seat.email for code, fact in facts.items() for seat in fact.seats if seat.email}
    assert filled == {
        ("NAS", "coordinator"): "admin@menpan.go.id",
        ("35.78.BARU", "leader"): "kepala@surabaya.go.id",
    }
    assert [seat.role for seat in facts[ROADS].seats] == ["liaison", "leader"], "the posts are there, nobody holds them"
    assert all(seat.vacant for seat in show_agency(service.state, ROADS).seats)


async def test_in_production_a_root_that_nobody_reaches_stops_the_start(
    make_service: ServiceMaker, tmp_path: Path, production: dict[str, Any]
) -> None:
    reason = (
        "production needs a seat of NAS with an address that reaches somebody; give it in TANGGAP_DIRECTORY_OVERLAY"
    )
    with pytest.raises(BadSettings, match=reason):
        await make_service("routing", **production)
    vacant = overlay_of(tmp_path, "NAS,Kementerian PANRB,national,,,WIB,,,,Admin,a@b.invalid.example,Menteri,")
    with pytest.raises(BadSettings, match=reason):
        await make_service("routing", directory_overlay=vacant, **production)


async def test_a_process_in_production_ends_with_the_sentence(cluster: Postgres, database: str) -> None:
    given = {
        "ENVIRONMENT": "production", "BUS": "kafka", "KAFKA_BOOTSTRAP": "127.0.0.1:9", "SMTP_HOST": "mail.go.id",
        "JWKS": "https://login.go.id/jwks.json", "NARRATIVE_KEY": "A" * 43 + "=", "DIRECTORY_REGIONS": "35.78",
        "ROUTING_DATABASE_URL": cluster.url(database, "routing"), "PORT": "0", "LOG_LEVEL": "ERROR",
        "PUBLIC_URL": "https://tanggap.go.id",
    }  # fmt: skip
    surroundings = {**os.environ, **{f"TANGGAP_{name}": value for name, value in given.items()}}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services", "routing", cwd=ROOT_FOLDER, env=surroundings, stderr=-1
    )
    errors = (await asyncio.wait_for(process.communicate(), 60))[1].decode()
    assert process.returncode == 2, errors
    assert errors.splitlines() == [
        "The directory of agencies is refused: production needs a seat of NAS with an address that reaches somebody; "
        "give it in TANGGAP_DIRECTORY_OVERLAY."
    ]


async def test_locally_the_log_says_that_the_officials_are_examples(
    make_service: ServiceMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, production: dict[str, Any]
) -> None:
    said: list[tuple[str, int]] = []
    monkeypatch.setattr(state.log, "warning", lambda event, **values: said.append((event, values["seats"])))
    service = await make_service("routing")
    seats = sum(len(agency.seats) for agency in service.state.directory.by_code.values())
    assert said == [("officials are examples: no mail to them reaches anybody", seats)]
    said.clear()
    await make_service("routing", directory_overlay=overlay_of(tmp_path, REAL_ROOT), **production)
    assert said == [("seats are vacant: their addresses are reserved for examples", seats - 1)]
