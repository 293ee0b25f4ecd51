"""Runs any set of services in this process: their databases, the bus, their loops and one HTTP server."""

import asyncio
import gc
import signal
import socket
from asyncio import FIRST_COMPLETED
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from typing import Any, TypeVar

import uvicorn
from fastapi import FastAPI

from shared import health, inbox, migrate, retries
from shared.bus import Bus, BusDown, Message
from shared.bus.kafka import KafkaBus
from shared.bus.memory import MemoryBus
from shared.clock import Clock
from shared.db.database import Database
from shared.errors import BadSettings
from shared.http.app import create_app
from shared.identity.keys import KeySet
from shared.loop import Loop
from shared.outbox import RELAY
from shared.relay import Relay, anything_waits
from shared.service import RunningService, Service
from shared.settings.process import Settings
from shared.telemetry import batch_size, configure_logs, log

S = TypeVar("S", bound=Settings)
ALL = ("intake", "routing", "sla", "notify")
FORGET_SECONDS = 3_600.0
RETRY_SECONDS = 10.0


def connect(definition: Service[Any], settings: Settings, clock: Clock) -> RunningService[Any]:
    """A service with its database, connected to nothing else and not prepared yet."""
    db = Database(settings.database_url(definition.name), settings.database_pool)
    return RunningService(definition, settings, clock, db)


def bus_of(settings: Settings) -> Bus:
    """The bus that these settings ask for, not connected yet."""
    return KafkaBus(settings) if settings.bus == "kafka" else MemoryBus()


class Runtime:
    """The services of this process, from the first migration to the last commit."""

    def __init__(self, definitions: Sequence[Service[Any]], settings: Settings, clock: Clock | None = None) -> None:
        _check(definitions, settings)
        self.settings = settings
        self.clock = clock or settings.clock()
        self.bus = bus_of(settings)
        self.services = {each.name: connect(each, settings, self.clock) for each in definitions}
        self.relays = {name: Relay(service, self.bus) for name, service in self.services.items()}
        self.loops: list[Loop] = []
        self.app: FastAPI = create_app(list(self.services.values()), KeySet(settings), settings.body_limit_bytes)
        self.app.include_router(health.router([*self.services.values()], self.loops, self.bus, settings.stall_seconds))

    async def open(self) -> None:
        """Migrate, make the services ready, connect the bus. No loop turns yet."""
        for service in self.services.values():
            await _demand_database(service)
            await migrate.make_ready(service)
            self.bus.subscribe(service.name, service.definition.topics, partial(self._receive, service))
        for service in self.services.values():
            await service.prepare()
            await retries.hasten(service)
        try:
            await self.bus.start()
        except BusDown as error:
            raise BadSettings(f"TANGGAP_KAFKA_BOOTSTRAP is refused: {error}") from error

    async def _receive(self, service: RunningService[Any], messages: Sequence[Message]) -> None:
        batch_size.labels(service.name, "events").observe(len(messages))
        await inbox.receive(service, messages)

    def start_loops(self) -> None:
        for service in self.services.values():
            self.loops.extend(self._loops(service))
        for loop in self.loops:
            loop.start()

    def _loops(self, service: RunningService[Any]) -> list[Loop]:
        rest, wakes = self.settings.poll_seconds, service.db.wakes
        relay, batch = self.relays[service.name].once, self.settings.relay_batch
        publish = Loop(service.name, RELAY, relay, rest, wakes[RELAY], batch)
        forget = Loop(service.name, "forget", partial(inbox.forget_once, service), FORGET_SECONDS)
        retry = Loop(service.name, "retry", partial(retries.retry_once, service), RETRY_SECONDS)
        timers = [
            Loop(service.name, t.name, partial(t.step, service), t.rest_seconds or rest, wakes[t.name], t.full)
            for t in service.definition.timers
        ]
        if isinstance(self.bus, KafkaBus):
            poll, most = partial(self.bus.poll_once, service.name), self.settings.poll_batch
            timers.append(Loop(service.name, "consume", poll, service.definition.gather_seconds, full=most))
        return [publish, *timers, retry, forget]

    async def settle(self) -> int:
        """Work everything empty, at the clock's present moment: relays, consumers and timers; how much it was."""
        total = 0
        while done := await self.turn():
            total += done
        return total

    async def turn(self) -> int:
        """Every step once; at least 1 while anything waits, here or with another replica."""
        done = 0
        for service in self.services.values():
            done += await self.relays[service.name].once()
            done += await self.bus.poll_once(service.name)
            for timer in service.definition.timers:
                done += await timer.step(service)
        return done or await self._waiting()

    async def _waiting(self) -> int:
        """More than 0 while an event waits anywhere: in an outbox or on the bus."""
        waiting = 0
        for service in self.services.values():
            async with service.begin() as tx:
                waiting += await anything_waits(tx)
            waiting += await self.bus.lag(service.name)
        return waiting

    async def close(self) -> None:
        """Finish what runs, commit, leave the groups."""
        await asyncio.gather(*(loop.stop() for loop in self.loops))
        self.loops.clear()
        try:
            await self.bus.stop()
        finally:
            async with AsyncExitStack() as last:
                for service in self.services.values():
                    last.push_async_callback(service.close)


async def _demand_database(service: RunningService[Any]) -> None:
    try:
        async with service.begin() as tx:
            await tx.execute("SELECT 1")
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise BadSettings(
            f"TANGGAP_{service.name.upper()}_DATABASE_URL is refused: no database there: {reason}"
        ) from error


@asynccontextmanager
async def running(
    definitions: Sequence[Service[Any]], settings: Settings, clock: Clock | None = None, *, loops: bool = True
) -> AsyncIterator[Runtime]:
    runtime = Runtime(definitions, settings, clock)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(runtime.close)
        await runtime.open()
        if loops:
            runtime.start_loops()
        yield runtime


async def serve(definitions: Sequence[Service[Any]], settings: Settings) -> None:
    """Run until SIGTERM or SIGINT: then answer what was asked, finish the batch, commit, leave the group."""
    await serve_app(partial(_app_of, definitions), settings, [each.name for each in definitions])


@asynccontextmanager
async def _app_of(definitions: Sequence[Service[Any]], settings: Settings) -> AsyncIterator[FastAPI]:
    async with running(definitions, settings) as runtime:
        freeze_startup_objects()
        yield runtime.app


async def serve_app(
    app_of: Callable[[S], AbstractAsyncContextManager[FastAPI]], settings: S, names: Sequence[str]
) -> None:
    """Serve the app that these settings give until SIGTERM or SIGINT; what runs behind it ends after the last request.

    Where the system chooses the port, the app knows it.
    """
    configure_logs(settings.log_level)
    address = _socket(settings)
    settings = settings.model_copy(update={"port": address.getsockname()[1]})
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with app_of(settings) as app:
        server = _server(app)
        serving = asyncio.create_task(server.serve([address]))
        await asyncio.wait([serving, asyncio.create_task(server.listening.wait())], return_when=FIRST_COMPLETED)
        log.info("serving", services=names, port=settings.port, bus=settings.bus)
        await asyncio.wait([serving, asyncio.create_task(stopping.wait())], return_when=FIRST_COMPLETED)
        server.should_exit = True
        await serving
    log.info("stopped", services=names)


def _server(app: FastAPI) -> "_QuietServer":
    return _QuietServer(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=20))


class _QuietServer(uvicorn.Server):
    """uvicorn without its own signal handlers: the loops must end too, and after the last request."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def require_all_services(names: Iterable[str], settings: Settings) -> None:
    """BadSettings when these services would never hear the others."""
    if settings.bus == "memory" and (missing := ", ".join(sorted(set(ALL) - set(names)))):
        raise BadSettings(
            f"bus=memory is refused: {missing} would never hear an event; run all four, or set bus=kafka."
        )


def freeze_startup_objects() -> None:
    """What start-up made stays for good: the cyclic collector need not look at it with every few hundred requests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _check(definitions: Sequence[Service[Any]], settings: Settings) -> None:
    names = sorted({each.name for each in definitions})
    require_all_services(names, settings)
    for name in names:
        if not settings.database_url(name):
            raise BadSettings(f"TANGGAP_{name.upper()}_DATABASE_URL is refused: it is empty.")


def _socket(settings: Settings) -> socket.socket:
    """The address, taken before anything is started: nobody else can be there."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    taken = socket.socket(family)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((settings.host, settings.port))
    except OSError as error:
        taken.close()
        raise BadSettings(f"TANGGAP_HOST or _PORT is refused: {settings.host}:{settings.port}: {error}") from None
    return taken
