"""The whole house: all services on one database, one bus, one mail server and one clock, used through its doors."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import httpx
from sqlalchemy import text

from services.settings import Settings
from shared import runtime
from shared.bus import BusDown
from shared.clock import ManualClock
from shared.events import AgencyPublished, Event
from shared.loop import Loop
from shared.runtime import ALL, Runtime
from shared.service import RunningService
from tests.services import bearer, definition
from tests.silence.bus import PartitionedBus
from tests.silence.faults import Faults
from tests.silence.post import Post

START = datetime.fromisoformat("2025-07-07T02:00:00+00:00")  # Monday 09:00 in Jakarta
DAY = timedelta(days=1)
# How far the simulation leaps while nobody acts.
IDLE_TURN = DAY * 5
ADMIN, OPERATOR = ("admin", None), ("operator", None)
Caller = tuple[str, str | None]  # role and agency
# The loop that deletes old event ids by the database's clock has nothing to do here.
IDLE_LOOPS = frozenset({"forget"})
AT_ONCE, TRIES = 50, 50
# Pauses are planned in real time, which does not pass here: whatever waits is due again at the next step.
PARKED_WAIT = """
SELECT 1 FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = 'parked' AND column_name = 'next_try_at'
"""
RETRY_PARKED = "UPDATE parked SET next_try_at = '2000-01-01Z' WHERE next_try_at > now()"
RETRY_MESSAGES = "UPDATE messages SET next_try_at = '2000-01-01Z' WHERE state IN ('waiting', 'sending')"


class House:
    """All services in one process; may be closed and opened again. Services in `away` do nothing until they return."""

    def __init__(self, settings: Settings, faults: Faults, clock: ManualClock, gone: float = 0.0) -> None:
        self.settings, self.faults, self.clock = settings, faults, clock
        self.bus, self.post = PartitionedBus(faults), Post(faults, gone)
        self.away: set[str] = set()
        # Steps of loops that failed, by loop and error; a loop goes on after an error.
        self.failures: Counter[str] = Counter()
        self.references: dict[UUID, str] = {}
        self._tokens: dict[Caller, dict[str, str]] = {}
        self._runtime: Runtime | None = None
        self._client: httpx.AsyncClient | None = None
        self._loops: dict[str, Sequence[Loop]] = {}
        self._retries: dict[str, Sequence[str]] = {}

    async def open(self, **changes: Any) -> None:
        """Start all services, with these settings changed."""
        self.settings = self.settings.model_copy(update=changes)
        with patch.object(runtime, "MemoryBus", lambda: self.bus):
            self._runtime = Runtime([definition(name) for name in ALL], self.settings, self.clock)
        await self._runtime.open()
        self.service("notify").state.mail_server = self.post
        self._loops = {name: self._loops_of(name) for name in ALL}
        self._retries = {name: await self._retries_of(name) for name in ALL}
        transport = httpx.ASGITransport(app=self._runtime.app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://tanggap")

    def _loops_of(self, name: str) -> Sequence[Loop]:
        """What a process of this service repeats, whichever loops it has."""
        loops = self.runtime._loops(self.service(name))
        return [loop for loop in loops if loop.name not in IDLE_LOOPS]

    async def close(self) -> None:
        if self._client and self._runtime:
            await self._client.aclose()
            await self._runtime.close()
            self._client = self._runtime = None

    @property
    def runtime(self) -> Runtime:
        assert self._runtime is not None
        return self._runtime

    def service(self, name: str) -> RunningService[Any]:
        return self.runtime.services[name]

    async def sweep(self) -> None:
        """What is due by now, before sla hears anything else of this moment."""
        while "sla" not in self.away and await self._turn("sla", "sweep"):
            pass

    async def work(self) -> None:
        """Do everything that can be done now; what fails is tried again, as its loop does."""
        self.faults.now = self.clock.now()
        present, idle = [name for name in ALL if name not in self.away], 0
        while idle < 2:
            idle = idle + 1 if not sum([await self._turn_all(name) for name in present]) else 0
        for name in present:
            await self._end_pauses(name)

    async def _turn_all(self, name: str) -> int:
        done = await self._turn(name, "relay") + await self.attempt(name, "poll", lambda: self.bus.poll_once(name))
        others = [loop.name for loop in self._loops[name] if loop.name != "relay"]
        return done + sum([await self._turn(name, loop) for loop in others])

    async def _turn(self, name: str, loop: str) -> int:
        [step] = [each._step for each in self._loops[name] if each.name == loop]
        return await self.attempt(name, loop, step)

    async def attempt(self, name: str, loop: str, step: Callable[[], Awaitable[Any]]) -> int:
        """One turn of a loop: after an outage once more, after another error no longer at this moment."""
        for _ in range(TRIES):
            try:
                done = await step()
                return done if isinstance(done, int) else 0
            except (BusDown, OSError):
                continue
            except Exception as error:
                self.failures[f"{name}:{loop}: {type(error).__name__}"] += 1
                return 0
        raise RuntimeError(f"{name}:{loop} fails for ever")

    async def _retries_of(self, name: str) -> Sequence[str]:
        """The statements that end the pauses of a service: of its messages, and of parked events that have any."""
        parked = [RETRY_PARKED] if await self.rows(name, PARKED_WAIT) else []
        return [*parked, RETRY_MESSAGES] if name == "notify" else parked

    @property
    def retries_by_itself(self) -> bool:
        """Whether parked events try again without an operator."""
        return all(RETRY_PARKED in statements for statements in self._retries.values())

    async def _end_pauses(self, name: str) -> None:
        async def end() -> None:
            for statement in self._retries[name]:
                await self.rows(name, statement)

        await self.attempt(name, "pauses", end)

    async def until(self, moment: datetime, step: timedelta = DAY) -> None:
        """Move on to this moment in steps, and work at each."""
        while self.clock.now() < moment:
            self.clock.advance_to(min(moment, self.clock.now() + step))
            await self.work()

    async def request(self, method: str, path: str, caller: Caller | None = None, **more: Any) -> httpx.Response:
        """The answer of a door; without one, or during an outage, the same request again, as a client does."""
        assert self._client is not None
        headers = {**(self._token(caller) if caller else {}), **more.pop("headers", {})}
        for _ in range(TRIES):
            answer = await self._client.request(method, path, headers=headers, **more)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer
        raise RuntimeError(f"{method} {path} is refused for ever")

    async def read(self, path: str, caller: Caller | None = None, **query: Any) -> Any:
        """The JSON that a door shows; None where there is no such thing."""
        answer = await self.request("GET", path, caller, params=query)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return answer.raise_for_status().json()

    async def read_each(self, paths: Sequence[str], caller: Caller | None = None) -> list[Any]:
        """What these paths show, in their order."""
        found: list[Any] = []
        for first in range(0, len(paths), AT_ONCE):
            found += await asyncio.gather(*(self.read(path, caller) for path in paths[first : first + AT_ONCE]))
        return found

    async def list_all(self, path: str, caller: Caller | None = None, **query: Any) -> list[Any]:
        """All items of a list, page by page."""
        items: list[Any] = []
        after: dict[str, str] = {}
        while True:
            page = await self.read(path, caller, limit=500, **query, **after)
            items += page["items"]
            if not page["next"]:
                return items
            after = {"after": page["next"]}

    async def file(self, **new: Any) -> UUID:
        """The id of a complaint that was filed at intake's door, and heard of by all services."""
        answer = await self.request("POST", "/intake/complaints", json={"text": "Jalan berlubang", **new})
        receipt = answer.raise_for_status().json()
        id = UUID(receipt["id"])
        self.references[id] = receipt["tracking_reference"]
        await self.work()
        return id

    async def act(self, id: UUID, kind: str, role: str, acting: str | None, **body: Any) -> Any:
        """The result of an act by an official of the `acting` agency; `kind` is the last part of its path."""
        answer = await self.request("POST", f"/routing/complaints/{id}/{kind}", (role, acting), json=body)
        await self.work()
        return answer.raise_for_status().json()

    async def case(self, id: UUID) -> Any:
        """The case as the national administrator sees it; None before its routing."""
        return await self.read(f"/routing/complaints/{id}", ADMIN)

    async def clocks(self, id: UUID) -> list[Any]:
        """The clocks of a complaint; none where sla does not know it."""
        return await self.read(f"/sla/complaints/{id}/clocks") or []

    async def timeline(self, id: UUID) -> Any:
        """What everyone sees of a complaint."""
        return await self.read(f"/intake/complaints/{self.references[id]}/timeline")

    async def messages(self, id: UUID) -> list[Any]:
        """The ledger of a complaint."""
        return await self.list_all("/notify/messages", OPERATOR, complaint_id=str(id))

    def events(self, id: UUID, *names: str) -> list[Event[Any]]:
        """What was published about a complaint, in order; with names, the events of these types."""
        mine = [event for event in self.bus.events.values() if event.subject == str(id)]
        return [event for event in mine if not names or type(event.fact).__name__ in names]

    @property
    def agencies(self) -> dict[str, AgencyPublished]:
        """The directory by code, as it was published last."""
        facts = (event.fact for event in self.bus.events.values())
        return {fact.code: fact for fact in facts if isinstance(fact, AgencyPublished)}

    async def rows(self, name: str, statement: str, **values: Any) -> list[Any]:
        """The rows that a service's database gives, for what no door shows."""
        async with self.service(name).begin() as tx:
            found = await tx.execute(text(statement), values)
            return list(found.all()) if found.returns_rows else []

    def _token(self, caller: Caller) -> dict[str, str]:
        if caller not in self._tokens:
            self._tokens[caller] = bearer(self.service("routing"), *caller)
        return self._tokens[caller]
