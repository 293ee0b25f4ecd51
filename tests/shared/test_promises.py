"""Promises of progress: staging keeps them, the relay publishes them behind what they cover, a hearer keeps them."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from deploy.kafka.broker import Broker
from shared import inbox, outbox, promises, relay
from shared.bus import BusDown, Message
from shared.bus.memory import MemoryBus
from shared.clock import EPOCH, TICK, ManualClock, RealClock
from shared.db.transaction import Tx
from shared.events import COMPLAINTS, decode, event_of
from shared.events.progress import ProgressPromised, decode_promise
from shared.promises import progress
from shared.relay import Relay
from shared.service import RunningService
from tests.make import message_of, promise
from tests.services import MONDAY
from tests.shared.buses import Listener, drain, kafka_buses
from tests.shared.conftest import ToyMaker
from tests.shared.toy import Faults, fact, note, noted, rows

X = UUID(int=1)
TOPICS = frozenset({COMPLAINTS})


def promising(service: RunningService) -> RunningService:
    service.definition = replace(service.definition, promises=TOPICS, awaits=frozenset({"intake", "routing"}))
    return service


@pytest.fixture
async def publisher(make_toy: ToyMaker) -> RunningService:
    return promising(await make_toy())


class Wire(MemoryBus):
    """Keeps the moments of events and promises in the order in which they were published; `parts` partitions."""

    def __init__(self, parts: int = 1) -> None:
        super().__init__()
        self.parts, self.down = parts, False
        self.log: list[tuple[str, datetime]] = []
        self.messages: list[Message] = []

    async def partitions(self, topic: str) -> int:
        return self.parts

    async def publish(self, messages: Sequence[Message]) -> None:
        if self.down:
            raise BusDown
        self.messages += messages
        for message in messages:
            event = decode(message.value or b"")
            self.log.append(("event", event.time) if event else ("promise", decode_promise(message.value or b"").up_to))

    @property
    def promised(self) -> list[datetime]:
        return [at for kind, at in self.log if kind == "promise"]

    @property
    def said(self) -> list[datetime]:
        return [at for kind, at in self.log if kind == "event"]


async def promise_up_to(service: RunningService, up_to: datetime) -> None:
    await rows(service, "UPDATE promised SET up_to = :up_to RETURNING 1", up_to=up_to)


async def staged_times(service: RunningService) -> list[datetime]:
    found = [decode(value) for (value,) in await rows(service, "SELECT value FROM outbox ORDER BY seq")]
    return [event.time for event in found if event]


class SlowClock(RealClock):
    """A machine whose clock is half a second behind."""

    def now(self) -> datetime:
        return super().now() - timedelta(seconds=0.5)


async def write(service: RunningService, is_enough: Callable[[], bool], acknowledged: list[UUID]) -> None:
    """One writer: filings of one statement, longer transactions, and acts that have their own moment."""

    async def sleep(tx: Tx, items: Sequence[UUID]) -> Sequence[UUID | Exception]:
        await tx.execute("SELECT pg_sleep(:seconds)", {"seconds": random.uniform(0, 0.04)})
        tx.stage(*map(fact, items))
        await tx.execute("SELECT pg_sleep(:seconds)", {"seconds": random.uniform(0, 0.004)})
        return list(items)

    async def act(tx: Tx, items: Sequence[UUID]) -> Sequence[UUID | Exception]:
        await tx.execute("SELECT pg_sleep(:seconds)", {"seconds": random.uniform(0, 0.02)})
        for item in items:
            tx.stage(fact(item), at=max(tx.now, tx.clock.now()))
        return list(items)

    while not is_enough():
        id = uuid4()
        match random.randrange(3):
            case 0:
                await service.submit(note, (id, 1))
            case 1:
                await service.submit(sleep, id)
            case _:
                await service.submit(act, id)
        acknowledged.append(id)


async def test_no_event_comes_at_or_before_a_promised_moment_whoever_writes(
    make_toy: ToyMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve writers, transactions of up to 44 ms, one machine half a second slow, a promise every 20 ms."""
    monkeypatch.setattr(promises, "LAG_SECONDS", 0.03)
    refused = 0
    end = Tx.end

    async def counted(self: Tx) -> None:
        nonlocal refused
        try:
            await end(self)
        except asyncpg.SerializationError:
            refused += 1
            raise

    monkeypatch.setattr(Tx, "end", counted)
    replicas = [promising(await make_toy(database_pool=4, promise_seconds=0.02)) for _ in range(4)]
    for replica in replicas:
        replica.clock = SlowClock() if replica is replicas[0] else RealClock()
    bus, acknowledged = Wire(), list[UUID]()
    publisher, loop = Relay(replicas[1], bus), asyncio.get_running_loop()
    began = loop.time()

    def is_enough() -> bool:
        """Four seconds, and on a slow machine until enough has happened, but not for ever."""
        passed, happened = loop.time() - began, refused > 20 and len(bus.promised) > 20 and len(bus.said) > 200
        return (passed > 4 and happened) or passed > 40

    writing = asyncio.gather(*(write(replicas[n % 4], is_enough, acknowledged) for n in range(12)))
    while not writing.done():
        await publisher.once()
        await asyncio.sleep(0.01)
    await writing
    while await publisher.once():
        pass
    promised, broken = EPOCH, 0
    for kind, at in bus.log:
        if kind == "promise":
            promised = max(promised, at)
        else:
            broken += at <= promised
    assert broken == 0
    assert refused > 20 and len(bus.promised) > 20 and len(bus.said) > 200
    assert len(acknowledged) == len(set(acknowledged)) == len(bus.said)
    published = {decode(m.value or b"").subject for m in bus.messages if decode(m.value or b"")}  # type: ignore[union-attr]
    assert published == set(map(str, acknowledged))


async def test_a_filing_whose_moment_was_promised_is_filed_at_a_later_one_and_its_caller_is_answered(
    publisher: RunningService,
) -> None:
    await promise_up_to(publisher, MONDAY + timedelta(seconds=3))
    assert await asyncio.gather(*(publisher.submit(note, (uuid4(), step)) for step in range(20, 30))) == [
        *range(20, 30)
    ]
    assert set(await staged_times(publisher)) == {MONDAY + timedelta(seconds=3) + TICK}
    assert len(await noted(publisher)) == 10


async def test_a_filing_is_one_statement_also_where_progress_is_promised(
    publisher: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    for name in ("execute", "fetch", "fetchval"):
        send = getattr(asyncpg.Connection, name)

        async def noted_send(self: object, query: str, *values: object, send: object = send, **more: object) -> object:
            statements.append(query)
            return await send(self, query, *values, **more)  # type: ignore[operator]

        monkeypatch.setattr(asyncpg.Connection, name, noted_send)
    await publisher.submit(note, (X, 1))
    assert len(statements) == 1 and "keeps_promise($3)" in statements[0]


async def test_a_long_transaction_is_not_refused_but_tells_of_a_later_moment(publisher: RunningService) -> None:
    async with publisher.begin() as tx:
        await tx.execute("SELECT 1")
        tx.stage(fact(X, 1))
        await promise_up_to(publisher, MONDAY + timedelta(minutes=1))
    assert await staged_times(publisher) == [MONDAY + timedelta(minutes=1) + TICK]


async def test_an_act_with_a_moment_of_its_own_is_done_again_as_a_whole(publisher: RunningService) -> None:
    moments: list[datetime] = []

    async def act(tx: Tx, items: Sequence[int]) -> Sequence[int | Exception]:
        await tx.execute("SELECT 1")
        moments.append(tx.now)
        tx.stage(fact(X, 1), at=tx.now)
        return items

    await promise_up_to(publisher, MONDAY)
    assert await publisher.submit(act, 1) == 1
    assert moments == [MONDAY, MONDAY + TICK]
    assert await staged_times(publisher) == [MONDAY + TICK]


async def test_what_is_told_of_the_past_may_be_told_after_any_promise(publisher: RunningService) -> None:
    await promise_up_to(publisher, MONDAY - TICK)
    past = MONDAY - timedelta(days=400)
    async with publisher.begin() as tx:
        tx.stage(fact(X, 1), at=past)
    assert await staged_times(publisher) == [past]


async def test_a_refused_transaction_leaves_nothing_and_keeps_its_connection(publisher: RunningService) -> None:
    await promise_up_to(publisher, MONDAY)
    [(before,)] = await rows(publisher, "SELECT pg_backend_pid()")
    with pytest.raises(asyncpg.SerializationError, match="promised up to"):
        async with publisher.begin() as tx:
            tx.stage(fact(X, 1))
    assert await rows(publisher, "SELECT pg_backend_pid()") == [(before,)]
    assert await rows(publisher, "SELECT 1 FROM outbox") == []


async def test_a_service_that_promises_nothing_stages_at_any_moment(service: RunningService) -> None:
    await promise_up_to(service, MONDAY + timedelta(days=1))
    async with service.begin() as tx:
        tx.stage(fact(X, 1))
    assert await staged_times(service) == [MONDAY]


async def test_a_promise_goes_to_every_partition_behind_what_it_covers_also_when_nothing_is_said(
    publisher: RunningService,
) -> None:
    bus, clock = Wire(parts=3), ManualClock(MONDAY)
    publisher.clock = clock
    relaying = Relay(publisher, bus)
    async with publisher.begin() as tx:
        tx.stage(fact(X, 1))
    assert await relaying.once() == 1
    assert [kind for kind, _ in bus.log] == ["event", "promise", "promise", "promise"]
    assert [message.partition for message in bus.messages[1:]] == [0, 1, 2]
    assert set(bus.promised) == {MONDAY - TICK}
    assert await relaying.once() == 0
    assert len(bus.log) == 4, "a clock that stands makes no progress"
    clock.advance_to(MONDAY + timedelta(days=1))
    assert await relaying.once() == 0
    assert bus.promised[3:] == [MONDAY + timedelta(days=1) - TICK] * 3


async def test_a_promise_waits_for_a_backlog_and_is_not_starved_by_it(
    make_toy: ToyMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "TURN_SECONDS", 0)  # One batch in a turn.
    service, bus = promising(await make_toy(relay_batch=2)), Wire()
    relaying, before = Relay(service, bus), 0
    async with service.begin() as tx:
        tx.stage(*(fact(X, step) for step in range(5)))
    while not bus.promised:
        before = len(bus.said)
        await relaying.once()
        async with service.begin() as tx:  # As much comes as goes.
            tx.stage(fact(X, 9), fact(X, 9))
        assert len(bus.said) < 20
    assert before == 4 and len(bus.said) == 6


async def test_a_promise_that_the_bus_refuses_is_published_later(publisher: RunningService) -> None:
    bus = Wire()
    relaying, bus.down = Relay(publisher, bus), True
    with pytest.raises(BusDown):
        await relaying.once()
    bus.down = False
    assert await relaying.once() == 0
    assert bus.promised == [MONDAY - TICK]


async def test_a_writer_that_is_frozen_before_its_commit_stops_neither_the_events_nor_the_other_writers(
    publisher: RunningService, make_toy: ToyMaker
) -> None:
    bus, other = Wire(), promising(await make_toy())
    async with publisher.begin() as frozen:
        await frozen.hold_promise()
        await other.submit(note, (X, 1))
        async with asyncio.timeout(20):
            assert await Relay(other, bus).once() == 1
            await other.submit(note, (X, 2))
        assert bus.promised == []
    relaying = Relay(other, bus)
    assert await relaying.once() == 1
    assert bus.promised == [MONDAY - TICK]


async def test_the_promise_of_a_real_clock_keeps_to_the_databases_and_a_leap_of_years_is_not_believed(
    publisher: RunningService,
) -> None:
    class Ahead(RealClock):
        def now(self) -> datetime:
            return super().now() + timedelta(days=3_650)

    bus, publisher.clock = Wire(), Ahead()
    await Relay(publisher, bus).once()
    assert timedelta() < bus.promised[-1] - RealClock().now() < timedelta(minutes=5)
    await promise_up_to(publisher, MONDAY)
    publisher.clock = ManualClock(MONDAY + timedelta(days=3_650))
    await Relay(publisher, bus).once()
    assert bus.promised[-1] == MONDAY


@pytest.fixture
async def hearer(make_toy: ToyMaker) -> RunningService:
    return promising(await make_toy())


async def known(service: RunningService) -> datetime:
    async with service.begin() as tx:
        return (await progress(tx, {"intake", "routing"})).up_to


def at(seconds: float) -> datetime:
    return MONDAY + timedelta(seconds=seconds)


async def test_a_hearer_knows_what_the_last_publisher_promised_on_the_last_partition(hearer: RunningService) -> None:
    assert await known(hearer) == EPOCH
    await inbox.receive(hearer, [promise("intake", at(9)), promise("routing", at(5), 0, 2)])
    assert await known(hearer) == EPOCH, "one partition of routing was never heard"
    await inbox.receive(hearer, [promise("routing", at(3), 1, 2), promise("routing", at(7), 1, 2)])
    assert await known(hearer) == at(5)
    await inbox.receive(hearer, [promise("routing", at(4), 0, 2), promise("notify", at(1))])
    assert await known(hearer) == at(5), "an older promise and one of somebody else change nothing"
    await inbox.receive(hearer, [promise("routing", at(8), 0, 3)])
    assert await known(hearer) == EPOCH, "a partition was added"


async def test_a_promise_is_noted_with_the_events_before_it_and_is_no_event(
    hearer: RunningService, faults: Faults
) -> None:
    said = message_of(event_of(fact(X, 1), MONDAY))
    both = [promise("intake", at(1)), promise("routing", at(1))]
    faults.cut = True
    with pytest.raises(Exception, match=r"closed|terminat"):
        await inbox.receive(hearer, [said, *both])
    assert await known(hearer) == EPOCH
    faults.cut = False
    await inbox.receive(hearer, [said, *both])
    assert (await known(hearer), await noted(hearer)) == (at(1), [(X, 1)])
    assert await rows(hearer, "SELECT count(*) FROM inbox") == [(1,)]
    assert await rows(hearer, "SELECT count(*) FROM parked") == [(0,)]


async def test_a_promise_is_noted_though_an_event_is_parked_and_its_complaint_is_named(
    hearer: RunningService, faults: Faults
) -> None:
    faults.steps = {1}
    both = [promise("intake", at(1)), promise("routing", at(1))]
    await inbox.receive(hearer, [message_of(event_of(fact(X, 1), MONDAY)), *both])
    async with hearer.begin() as tx:
        found = await progress(tx, {"intake", "routing"})
    assert (found.up_to, list(found.parked)) == (at(1), [X])


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{}",
        b"[]",
        b'{"type":"ProgressPromised","time":"2025-07-07T00:00:00","source":"x","data":{"partitions":1}}',
        ProgressPromised("intake", datetime(9001, 1, 1, tzinfo=UTC), 1).encode(),
        ProgressPromised("intake", datetime(1899, 1, 1, tzinfo=UTC), 1).encode(),
    ],
)
async def test_a_broken_promise_message_is_parked_and_stops_nothing(hearer: RunningService, value: bytes) -> None:
    broken = replace(promise("intake", at(1)), value=value)
    await inbox.receive(hearer, [broken, promise("intake", at(1)), promise("routing", at(1))])
    assert await known(hearer) == at(1)
    async with hearer.begin() as tx:
        assert (await progress(tx, {"intake", "routing"})).parked == {}


@pytest.mark.parametrize("moment", ["infinity", "-infinity", "20000-01-01Z", "0044-03-15 BC"])
async def test_a_watermark_that_nobody_can_read_is_refused(hearer: RunningService, moment: str) -> None:
    both = [promise("intake", at(1)), promise("routing", at(1))]
    await inbox.receive(hearer, both)
    with pytest.raises(DBAPIError, match="moments_are_readable"):
        async with hearer.begin() as tx:
            await tx.execute(f"UPDATE watermarks SET up_to = '{moment}'")
    assert await known(hearer) == at(1)


async def test_a_promise_of_the_future_is_not_believed_and_the_next_one_of_its_partition_counts(
    hearer: RunningService,
) -> None:
    hearer.clock = real = RealClock()
    soon, years = real.now() + timedelta(minutes=4), real.now() + timedelta(days=3_650)
    await inbox.receive(hearer, [promise("intake", soon), promise("routing", soon), promise("routing", years)])
    assert await known(hearer) == soon


async def test_a_watermark_of_the_future_is_not_believed_and_the_next_promise_replaces_it(
    hearer: RunningService,
) -> None:
    """As it was noted by a machine whose clock was ahead, or by a hand."""
    hearer.clock = real = RealClock()
    now = real.now()
    both = [promise(name, now, part, 2) for name in ("intake", "routing") for part in (0, 1)]
    await inbox.receive(hearer, both)
    await rows(hearer, "UPDATE watermarks SET up_to = '2400-01-01Z' WHERE publisher = 'routing' RETURNING 1")
    assert await known(hearer) == EPOCH, "nobody knows how far routing is"
    await inbox.receive(hearer, [promise("routing", now, part, 2) for part in (0, 1)])
    assert await known(hearer) == now


async def test_a_promise_is_measured_by_the_databases_clock_alone_whatever_the_machines_says(
    hearer: RunningService,
) -> None:
    """What was kept by one clock would be forgotten by the other, and its publisher be unknown in turns."""

    class Fast(RealClock):
        def now(self) -> datetime:
            return super().now() + timedelta(minutes=4)

    now = RealClock().now()
    hearer.clock = Fast()
    await inbox.receive(hearer, [promise("intake", now), promise("routing", now)])
    await inbox.receive(hearer, [promise("routing", now + timedelta(minutes=7))])
    assert await known(hearer) == now


async def test_a_simulated_clock_is_believed_whatever_the_databases_says(hearer: RunningService) -> None:
    later = datetime(2400, 1, 1, tzinfo=UTC)
    await inbox.receive(hearer, [promise("intake", later), promise("routing", later)])
    assert await known(hearer) == later


@pytest.fixture
async def kafka_bus(kafka: Broker) -> AsyncIterator[object]:
    async with AsyncExitStack() as stack:
        yield kafka_buses(stack, kafka)


async def test_on_kafka_a_promise_comes_on_every_partition_behind_the_events_it_covers(
    publisher: RunningService, kafka_bus: object
) -> None:
    bus, heard = kafka_bus(), Listener()  # type: ignore[operator]
    bus.subscribe("sla", [COMPLAINTS], heard)
    await bus.start()
    async with publisher.begin() as tx:
        tx.stage(*(fact(UUID(int=n), n) for n in range(40)))
    assert await Relay(publisher, bus).once() == 40
    await drain(bus, "sla")
    by_part: dict[int | None, list[str]] = {}
    for message in (message for batch in heard.batches for message in batch):
        by_part.setdefault(message.partition, []).append("event" if decode(message.value or b"") else "promise")
    assert by_part.keys() == {0, 1, 2, 3}
    for kinds in by_part.values():
        assert kinds[-1] == "promise" and kinds.count("promise") == 1 and kinds.count("event") > 0


@pytest.mark.alone
async def test_the_cost_of_the_guard_in_the_database_is_small(
    publisher: RunningService, capsys: pytest.CaptureFixture[str]
) -> None:
    """Interleaved pairs of the same statement with and without the guard, twelve rows each, timed by PostgreSQL."""
    plain = replace(publisher, definition=replace(publisher.definition, promises=frozenset()))
    loop = asyncio.get_running_loop()

    async def seconds(service: RunningService, rounds: int = 40) -> float:
        started = loop.time()
        for _ in range(rounds):
            async with service.begin() as tx:
                tx.stage(*(fact(X, step) for step in range(12)))
        return (loop.time() - started) / rounds

    ratios = sorted([await seconds(publisher) / await seconds(plain) for _ in range(21)])
    with capsys.disabled(), suppress(OSError):
        print(f"\n  with the guard: {ratios[10]:.3f} of the time without it")  # noqa: T201
    assert ratios[10] < 1.3
    assert outbox.GUARD
