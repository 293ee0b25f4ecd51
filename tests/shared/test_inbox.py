"""The inbox: each event is handled once and in its complaint's order, or parked with its error."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event as hook

from shared import inbox
from shared.bus import Message
from shared.db.outages import is_outage
from shared.events import COMPLAINTS, Event, SeatFoundVacant, event_of
from shared.local.postgres import Postgres
from shared.service import RunningService
from tests.services import MONDAY
from tests.shared.conftest import ToyMaker
from tests.shared.toy import Faults, fact, message, noted, rows, toy_service

X, Y = UUID(int=1), UUID(int=2)


def steps(*numbers: int, of: UUID = X) -> list[Message]:
    return [message(fact(of, number)) for number in numbers]


async def test_an_event_delivered_twice_is_handled_once(service: RunningService, faults: Faults) -> None:
    batch = steps(1, 2)
    await inbox.receive(service, [*batch, batch[0]])
    await inbox.receive(service, batch)
    assert await noted(service) == [(X, 1), (X, 2)]
    assert faults.tried == [1, 2]


async def test_two_replicas_with_the_same_batch_handle_it_once(make_toy: ToyMaker, faults: Faults) -> None:
    one, two = await make_toy(), await make_toy()
    batch = [message(fact(uuid4(), 1)) for _ in range(200)]
    await asyncio.gather(inbox.receive(one, batch), inbox.receive(two, batch[::-1]))
    assert len(await noted(one)) == len(faults.tried) == 200


async def test_ids_are_recorded_in_the_transaction_of_the_handlers(service: RunningService, faults: Faults) -> None:
    async with service.begin() as tx:
        await tx.execute("CREATE FUNCTION stop() RETURNS trigger AS 'BEGIN RAISE ''x'' USING ERRCODE = ''57P01''; END'"
                         " LANGUAGE plpgsql")  # fmt: skip
        await tx.execute("CREATE CONSTRAINT TRIGGER stop AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED"
                         " FOR EACH ROW EXECUTE FUNCTION stop()")  # fmt: skip
    batch = steps(1)
    with pytest.raises(Exception, match="x"):
        await inbox.receive(service, batch)
    assert faults.tried == [1]
    assert await rows(service, "SELECT event_id FROM inbox") == []
    async with service.begin() as tx:
        await tx.execute("DROP TRIGGER stop ON notes")
    await inbox.receive(service, batch)
    assert await noted(service) == [(X, 1)]


@given(st.lists(st.integers(0, 4), max_size=40))
def test_waves_keep_each_complaints_order_and_hold_one_event_of_each(subjects: list[int]) -> None:
    events = [event_of(fact(UUID(int=subject), n), MONDAY) for n, subject in enumerate(subjects)]
    waves = inbox.waves(events)
    naive: dict[str, list[Event[SeatFoundVacant]]] = defaultdict(list)
    for event in events:
        naive[event.subject].append(event)
    split: dict[str, list[Event[SeatFoundVacant]]] = defaultdict(list)
    for wave in waves:
        assert wave
        assert len({event.subject for event in wave}) == len(wave)
        for event in wave:
            split[event.subject].append(event)
    assert split == naive
    assert len(waves) == max(map(len, naive.values()), default=0)


async def test_a_failing_event_is_parked_after_three_tries_and_the_others_go_on_in_order(
    service: RunningService, faults: Faults
) -> None:
    faults.steps = {2}
    await inbox.receive(service, [m for pair in zip(steps(1, 2, 3), steps(7, 8, 9, of=Y), strict=True) for m in pair])
    kept = await noted(service)
    assert [step for complaint, step in kept if complaint == X] == [1, 3]
    assert [step for complaint, step in kept if complaint == Y] == [7, 8, 9]
    [(topic, key, error)] = await rows(service, "SELECT topic, key, error FROM parked")
    assert (topic, key) == (COMPLAINTS, str(X))
    assert "stumbled over {2}" in error
    assert faults.tried.count(2) == 1 + inbox.ATTEMPTS  # once with the batch, then alone


async def test_a_parked_event_that_is_delivered_again_is_not_parked_twice(
    service: RunningService, faults: Faults
) -> None:
    faults.steps = {1}
    batch = steps(1)
    await inbox.receive(service, batch)
    await inbox.receive(service, batch)
    assert await rows(service, "SELECT count(*) FROM parked") == [(1,)]


@pytest.mark.parametrize(
    "value",
    [b"", b"not json", b"[]", b"{}", b'"x"', b"\xff\xfe", b'{"type": []}', b'{"type": "SeatFoundVacant"}'],
)
async def test_an_undecodable_message_delivered_twice_is_parked_once(service: RunningService, value: bytes) -> None:
    broken = Message(COMPLAINTS, "k", value)
    await inbox.receive(service, [broken, *steps(1)])
    await inbox.receive(service, [broken])
    assert await rows(service, "SELECT key, value FROM parked") == [("k", value)]
    assert await noted(service) == [(X, 1)]


async def test_a_message_with_null_characters_does_not_block_the_others(
    service: RunningService,
) -> None:
    await inbox.receive(service, [Message(COMPLAINTS, "a\x00b", b'{"type": "SeatFoundVacant\\u0000"'), *steps(1)])
    assert await rows(service, "SELECT key FROM parked") == [("a\ufffdb",)]
    assert await noted(service) == [(X, 1)]


async def test_a_parked_error_names_the_field_but_does_not_repeat_its_value(service: RunningService) -> None:
    whole = orjson.loads(message(fact(X, 1)).value or b"")
    value = orjson.dumps({**whole, "data": {**whole["data"], "step": "Siti Rahasia"}})
    await inbox.receive(service, [Message(COMPLAINTS, "k", value)])
    [(error,)] = await rows(service, "SELECT error FROM parked")
    assert "step" in error
    assert "Siti" not in error


async def test_a_fact_that_the_database_refuses_is_parked_and_the_others_go_on(service: RunningService) -> None:
    await inbox.receive(service, [message(fact(Y, 2**40)), *steps(1)])
    assert await rows(service, "SELECT key FROM parked") == [(str(Y),)]
    assert await noted(service) == [(X, 1)]


async def test_tombstones_and_unheard_types_are_skipped(service: RunningService) -> None:
    known = orjson.loads(steps(1)[0].value or b"")
    unheard = Message(COMPLAINTS, "k", orjson.dumps({**known, "type": "ComplaintVerified", "data": {
        "complaint_id": str(X), "by": "A", "classification": "complaint"}}))  # fmt: skip
    await inbox.receive(service, [unheard, Message(COMPLAINTS, "k", None)])
    for table in ("inbox", "parked", "later"):
        assert await rows(service, f"SELECT count(*) FROM {table}") == [(0,)]


async def test_unknown_fields_are_ignored(service: RunningService) -> None:
    known = orjson.loads(steps(1)[0].value or b"")
    known["data"]["mood"] = "angry"
    known["severity"] = 3
    await inbox.receive(service, [Message(COMPLAINTS, "k", orjson.dumps(known))])
    assert await noted(service) == [(X, 1)]


async def test_a_connection_killed_in_a_handler_parks_nothing_and_raises(
    service: RunningService, faults: Faults
) -> None:
    faults.cut = True
    batch = steps(1, 2)
    with pytest.raises(Exception) as caught:
        await inbox.receive(service, batch)
    assert is_outage(caught.value)
    assert await rows(service, "SELECT count(*) FROM parked") == [(0,)]
    faults.cut = False
    await inbox.receive(service, batch)
    assert await noted(service) == [(X, 1), (X, 2)]


async def test_a_connection_killed_while_events_are_handled_one_by_one_parks_none_of_them(
    service: RunningService, faults: Faults
) -> None:
    faults.steps, faults.cut_alone = {1}, {2}
    batch = [*steps(1), *steps(2, of=Y)]
    with pytest.raises(Exception) as caught:
        await inbox.receive(service, batch)
    assert is_outage(caught.value)
    assert await rows(service, "SELECT key FROM parked") == [(str(X),)]
    faults.cut_alone = set()
    await inbox.receive(service, batch)
    assert await noted(service) == [(Y, 2)]
    assert await rows(service, "SELECT key FROM parked") == [(str(X),)]


async def test_a_stopped_server_parks_nothing_and_the_same_batch_is_handled_later(
    tmp_path_factory: pytest.TempPathFactory, faults: Faults
) -> None:
    with Postgres(tmp_path_factory.mktemp("own"), {"listen_addresses": ""}) as server:
        server.start()
        async with toy_service(server.url(), "toy", faults) as service:
            batch = [*steps(1, 2), Message(COMPLAINTS, "k", b"broken")]
            server.kill()
            for _ in range(3):
                with pytest.raises(Exception) as caught:
                    await inbox.receive(service, batch)
                assert is_outage(caught.value)
            server.restart()
            await inbox.receive(service, batch)
            assert await noted(service) == [(X, 1), (X, 2)]
            assert await rows(service, "SELECT count(*) FROM parked") == [(1,)]


async def test_a_batch_of_a_thousand_makes_few_statements(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    fetch = asyncpg.Connection.fetch

    async def noted_fetch(self: asyncpg.Connection, statement: str, *values: Any, **more: Any) -> Any:
        statements.append(statement)
        return await fetch(self, statement, *values, **more)

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    batch: Sequence[Message] = [message(fact(UUID(int=n % 500), n)) for n in range(1_000)]
    hook.listen(service.db._autocommit.sync_engine, "before_cursor_execute", note)
    monkeypatch.setattr(asyncpg.Connection, "fetch", noted_fetch)
    await inbox.receive(service, batch)
    monkeypatch.undo()
    assert len(statements) == 2, statements  # one for the ids, one for the inserts of both waves
    assert len(await noted(service)) == 1_000


async def test_ids_older_than_the_setting_are_deleted(make_toy: ToyMaker) -> None:
    service = await make_toy(inbox_keep_days=30)
    await inbox.receive(service, steps(1, 2, 3))
    assert await inbox.forget_once(service) == 0
    async with service.begin() as tx:
        await tx.execute("UPDATE inbox SET received_at = now() - interval '31 days'"
                         " WHERE event_id = (SELECT min(event_id::text)::uuid FROM inbox)")  # fmt: skip
    assert await inbox.forget_once(service) == 1
    assert await inbox.forget_once(service) == 0


async def test_the_id_of_a_message_that_is_set_aside_is_not_forgotten(service: RunningService, faults: Faults) -> None:
    faults.steps = {1}
    known = orjson.loads(steps(2)[0].value or b"")
    later = Message(COMPLAINTS, "k", orjson.dumps({**known, "type": "ComplaintSung"}))
    batch = [*steps(1, 3), later, Message(COMPLAINTS, "k", b"broken")]
    await inbox.receive(service, batch)
    async with service.begin() as tx:
        await tx.execute("UPDATE inbox SET received_at = now() - interval '10 years'")
    assert await inbox.forget_once(service) == 1
    await inbox.receive(service, [batch[0], *batch[2:]])
    assert await rows(service, "SELECT (SELECT count(*) FROM parked), (SELECT count(*) FROM later)") == [(2, 1)]


async def test_an_empty_batch_changes_nothing(service: RunningService) -> None:
    await inbox.receive(service, [])
    assert await noted(service) == []
