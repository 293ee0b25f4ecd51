"""Parked messages: tried again with growing pauses, those of a key in order, shared by replicas, never twice."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared import inbox, retries
from shared.bus import Message
from shared.db.outages import is_outage
from shared.events import COMPLAINTS, FACTS, Event, SeatFoundVacant
from shared.parked import PAUSES
from shared.service import RunningService
from tests.shared.conftest import ToyMaker
from tests.shared.toy import Faults, fact, message, noted, rows

X, Y = UUID(int=1), UUID(int=2)
LEFT = "SELECT key, attempts FROM parked ORDER BY seq"


def steps(*numbers: int, of: UUID = X) -> list[Message]:
    return [message(fact(of, number)) for number in numbers]


async def park(service: RunningService, faults: Faults, *messages: Message) -> None:
    """Have these messages parked by a handler that fails for every step; it is repaired afterwards."""
    faults.steps = set(range(10_000))
    await inbox.receive(service, messages)
    faults.steps, faults.tried = set(), []


async def make_due(service: RunningService, where: str = "true") -> None:
    async with service.begin() as tx:
        await tx.execute("UPDATE parked SET tried_at = tried_at - interval '1 hour'")
        await tx.execute(f"UPDATE parked SET next_try_at = now() WHERE {where}")


async def retry_all(service: RunningService) -> int:
    tried = 0
    while done := await retries.retry_once(service):
        tried += done
    return tried


async def test_a_parked_event_is_handled_when_its_pause_is_over(service: RunningService, faults: Faults) -> None:
    await park(service, faults, *steps(1))
    assert await retries.retry_once(service) == 0
    await make_due(service)
    assert await retries.retry_once(service) == 1
    assert await noted(service) == [(X, 1)]
    assert await rows(service, LEFT) == []
    assert await retries.retry_once(service) == 0


async def test_the_pauses_grow_up_to_the_longest(service: RunningService, faults: Faults) -> None:
    await park(service, faults, *steps(1))
    faults.steps = {1}
    found = []
    for _ in range(len(PAUSES) + 2):
        [(pause,)] = await rows(service, "SELECT next_try_at - now() FROM parked")
        found.append(pause)
        await make_due(service)
        assert await retry_all(service) == 1
    assert all(
        timedelta() <= wanted - pause < timedelta(seconds=30)
        for pause, wanted in zip(found, [*PAUSES, PAUSES[-1], PAUSES[-1]], strict=True)
    )
    [(attempts, error, type)] = await rows(service, "SELECT attempts, error, type FROM parked")
    assert (attempts, type) == (len(PAUSES) + 2, "SeatFoundVacant")
    assert error == "RuntimeError: stumbled over {1}"


@pytest.mark.parametrize("attempts", [-(2**31), 2**31 - 1])
async def test_tries_that_cannot_be_counted_stop_no_other(
    service: RunningService, faults: Faults, attempts: int
) -> None:
    await park(service, faults, *steps(1), *steps(2, of=Y))
    await make_due(service)
    async with service.begin() as tx:
        await tx.execute(
            "UPDATE parked SET attempts = :attempts WHERE key = :key", {"attempts": attempts, "key": str(X)}
        )
    assert await retry_all(service) == 2
    assert {*await noted(service)} == {(X, 1), (Y, 2)}


async def test_the_events_of_a_key_are_tried_together_in_their_order(service: RunningService, faults: Faults) -> None:
    await park(service, faults, *steps(1, 2, 3), *steps(7, of=Y))
    await make_due(service, "seq = 2")
    assert await retries.retry_once(service) == 3
    assert faults.tried == [1, 2, 3]
    assert await noted(service) == [(X, 1), (X, 2), (X, 3)]
    assert await rows(service, LEFT) == [(str(Y), 0)]


async def test_a_failing_event_stops_neither_its_key_nor_the_others(service: RunningService, faults: Faults) -> None:
    broken = Message(COMPLAINTS, str(X), b"broken")
    for batch in (steps(1), [broken], [*steps(2, 3), *steps(7, of=Y)]):
        await park(service, faults, *batch)
    faults.steps = {1, 3}
    await make_due(service)
    assert await retries.retry_once(service) == 5
    assert await noted(service) == [(X, 2), (Y, 7)]
    assert await rows(service, LEFT) == [(str(X), 1)] * 3
    errors = [error for (error,) in await rows(service, "SELECT error FROM parked ORDER BY seq")]
    assert [error.split(":")[0] for error in errors] == ["RuntimeError", "Undecodable", "RuntimeError"]


async def test_a_fresh_event_is_handled_although_older_ones_of_its_key_are_parked(
    service: RunningService, faults: Faults
) -> None:
    await park(service, faults, *steps(1))
    await inbox.receive(service, steps(2))
    assert await noted(service) == [(X, 2)]


async def test_two_replicas_share_the_work_and_no_key_is_split(make_toy: ToyMaker, faults: Faults) -> None:
    one, two = await make_toy(), await make_toy()
    keys = [UUID(int=n) for n in range(1, 251)]
    await park(one, faults, *(message(fact(key, number)) for number in range(1, 5) for key in keys))
    await make_due(one)
    tried = await asyncio.gather(retry_all(one), retry_all(two))
    assert sum(tried) == 1_000
    assert min(tried) > 0
    by_key: dict[UUID, list[int]] = defaultdict(list)
    for key, number in await noted(one):
        by_key[key].append(number)
    assert by_key == {key: [1, 2, 3, 4] for key in keys}


async def test_a_key_that_one_replica_is_taking_is_passed_by(service: RunningService, faults: Faults) -> None:
    await park(service, faults, *steps(1, 2, 3), *steps(7, of=Y))
    await make_due(service)
    few = {"keys": 1, "most": 2}
    async with service.begin() as one, service.begin() as two:
        assert (await one.execute(retries.DUE, few)).scalars().all() == [1, 2]
        assert (await two.execute(retries.DUE, few)).scalars().all() == [4]


async def test_a_key_that_one_replica_is_trying_is_left_to_it_for_a_minute(
    service: RunningService, faults: Faults
) -> None:
    await park(service, faults, *steps(1))
    await make_due(service)
    async with service.begin() as tx:
        claimed = await retries._claimed(tx, [1])
    await park(service, faults, *steps(2), *steps(7, of=Y))
    async with service.begin() as tx:
        await tx.execute("UPDATE parked SET next_try_at = now() WHERE seq > 1")
    assert await retries.retry_once(service) == 1
    assert await noted(service) == [(Y, 7)]
    await retries._try(service, claimed)
    assert await retries.retry_once(service) == 1
    assert await noted(service) == [(Y, 7), (X, 1), (X, 2)]


async def test_a_replica_that_comes_late_to_a_claimed_event_handles_nothing(
    service: RunningService, faults: Faults
) -> None:
    await park(service, faults, *steps(1))
    await make_due(service)
    async with service.begin() as tx:
        claimed = await retries._claimed(tx, [1])
    assert await retries.replay_parked(service) == (1, 0)
    await retries._try(service, claimed)
    assert await noted(service) == [(X, 1)]
    assert faults.tried == [1]


@pytest.mark.parametrize("alone", [False, True])
async def test_a_connection_lost_during_a_try_leaves_the_event_parked(
    service: RunningService, faults: Faults, alone: bool
) -> None:
    await park(service, faults, *steps(1), *steps(7, of=Y))
    await make_due(service)
    if alone:
        faults.steps, faults.cut_alone = {7}, {1}
    else:
        faults.cut = True
    with pytest.raises(Exception) as caught:
        await retries.retry_once(service)
    assert is_outage(caught.value)
    assert await noted(service) == []
    assert await rows(service, LEFT) == [(str(X), 1), (str(Y), 1)]  # counted, so that a crash is no endless circle
    faults.steps, faults.cut_alone, faults.cut = set(), set(), False
    await make_due(service)
    assert await retries.retry_once(service) == 2
    assert await noted(service) == [(X, 1), (Y, 7)]


async def test_after_a_start_everything_is_tried_that_was_not_tried_within_a_minute(
    service: RunningService, faults: Faults
) -> None:
    await park(service, faults, *steps(1), *steps(2, of=Y))
    faults.steps = {1, 2}
    for _ in range(4):
        await make_due(service)
        await retries.retry_once(service)
    async with service.begin() as tx:
        await tx.execute("UPDATE parked SET tried_at = tried_at - interval '61 seconds' WHERE seq = 1")
    faults.steps = set()
    await retries.hasten(service)
    assert await retry_all(service) == 1
    assert await noted(service) == [(X, 1)]
    [(rest,)] = await rows(service, "SELECT next_try_at - now() FROM parked")
    assert timedelta(seconds=30) < rest <= timedelta(minutes=1)


async def test_a_replay_tries_everything_now_and_says_what_stays(service: RunningService, faults: Faults) -> None:
    await park(service, faults, *steps(1, 2, 3), Message(COMPLAINTS, "k", b"broken"))
    faults.steps = {2}
    assert await retries.replay_parked(service) == (2, 2)
    assert await noted(service) == [(X, 1), (X, 3)]
    faults.steps = set()
    assert await retries.replay_parked(service) == (1, 1)
    assert await retries.replay_parked(service) == (0, 1)


async def test_a_message_that_becomes_readable_is_handled_once_even_if_it_was_delivered_again(
    service: RunningService, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(cls: type, data: object) -> None:
        raise ValueError("a field is missing")

    first, batch = steps(1), steps(2)
    with monkeypatch.context() as older_release:
        older_release.setattr(SeatFoundVacant, "model_validate", classmethod(refuse))
        await inbox.receive(service, [*first, *batch])
    assert await noted(service) == []
    await inbox.receive(service, batch)
    assert await retries.replay_parked(service) == (2, 0)
    await inbox.receive(service, batch)
    assert await noted(service) == [(X, 2), (X, 1)]


async def test_parked_events_of_a_type_that_is_no_longer_handled_are_dropped_and_unknown_ones_stay(
    service: RunningService, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    await park(service, faults, *steps(1))
    with monkeypatch.context() as older_release:
        older_release.delitem(FACTS, "SeatFoundVacant")
        assert await retries.replay_parked(service) == (0, 1)
    async with service.begin() as tx:
        value = orjson.loads(steps(1)[0].value or b"")
        value |= {"type": "ComplaintVerified", "data": {"complaint_id": str(X), "by": "A", "classification": "x"}}
        await tx.execute("UPDATE parked SET value = :value", {"value": orjson.dumps(value)})
    assert await retries.replay_parked(service) == (1, 0)
    assert await noted(service) == []


async def test_events_parked_before_the_upgrade_are_tried_too(service: RunningService, faults: Faults) -> None:
    await park(service, faults, *steps(1))
    async with service.begin() as tx:
        await tx.execute("UPDATE parked SET event_id = NULL, type = NULL, next_try_at = now()")
    assert await retries.retry_once(service) == 1
    assert await noted(service) == [(X, 1)]


async def test_many_parked_events_are_handled_in_few_transactions(
    service: RunningService, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    await park(service, faults, *(message(fact(UUID(int=n), n)) for n in range(1, retries.KEYS + 1)))
    await make_due(service)
    calls: list[int] = []
    handlers: Any = service.definition.handlers
    handle = handlers[SeatFoundVacant]

    async def counted(tx: Any, events: Sequence[Event[Any]]) -> None:
        calls.append(len(events))
        await handle(tx, events)

    monkeypatch.setitem(handlers, SeatFoundVacant, counted)
    assert await retries.retry_once(service) == retries.KEYS
    assert calls == [retries.KEYS]


ACTS = st.one_of(
    st.tuples(st.just("park"), st.integers(1, 3)),
    st.tuples(st.sampled_from(["due", "heal", "break"]), st.integers(0, 12)),
    st.tuples(st.just("retry"), st.just(0)),
)


class Naive:
    """The rules, said slowly: if one message of a key is due, all of the key are tried, in their order."""

    def __init__(self) -> None:
        self.parked: list[dict[str, Any]] = []
        self.done: dict[int, list[int]] = defaultdict(list)

    def retry(self, failing: set[int]) -> None:
        keys = {row["key"] for row in self.parked if row["due"]}
        for row in [row for row in self.parked if row["key"] in keys]:
            if row["step"] in failing:
                row |= {"attempts": row["attempts"] + 1, "due": False}
            else:
                self.parked.remove(row)
                self.done[row["key"]].append(row["step"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ACTS, max_size=25))
async def test_the_retries_follow_the_naive_rules(
    service: RunningService, faults: Faults, acts: list[tuple[str, int]]
) -> None:
    async with service.begin() as tx:
        await tx.execute("TRUNCATE parked, notes, inbox")
    naive, failing = Naive(), set[int]()
    for step, (act, number) in enumerate(acts, start=1):
        place = number % len(naive.parked) if naive.parked else 0
        row = naive.parked[place] if naive.parked else None
        if act == "park":
            await park(service, faults, *steps(step, of=UUID(int=number)))
            naive.parked.append({"key": number, "step": step, "attempts": 0, "due": False})
            failing.add(step)
        elif act == "retry":
            faults.steps = failing
            await retry_all(service)
            naive.retry(failing)
        elif row and act == "due":
            await make_due(service, f"seq = (SELECT seq FROM parked ORDER BY seq OFFSET {place} LIMIT 1)")
            row["due"] = True
        elif row:
            failing = failing - {row["step"]} if act == "heal" else failing | {row["step"]}
    left = [(str(UUID(int=row["key"])), row["attempts"]) for row in naive.parked]
    assert await rows(service, LEFT) == left
    done: dict[int, list[int]] = defaultdict(list)
    for key, step in await noted(service):
        done[key.int].append(step)
    assert done == naive.done
