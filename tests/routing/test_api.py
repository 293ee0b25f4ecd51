"""Officials act on their cases over HTTP, see their desks, and anyone may read the directory."""

import base64
import itertools
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from services.routing.actions import agencies_where
from shared.clock import ManualClock
from shared.events import ComplaintAnswered, ComplaintForwarded, ComplaintVerified, FollowUpRecorded
from shared.service import RunningService
from tests.conftest import Sites
from tests.house import MONDAY, bearer, client_of, staged
from tests.routing.stories import CITY, OTHER, SECRET, UNIT, empty_outbox, post, rows, told, verified

VERIFY = {"classification": "complaint"}
WORDS = {"text": "Sudah kami tinjau."}


@pytest.fixture
async def service(site_of: Sites) -> RunningService:
    return await site_of("routing")


@pytest.fixture
async def client(service: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(service) as client:
        yield client


async def get(
    client: httpx.AsyncClient, service: RunningService, path: str, role: str, agency: str | None
) -> httpx.Response:
    return await client.get(f"/routing{path}", headers=bearer(service, role, agency))


def cursor(moment: str) -> str:
    return base64.urlsafe_b64encode(f"{moment} {UUID(int=1)}".encode()).decode()


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:tanggap:")


async def test_a_complaint_is_verified_followed_up_and_answered(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await told(service)
    await empty_outbox(service)
    done = await post(
        client, service, id, "verifications", "coordinator", CITY, classification="supervisory", note="Ya"
    )
    assert done.status_code == 201
    assert (done.json()["state"], done.json()["holder"]) == ("AWAITING_FOLLOW_UP", UNIT)
    done = await post(client, service, id, "follow-ups", "liaison", UNIT, **WORDS)
    assert (done.status_code, done.json()["state"]) == (201, "IN_PROGRESS")
    done = await post(client, service, id, "answers", "leader", UNIT, **WORDS)
    assert (done.status_code, done.json()["state"]) == (201, "ANSWERED")
    verification, forwarding, follow_up, answer = await staged(service)
    assert isinstance(verification, ComplaintVerified)
    assert (verification.by, verification.classification) == (CITY, "supervisory")
    assert isinstance(forwarding, ComplaintForwarded)
    assert (forwarding.agency.code, forwarding.previous, forwarding.transfers) == (UNIT, None, 0)
    assert isinstance(follow_up, FollowUpRecorded) and follow_up.agency == UNIT
    assert isinstance(answer, ComplaintAnswered) and answer.sealed.startswith("v1.")


async def test_an_answer_needs_no_follow_up_before_it(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await told(service)
    await verified(client, service, id)
    assert (await post(client, service, id, "answers", "coordinator", CITY, **WORDS)).status_code == 201


async def test_the_coordinator_above_the_holder_may_answer_and_the_holder_is_named(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await told(service)
    await verified(client, service, id, OTHER)
    await empty_outbox(service)
    assert (await post(client, service, id, "follow-ups", "coordinator", "35", **WORDS)).status_code == 201
    [fact] = await staged(service)
    assert isinstance(fact, FollowUpRecorded) and fact.agency == OTHER


async def test_the_liaison_gives_back_and_the_coordinator_passes_on(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await told(service)
    await verified(client, service, id)
    await empty_outbox(service)
    back = await post(client, service, id, "forwards", "liaison", UNIT, reason="Bukan kewenangan kami")
    assert (back.status_code, back.json()["holder"]) == (201, CITY)
    on = await post(client, service, id, "forwards", "coordinator", CITY, agency=OTHER, reason="Lampu jalan")
    assert (on.status_code, on.json()["holder"]) == (201, OTHER)
    first, second = await staged(service)
    assert isinstance(first, ComplaintForwarded) and isinstance(second, ComplaintForwarded)
    assert (first.previous, first.agency.code, first.transfers, first.by) == (UNIT, CITY, 1, UNIT)
    assert (second.previous, second.transfers) == (CITY, 2)
    assert "kewenangan" not in str(first) and first.sealed and second.sealed


async def test_after_three_transfers_the_agency_above_the_verifier_decides(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await told(service)
    await verified(client, service, id)
    for agency in (OTHER, UNIT, OTHER):
        assert (
            await post(client, service, id, "forwards", "coordinator", CITY, agency=agency, reason="Alih")
        ).status_code == 201
    for role, agency in (("coordinator", CITY), ("liaison", OTHER)):
        late = await post(client, service, id, "forwards", role, agency, reason="Alih")
        assert problem(late) == (409, "TooManyTransfers")
    for role, above, to in (("coordinator", "35", UNIT), ("admin", None, OTHER)):
        assert (await post(client, service, id, "forwards", role, above, agency=to, reason="Putus")).status_code == 201


@pytest.mark.parametrize(
    ("act", "role", "agency", "body", "refusal"),
    [
        ("verifications", "coordinator", "91.71", VERIFY, (403, "NotYourCase")),
        ("verifications", "coordinator", UNIT, VERIFY, (403, "NotYourCase")),
        ("verifications", "liaison", UNIT, VERIFY, (403, "WrongRole")),
        ("verifications", "coordinator", CITY, {**VERIFY, "agency": "NOPE"}, (422, "UnknownAgency")),
        ("follow-ups", "liaison", UNIT, WORDS, (409, "NotVerified")),
        ("answers", "liaison", UNIT, WORDS, (409, "NotVerified")),
        ("forwards", "liaison", UNIT, {"reason": "x"}, (409, "NotVerified")),
        ("follow-ups", "admin", None, WORDS, (403, "WrongRole")),
        ("follow-ups", "liaison", OTHER, WORDS, (403, "NotYourCase")),
        ("answers", "overseer", None, WORDS, (403, "WrongRole")),
        ("forwards", "leader", UNIT, {"reason": "x"}, (403, "WrongRole")),
    ],
)
async def test_what_is_refused_before_verification_changes_nothing(
    client: httpx.AsyncClient,
    service: RunningService,
    act: str,
    role: str,
    agency: str | None,
    body: dict[str, str],
    refusal: tuple[int, str],
) -> None:
    id = await told(service)
    await empty_outbox(service)
    assert problem(await post(client, service, id, act, role, agency, **body)) == refusal
    assert not await staged(service) and not await rows(service, "SELECT 1 FROM acts")
    assert [row.state for row in await rows(service, "SELECT state FROM cases")] == ["UNVERIFIED"]


async def test_what_does_not_fit_the_state_is_refused(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await told(service)
    await verified(client, service, id)
    assert problem(await post(client, service, id, "verifications", "admin", None, **VERIFY)) == (
        409,
        "AlreadyVerified",
    )
    named = await post(client, service, id, "forwards", "liaison", UNIT, agency=OTHER, reason="x")
    assert problem(named) == (422, "OnlyGivesBack") and named.json()["field"] == "agency"
    same = await post(client, service, id, "forwards", "coordinator", CITY, agency=UNIT, reason="x")
    assert problem(same) == (422, "SameHolder")
    unknown = await post(client, service, id, "forwards", "coordinator", CITY, agency="NOPE", reason="x")
    assert problem(unknown) == (422, "UnknownAgency") and unknown.json()["field"] == "agency"
    await post(client, service, id, "answers", "liaison", UNIT, **WORDS)
    for act, body in (("answers", WORDS), ("follow-ups", WORDS), ("forwards", {"reason": "x"})):
        assert problem(await post(client, service, id, act, "coordinator", CITY, **body)) == (409, "AlreadyAnswered")


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("verifications", {}),
        ("verifications", {"classification": "praise"}),
        ("verifications", {**VERIFY, "agency": "a b"}),
        ("verifications", {**VERIFY, "extra": 1}),
        ("follow-ups", {"text": "   "}),
        ("follow-ups", {"text": "x" * 10_001}),
        ("answers", {"text": "nul\x00"}),
        ("answers", {"text": 5}),
        ("forwards", {}),
        ("forwards", {"reason": "two\nlines"}),
    ],
)
async def test_bad_input_is_named(
    client: httpx.AsyncClient, service: RunningService, act: str, body: dict[str, object]
) -> None:
    answer = await post(client, service, str(uuid4()), act, "coordinator", CITY, **body)
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"]


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, service: RunningService) -> None:
    absent = str(uuid4())
    assert (await post(client, service, absent, "answers", "liaison", UNIT, **WORDS)).status_code == 404
    assert (await get(client, service, f"/complaints/{absent}", "admin", None)).status_code == 404
    assert (await get(client, service, "/complaints/abc", "admin", None)).status_code == 422
    assert (await client.get("/routing/agencies/NOPE")).status_code == 404


async def test_without_a_token_there_is_nothing_to_see(client: httpx.AsyncClient) -> None:
    assert (await client.get("/routing/complaints")).status_code == 401
    assert (await client.post(f"/routing/complaints/{uuid4()}/answers", json=WORDS)).status_code == 401


async def test_the_same_key_gives_the_same_answer_and_no_second_event(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await told(service)
    await verified(client, service, id)
    await empty_outbox(service)
    first = await post(client, service, id, "follow-ups", "liaison", UNIT, "k1", **WORDS)
    await post(client, service, id, "answers", "liaison", UNIT, "k2", **WORDS)
    again = await post(client, service, id, "follow-ups", "liaison", UNIT, "k1", **WORDS)
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(await staged(service)) == 2
    other = await post(client, service, id, "answers", "liaison", UNIT, "k1", **WORDS)
    assert problem(other) == (409, "KeyReused")
    reworded = await post(client, service, id, "follow-ups", "liaison", UNIT, "k1", text="Sudah selesai.")
    assert problem(reworded) == (409, "KeyReused")


async def test_a_complaint_is_shown_in_full_without_its_reporter(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    reporter = uuid4()
    id = await told(service, reporter_ref=reporter)
    await post(client, service, id, "verifications", "coordinator", CITY, **VERIFY, note="Sudah dicek")
    await post(client, service, id, "follow-ups", "liaison", UNIT, **WORDS)
    await post(client, service, id, "forwards", "liaison", UNIT, reason="Bukan kami")
    answer = await get(client, service, f"/complaints/{id}", "leader", CITY)
    shown = answer.json()
    assert (shown["text"], shown["title"], shown["address"]) == (SECRET, "Jalan rusak", "Jalan Contoh 1")
    assert "Dinas Pekerjaan Umum" in shown["explanation"] and shown["holder"] == CITY
    assert [(act["kind"], act["text"]) for act in shown["acts"]] == [
        ("verification", "Sudah dicek"),
        ("follow-up", WORDS["text"]),
        ("forward", "Bukan kami"),
    ]
    assert str(reporter) not in answer.text and "reporter" not in answer.text


@pytest.mark.parametrize(
    ("role", "agency", "open_one", "confidential_one"),
    [
        ("liaison", UNIT, 200, 200),
        ("coordinator", CITY, 200, 200),
        ("leader", "35", 200, 200),
        ("admin", None, 200, 200),
        ("overseer", None, 200, 403),
        ("overseer", "K20", 200, 403),
        ("liaison", OTHER, 403, 403),
        ("coordinator", "91.71", 403, 403),
        ("coordinator", None, 403, 403),
        ("operator", None, 403, 403),
    ],
)
async def test_who_sees_a_complaint(
    client: httpx.AsyncClient,
    service: RunningService,
    role: str,
    agency: str | None,
    open_one: int,
    confidential_one: int,
) -> None:
    first, second = await told(service), await told(service, confidential=True)
    assert (await get(client, service, f"/complaints/{first}", role, agency)).status_code == open_one
    assert (await get(client, service, f"/complaints/{second}", role, agency)).status_code == confidential_one


async def test_a_desk_lists_its_own_and_those_below_oldest_first(
    client: httpx.AsyncClient, service: RunningService, clock: ManualClock
) -> None:
    ids = [await told(service, filed_at=MONDAY - timedelta(hours=hours)) for hours in (1, 3, 2)]
    far = await told(service, region="91.71", confidential=True)
    await verified(client, service, ids[0])

    async def listed(role: str, agency: str | None, query: str = "") -> list[str]:
        answer = await get(client, service, f"/complaints{query}", role, agency)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    ordered = [ids[1], ids[2], ids[0]]
    assert await listed("liaison", UNIT) == await listed("coordinator", "35") == ordered
    assert await listed("liaison", OTHER) == []
    assert await listed("admin", None) == [*ordered, far]
    assert await listed("overseer", None) == ordered
    assert await listed("coordinator", CITY, "?state=AWAITING_FOLLOW_UP") == [ids[0]]
    assert await listed("coordinator", CITY, "?overdue=true") == []
    assert await listed("coordinator", CITY, "?overdue=false") == ordered
    assert await listed("coordinator", "35", f"?agency={UNIT}") == ordered
    assert await listed("overseer", None, "?agency=91.71") == []


async def test_a_desk_is_read_page_by_page(client: httpx.AsyncClient, service: RunningService) -> None:
    ids = {await told(service) for _ in range(5)}
    seen: list[str] = []
    query: dict[str, str] | None = {"limit": "2"}
    while query:
        answer = await client.get("/routing/complaints", params=query, headers=bearer(service, "coordinator", CITY))
        page = answer.json()
        seen += [item["id"] for item in page["items"]]
        query = {"limit": "2", "after": page["next"]} if page["next"] else None
    assert set(seen) == ids and len(seen) == 5


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?agency=91.71", 403),
        ("?agency=35", 403),
        ("?agency=NOPE", 422),
        ("?after=x", 422),
        ("?after=%C3%A9", 422),
        ("?after=MjAyNS0wNy0wN1QwMjowMDowMCAx", 422),
        (f"?after={cursor('0001-01-01T00:00+23:59')}", 422),
        (f"?after={cursor('9999-12-31T23:59-23:59')}", 422),
        ("?limit=0", 422),
        ("?limit=201", 422),
        ("?state=LOST", 422),
        ("?overdue=perhaps", 422),
    ],
)
async def test_a_desk_that_cannot_be_shown_says_why(
    client: httpx.AsyncClient, service: RunningService, query: str, status: int
) -> None:
    answer = await get(client, service, f"/complaints{query}", "coordinator", CITY)
    assert answer.status_code == status, answer.text


async def test_the_directory_is_public_and_names_no_address(client: httpx.AsyncClient) -> None:
    unit = await client.get(f"/routing/agencies/{UNIT}")
    assert unit.json()["parent"] == CITY and unit.json()["zone"] == "WIB"
    assert [(seat["role"], seat["vacant"]) for seat in unit.json()["seats"]] == [("liaison", False), ("leader", False)]
    assert "@" not in unit.text
    found = await client.get("/routing/agencies", params={"region": CITY, "field": "roads"})
    assert [agency["code"] for agency in found.json()["items"]] == [UNIT]
    assert (await client.get("/routing/agencies", params={"tier": "moon"})).status_code == 422


async def test_the_directory_is_read_page_by_page(client: httpx.AsyncClient, service: RunningService) -> None:
    codes: list[str] = []
    params: dict[str, str] | None = {"region": CITY, "limit": "7"}
    while params:
        page = (await client.get("/routing/agencies", params=params)).json()
        codes += [agency["code"] for agency in page["items"]]
        params = {"region": CITY, "limit": "7", "after": page["next"]} if page["next"] else None
    assert codes == sorted(set(codes)) and CITY in codes and len(codes) > 25


async def test_the_directory_gives_exactly_what_fits(service: RunningService) -> None:
    office = service.state
    everyone = [office.directory.by_code[code] for code in sorted(office.directory.by_code)]
    values = itertools.product(
        (None, CITY, "35", "99"), (None, "roads", "magic"), (None, "unit", "company"), ("", UNIT)
    )
    for region, field, tier, after in values:
        fitting = [
            agency.code
            for agency in everyone
            if agency.code > after
            and region in (None, agency.region)
            and field in (None, agency.field)
            and tier in (None, agency.tier)
        ]
        found = agencies_where(office, region=region, field=field, tier=tier, after=after, limit=9)
        assert [agency.code for agency in found] == fitting[:9]
