"""Runs any set of services in this process: their databases, the bus, their loops and one HTTP server."""

import asyncio
import gc
import signal
import socket
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial

import uvicorn
from fastapi import FastAPI

from shared import health, inbox, migrate, outbox
from shared.auth import KeySet
from shared.batch import Commits
from shared.bus import Bus, BusDown, Message
from shared.bus.kafka import KafkaBus
from shared.bus.memory import MemoryBus
from shared.clock import Clock, clock_from
from shared.db import Database
from shared.loop import Loop
from shared.relay import Relay
from shared.service import Service, Site
from shared.settings import BadSettings, Settings
from shared.telemetry import batch_size, configure_logs, log
from shared.web import create_app

ALL = ("intake", "routing", "sla", "notify")
FORGET_SECONDS = 3_600.0


def site_for(service: Service, settings: Settings, clock: Clock) -> Site:
    """A service with its database, connected to nothing else."""
    db = Database(settings.database_url(service.name), settings.database_pool)
    return Site(service, settings, clock, db, Commits())


class Running:
    """The services of this process, from the first migration to the last commit."""

    def __init__(self, services: Sequence[Service], settings: Settings, clock: Clock | None = None) -> None:
        _check(services, settings)
        self.settings = settings
        self.clock = clock or clock_from(settings.clock_speed, settings.clock_origin, settings.clock_start)
        self.bus: Bus = KafkaBus(settings) if settings.bus == "kafka" else MemoryBus()
        self.sites = {service.name: site_for(service, settings, self.clock) for service in services}
        self.relays = {name: Relay(site, self.bus) for name, site in self.sites.items()}
        self.loops: list[Loop] = []
        self.app: FastAPI = create_app(list(self.sites.values()), KeySet(settings), settings.body_limit_bytes)
        self.app.include_router(health.router(self))

    async def open(self) -> None:
        """Migrate, make the services ready, connect the bus. No loop turns yet."""
        for site in self.sites.values():
            await _reach(site)
            await migrate.make_ready(site)
            self.bus.subscribe(site.name, site.service.topics, partial(self._receive, site))
        for site in self.sites.values():
            await site.service.prepare(site)
        try:
            await self.bus.start()
        except BusDown as error:
            raise BadSettings(f"TANGGAP_KAFKA_BOOTSTRAP is refused: {error}") from error

    async def _receive(self, site: Site, messages: Sequence[Message]) -> None:
        batch_size.labels(site.name, "events").observe(len(messages))
        await inbox.receive(site, messages)

    def start_loops(self) -> None:
        for site in self.sites.values():
            self.loops.extend(self._loops(site))
        for loop in self.loops:
            loop.start()

    def _loops(self, site: Site) -> list[Loop]:
        rest, wakes = self.settings.poll_seconds, site.db.wakes
        relay = Loop(site.name, "relay", self.relays[site.name].once, rest, wakes["relay"])
        forget = Loop(site.name, "forget", partial(inbox.forget_once, site), FORGET_SECONDS)
        timers = [
            Loop(site.name, timer.name, partial(timer.step, site), timer.rest_seconds or rest, wakes[timer.name])
            for timer in site.service.timers
        ]
        if isinstance(self.bus, KafkaBus):
            timers.append(Loop(site.name, "consume", partial(self.bus.poll_once, site.name), 0.001))
        return [relay, *timers, forget]

    async def settle(self) -> int:
        """Work everything empty, at the clock's present moment: relays, consumers and timers; how much it was."""
        total = 0
        while done := await self.turn():
            total += done
        return total

    async def turn(self) -> int:
        """Every step once; at least 1 while anything waits, here or with another replica."""
        done = 0
        for site in self.sites.values():
            done += await self.relays[site.name].once()
            done += await self.bus.poll_once(site.name)
            for timer in site.service.timers:
                done += await timer.step(site)
        return done or await self._waiting()

    async def _waiting(self) -> int:
        """More than 0 while an event waits anywhere: in an outbox or on the bus."""
        waiting = 0
        for site in self.sites.values():
            async with site.db.begin(site) as tx:
                waiting += await outbox.anything_waits(tx)
            waiting += await self.bus.lag(site.name)
        return waiting

    async def close(self) -> None:
        """Finish what runs, commit, leave the groups."""
        await asyncio.gather(*(loop.stop() for loop in self.loops))
        self.loops.clear()
        try:
            await self.bus.stop()
        finally:
            async with AsyncExitStack() as last:
                for site in self.sites.values():
                    last.push_async_callback(site.db.close)
                    last.push_async_callback(site.service.release, site)


async def _reach(site: Site) -> None:
    try:
        async with site.db.begin(site) as tx:
            await tx.execute("SELECT 1")
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise BadSettings(
            f"TANGGAP_{site.name.upper()}_DATABASE_URL is refused: no database there: {reason}"
        ) from error


@asynccontextmanager
async def running(
    services: Sequence[Service], settings: Settings, clock: Clock | None = None, *, loops: bool = True
) -> AsyncIterator[Running]:
    house = Running(services, settings, clock)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(house.close)
        await house.open()
        if loops:
            house.start_loops()
        yield house


async def serve(services: Sequence[Service], settings: Settings) -> None:
    """Run until SIGTERM or SIGINT: then answer what was asked, finish the batch, commit, leave the group."""
    configure_logs(settings.log_level)
    address = _socket(settings)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with running(services, settings) as house:
        calm_collector()
        server = _server(house.app, settings)
        serving = asyncio.create_task(server.serve([address]))
        log.info("serving", services=list(house.sites), port=address.getsockname()[1], bus=settings.bus)
        await asyncio.wait([serving, asyncio.create_task(stopping.wait())], return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
    log.info("stopped", services=list(house.sites))


def _server(app: FastAPI, settings: Settings) -> uvicorn.Server:
    return _QuietServer(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=20))


class _QuietServer(uvicorn.Server):
    """uvicorn without its own signal handlers: the loops must end too, and after the last request."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def refuse_deafness(names: Iterable[str], settings: Settings) -> None:
    """BadSettings when these services would not hear the others."""
    if settings.bus == "memory" and (missing := ", ".join(sorted(set(ALL) - set(names)))):
        raise BadSettings(
            f"bus=memory is refused: {missing} would never hear an event; run all four, or set bus=kafka."
        )


def calm_collector() -> None:
    """What start-up made stays for good: the cyclic collector need not look at it with every few hundred requests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _check(services: Sequence[Service], settings: Settings) -> None:
    names = sorted({service.name for service in services})
    refuse_deafness(names, settings)
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
