"""Acts in batches: in order on the changing state, one outcome each; races and crashes leave one truth."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.routing.actions import Done, Request, perform_acts
from services.routing.actions.refusals import AlreadyAnswered, AlreadyVerified, KeyReused, NotYourCase
from services.routing.domain.case import ANSWER, FOLLOW_UP, FORWARD, VERIFICATION, Act
from shared.clock import ManualClock
from shared.errors import NotFound
from shared.events import DeadlineMissed, decode
from shared.identity.officials import Official
from shared.service import RunningService
from tests.conftest import Sites
from tests.house import MONDAY, staged
from tests.routing.stories import CITY, OTHER, UNIT, empty_outbox, filed, hear, rows, told

COORDINATOR = Official("koordinator", "coordinator", CITY)
LIAISON = Official("penghubung", "liaison", UNIT)


@pytest.fixture
async def service(site_of: Sites) -> RunningService:
    return await site_of("routing")


def verification(id: UUID, key: str | None = None) -> Request:
    return Request(id, Act(VERIFICATION, "complaint"), COORDINATOR, key)


def answer(id: UUID, key: str | None = None) -> Request:
    return Request(id, Act(ANSWER), LIAISON, key, words="Selesai")


def outcome(result: Any) -> str:
    return result.state if isinstance(result, Done) else type(result).__name__


async def perform(service: RunningService, *requests: Request) -> Sequence[Done | Exception]:
    async with service.begin() as tx:
        return await perform_acts(tx, requests)


async def test_acts_on_one_case_in_a_batch_are_decided_in_order(service: RunningService) -> None:
    first, second, absent = UUID(await told(service)), UUID(await told(service)), uuid4()
    await empty_outbox(service)
    outcomes = await perform(
        service,
        answer(first),
        verification(first),
        verification(second),
        verification(first),
        answer(absent),
        Request(first, Act(FOLLOW_UP), LIAISON, words="Ditinjau"),
        answer(first),
        answer(first),
        Request(second, Act(FORWARD, agency=OTHER), COORDINATOR, words="Alih"),
        answer(second),
    )
    assert [outcome(result) for result in outcomes] == [
        "NotVerified", "AWAITING_FOLLOW_UP", "AWAITING_FOLLOW_UP", "AlreadyVerified", "NotFound",
        "IN_PROGRESS", "ANSWERED", "AlreadyAnswered", "AWAITING_FOLLOW_UP", "NotYourCase",
    ]  # fmt: skip
    assert [type(fact).__name__ for fact in await staged(service)] == [
        "ComplaintVerified", "ComplaintForwarded", "ComplaintVerified", "ComplaintForwarded",
        "FollowUpRecorded", "ComplaintAnswered", "ComplaintForwarded",
    ]  # fmt: skip
    states = {row.id: (row.state, row.holder) for row in await rows(service, "SELECT id, state, holder FROM cases")}
    assert states == {first: ("ANSWERED", UNIT), second: ("AWAITING_FOLLOW_UP", OTHER)}
    assert len(await rows(service, "SELECT 1 FROM acts")) == 5


async def test_a_key_given_twice_in_a_batch_is_one_act(service: RunningService) -> None:
    id = UUID(await told(service))
    await empty_outbox(service)
    one, again, other = await perform(service, verification(id, "k"), verification(id, "k"), answer(id, "k"))
    assert isinstance(one, Done) and one == again and isinstance(other, KeyReused)
    assert len(await rows(service, "SELECT 1 FROM acts")) == 1 and len(await staged(service)) == 2


async def test_a_key_tells_nothing_to_another_office(service: RunningService) -> None:
    id = UUID(await told(service))
    stranger = Request(id, Act(VERIFICATION, "complaint"), replace(COORDINATOR, agency=OTHER), "k")
    _, refused = await perform(service, verification(id, "k"), stranger)
    assert isinstance(refused, KeyReused)


async def test_a_key_belongs_to_its_complaint(service: RunningService) -> None:
    first, second = UUID(await told(service)), UUID(await told(service))
    outcomes = await perform(service, verification(first, "k"), verification(second, "k"))
    assert [outcome(result) for result in outcomes] == ["AWAITING_FOLLOW_UP"] * 2


async def test_an_empty_batch_does_nothing(service: RunningService) -> None:
    assert list(await perform(service)) == []


async def waits(service: RunningService, task: "asyncio.Task[Any]") -> bool:
    """Whether the task comes to wait for a lock of another transaction before it ends."""
    while not task.done():
        if await rows(service, "SELECT 1 FROM pg_locks WHERE NOT granted"):
            return True
    return False


async def test_of_two_acts_that_race_on_two_sites_one_wins(site_of: Sites) -> None:
    services = await site_of("routing"), await site_of("routing")
    id = UUID(await told(services[0]))
    await empty_outbox(services[0])
    async with services[0].begin() as tx:
        [first] = await perform_acts(tx, [verification(id)])
        rival = asyncio.create_task(perform(services[1], verification(id), answer(id)))
        assert await waits(services[0], rival)
    assert [outcome(result) for result in (first, *await rival)] == [
        "AWAITING_FOLLOW_UP",
        "AlreadyVerified",
        "ANSWERED",
    ]
    assert len(await staged(services[0])) == 3 and len(await rows(services[0], "SELECT 1 FROM acts")) == 2


async def test_an_act_that_waited_for_another_sites_happened_after_it(site_of: Sites, clock: ManualClock) -> None:
    services = await site_of("routing"), await site_of("routing")
    id = UUID(await told(services[0]))
    async with services[0].begin() as tx:
        await perform_acts(tx, [verification(id)])
        rival = asyncio.create_task(perform(services[1], answer(id)))
        assert await waits(services[0], rival)
        clock.advance_to(MONDAY + timedelta(hours=1))
    assert [getattr(done, "at", None) for done in await rival] == [MONDAY + timedelta(hours=1)]
    events = [decode(row.value) for row in await rows(services[0], "SELECT value FROM outbox ORDER BY seq")]
    assert events[-1].time == MONDAY + timedelta(hours=1)


async def test_an_act_comes_after_the_last_one_though_its_machines_clock_is_behind(service: RunningService) -> None:
    id = UUID(await told(service))
    [first] = await perform(service, verification(id))
    service.clock = ManualClock(MONDAY - timedelta(milliseconds=50))
    [second] = await perform(service, answer(id))
    assert isinstance(first, Done) and isinstance(second, Done)
    assert second.at == first.at + timedelta(microseconds=1)


async def test_two_acts_that_share_a_commit_follow_one_another(service: RunningService) -> None:
    id = UUID(await told(service))
    await empty_outbox(service)
    first, second = await perform(service, verification(id), answer(id))
    assert isinstance(first, Done) and isinstance(second, Done)
    assert second.at == first.at + timedelta(microseconds=1)
    events = [decode(row.value) for row in await rows(service, "SELECT value FROM outbox ORDER BY seq")]
    assert [event.time for event in events if event] == [first.at, first.at, second.at]


async def test_a_clock_that_was_wrong_for_one_case_is_not_so_for_the_others_of_a_commit(
    service: RunningService,
) -> None:
    sick, sound = UUID(await told(service)), UUID(await told(service))
    service.clock = ManualClock(MONDAY + timedelta(days=365))
    await perform(service, verification(sick))
    service.clock = ManualClock(MONDAY + timedelta(hours=1))
    _, done = await perform(service, answer(sick), verification(sound))
    assert isinstance(done, Done) and done.at == MONDAY + timedelta(hours=1)


async def test_one_key_that_races_on_two_sites_gets_one_answer(site_of: Sites) -> None:
    services = await site_of("routing"), await site_of("routing")
    id = UUID(await told(services[0]))
    await empty_outbox(services[0])
    async with services[0].begin() as tx:
        [first] = await perform_acts(tx, [verification(id, "k")])
        rival = asyncio.create_task(perform(services[1], verification(id, "k")))
        assert await waits(services[0], rival)
    assert [first] == list(await rival) and len(await staged(services[0])) == 2


async def test_a_missed_limit_that_races_with_its_act_is_not_overdue(site_of: Sites) -> None:
    services = await site_of("routing"), await site_of("routing")
    id = UUID(await told(services[0]))
    late = DeadlineMissed(complaint_id=id, clock="verification", cycle=1, agency=CITY, due_at=MONDAY)
    async with services[0].begin() as tx:
        await perform_acts(tx, [verification(id)])
        rival = asyncio.create_task(hear(services[1], late))
        assert await waits(services[0], rival)
    await rival
    assert await rows(services[0], "SELECT state, step_missed FROM cases") == [("AWAITING_FOLLOW_UP", False)]


async def test_requests_that_race_on_two_sites_each_get_an_outcome(site_of: Sites) -> None:
    services = await site_of("routing"), await site_of("routing")
    ids = [UUID(await told(services[0])) for _ in range(12)]
    calls = (service.submit(perform_acts, verification(id)) for id in ids for service in services)
    results = await asyncio.gather(*calls, return_exceptions=True)
    for pair in zip(results[::2], results[1::2], strict=True):
        assert sorted(type(result).__name__ for result in pair) == ["AlreadyVerified", "Done"]


async def test_cases_are_locked_in_the_order_of_their_ids(service: RunningService) -> None:
    low, high = UUID(int=1), UUID(int=2)
    await hear(service, filed(service, high))
    await hear(service, filed(service, low))
    async with service.begin() as tx:
        await tx.execute("SELECT 1 FROM cases WHERE id = :id FOR UPDATE", {"id": low})
        rival = asyncio.create_task(perform(service, verification(high), verification(low)))
        assert await waits(service, rival)
        free = await tx.execute("SELECT id FROM cases FOR UPDATE SKIP LOCKED")
        assert {row.id for row in free} == {low, high}
    assert [outcome(result) for result in await rival] == ["AWAITING_FOLLOW_UP"] * 2


async def test_a_crash_half_way_leaves_nothing_done(service: RunningService) -> None:
    id = UUID(await told(service))
    await empty_outbox(service)
    with pytest.raises(RuntimeError):
        async with service.begin() as tx:
            await perform_acts(tx, [verification(id)])
            raise RuntimeError
    assert not await staged(service) and not await rows(service, "SELECT 1 FROM acts")
    assert [outcome(result) for result in await perform(service, verification(id))] == ["AWAITING_FOLLOW_UP"]


async def test_words_can_be_opened_for_their_complaint_only(service: RunningService) -> None:
    id = UUID(await told(service))
    await perform(service, verification(id), answer(id))
    [sealed] = [row.sealed for row in await rows(service, "SELECT sealed FROM acts WHERE kind = 'answer'")]
    assert service.state.open(sealed, str(id)) == {"text": "Selesai"}
    with pytest.raises(ValueError):
        service.state.open(sealed, str(uuid4()))


def test_refusals_have_words_for_people() -> None:
    for kind in (AlreadyAnswered, AlreadyVerified, KeyReused, NotYourCase, NotFound):
        assert kind().message("id") != kind().message("en")
