"""Relay: publishes the events of an outbox, one relay of a service at a time, and holds no transaction meanwhile."""

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

import asyncpg

from shared.bus import Bus, Message
from shared.db.transaction import Tx
from shared.promises import Promises
from shared.service import RunningService

# The lock belongs to the session, so a process that dies gives it back at once. A process that is frozen or cut off
# sends nothing for so long, and PostgreSQL ends its session.
SILENCE_SECONDS, BEAT_SECONDS = 5, 1.0
# Advisory locks are per database, hence the schema in the key. Both settings end with `Database.session`.
LOCK = f"""SELECT set_config('idle_session_timeout', '{SILENCE_SECONDS}s', false),
       pg_try_advisory_lock(hashtext('relay'), hashtext(current_schema())) AS ours"""
READ = "SELECT seq, topic, key, value FROM outbox WHERE seq > $1 ORDER BY seq LIMIT $2"
# Only the published rows are deleted: a slower transaction may still commit a lower seq.
DELETE = "DELETE FROM outbox WHERE seq = ANY($1::bigint[])"
# The transactions that have written into the outbox, or are about to, and have not ended.
WRITERS = """SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND relation = 'outbox'::regclass
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND mode = 'RowExclusiveLock'"""
# A turn ends after so many seconds, so that the loop is seen to turn and can be stopped.
TURN_SECONDS = 5.0
STEP = 2_000  # rows published before the floor is worth a look
LOOK_SECONDS = 30.0

# More than this many are estimated: counting them all at each scrape would read the whole backlog.
COUNTED = 10_000
BACKLOG = f"""
WITH few AS (SELECT seq FROM outbox ORDER BY seq LIMIT {COUNTED + 1}), low AS (SELECT min(seq) AS seq FROM few)
SELECT CASE WHEN (SELECT count(*) FROM few) <= {COUNTED} THEN (SELECT count(*) FROM few)
            ELSE (SELECT max(seq) FROM outbox) - low.seq + 1 END AS waiting,
       coalesce(extract(epoch FROM now() - outbox.staged_at), 0) AS age
FROM low LEFT JOIN outbox USING (seq)
"""
ANYTHING = "SELECT EXISTS (SELECT FROM outbox)"


class Floor:
    """The seq up to which every event was published, so that a read need not pass what is deleted and not yet vacuumed.

    A transaction takes its seq after its lock on the outbox and keeps the lock until it has ended. Once all that held
    one when `goal` was the highest seq have ended, nobody can commit a seq up to `goal` any more, and the next read
    finds all that will ever be there.
    """

    def __init__(self) -> None:
        self.seq = self._top = self._passed = self._goal = 0
        self._writers: set[str] | None = None

    async def before_read(self, session: "asyncpg.Connection") -> None:
        """Look which of those writers are left, once enough was published for a floor to matter."""
        if self._passed < STEP or self._writers == set():
            return
        writers = {row["virtualtransaction"] for row in await session.fetch(WRITERS)}
        if self._writers is None:
            self._goal, self._writers = self._top, writers
        self._writers &= writers

    def after_batch(self, last: int, count: int, full: bool) -> None:
        """A batch that was read from the floor on, up to the seq `last`, has been published and deleted."""
        self._top, self._passed = max(self._top, last), self._passed + count
        if self._writers == set() and (last >= self._goal or not full):
            self.seq, self._passed, self._writers = self._goal, 0, None


class Relay:
    """Publishes the staged events of one service, oldest first, and deletes exactly those; behind them its promises."""

    def __init__(self, service: RunningService[Any], bus: Bus, clock: Callable[[], float] = monotonic) -> None:
        self._service, self._bus, self._clock = service, bus, clock
        self._floor, self._look_at = Floor(), 0.0
        self._promises = Promises(service, bus)

    async def once(self) -> int:
        """Publish what waits, or as much of it as one turn may; how many events. 0 while another relay is at work."""
        try:
            async with self._service.db.session() as session:
                return await self._drain(session) if (await session.fetchrow(LOCK))["ours"] else 0
        except BaseException:
            self._floor = Floor()  # After a failover the sequence may have gone back.
            raise

    async def _drain(self, session: "asyncpg.Connection") -> int:
        published, ends_at = 0, self._clock() + TURN_SECONDS
        await self._promises.make(session)
        while True:
            done = await self._batch(session)
            published += done
            if done < self._service.settings.relay_batch or self._clock() >= ends_at:
                break
        if promise := await self._promises.covered():
            await self._publish(session, promise)
            self._promises.published()
        return published

    async def _batch(self, session: "asyncpg.Connection") -> int:
        rows, limit = await self._read(session), self._service.settings.relay_batch
        if rows:
            await self._publish(session, [Message(row["topic"], row["key"], row["value"].encode()) for row in rows])
            await session.execute(DELETE, [row["seq"] for row in rows])
            self._floor.after_batch(rows[-1]["seq"], len(rows), len(rows) == limit)
        self._promises.after_batch(rows[-1]["seq"] if rows else 0, len(rows) == limit)
        return len(rows)

    async def _read(self, session: "asyncpg.Connection") -> Sequence[Any]:
        if self._clock() >= self._look_at:  # Restored from a copy, the sequence may have gone back too.
            self._floor, self._look_at = Floor(), self._clock() + LOOK_SECONDS
        await self._floor.before_read(session)
        rows: Sequence[Any] = await session.fetch(READ, self._floor.seq, self._service.settings.relay_batch)
        return rows

    async def _publish(self, session: "asyncpg.Connection", messages: Sequence[Message]) -> None:
        """Publish, and show PostgreSQL meanwhile that we live."""
        publishing = asyncio.ensure_future(self._bus.publish(messages))
        try:
            while not (await asyncio.wait([publishing], timeout=BEAT_SECONDS))[0]:
                await session.execute("SELECT 1")
        finally:
            publishing.cancel()
            await asyncio.wait([publishing])
        publishing.result()


async def backlog(tx: Tx[Any]) -> tuple[int, float]:
    """How many events wait, and the age of the oldest in seconds.

    The number is exact up to COUNTED; beyond, it is the span of their sequence numbers, which counts gaps too.
    """
    row = (await tx.execute(BACKLOG)).one()
    return row.waiting, float(row.age)


async def anything_waits(tx: Tx[Any]) -> bool:
    """Whether any event is staged and not published."""
    return bool((await tx.execute(ANYTHING)).scalar_one())
