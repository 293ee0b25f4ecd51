"""What is set aside: the list of parked messages, events of a later release, and events dated ahead."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from sqlalchemy.exc import DBAPIError

from shared import inbox, parked, retries
from shared.bus import Message
from shared.clock import AcceleratedClock, ClockAstray, ManualClock, RealClock
from shared.db.clock import require_agreement
from shared.events import COMPLAINTS, FACTS, event_of
from shared.runtime import ALL
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import declared_sensitive, filed, hear, message_of, missed, obstructed
from tests.services import MONDAY, bearer, client_of
from tests.shared.clocks import Off
from tests.shared.conftest import ToyMaker
from tests.shared.test_retries import make_due, park, retry_all, steps
from tests.shared.toy import Faults, fact, message, noted, rows

X, Y = UUID(int=1), UUID(int=2)
COUNTS = "SELECT (SELECT count(*) FROM parked), (SELECT count(*) FROM later)"
MINUTES_5 = timedelta(minutes=5)


def dated(moment: datetime, step: int = 1, of: UUID = X) -> Message:
    return message_of(event_of(fact(of, step), moment))


def typed(name: str, step: int = 1) -> Message:
    """An event that names another type."""
    known = orjson.loads(message(fact(X, step)).value or b"")
    return Message(COMPLAINTS, str(X), orjson.dumps({**known, "type": name}))


@pytest.fixture
def older_release() -> Iterator[pytest.MonkeyPatch]:
    """A release that does not know the toy's event, until it is undone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(FACTS, "SeatFoundVacant")
        yield patch


@pytest.mark.parametrize("moment", ["infinity", "-infinity", "20000-01-01Z", "0044-03-15 BC"])
@pytest.mark.parametrize(
    "column", ["parked SET parked_at", "parked SET tried_at", "parked SET next_try_at", "later SET received_at"]
)
async def test_a_moment_that_nobody_can_read_is_refused(service: RunningService, column: str, moment: str) -> None:
    await inbox.receive(service, [typed("ComplaintSung"), Message(COMPLAINTS, str(X), b"broken")])
    with pytest.raises(DBAPIError, match="moments_are_readable"):
        async with service.begin() as tx:
            await tx.execute(f"UPDATE {column} = '{moment}'")


async def test_an_event_of_a_later_release_is_kept_once_and_is_not_parked(service: RunningService) -> None:
    batch = [typed("ComplaintSung"), *steps(1)]
    await inbox.receive(service, batch)
    await inbox.receive(service, batch)
    assert await rows(service, COUNTS) == [(0, 1)]
    assert await rows(service, "SELECT topic, key, type, value FROM later") == [
        (COMPLAINTS, str(X), "ComplaintSung", batch[0].value)
    ]
    assert await noted(service) == [(X, 1)]
    assert await retries.retry_once(service) == 0
    assert await rows(service, COUNTS) == [(0, 1)]


@pytest.mark.parametrize("name", ["", 7, None, ["x"]])
async def test_an_event_whose_type_is_no_name_is_parked(service: RunningService, name: Any) -> None:
    await inbox.receive(service, [typed(name)])
    assert await rows(service, COUNTS) == [(1, 0)]


async def test_a_type_with_a_null_character_is_kept(service: RunningService) -> None:
    await inbox.receive(service, [typed("Complaint\x00Sung"), *steps(1)])
    assert await rows(service, "SELECT type FROM later") == [("Complaint\ufffdSung",)]
    assert await noted(service) == [(X, 1)]


async def test_after_the_upgrade_events_are_handled_in_order_and_unknown_ones_stay(
    service: RunningService, faults: Faults, older_release: pytest.MonkeyPatch
) -> None:
    await inbox.receive(service, [*steps(1, 2), typed("ComplaintSung", 3), *steps(4)])
    assert await rows(service, COUNTS) == [(0, 4)]
    assert await retries.retry_once(service) == 0
    older_release.undo()
    assert await retry_all(service) == 6  # three events brought back, three tried
    assert await noted(service) == [(X, 1), (X, 2), (X, 4)]
    assert await rows(service, "SELECT type FROM later") == [("ComplaintSung",)]
    assert await rows(service, COUNTS) == [(0, 1)]


async def test_an_event_that_fails_after_the_upgrade_is_parked_as_any_other(
    service: RunningService, faults: Faults, older_release: pytest.MonkeyPatch
) -> None:
    await inbox.receive(service, steps(1, 2))
    older_release.undo()
    faults.steps = {1}
    await retry_all(service)
    assert await noted(service) == [(X, 2)]
    assert await rows(service, "SELECT error, attempts FROM parked") == [("RuntimeError: stumbled over {1}", 1)]
    faults.steps = set()
    await make_due(service)
    assert await retry_all(service) == 1
    assert await noted(service) == [(X, 2), (X, 1)]


async def test_two_replicas_bring_the_events_of_a_later_release_back_once_and_in_order(
    make_toy: ToyMaker, older_release: pytest.MonkeyPatch
) -> None:
    one, two = await make_toy(), await make_toy()
    await inbox.receive(one, [message(fact(UUID(int=n % 40 + 1), n)) for n in range(1_200)])
    older_release.undo()
    await asyncio.gather(retry_all(one), retry_all(two))
    found = await noted(one)
    assert sorted(step for _, step in found) == [*range(1_200)]
    for key in {key for key, _ in found}:
        of_key = [step for known, step in found if known == key]
        assert of_key == sorted(of_key)


async def test_an_event_that_a_later_release_ignores_is_dropped(service: RunningService) -> None:
    with pytest.MonkeyPatch.context() as older_release:
        older_release.delitem(FACTS, "DeadlineMissed")
        await inbox.receive(service, [message_of(event_of(missed(X), MONDAY))])
    assert await rows(service, COUNTS) == [(0, 1)]
    await retry_all(service)
    assert await rows(service, COUNTS) == [(0, 0)]


@pytest.mark.parametrize(("late", "counts"), [(timedelta(), (0, 0)), (timedelta(microseconds=1), (1, 0))])
async def test_an_event_more_than_five_minutes_ahead_is_parked(
    service: RunningService, late: timedelta, counts: tuple[int, int]
) -> None:
    await inbox.receive(service, [dated(MONDAY + MINUTES_5 + late), dated(MONDAY, 2, Y)])
    assert await rows(service, COUNTS) == [counts]
    assert (Y, 2) in await noted(service)


async def test_an_event_that_is_ahead_waits_for_its_time_and_is_then_handled_once(
    make_toy: ToyMaker,
) -> None:
    clock = ManualClock(MONDAY)
    service = await make_toy(clock=clock)
    ahead = dated(MONDAY + timedelta(hours=1))
    await inbox.receive(service, [ahead])
    await inbox.receive(service, [ahead])
    [(error, type, pause)] = await rows(service, "SELECT error, type, next_try_at - now() FROM parked")
    assert (error.split(":")[0], type) == ("AheadOfTime", "SeatFoundVacant")
    assert timedelta(minutes=59) < pause <= timedelta(hours=1)
    clock.advance_to(MONDAY + timedelta(minutes=30))
    await make_due(service)
    assert await retry_all(service) == 1
    assert await noted(service) == []
    [(pause,)] = await rows(service, "SELECT next_try_at - now() FROM parked")
    assert timedelta(minutes=29) < pause <= timedelta(minutes=30)
    clock.advance_to(MONDAY + timedelta(minutes=55))
    await make_due(service)
    assert await retry_all(service) == 1
    assert await noted(service) == [(X, 1)]
    assert await rows(service, COUNTS) == [(0, 0)]


async def test_an_event_ten_years_ahead_is_looked_at_after_the_longest_pause(service: RunningService) -> None:
    last = datetime.max.replace(tzinfo=MONDAY.tzinfo)
    await inbox.receive(service, [dated(MONDAY + timedelta(days=3_650)), dated(last, 2)])
    found = await rows(service, "SELECT next_try_at - now() FROM parked")
    assert all(timedelta(hours=5, minutes=59) < pause <= timedelta(hours=6) for (pause,) in found)
    assert len(found) == 2


async def test_an_event_that_is_ahead_does_not_stop_the_others_of_its_key(
    service: RunningService, faults: Faults
) -> None:
    await inbox.receive(service, [dated(MONDAY + timedelta(days=3_650), 9)])
    await park(service, faults, *steps(1))
    await make_due(service)
    await retry_all(service)
    assert await noted(service) == [(X, 1)]
    assert await rows(service, "SELECT error FROM parked") == [
        ("AheadOfTime: This event is dated more than five minutes ahead.",)
    ]


async def test_a_fast_clock_multiplies_what_machines_may_differ(make_toy: ToyMaker) -> None:
    clock = AcceleratedClock(100, MONDAY, real=ManualClock(MONDAY))
    service = await make_toy(clock=clock, clock_speed=100, clock_origin=datetime.now(MONDAY.tzinfo))
    await inbox.receive(service, [dated(MONDAY + 100 * MINUTES_5), dated(MONDAY + 200 * MINUTES_5, 2)])
    assert await noted(service) == [(X, 1)]
    [(pause,)] = await rows(service, "SELECT next_try_at - now() FROM parked")
    assert timedelta(minutes=9) < pause <= timedelta(minutes=10)


async def test_a_machine_whose_clock_is_slow_sets_nothing_aside(make_toy: ToyMaker) -> None:
    service = await make_toy(clock=Off(timedelta(hours=-1)))
    now = RealClock().now()
    await inbox.receive(service, [dated(now), dated(now + timedelta(hours=1), 2)])
    assert await noted(service) == [(X, 1)]
    assert await rows(service, COUNTS) == [(1, 0)]


@pytest.mark.parametrize("off", [timedelta(minutes=6), timedelta(minutes=-6), timedelta(days=3_650)])
async def test_a_sweep_refuses_to_run_on_a_clock_that_is_not_the_databases(make_toy: ToyMaker, off: timedelta) -> None:
    service = await make_toy(clock=Off(off))
    async with service.begin() as tx:
        with pytest.raises(ClockAstray, match="five minutes"):
            await require_agreement(tx)


@pytest.mark.parametrize("clock", [RealClock(), Off(timedelta(minutes=4)), ManualClock(MONDAY)])
async def test_a_sweep_runs_on_a_right_clock_and_on_an_injected_one(make_toy: ToyMaker, clock: Any) -> None:
    service = await make_toy(clock=clock)
    async with service.begin() as tx:
        await require_agreement(tx)


async def test_what_is_set_aside_is_measured(service: RunningService, faults: Faults) -> None:
    await inbox.receive(service, [typed("ComplaintSung"), dated(MONDAY + timedelta(hours=1), 8)])
    await park(service, faults, *steps(1))
    async with service.begin() as tx:
        await tx.execute("UPDATE parked SET parked_at = now() - interval '1 hour' WHERE seq = 2")
        found = await parked.measure(tx)
    assert (found.parked, found.ahead, found.later) == (2, 1, 1)
    assert 3_600 <= found.age < 3_700


@pytest.fixture(params=ALL)
async def real(make_service: ServiceMaker, request: pytest.FixtureRequest) -> RunningService:
    return await make_service(request.param)


@pytest.fixture
async def client(real: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(real) as client:
        yield client


async def test_operators_and_the_national_administrator_see_the_list_page_by_page(
    real: RunningService, client: httpx.AsyncClient
) -> None:
    ahead = [message_of(event_of(filed(UUID(int=n)), MONDAY + timedelta(hours=n))) for n in range(1, 5)]
    await inbox.receive(real, [*ahead, Message(COMPLAINTS, "k", b"Siti Rahasia")])
    seen, after = [], None
    for role in ("operator", "admin", "operator"):
        query = {"limit": 2} | ({"after": after} if after else {})
        answer = await client.get(f"/{real.name}/parked", params=query, headers=bearer(real, role))
        assert answer.status_code == 200
        assert "Siti" not in answer.text
        seen += answer.json()["items"]
        after = answer.json()["next"]
    assert after is None
    assert [row["key"] for row in seen] == [*(str(UUID(int=n)) for n in range(1, 5)), "k"]
    assert [row["error"] for row in seen] == ["AheadOfTime"] * 4 + ["Undecodable"]
    assert [row["type"] for row in seen] == ["ComplaintFiled"] * 4 + [None]
    assert set(seen[0]) == {"id", "topic", "key", "type", "error", "parked_at", "attempts", "next_try_at", "sensitive"}


async def test_of_a_sensitive_complaint_the_list_says_that_it_is_one_and_not_which(
    real: RunningService, client: httpx.AsyncClient
) -> None:
    """Also while what says so is set aside itself."""
    known, unknown, told, open_one = (UUID(int=n) for n in range(1, 5))
    if real.name != "intake":
        await hear(real, filed(known, sensitive=True), declared_sensitive(known))
    told_later = [filed(unknown, sensitive=True), obstructed(unknown), declared_sensitive(told), filed(open_one)]
    later = [*([obstructed(known)] if real.name != "intake" else []), *told_later]
    await inbox.receive(real, [message_of(event_of(fact, MONDAY + timedelta(days=9))) for fact in later])
    seen = (await client.get(f"/{real.name}/parked", headers=bearer(real, "operator"))).json()["items"]
    assert len(seen) >= len(later) - 2
    shown = {row["key"] for row in seen if not row["sensitive"]}
    assert shown <= {str(open_one)} and {row["key"] for row in seen if row["sensitive"]} == {None}


async def test_nobody_else_sees_the_list(real: RunningService, client: httpx.AsyncClient) -> None:
    assert (await client.get(f"/{real.name}/parked")).status_code == 401
    for role in ("coordinator", "liaison", "leader", "integration", "overseer"):
        assert (await client.get(f"/{real.name}/parked", headers=bearer(real, role, "35.78"))).status_code == 403
    answer = await client.get(f"/{real.name}/parked", params={"after": "x"}, headers=bearer(real, "admin"))
    assert answer.json()["type"] == "urn:tanggap:BadCursor"
