"""Loops: they turn, rest, wake, back off and stop; a loop that has ended or hangs is reported."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from prometheus_client import REGISTRY

from shared import loop as module
from shared.loop import Loop


@asynccontextmanager
async def turning(step: Callable[[], Awaitable[int]], rest: float = 60, wake: asyncio.Event | None = None):  # type: ignore[no-untyped-def]
    loop = Loop("toy", "step", step, rest, wake)
    loop.start()
    yield loop
    await loop.stop()


def overdue_seconds(loop: Loop) -> float | None:
    """The metric for which an alarm asks."""
    return REGISTRY.get_sample_value("tanggap_loop_overdue_seconds", {"service": loop.service, "loop": loop.name})


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def test_a_loop_turns_while_there_is_work_and_then_rests() -> None:
    work = [3, 2, 1, 0]
    turns: list[int] = []

    async def step() -> int:
        turns.append(work.pop(0) if work else 0)
        return turns[-1]

    async with turning(step):
        await until(lambda: not work)
        for _ in range(20):
            await asyncio.sleep(0)
        assert turns == [3, 2, 1, 0]


async def test_a_loop_rests_after_a_turn_that_was_not_full() -> None:
    wake, work, turns = asyncio.Event(), [5, 4, 5, 0], []

    async def step() -> int:
        turns.append(work.pop(0))
        return turns[-1]

    loop = Loop("toy", "step", step, 3_600, wake, full=5)
    loop.start()
    await until(lambda: len(turns) == 2)
    for _ in range(20):
        await asyncio.sleep(0)
    assert turns == [5, 4]
    wake.set()
    await until(lambda: not work)
    await loop.stop()


async def test_a_woken_loop_turns_at_once_even_if_woken_during_a_step() -> None:
    wake, gate, turns = asyncio.Event(), asyncio.Event(), [0]

    async def step() -> int:
        turns[0] += 1
        await gate.wait()
        return 0

    async with turning(step, 3_600, wake):
        await until(lambda: turns[0] == 1)
        wake.set()
        gate.set()
        await until(lambda: turns[0] == 2)
        await asyncio.sleep(0)
        wake.set()
        await until(lambda: turns[0] == 3)


@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError])
async def test_a_failing_step_backs_off_and_recovers(
    monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    monkeypatch.setattr(module, "LONGEST_PAUSE", 0.001)
    turns = [0]

    async def step() -> int:
        turns[0] += 1
        if turns[0] < 5:
            raise error("no")
        return 0

    async with turning(step) as loop:
        await until(lambda: turns[0] == 5)
        assert loop.trouble(30) is None


async def test_pauses_after_failures_grow_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def pause(self: Loop, seconds: float, wake: asyncio.Event | None = None) -> None:
        pauses.append(seconds)
        if len(pauses) == 2_000:
            self._stopping.set()

    async def step() -> int:
        raise RuntimeError("no")

    monkeypatch.setattr(Loop, "_pause", pause)
    async with turning(step):
        await until(lambda: len(pauses) == 2_000)
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2] + 1_995 * [5.0]


async def test_a_loop_that_has_ended_is_reported() -> None:
    class Fatal(BaseException):
        pass

    async def step() -> int:
        raise Fatal

    loop = Loop("toy", "step", step, 1)
    assert "has ended" in (loop.trouble(30) or "")
    loop.start()
    assert loop._task is not None
    await asyncio.gather(loop._task, return_exceptions=True)
    assert "toy:step has ended" in (loop.trouble(30) or "")
    await loop.stop()


async def test_a_step_that_never_returns_or_always_fails_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stuck() -> int:
        await asyncio.Event().wait()
        return 0

    async def failing() -> int:
        raise RuntimeError("no")

    for step in (stuck, failing):
        loop = Loop("toy", "step", step, 3_600)
        loop.start()
        await asyncio.sleep(0)
        assert loop.trouble(30) is None
        now = module.monotonic()
        monkeypatch.setattr(module, "monotonic", lambda now=now: now + 31)
        assert "has not turned for 31 s" in (loop.trouble(30) or "")
        assert ("(RuntimeError)" in (loop.trouble(30) or "")) == (step is failing)
        monkeypatch.undo()
        await loop.stop(patience=0)


async def test_a_resting_loop_is_reported_only_after_its_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    turned = asyncio.Event()

    async def step() -> int:
        turned.set()
        return 0

    async with turning(step, 3_600) as loop:
        await turned.wait()
        await asyncio.sleep(0)
        now = module.monotonic()
        monkeypatch.setattr(module, "monotonic", lambda: now + 3_600)
        assert loop.trouble(30) is None
        assert overdue_seconds(loop) == pytest.approx(0, abs=5)  # A loop that rests for an hour is not dead.
        monkeypatch.setattr(module, "monotonic", lambda: now + 3_600 + 31)
        assert loop.trouble(30)
        assert overdue_seconds(loop) == pytest.approx(31, abs=5)
        monkeypatch.undo()


async def test_a_woken_loop_that_hangs_is_reported_before_its_rest_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wake, turns = asyncio.Event(), [0]

    async def step() -> int:
        turns[0] += 1
        if turns[0] > 1:
            await asyncio.Event().wait()
        return 0

    loop = Loop("toy", "step", step, 3_600, wake)
    loop.start()
    await until(lambda: turns[0] == 1)
    await asyncio.sleep(0)
    wake.set()
    await until(lambda: turns[0] == 2)
    now = module.monotonic()
    monkeypatch.setattr(module, "monotonic", lambda: now + 31)
    assert loop.trouble(30)
    monkeypatch.undo()
    await loop.stop(patience=0)


async def test_stopping_finishes_only_the_current_step() -> None:
    gate, finished = asyncio.Event(), [0]

    async def step() -> int:
        await gate.wait()
        finished[0] += 1
        return 1

    loop = Loop("toy", "step", step, 1)
    loop.start()
    await asyncio.sleep(0)
    stopping = asyncio.create_task(loop.stop())
    await asyncio.sleep(0)
    gate.set()
    await stopping
    assert finished == [1]


async def test_stopping_cancels_a_step_that_never_ends() -> None:
    async def step() -> int:
        await asyncio.Event().wait()
        return 0

    loop = Loop("toy", "step", step, 1)
    loop.start()
    await asyncio.sleep(0)
    await asyncio.wait_for(loop.stop(patience=0), 5)
    assert "has ended" in (loop.trouble(30) or "")


async def test_a_loop_stopped_before_it_began_or_while_it_rests_ends_at_once() -> None:
    async def step() -> int:
        return 0

    idle = Loop("toy", "step", step, 3_600)
    await idle.stop()
    idle = Loop("toy", "step", step, 3_600)
    idle.start()
    await asyncio.wait_for(idle.stop(), 5)
    idle = Loop("toy", "step", step, 3_600)
    idle.start()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.wait_for(idle.stop(), 5)
