"""Group commit: many requests share few commits, and each gets its own outcome after the commit."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from asyncpg import IntegrityConstraintViolationError

from shared.db.outages import is_outage
from shared.db.transaction import Tx
from shared.service import RunningService
from tests.shared.conftest import ToyMaker
from tests.shared.toy import Taken, note, noted, rows

X = UUID(int=1)


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each transaction that ends from now on."""
    ended: list[str] = []
    end = Tx.end

    async def counted(self: Tx) -> None:
        await end(self)
        ended.append("commit")

    monkeypatch.setattr(Tx, "end", counted)
    return ended


async def submit(service: RunningService, *items: tuple[UUID, int]) -> list[Any]:
    return await asyncio.gather(*(service.submit(note, item) for item in items), return_exceptions=True)


async def test_five_hundred_concurrent_items_share_few_commits(service: RunningService, commits: list[str]) -> None:
    assert await submit(service, *((X, n) for n in range(100, 600))) == list(range(100, 600))
    assert len(commits) <= 4
    assert len(await noted(service)) == 500
    assert await rows(service, "SELECT count(*) FROM outbox") == [(500,)]


async def test_a_refused_item_fails_alone_in_the_same_commit(service: RunningService, commits: list[str]) -> None:
    one, two, three = await submit(service, (X, 1), (X, 13), (X, 3))
    assert (one, three) == (1, 3)
    assert isinstance(two, Taken)
    assert len(commits) == 1


async def test_an_item_that_breaks_the_action_fails_alone(service: RunningService) -> None:
    one, two, three = await submit(service, (X, 1), (X, 0), (X, 3))
    assert (one, three) == (1, 3)
    assert isinstance(two, ZeroDivisionError)
    assert await noted(service) == [(X, 1), (X, 3)]


async def test_a_failed_commit_never_reports_success(service: RunningService) -> None:
    results = await submit(service, (X, 5), (X, 6), (X, 5))
    assert results[:2] == [5, 6]
    assert isinstance(results[2], IntegrityConstraintViolationError)
    assert await noted(service) == [(X, 5), (X, 6)]
    assert await rows(service, "SELECT count(*) FROM outbox") == [(2,)]


async def test_an_outage_fails_every_item_and_later_items_succeed(service: RunningService) -> None:
    tries: list[int] = []

    async def cut(tx: Tx, items: Sequence[int]) -> Sequence[int | Exception]:
        tries.append(len(items))
        await tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return items

    results = await asyncio.gather(*(service.submit(cut, n) for n in range(50)), return_exceptions=True)
    assert all(isinstance(result, Exception) and is_outage(result) for result in results)
    assert tries == [50]  # not repeated item by item
    assert await submit(service, (X, 1)) == [1]


async def test_a_cancelled_caller_does_not_disturb_the_others(service: RunningService) -> None:
    tasks = [service.submit(note, (X, n)) for n in (1, 2, 3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    assert await asyncio.gather(*tasks[1:]) == [2, 3]
    assert await noted(service) == [(X, 1), (X, 2), (X, 3)]


async def test_an_action_with_too_few_outcomes_commits_nothing_and_fails_every_caller(service: RunningService) -> None:
    async def incomplete(tx: Tx, items: Sequence[str]) -> Sequence[str | Exception]:
        await tx.execute("INSERT INTO kept VALUES ('x')")
        return []

    given = asyncio.gather(*(service.submit(incomplete, n) for n in "ab"), return_exceptions=True)
    assert [type(error) for error in await asyncio.wait_for(given, 10)] == [TypeError, TypeError]
    assert await rows(service, "SELECT * FROM kept") == []


async def test_a_batch_is_no_larger_than_the_setting(make_toy: ToyMaker, commits: list[str]) -> None:
    service = await make_toy(commit_batch=10)
    commits.clear()
    await submit(service, *((uuid4(), 1) for _ in range(35)))
    assert len(commits) == 4


async def test_an_item_submitted_as_a_worker_ends_goes_to_the_next_worker(service: RunningService) -> None:
    async def one_after_another() -> None:
        for n in range(1, 40):
            await service.submit(note, (uuid4(), 100 + n))

    await asyncio.wait_for(asyncio.gather(*(one_after_another() for _ in range(5))), 60)
    assert len(await noted(service)) == 195
    await asyncio.sleep(0)
    assert not service._commits._tasks


async def test_readers_of_one_moment_share_their_statements(service: RunningService) -> None:
    readers: list[int] = []

    async def look(tx: Tx[Any], items: Sequence[int]) -> Sequence[int | Exception]:
        readers.append(len(items))
        return [KeyError(n) if n == 7 else n for n in items]

    asked = (service.read_together(look, n) for n in range(20))
    given = await asyncio.gather(*asked, return_exceptions=True)
    assert [n for n in given if isinstance(n, int)] == [n for n in range(20) if n != 7]
    assert isinstance(given[7], KeyError) and readers == [20]


async def test_a_reader_opens_no_transaction_and_cannot_write(service: RunningService) -> None:
    async def is_one(tx: Tx[Any]) -> bool:
        moments = [(await tx.execute("SELECT now()")).scalar_one() for _ in range(2)]
        return moments[0] == moments[1]

    async def write(tx: Tx[Any]) -> None:
        await tx.insert(service.definition.tables.tables["kept"], [{"words": "x"}])

    assert not await service.read(is_one)
    with pytest.raises(TypeError, match="only reads"):
        await service.read(write)
    assert await rows(service, "SELECT * FROM kept") == []


async def test_two_actions_do_not_wait_for_each_other(service: RunningService) -> None:
    gate = asyncio.Event()

    async def slow(tx: Tx, items: Sequence[int]) -> Sequence[int | Exception]:
        await gate.wait()
        return items

    waiting = service.submit(slow, 1)
    assert await submit(service, (X, 1)) == [1]
    gate.set()
    assert await waiting == 1


@pytest.mark.parametrize("state", ["40001", "40P01"])
async def test_what_was_rolled_back_for_the_sake_of_others_is_done_again_before_its_callers_are_answered(
    service: RunningService, state: str
) -> None:
    tries: list[int] = []

    async def in_the_way(tx: Tx, items: Sequence[int]) -> Sequence[int | Exception]:
        tries.append(len(items))
        if len(tries) == 1:
            await tx.execute(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$")
        return items

    [(before,)] = await rows(service, "SELECT pg_backend_pid()")
    assert await asyncio.gather(*(service.submit(in_the_way, n) for n in range(9))) == [*range(9)]
    assert tries == [9, 9]
    assert await rows(service, "SELECT pg_backend_pid()") == [(before,)]
