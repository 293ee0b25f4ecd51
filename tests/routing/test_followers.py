"""Complaints that wait for the answer to another share it, or go on by themselves."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.routing.domain.mergers import act_of_follower
from shared.events import ComplaintAnswered, ComplaintArchived, ComplaintReopened, ComplaintSeparated, Fact
from shared.lifecycle.acts import ActKind
from shared.service import RunningService
from tests.make import CITY, ROADS, hear, reporter_acted
from tests.routing.complaints import ANSWER, ARCHIVE, assigned, empty_outbox, post, rows_of, verify
from tests.routing.test_mergers import merge, state_of
from tests.services import staged

LEFT = "SELECT count(*) AS n FROM cases WHERE merged_into IS NOT NULL"


async def led(client: httpx.AsyncClient, service: RunningService, followers: int = 2) -> tuple[UUID, Sequence[UUID]]:
    """A complaint that is verified, and others that wait for its answer; the first of them is not verified."""
    main, ids = await assigned(service), [await assigned(service) for _ in range(followers)]
    for id in (main, *ids[1:]):
        await verify(client, service, id)
    for id in ids:
        assert (await merge(client, service, id, main)).status_code == 201
    await empty_outbox(service)
    return main, ids


async def told(service: RunningService, kind: type[Any]) -> dict[UUID, Any]:
    return {fact.complaint_id: fact for fact in await staged(service) if isinstance(fact, kind)}


def disputed(service: RunningService, id: UUID) -> Fact:
    return reporter_acted(id, act="dispute", stage=1, sealed=service.state.seal("Lubangnya lain.", str(id)))


async def test_all_who_wait_share_the_answer_each_with_a_window_and_words_of_its_own_key(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    main, ids = await led(client, service)
    assert (await post(client, service, main, "answers", "liaison", ROADS, **ANSWER)).status_code == 201
    facts = await told(service, ComplaintAnswered)
    assert {id: fact.shared for id, fact in facts.items()} == {main: False, **dict.fromkeys(ids, True)}
    for id in ids:
        assert (facts[id].window, facts[id].agency) == (1, ROADS) and facts[id].reply_until
        words = service.state.open(facts[id].sealed, str(id))["text"]
        assert words and words.startswith("Laporan Anda digabungkan") and words.endswith(ANSWER["text"])
        assert await state_of(service, id) == "ANSWERED"
    assert await rows_of(service, LEFT) == [(0,)]


async def test_whoever_disputes_the_shared_answer_goes_on_alone(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    main, [unverified, verified] = await led(client, service)
    await post(client, service, main, "answers", "liaison", ROADS, **ANSWER)
    await empty_outbox(service)
    await hear(service, disputed(service, unverified), disputed(service, verified))
    facts = await told(service, ComplaintReopened)
    assert (facts[unverified].state, facts[unverified].cycle) == ("UNVERIFIED", 2)
    assert facts[unverified].verifier and facts[unverified].verifier.code == CITY
    assert (facts[verified].state, facts[verified].cycle, facts[verified].verifier) == ("IN_PROGRESS", 2, None)
    assert await state_of(service, main) == "ANSWERED"


async def test_an_archiving_is_shared_if_it_is_about_the_matter(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    main, ids = await led(client, service)
    assert (await post(client, service, main, "archivings", "coordinator", CITY, **ARCHIVE)).status_code == 201
    facts = await told(service, ComplaintArchived)
    assert set(facts) == {main, *ids} and all(fact.reopen_until for fact in facts.values())
    assert {fact.reason for fact in facts.values()} == {"no_authority"}


@pytest.mark.parametrize("end", ["unclear", "withdrawal"])
async def test_an_end_of_one_complaint_alone_leaves_the_others_open(
    client: httpx.AsyncClient, service: RunningService, end: str
) -> None:
    main, [unverified, verified] = await led(client, service)
    if end == "withdrawal":
        await hear(service, reporter_acted(main))
    else:
        await post(client, service, main, "archivings", "coordinator", CITY, **{**ARCHIVE, "reason": end})
    facts = await told(service, ComplaintSeparated)
    assert set(facts) == {unverified, verified}
    assert (await state_of(service, unverified), await state_of(service, verified)) == (
        "UNVERIFIED",
        "AWAITING_FOLLOW_UP",
    )


async def test_a_follower_that_its_reporter_took_back_gets_no_answer(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    main, [first, second] = await led(client, service)
    await hear(service, reporter_acted(first))
    assert await state_of(service, first) == "WITHDRAWN"
    await empty_outbox(service)
    await post(client, service, main, "answers", "liaison", ROADS, **ANSWER)
    assert set(await told(service, ComplaintAnswered)) == {main, second}


async def test_none_is_left_behind_when_answer_merger_and_separation_race(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    for _ in range(5):
        main, [first, second] = await led(client, service)
        late = await assigned(service)
        await asyncio.gather(
            post(client, service, main, "answers", "liaison", ROADS, **ANSWER),
            merge(client, service, late, main),
            post(client, service, first, "separations", "coordinator", CITY, reason="Ternyata jalan lain."),
        )
        assert await state_of(service, second) == "ANSWERED"
        assert await state_of(service, first) in ("UNVERIFIED", "ANSWERED")
        assert await state_of(service, late) in ("UNVERIFIED", "ANSWERED")
        assert await rows_of(service, LEFT) == [(0,)]


def test_what_becomes_of_a_follower_is_told_by_the_end_of_the_main_case() -> None:
    assert act_of_follower("IN_PROGRESS", None) is None and act_of_follower("ON_HOLD", None) is None
    ends = {
        ("ANSWERED", None): ActKind.ANSWER,
        ("ARCHIVED", "moot"): ActKind.ARCHIVING,
        ("ARCHIVED", "not_completed"): ActKind.SEPARATION,
        ("ARCHIVED", "abuse"): ActKind.SEPARATION,
        ("WITHDRAWN", None): ActKind.SEPARATION,
    }
    for (state, reason), kind in ends.items():
        act = act_of_follower(state, reason)  # type: ignore[arg-type]
        assert act and act.kind == kind
