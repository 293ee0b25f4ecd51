"""A loop is a step and a repetition; whoever watches it sees when it has died or stalled."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

from shared.telemetry import log, loop_overdue

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
PATIENCE = 20.0


class Loop:
    """Repeats `step`; rests until `wake` or `rest_seconds` when it did less than `full`; backs off after an error."""

    def __init__(
        self,
        service: str,
        name: str,
        step: Callable[[], Awaitable[int]],
        rest_seconds: float,
        wake: asyncio.Event | None = None,
        full: int = 1,
    ) -> None:
        self.service, self.name = service, name
        self._step, self._rest, self._wake, self._full = step, rest_seconds, wake or asyncio.Event(), full
        self._stopping = asyncio.Event()
        self._due_at = monotonic()
        self._task: asyncio.Task[None] | None = None
        self._failure = ""

    def start(self) -> None:
        self._due_at = monotonic()
        self._task = asyncio.create_task(self._run(), name=f"{self.service}:{self.name}")

    async def stop(self, patience: float = PATIENCE) -> None:
        """Finish the present step and end; a step that outlasts our patience is given up, and rolls back."""
        self._stopping.set()
        self._wake.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=patience)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def trouble(self, stall_seconds: float) -> str | None:
        """What is wrong with this loop, if anything."""
        overdue = max(0.0, monotonic() - self._due_at)
        loop_overdue.labels(self.service, self.name).set(overdue)
        if self._task is None or self._task.done():
            return f"{self.service}:{self.name} has ended"
        if overdue > stall_seconds:
            return f"{self.service}:{self.name} has not turned for {overdue:.0f} s{self._failure}"
        return None

    async def _run(self) -> None:
        failures, pause = 0, FIRST_PAUSE
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                done = await self._turn()
            except Exception as error:
                failures += 1
                # Only the class: anybody may ask whether we are ready.
                self._failure = f" ({type(error).__name__})"
                log.warning(
                    "loop step failed", service=self.service, loop=self.name, error=repr(error), failures=failures
                )
                await self._pause(pause)
                pause = min(LONGEST_PAUSE, 2 * pause)
                continue
            failures, pause, self._failure = 0, FIRST_PAUSE, ""
            self._due_at = monotonic()
            if done < self._full:
                self._due_at += self._rest
                await self._pause(self._rest, self._wake)
                self._due_at = min(self._due_at, monotonic())

    async def _turn(self) -> int:
        try:
            return await self._step()
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise RuntimeError("The step waited for something that was cancelled.") from error

    async def _pause(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for((wake or self._stopping).wait(), seconds)
