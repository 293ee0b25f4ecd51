"""Contests: a follow-up that says nothing is contested once, and judged by the agency above its holder."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.routing.actions.restatements import say_again
from services.routing.domain.cases import Actor, Case
from services.routing.domain.contests import at_stake, judge_of
from services.routing.domain.deadlines import after_missed_limit, after_withdrawal
from services.routing.domain.sensitivities import may_know
from shared.events import ActRefused, ContestJudged, FollowUpContested
from shared.service import RunningService
from tests.make import CITY, HEALTH, MONDAY, NATIONAL, PROVINCE, ROADS, follow_up_text, hear, missed, reporter_acted
from tests.routing.complaints import ANSWER, assigned, empty_outbox, get, post, problem, verify
from tests.routing.test_windows import state_of
from tests.services import staged

EMPTY = {"text": "Tindak lanjut itu tidak menyebut apa yang dikerjakan, dan petugas belum ke lokasi."}
SOUND = {"text": "Dinas memeriksa lokasi pada hari Senin dan sudah memesan suku cadang lampunya."}
numbers = count(1)
HOLD = {"question": "Di tiang nomor berapa lampunya padam?"}


async def follow_up(client: httpx.AsyncClient, service: RunningService, id: UUID, about: object = "") -> None:
    said = await post(client, service, id, "follow-ups", "liaison", ROADS, text=follow_up_text((id, about)))
    assert said.status_code == 201, said.text


async def followed_up(client: httpx.AsyncClient, service: RunningService) -> UUID:
    id = await assigned(service)
    await verify(client, service, id)
    await follow_up(client, service, id)
    await empty_outbox(service)
    return id


async def contest(service: RunningService, id: UUID, number: int = 1, **changes: Any) -> None:
    await hear(service, reporter_acted(id, act="contest", number=number, **changes))


async def judge(client: httpx.AsyncClient, service: RunningService, id: UUID, upheld: bool = True) -> httpx.Response:
    door, body = ("annulments", EMPTY) if upheld else ("confirmations", SOUND)
    text = f"{body['text']} {id} {next(numbers)}"
    return await post(client, service, id, door, "coordinator", CITY, text=text)


async def test_the_agency_above_judges_and_nothing_else_changes_meanwhile(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await followed_up(client, service)
    await contest(service, id, sealed="x")
    [told] = await staged(service)
    assert isinstance(told, FollowUpContested)
    assert (told.agency.code, told.holder, told.number, told.sealed, told.another) == (CITY, ROADS, 1, "x", False)
    assert [(seat.agency, seat.role) for seat in told.judges] == [(CITY, "coordinator")]
    shown = (await get(client, service, f"/complaints/{id}", "leader", CITY)).json()
    assert shown["state"] == "IN_PROGRESS" and {"annulment", "confirmation"} <= {*shown["allowed"]}
    [act] = [act for act in shown["acts"] if act["kind"] == "contest"]
    assert (act["contested_at"], act["reason"]) == (shown["contested_at"], None) and act["contested_at"]
    for role in ("liaison", "leader"):
        assert (await post(client, service, id, "confirmations", role, ROADS, **SOUND)).status_code == 403
    listed = (await get(client, service, "/complaints?to_judge=true", "coordinator", CITY)).json()["items"]
    assert [item["id"] for item in listed] == [str(id)]
    await follow_up(client, service, id, "holder works on")


async def test_an_annulled_follow_up_is_awaited_again_and_its_delay_goes_on(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    await hear(service, missed(id))
    await follow_up(client, service, id)
    assert (await get(client, service, f"/complaints/{id}", "coordinator", CITY)).json()["overdue"] is False
    await contest(service, id)
    await empty_outbox(service)
    assert (await judge(client, service, id)).json()["state"] == "AWAITING_FOLLOW_UP"
    [told] = await staged(service)
    assert isinstance(told, ContestJudged)
    assert (told.by, told.agency, told.number, told.upheld, told.awaits, told.is_late) == (CITY, ROADS, 1, *[True] * 3)
    shown = (await get(client, service, f"/complaints/{id}", "coordinator", CITY)).json()
    assert shown["overdue"] is True and shown["next_date"] is None
    assert problem(await judge(client, service, id, upheld=False)) == (409, "NoContest")
    # The next follow-up may be contested as well.
    await follow_up(client, service, id, 2)
    await contest(service, id, 2)
    assert (await judge(client, service, id)).json()["state"] == "AWAITING_FOLLOW_UP"


def test_a_limit_that_is_known_as_missed_only_after_the_follow_up_goes_on_as_missed() -> None:
    case = Case(ROADS, CITY, "IN_PROGRESS")
    late = after_missed_limit(case, "follow_up", 1)
    assert late.was_late and not late.step_missed
    assert not after_withdrawal(late, "follow_up", "acted", 0, MONDAY).was_late
    assert after_withdrawal(late, "resolution", "acted", 0, MONDAY).was_late


async def test_a_follow_up_that_stands_is_not_contested_again(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await followed_up(client, service)
    await contest(service, id)
    await contest(service, id)
    assert (await judge(client, service, id, upheld=False)).json()["state"] == "IN_PROGRESS"
    *_, told = await staged(service)
    assert isinstance(told, ContestJudged) and not told.upheld and not told.awaits
    await empty_outbox(service)
    await contest(service, id, 2)
    [refused] = await staged(service)
    assert isinstance(refused, ActRefused) and refused.reason == "contested"


async def test_another_follow_up_keeps_the_complaint_in_progress(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await followed_up(client, service)
    await contest(service, id)
    await follow_up(client, service, id, "what was done since")
    assert (await judge(client, service, id)).json()["state"] == "IN_PROGRESS"
    *_, told = await staged(service)
    assert isinstance(told, ContestJudged) and told.upheld and not told.awaits


@pytest.mark.parametrize("end", ["answers", "forwards", "archivings"])
async def test_an_answer_another_turn_or_an_end_ends_the_contest(
    client: httpx.AsyncClient, service: RunningService, end: str
) -> None:
    id = await followed_up(client, service)
    await contest(service, id)
    bodies = {"answers": ANSWER, "forwards": {"reason": "Bukan kami", "agency": HEALTH}}
    body = bodies.get(end, {"reason": "moot", "text": "Sudah tidak ada lagi."})
    assert (await post(client, service, id, end, "coordinator", CITY, **body)).status_code == 201
    assert problem(await judge(client, service, id)) == (409, "NoContest")


async def test_a_question_does_not_end_it_and_the_case_returns_to_its_follow_up(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service, reporter_ref=UUID(int=9))
    await verify(client, service, id)
    await follow_up(client, service, id)
    await contest(service, id)
    assert (await post(client, service, id, "holdings", "liaison", ROADS, **HOLD)).status_code == 201
    assert (await judge(client, service, id)).json()["state"] == "ON_HOLD"
    assert (await post(client, service, id, "resumptions", "liaison", ROADS)).status_code == 201
    assert await state_of(service, id) == "AWAITING_FOLLOW_UP"


async def test_after_an_answer_a_contest_is_refused_and_a_disputed_case_has_none(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await followed_up(client, service)
    assert (await post(client, service, id, "answers", "liaison", ROADS, **ANSWER)).status_code == 201
    await contest(service, id)
    *_, refused = await staged(service)
    assert isinstance(refused, ActRefused) and refused.reason == "answered"
    await hear(service, reporter_acted(id, act="dispute", stage=1))
    await contest(service, id, 3)
    *_, refused = await staged(service)
    assert isinstance(refused, ActRefused) and refused.reason == "contested"


async def test_what_is_said_again_is_what_was_said(client: httpx.AsyncClient, service: RunningService) -> None:
    id = await followed_up(client, service)
    await contest(service, id, sealed="x")
    await follow_up(client, service, id, 2)
    await judge(client, service, id)
    await contest(service, id, 2)
    await judge(client, service, id, upheld=False)
    wanted = (FollowUpContested, ContestJudged)
    told = [fact for fact in await staged(service) if isinstance(fact, wanted)]
    await empty_outbox(service)
    async with service.begin() as tx:
        await say_again(tx, [id])
    again = [fact for fact in await staged(service) if isinstance(fact, wanted)]
    assert [fact.model_copy(update={"again": False}) for fact in again] == told
    assert len(told) == 4


async def test_a_sensitive_one_is_found_and_judged_by_named_seats_alone(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service, sensitive=True)
    await verify(client, service, id)
    said = await post(client, service, id, "follow-ups", "leader", ROADS, text=follow_up_text(id))
    assert said.status_code == 201
    await contest(service, id)
    for role, agency in (("coordinator", "35.79"), ("leader", HEALTH), ("admin", None)):
        assert problem(await post(client, service, id, "annulments", role, agency, **EMPTY)) == (
            404,
            "UnknownComplaint",
        )
    for role, agency in (("liaison", ROADS), ("admin", None), ("overseer", None)):
        listed = await get(client, service, "/complaints?to_judge=true", role, agency)
        assert listed.json()["items"] == []
        assert problem(await get(client, service, f"/complaints/{id}", role, agency)) == (404, "UnknownComplaint")
    for role, agency in (("leader", CITY), ("coordinator", CITY), ("coordinator", PROVINCE)):
        listed = await get(client, service, "/complaints?to_judge=true", role, agency)
        assert [item["id"] for item in listed.json()["items"]] == [str(id)]
    assert (await judge(client, service, id)).json()["state"] == "AWAITING_FOLLOW_UP"


def test_whoever_was_asked_to_judge_knows_of_a_sensitive_case_until_it_is_judged() -> None:
    """Also when the holder has come under another agency meanwhile."""
    case, asked = Case(ROADS, ROADS, sensitive=True, judge=HEALTH), Actor("leader", HEALTH)
    contested = replace(case, contested_at=MONDAY)

    def knows(case: Case) -> bool:
        return may_know(asked, case, lambda code: (code,), lambda code: ("coordinator", "leader"))

    assert (knows(case), knows(contested)) == (False, True)


def test_the_last_follow_up_that_the_reporter_can_have_read_is_at_stake() -> None:
    first, second = MONDAY, MONDAY + timedelta(days=1)
    case = Case(ROADS, CITY, contestable=[first, second])

    def chosen(asked_at: datetime) -> datetime:
        return at_stake(case, asked_at)

    assert chosen(second + timedelta(hours=1)) == second
    assert chosen(second - timedelta(hours=1)) == first
    # A machine whose clock is behind.
    assert chosen(first - timedelta(seconds=1)) == first


@pytest.mark.parametrize(("holder", "judge"), [(ROADS, CITY), (CITY, PROVINCE), (NATIONAL, NATIONAL)])
async def test_the_root_judges_for_itself(service: RunningService, holder: str, judge: str) -> None:
    assert judge_of(Case(holder, CITY), service.state.directory) == judge
