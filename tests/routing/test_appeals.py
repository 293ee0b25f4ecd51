"""Appeals: once, in time, to the agency above whoever ended the complaint, which lets the end stand or begins anew."""

from itertools import permutations
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.routing.actions.restatements import say_again
from services.routing.domain.appeals import appellate_of, decider_of
from services.routing.domain.cases import Case
from shared.events import ActRefused, AppealDecided, ComplaintAppealed, ComplaintClosed, ComplaintForwarded
from shared.service import RunningService
from shared.vocabulary import State
from tests.make import CITY, HEALTH, NATIONAL, PROVINCE, ROADS, escalated, hear, lapsed, receive, reporter_acted
from tests.routing.complaints import ARCHIVE, assigned, empty_outbox, get, post, problem, rows_of, verify
from tests.routing.test_windows import answered, later, settled, state_of
from tests.services import staged

RIGHT = {"text": "Lokasi diperiksa inspektorat kota: lubang itu masih ada dan harus ditutup pekan ini."}
WRONG = {"text": "Lokasi diperiksa inspektorat kota bersama warga: lubang itu sudah ditutup dengan aspal."}


async def appeal(service: RunningService, id: UUID, stage: int = 1, **changes: Any) -> None:
    await hear(service, reporter_acted(id, act="appeal", stage=stage, **changes))


async def appealed(client: httpx.AsyncClient, service: RunningService) -> UUID:
    id = await answered(client, service)
    await appeal(service, id)
    await empty_outbox(service)
    return id


async def test_an_answer_is_appealed_to_the_agency_above_its_holder(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await answered(client, service)
    await appeal(service, id, sealed="x")
    [told] = await staged(service)
    assert isinstance(told, ComplaintAppealed)
    assert (told.agency.code, told.holder, told.number, told.sealed) == (CITY, ROADS, 1, "x")
    assert [(seat.agency, seat.role) for seat in told.deciders] == [(CITY, "coordinator")]
    shown = (await get(client, service, f"/complaints/{id}", "leader", CITY)).json()
    assert (shown["state"], shown["holder"]) == ("APPEALED", ROADS)
    assert {"upholding", "dismissal"} <= {*shown["allowed"]}
    assert (shown["acts"][-1]["kind"], shown["acts"][-1]["agency"]) == ("appeal", CITY)
    # Those who have answered do not decide, and nobody goes on before the decision.
    for role in ("liaison", "leader"):
        refused = await post(client, service, id, "dismissals", role, ROADS, **WRONG)
        assert refused.status_code == 403
    refused = await post(client, service, id, "follow-ups", "liaison", ROADS, **RIGHT)
    assert problem(refused) == (409, "UnderAppeal")
    # Nothing is closed meanwhile.
    await hear(service, settled(id), lapsed(id))
    assert await state_of(service, id) == "APPEALED"


@pytest.mark.parametrize("receiver", [None, HEALTH])
async def test_an_upheld_appeal_begins_anew_and_no_lower_than_it_had_come(
    client: httpx.AsyncClient, service: RunningService, receiver: str | None
) -> None:
    id = await appealed(client, service)
    await hear(service, escalated(id, 2))
    named = {"agency": receiver} if receiver else {}
    done = await post(client, service, id, "upholdings", "coordinator", CITY, "k", **RIGHT, **named)
    assert (done.status_code, done.json()["state"], done.json()["holder"]) == (
        201,
        "AWAITING_FOLLOW_UP",
        receiver or ROADS,
    )
    [told] = await staged(service)
    assert isinstance(told, AppealDecided) and told.upheld
    assert (told.agency.code, told.by, told.state) == (receiver or ROADS, CITY, "AWAITING_FOLLOW_UP")
    assert (told.cycle, told.standing, told.transfers, told.verifier) == (2, 2, 1, None)
    # The turn is nobody's passing on, and the same request gives the same answer.
    [case] = await rows_of(service, "SELECT transfers, departures, appellate FROM cases WHERE id = :id", id=id)
    assert tuple(case) == (1, 1, CITY)
    again = await post(client, service, id, "upholdings", "coordinator", CITY, "k", **RIGHT, **named)
    assert again.json()["id"] == done.json()["id"]
    late = await post(client, service, id, "dismissals", "coordinator", CITY, **WRONG)
    assert problem(late) == (409, "NoAppeal")
    # There is one appeal, whatever the next answer is.
    text = "Lubang ditutup regu pemeliharaan dan hasilnya diperiksa pengawas kota."
    assert (await post(client, service, id, "answers", "coordinator", CITY, text=text)).json()["state"] == "ANSWERED"
    await appeal(service, id, 4)
    refused = (await staged(service))[-1]
    assert isinstance(refused, ActRefused) and refused.reason == "appealed"


async def test_a_dismissed_appeal_lets_the_end_stand_for_good(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await appealed(client, service)
    empty = await post(client, service, id, "dismissals", "coordinator", CITY, text="Tetap.")
    assert problem(empty) == (422, "TooShort")
    done = await post(client, service, id, "dismissals", "leader", CITY, **WRONG)
    assert (done.status_code, done.json()["state"]) == (201, "CLOSED")
    [told] = await staged(service)
    assert isinstance(told, AppealDecided) and not told.upheld
    assert (told.agency.code, told.state, service.state.read(told.sealed, str(id))["text"]) == (
        ROADS,
        "CLOSED",
        WRONG["text"],
    )
    await empty_outbox(service)
    for act in ("reopening", "dispute", "appeal"):
        await hear(service, reporter_acted(id, act=act, stage=3))
    reasons = [fact.reason for fact in await staged(service) if isinstance(fact, ActRefused)]
    assert reasons == ["final", "final", "appealed"]


@pytest.mark.parametrize("is_verified", [True, False])
async def test_an_archiving_is_appealed_to_the_agency_above_the_verifier(
    client: httpx.AsyncClient, service: RunningService, is_verified: bool
) -> None:
    upheld, dismissed = await assigned(service), await assigned(service)
    for id in (upheld, dismissed):
        if is_verified:
            await verify(client, service, id)
        assert (await post(client, service, id, "archivings", "coordinator", CITY, **ARCHIVE)).status_code == 201
        await empty_outbox(service)
        await appeal(service, id)
        [told] = await staged(service)
        assert isinstance(told, ComplaintAppealed) and told.agency.code == PROVINCE
        # The city has archived it.
        assert (await post(client, service, id, "upholdings", "coordinator", CITY, **RIGHT)).status_code == 403
    done = await post(client, service, dismissed, "dismissals", "coordinator", PROVINCE, **WRONG)
    assert done.json()["state"] == "ARCHIVED"
    await empty_outbox(service)
    anew = {**RIGHT, "agency": HEALTH}
    done = await post(client, service, upheld, "upholdings", "coordinator", PROVINCE, **anew)
    [told] = await staged(service)
    assert isinstance(told, AppealDecided)
    # Who handles what was never verified its verification says.
    assert done.json()["holder"] == (HEALTH if is_verified else ROADS)
    state = "AWAITING_FOLLOW_UP" if is_verified else "UNVERIFIED"
    verifier = told.verifier and told.verifier.code
    assert (done.json()["state"], told.state, verifier) == (state, state, None if is_verified else CITY)
    assert told.cycle == 2


async def test_an_end_is_appealed_within_ten_working_days_unless_its_reporter_wanted_it(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    in_time, late, accepted = [await answered(client, service) for _ in range(3)]
    await hear(service, reporter_acted(accepted, act="acceptance", stage=1))
    await hear(service, settled(in_time), settled(late), lapsed(in_time), lapsed(late))
    await empty_outbox(service)
    later(service, 10)
    await appeal(service, in_time, 2)
    later(service, 10)
    await hear(service, *(reporter_acted(id, act="appeal", stage=2) for id in (late, accepted)))
    told, *refused = await staged(service)
    assert isinstance(told, ComplaintAppealed) and not told.closing_taken_back
    assert [fact.reason for fact in refused if isinstance(fact, ActRefused)] == ["late", "final"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_an_appeal_in_time_wins_over_the_closing_in_whatever_order_they_come(
    client: httpx.AsyncClient, service: RunningService, order: tuple[int, ...]
) -> None:
    id = await answered(client, service)
    asked_at = service.now()
    later(service)
    said = settled(id), lapsed(id), reporter_acted(id, act="appeal", stage=1)
    for place in order:
        await receive(service, [(said[place], asked_at)])
    assert await state_of(service, id) == "APPEALED"
    facts = await staged(service)
    [told] = [fact for fact in facts if isinstance(fact, ComplaintAppealed)]
    assert told.closing_taken_back == any(isinstance(fact, ComplaintClosed) for fact in facts)


@pytest.mark.parametrize(("first", "then"), [("appeal", "dispute"), ("dispute", "appeal")])
async def test_of_a_dispute_and_an_appeal_the_first_is_done_and_the_other_refused(
    client: httpx.AsyncClient, service: RunningService, first: str, then: str
) -> None:
    id = await answered(client, service)
    await hear(service, reporter_acted(id, act=first, stage=1))
    await hear(service, reporter_acted(id, act=then, stage=1))
    refused = (await staged(service))[-1]
    assert isinstance(refused, ActRefused)
    assert refused.reason == ("appealed" if first == "appeal" else "state")


async def test_an_appeal_and_its_decision_are_said_again_as_they_were(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await appealed(client, service)
    await appeal(service, id)
    await post(client, service, id, "upholdings", "coordinator", CITY, **RIGHT, agency=HEALTH)
    [decided] = await staged(service)
    await empty_outbox(service)
    async with service.begin() as tx:
        assert await say_again(tx, [id]) == 1
    again = await staged(service)
    [appeal_again] = [fact for fact in again if isinstance(fact, ComplaintAppealed)]
    assert (appeal_again.agency.code, appeal_again.holder, appeal_again.again) == (CITY, ROADS, True)
    assert again[-1] == decided.model_copy(update={"again": True})
    assert sum(isinstance(fact, ComplaintForwarded) for fact in again) == 1


@pytest.mark.parametrize(
    ("state", "classification", "expected"),
    [
        ("ANSWERED", "complaint", CITY),
        ("CLOSED", "complaint", CITY),
        ("ARCHIVED", "complaint", PROVINCE),
        ("ANSWERED", None, PROVINCE),
    ],
)
async def test_the_agency_above_is_that_of_whoever_decided(
    service: RunningService, state: State, classification: Any, expected: str
) -> None:
    case = Case(ROADS, CITY, state, classification)
    assert appellate_of(case, service.state.directory) == expected
    assert decider_of(service.state.agency(expected)) == "coordinator"


async def test_above_the_national_administrator_there_is_nobody(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    assert appellate_of(Case(NATIONAL, NATIONAL, "ANSWERED", "complaint"), service.state.directory) is None
    id = await answered(client, service)
    async with service.begin() as tx:
        await tx.execute("UPDATE cases SET holder = 'NAS' WHERE id = :id", {"id": id})
    await appeal(service, id)
    [refused] = await staged(service)
    assert isinstance(refused, ActRefused) and refused.reason == "highest"
