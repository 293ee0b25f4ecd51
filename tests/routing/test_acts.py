"""Acts in batches: in order on the changing state, one outcome each; races and failures leave one truth."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.routing.actions import requests
from services.routing.actions.acts import perform_acts
from services.routing.actions.requests import ActRequest, ActResult
from services.routing.errors import AlreadyAnswered, AlreadyVerified, NotYourCase
from shared.clock import ManualClock
from shared.errors import KeyReused, UnknownComplaint
from shared.events import decode
from shared.identity.officials import Official
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, ROADS, TRANSPORT, answer_text, follow_up_text, hear, missed
from tests.routing.complaints import assigned, empty_outbox, rows_of, sealed_complaint, waits_for_lock
from tests.services import MONDAY, staged

COORDINATOR = Official("koordinator", "coordinator", CITY)
LIAISON = Official("penghubung", "liaison", ROADS)


def verification(id: UUID, key: str | None = None, by: Official = COORDINATOR) -> ActRequest:
    return requests.verification(id, by, key, classification="complaint", agency=None, note=None)


def answer(id: UUID, key: str | None = None) -> ActRequest:
    return requests.answer(id, LIAISON, key, text=answer_text())


def outcome(result: Any) -> str:
    return result.state if isinstance(result, ActResult) else type(result).__name__


async def perform(service: RunningService, *requests: ActRequest) -> Sequence[ActResult | Exception]:
    async with service.begin() as tx:
        return await perform_acts(tx, requests)


async def test_acts_on_one_case_in_a_batch_are_decided_in_order(service: RunningService) -> None:
    first, second, absent = await assigned(service), await assigned(service), uuid4()
    await empty_outbox(service)
    outcomes = await perform(
        service,
        answer(first),
        verification(first),
        verification(second),
        verification(first),
        answer(absent),
        requests.follow_up(first, LIAISON, None, text=follow_up_text()),
        answer(first),
        answer(first),
        requests.forward(second, COORDINATOR, None, agency=TRANSPORT, reason="Alih"),
        answer(second),
    )
    assert [outcome(result) for result in outcomes] == [
        "NotVerified", "AWAITING_FOLLOW_UP", "AWAITING_FOLLOW_UP", "AlreadyVerified", "UnknownComplaint",
        "IN_PROGRESS", "ANSWERED", "AlreadyAnswered", "AWAITING_FOLLOW_UP", "NotYourCase",
    ]  # fmt: skip
    assert [type(fact).__name__ for fact in await staged(service)] == [
        "ComplaintVerified", "ComplaintForwarded", "ComplaintVerified", "ComplaintForwarded",
        "FollowUpRecorded", "ComplaintAnswered", "ComplaintForwarded",
    ]  # fmt: skip
    states = {row.id: (row.state, row.holder) for row in await rows_of(service, "SELECT id, state, holder FROM cases")}
    assert states == {first: ("ANSWERED", ROADS), second: ("AWAITING_FOLLOW_UP", TRANSPORT)}
    assert len(await rows_of(service, "SELECT 1 FROM acts")) == 5


async def test_a_key_given_twice_in_a_batch_is_one_act(service: RunningService) -> None:
    id = await assigned(service)
    await empty_outbox(service)
    one, again, other = await perform(service, verification(id, "k"), verification(id, "k"), answer(id, "k"))
    assert isinstance(one, ActResult) and one == again and isinstance(other, KeyReused)
    assert len(await rows_of(service, "SELECT 1 FROM acts")) == 1 and len(await staged(service)) == 2


async def test_a_key_used_by_another_agency_is_refused(service: RunningService) -> None:
    id = await assigned(service)
    other = verification(id, "k", by=replace(COORDINATOR, agency=TRANSPORT))
    _, refused = await perform(service, verification(id, "k"), other)
    assert isinstance(refused, KeyReused)


async def test_one_key_on_two_complaints_is_two_acts(service: RunningService) -> None:
    first, second = await assigned(service), await assigned(service)
    outcomes = await perform(service, verification(first, "k"), verification(second, "k"))
    assert [outcome(result) for result in outcomes] == ["AWAITING_FOLLOW_UP"] * 2


async def test_an_empty_batch_does_nothing(service: RunningService) -> None:
    assert list(await perform(service)) == []


async def test_one_of_two_racing_verifications_wins(make_service: ServiceMaker) -> None:
    services = await make_service("routing"), await make_service("routing")
    id = await assigned(services[0])
    await empty_outbox(services[0])
    async with services[0].begin() as tx:
        [first] = await perform_acts(tx, [verification(id)])
        rival = asyncio.create_task(perform(services[1], verification(id), answer(id)))
        assert await waits_for_lock(services[0], rival)
    assert [outcome(result) for result in (first, *await rival)] == [
        "AWAITING_FOLLOW_UP",
        "AlreadyVerified",
        "ANSWERED",
    ]
    assert len(await staged(services[0])) == 3 and len(await rows_of(services[0], "SELECT 1 FROM acts")) == 2


async def test_an_act_that_waited_for_a_lock_has_a_later_moment(make_service: ServiceMaker, clock: ManualClock) -> None:
    services = await make_service("routing"), await make_service("routing")
    id = await assigned(services[0])
    async with services[0].begin() as tx:
        await perform_acts(tx, [verification(id)])
        rival = asyncio.create_task(perform(services[1], answer(id)))
        assert await waits_for_lock(services[0], rival)
        clock.advance_to(MONDAY + timedelta(hours=1))
    assert [getattr(done, "at", None) for done in await rival] == [MONDAY + timedelta(hours=1)]
    events = [decode(row.value) for row in await rows_of(services[0], "SELECT value FROM outbox ORDER BY seq")]
    assert events[-1].time == MONDAY + timedelta(hours=1)


async def test_a_slow_clock_dates_no_act_before_the_last_act_of_its_case(service: RunningService) -> None:
    id = await assigned(service)
    [first] = await perform(service, verification(id))
    service.clock = ManualClock(MONDAY - timedelta(milliseconds=50))
    [second] = await perform(service, answer(id))
    assert isinstance(first, ActResult) and isinstance(second, ActResult)
    assert second.at == first.at + timedelta(microseconds=1)


async def test_two_acts_of_one_case_in_a_batch_have_different_moments(service: RunningService) -> None:
    id = await assigned(service)
    await empty_outbox(service)
    first, second = await perform(service, verification(id), answer(id))
    assert isinstance(first, ActResult) and isinstance(second, ActResult)
    assert second.at == first.at + timedelta(microseconds=1)
    events = [decode(row.value) for row in await rows_of(service, "SELECT value FROM outbox ORDER BY seq")]
    assert [event.time for event in events if event] == [first.at, first.at, second.at]


async def test_a_wrong_moment_of_one_case_does_not_move_the_other_cases_of_a_batch(
    service: RunningService,
) -> None:
    wrong, other = await assigned(service), await assigned(service)
    service.clock = ManualClock(MONDAY + timedelta(days=365))
    await perform(service, verification(wrong))
    service.clock = ManualClock(MONDAY + timedelta(hours=1))
    _, done = await perform(service, answer(wrong), verification(other))
    assert isinstance(done, ActResult) and done.at == MONDAY + timedelta(hours=1)


async def test_racing_requests_with_one_key_get_the_same_result(make_service: ServiceMaker) -> None:
    services = await make_service("routing"), await make_service("routing")
    id = await assigned(services[0])
    await empty_outbox(services[0])
    async with services[0].begin() as tx:
        [first] = await perform_acts(tx, [verification(id, "k")])
        rival = asyncio.create_task(perform(services[1], verification(id, "k")))
        assert await waits_for_lock(services[0], rival)
    assert [first] == list(await rival) and len(await staged(services[0])) == 2


async def test_a_missed_limit_that_races_with_its_act_does_not_make_the_case_overdue(
    make_service: ServiceMaker,
) -> None:
    services = await make_service("routing"), await make_service("routing")
    id = await assigned(services[0])
    async with services[0].begin() as tx:
        await perform_acts(tx, [verification(id)])
        rival = asyncio.create_task(hear(services[1], missed(id, "verification")))
        assert await waits_for_lock(services[0], rival)
    await rival
    assert await rows_of(services[0], "SELECT state, step_missed FROM cases") == [("AWAITING_FOLLOW_UP", False)]


async def test_racing_requests_each_get_an_outcome(make_service: ServiceMaker) -> None:
    services = await make_service("routing"), await make_service("routing")
    ids = [await assigned(services[0]) for _ in range(12)]
    calls = (service.submit(perform_acts, verification(id)) for id in ids for service in services)
    results = await asyncio.gather(*calls, return_exceptions=True)
    for pair in zip(results[::2], results[1::2], strict=True):
        assert sorted(type(result).__name__ for result in pair) == ["ActResult", "AlreadyVerified"]


async def test_cases_are_locked_in_the_order_of_their_ids(service: RunningService) -> None:
    low, high = UUID(int=1), UUID(int=2)
    await hear(service, sealed_complaint(service, high))
    await hear(service, sealed_complaint(service, low))
    async with service.begin() as tx:
        await tx.execute("SELECT 1 FROM cases WHERE id = :id FOR UPDATE", {"id": low})
        rival = asyncio.create_task(perform(service, verification(high), verification(low)))
        assert await waits_for_lock(service, rival)
        free = await tx.execute("SELECT id FROM cases FOR UPDATE SKIP LOCKED")
        assert {row.id for row in free} == {low, high}
    assert [outcome(result) for result in await rival] == ["AWAITING_FOLLOW_UP"] * 2


async def test_a_failed_transaction_records_no_act(service: RunningService) -> None:
    id = await assigned(service)
    await empty_outbox(service)
    with pytest.raises(RuntimeError):
        async with service.begin() as tx:
            await perform_acts(tx, [verification(id)])
            raise RuntimeError
    assert not await staged(service) and not await rows_of(service, "SELECT 1 FROM acts")
    assert [outcome(result) for result in await perform(service, verification(id))] == ["AWAITING_FOLLOW_UP"]


async def test_words_can_be_opened_for_their_complaint_only(service: RunningService) -> None:
    id = await assigned(service)
    await perform(service, verification(id), answer(id))
    [sealed] = [row.sealed for row in await rows_of(service, "SELECT sealed FROM acts WHERE kind = 'answer'")]
    assert service.state.open(sealed, str(id)) == {"text": answer_text()}
    with pytest.raises(ValueError):
        service.state.open(sealed, str(uuid4()))


def test_refusals_are_written_in_both_languages() -> None:
    for kind in (AlreadyAnswered, AlreadyVerified, KeyReused, NotYourCase, UnknownComplaint):
        assert kind().message("id") != kind().message("en")
