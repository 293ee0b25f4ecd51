"""Sweeps: whoever sweeps and whatever fails, each step is taken once."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.dialects.postgresql.base import PGDialect

from services.sla.actions.steps import DUE, sweep_once
from shared.clock import ClockAstray, ManualClock, RealClock
from tests.conftest import ServiceMaker
from tests.make import utc
from tests.sla.cases import FILED, announced, clock_rows, hear, ignored, ignored_complaint, publish, summary, sweep


async def test_a_machine_whose_clock_is_ahead_does_not_sweep(make_service: ServiceMaker) -> None:
    class Ahead(RealClock):
        def now(self) -> datetime:
            return super().now() + timedelta(minutes=6)

    service = await make_service("sla")
    await ignored_complaint(service)
    service.clock = Ahead()
    with pytest.raises(ClockAstray):
        await sweep_once(service)
    service.clock = RealClock()
    await sweep_once(service)


async def test_a_sweep_without_due_clocks_does_nothing(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    assert await sweep_once(service) == 0
    assert await announced(service) == []


async def test_a_second_sweep_at_the_same_moment_changes_nothing(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service)
    await sweep(service, clock, utc("09-09 17:00"))
    before, facts = await clock_rows(service), await announced(service)
    assert facts and await sweep(service) == 0
    assert (await clock_rows(service), await announced(service)) == (before, [])


async def test_two_replicas_take_each_step_once(make_service: ServiceMaker, clock: ManualClock) -> None:
    one = await make_service("sla", sweep_batch=7)
    other = await make_service("sla", sweep_batch=7)
    await publish(one)
    await hear(one, *(fact for n in range(60) for fact in ignored(UUID(int=n + 1))))
    clock.advance_to(utc("12-31 00:00"))
    await asyncio.gather(*(sweep(service) for service in (one, other, one, other)))
    while await sweep(one):
        pass
    lines = [(str(fact.complaint_id), summary(fact)) for fact in await announced(one)]  # type: ignore[attr-defined]
    # Two limits missed, three climbs and a round of each, the offer and a round of it.
    assert len(lines) == len(set(lines)) == 60 * 12


async def test_a_sweep_does_not_wait_for_a_locked_clock(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("sla")
    await publish(service)
    held, free = uuid4(), uuid4()
    await ignored_complaint(service, held)
    await ignored_complaint(service, free)
    clock.advance_to(utc("09-04 05:00"))
    await announced(service)
    async with service.begin() as tx:
        await tx.execute("SELECT FROM clocks WHERE complaint_id = :id FOR UPDATE", {"id": held})
        await asyncio.wait_for(sweep(service), 20)
        assert [fact.complaint_id for fact in await announced(service)] == [free]  # type: ignore[attr-defined]
    await sweep(service)
    assert [fact.complaint_id for fact in await announced(service)] == [held]  # type: ignore[attr-defined]


async def test_the_sweep_reads_100_000_clocks_by_the_partial_index(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    seed = """
    INSERT INTO clocks (complaint_id, name, cycle, agency, zone, started_at, limit_days, unit, policy_version, due_at,
                        next_step, next_at, moved_at, stopped_at, outcome)
    SELECT gen_random_uuid(), 'follow_up', 1, '35.78', 'WIB', CAST(:now AS timestamptz), 5, 'working', 1,
           CAST(:now AS timestamptz), 1, CASE WHEN n % 2 = 0 THEN CAST(:now AS timestamptz) + n * interval '1 s' END,
           CAST(:now AS timestamptz),
           CASE WHEN n % 2 = 1 THEN CAST(:now AS timestamptz) END, CASE WHEN n % 2 = 1 THEN 'met' END
    FROM generate_series(1, 100000) AS n
    """
    async with service.begin() as tx:
        await tx.execute(seed, {"now": FILED})
        await tx.execute("ANALYZE clocks")
        due = DUE.compile(dialect=PGDialect(paramstyle="named"))
        heard = {"parked": [], "waited": FILED}
        rows = await tx.execute(f"EXPLAIN {due}", {"now": FILED, "most": 2000, **heard})
        plan = "\n".join(row[0] for row in rows)
    assert "Index Scan using clocks_next on clocks" in plan and "Seq Scan" not in plan and "Sort" not in plan
