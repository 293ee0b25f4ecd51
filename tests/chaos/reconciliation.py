"""The reckoning after a catastrophe: everything on the bus once, everything in the tables once, every mail once."""

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from services.notify.domain.hearing import HEARD, notices_of
from shared.events import COMPLAINTS, TOPICS, Event, decode
from shared.local.mailbox import read_mail
from shared.runtime import ALL
from tests.chaos.stage import Stage
from tests.services import definition

SETTLE_SECONDS = 90.0
# A complaint that nobody touches: filed and assigned; reminded twice, missed, three climbs, and the Ombudsman.
LADDER = Counter(
    ComplaintFiled=1, ComplaintRouted=1, DeadlineNear=2, DeadlineMissed=1, ComplaintEscalated=3, OmbudsmanOffered=1
)  # fmt: skip
WAITING = {
    "sla": "SELECT 1 FROM clocks WHERE next_at IS NOT NULL LIMIT 1",
    "notify": "SELECT 1 FROM messages WHERE state IN ('waiting', 'sending') LIMIT 1",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What stands on the topic of complaints: each event once, and how often one was published again."""

    events: dict[UUID, Event[Any]]
    repeated: int


async def settled(stage: Stage) -> None:
    """Wait until nothing waits anywhere: outboxes, topics, clocks, mails."""
    deadline = monotonic() + SETTLE_SECONDS
    while waiting := await _waiting(stage):
        assert monotonic() < deadline, f"after {SETTLE_SECONDS:.0f} s still {waiting}; {stage.tails()}"
        await asyncio.sleep(0.2)


async def _waiting(stage: Stage) -> str:
    for name in ALL:
        if await stage.rows(name, "SELECT 1 FROM outbox LIMIT 1"):
            return f"{name}: outbox"
    if await _lag(stage):
        return "bus"
    for name, statement in WAITING.items():
        if await stage.rows(name, statement):
            return f"{name}: {statement}"
    return ""


async def _lag(stage: Stage) -> int:
    """How many messages of its topics each group has not yet committed, all together."""
    prefix, bootstrap = stage.settings.kafka_prefix, stage.settings.kafka_bootstrap
    heard = {name: _parts(stage, *definition(name).topics) for name in ALL}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        done = {name: await admin.list_consumer_group_offsets(f"{prefix}tanggap-{name}") for name in ALL}
    finally:
        await admin.close()
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as reader:
        newest = await reader.end_offsets(_parts(stage, *TOPICS))
    return sum(
        newest[part] - (max(0, done[name][part].offset) if part in done[name] else 0)
        for name, parts in heard.items()
        for part in parts
    )


def _parts(stage: Stage, *topics: str) -> list[TopicPartition]:
    prefix, numbers = stage.settings.kafka_prefix, range(stage.settings.kafka_partitions)
    return [TopicPartition(prefix + topic, number) for topic in topics for number in numbers]


async def told(stage: Stage) -> Told:
    """All that was ever published of complaints."""
    async with AIOKafkaConsumer(
        bootstrap_servers=stage.settings.kafka_bootstrap, auto_offset_reset="earliest"
    ) as reader:
        parts = _parts(stage, COMPLAINTS)
        reader.assign(parts)
        await reader.seek_to_beginning()
        newest, events, number = await reader.end_offsets(parts), {}, 0
        while number < sum(newest.values()):
            for records in (await reader.getmany(timeout_ms=1_000)).values():
                for record in records:
                    event = decode(record.value)
                    assert event is not None
                    events[event.id] = event
                    number += 1
    return Told(events, number - len(events))


async def reckon(stage: Stage, acknowledged: set[str]) -> str:
    """Assert that nothing was lost and nothing done twice; gives the figures in one line."""
    bus = await told(stage)
    filed = {str(row["id"]) for row in await stage.rows("intake", "SELECT id FROM complaints")}
    assert acknowledged <= filed
    _each_happened_once(bus, filed)
    await _timelines(stage, bus)
    await _cases(stage, filed)
    await _clocks(stage, filed)
    sent = await _messages(stage, bus)
    for name in ALL:
        assert await stage.rows(name, "SELECT * FROM parked") == []
    return (
        f"{len(filed)} complaints ({len(acknowledged)} acknowledged), {len(bus.events)} events"
        f" ({bus.repeated} published again), {sent} mails ({stage.mailbox.repeated} handed over again)"
    )


def _each_happened_once(bus: Told, filed: set[str]) -> None:
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    steps: Counter[Any] = Counter()
    for event in bus.events.values():
        fact = event.fact
        kinds[event.subject][type(fact).__name__] += 1
        nth = [getattr(fact, name, None) for name in ("clock", "cycle", "percent", "step")]
        steps[event.subject, type(fact).__name__, *nth] += 1
    assert kinds.keys() == filed
    assert {id: found for id, found in kinds.items() if found != LADDER} == {}
    assert [step for step, times in steps.items() if times != 1] == []


async def _timelines(stage: Stage, bus: Told) -> None:
    noted = [row["event_id"] for row in await stage.rows("intake", "SELECT event_id FROM timeline")]
    assert Counter(map(str, noted)) == Counter(map(str, bus.events))
    wrong = "SELECT complaint_id FROM standings WHERE (label, missed, step) <> ('Belum Terverifikasi', :missed, 3)"
    assert await stage.rows("intake", wrong.replace(":missed", "'[\"verification\"]'::jsonb")) == []


async def _cases(stage: Stage, filed: set[str]) -> None:
    rows = await stage.rows("routing", "SELECT id, step_missed, ladder_step, ombudsman_offered FROM cases")
    assert {str(row["id"]) for row in rows} == filed
    assert {(row["step_missed"], row["ladder_step"], row["ombudsman_offered"]) for row in rows} == {(True, 3, True)}


async def _clocks(stage: Stage, filed: set[str]) -> None:
    clocks = await stage.rows("sla", "SELECT complaint_id, name, cycle FROM clocks")
    wanted = Counter((id, name, 1) for id in filed for name in ("verification", "ombudsman"))
    assert Counter((str(row["complaint_id"]), row["name"], row["cycle"]) for row in clocks) == wanted
    fired = await stage.rows("sla", "SELECT complaint_id, count(*) AS steps FROM fired GROUP BY complaint_id")
    assert {str(row["complaint_id"]): row["steps"] for row in fired} == dict.fromkeys(filed, 6)


async def _messages(stage: Stage, bus: Told) -> int:
    rows = await stage.rows("notify", "SELECT event_id, recipient, state, reason, mail_id FROM messages")
    heard = [event for event in bus.events.values() if type(event.fact).__name__ in HEARD]
    wanted = {
        (str(event.id), notice.recipient)
        for event in heard
        for notice in notices_of(type(event.fact).__name__, event.fact.model_dump())
    }
    assert Counter((str(row["event_id"]), row["recipient"]) for row in rows) == dict.fromkeys(wanted, 1)
    assert {(row["state"], row["reason"]) for row in rows} <= {("sent", None), ("skipped", "no_contact")}
    mails = Counter(mail["Message-ID"].strip("<>").split("@")[0] for mail in read_mail(stage.mailbox.folder))
    assert set(mails.values()) == {1}
    assert mails.keys() == {str(row["mail_id"]) for row in rows if row["state"] == "sent"}
    return len(mails)
