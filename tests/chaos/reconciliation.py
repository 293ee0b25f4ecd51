"""The reconciliation after a fault: every event, every row and every mail exists exactly once."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from services.notify.domain.notices import ABOVE
from services.notify.domain.recipients import RECIPIENTS, messages_about
from shared.events import COMPLAINTS, Event, Fact, LimitSet, decode
from shared.local.mailbox import read_mail
from shared.runtime import ALL
from shared.vocabulary import HOLD, LIFE, EventType
from tests.chaos.processes import Processes
from tests.services import definition

SETTLE_SECONDS, QUIET_LOOKS = 90.0, 3
# The named events of an ignored complaint: filed, routed, a missed limit, three steps, and the Ombudsman. Reminders may
# be overtaken while sla is away; then a climb goes on to others, and recurs, each time once.
LADDER = Counter(ComplaintFiled=1, ComplaintRouted=1, DeadlineMissed=1, ComplaintEscalated=3, OmbudsmanOffered=1)
CLIMBING = """
    SELECT 1 FROM clocks WHERE (name = 'verification' AND next_step <= 5) OR (name = 'ombudsman' AND next_step = 1)
    UNION ALL SELECT 1 FROM complaints WHERE holder IS NULL LIMIT 1"""
# Whom a withdrawal is told, and who is above a seat that was not reached, only the ledger knows.
FORESEEN = {*RECIPIENTS} - {EventType.ESCALATION_WITHDRAWN}
LATER = {*ABOVE.values(), "withdrawn", "withdrawn_for_reporter"}
WAITING = {
    "sla": "SELECT 1 FROM clocks WHERE next_at <= '{now}' LIMIT 1",
    "notify": "SELECT 1 FROM messages WHERE state IN ('waiting', 'sending') LIMIT 1",
}


@dataclass(frozen=True, slots=True)
class Published:
    """The events on the topic of complaints, each once, and the number of repetitions."""

    events: dict[UUID, Event[Any]]
    repeated: int


async def climbed(processes: Processes) -> None:
    """Wait until every complaint has climbed to the top."""
    deadline = monotonic() + SETTLE_SECONDS
    while found := await processes.rows("sla", CLIMBING):
        assert monotonic() < deadline, f"after {SETTLE_SECONDS:.0f} s still {found}; {processes.tails()}"
        await asyncio.sleep(0.2)


async def settled(processes: Processes, seconds: float = SETTLE_SECONDS) -> None:
    """Wait until nothing waits in outboxes, topics, clocks and messages.

    One look takes these in turn, and what passes from one to another meanwhile is in none of them: it takes more looks.
    """
    deadline, quiet = monotonic() + seconds, 0
    while quiet < QUIET_LOOKS:
        waiting = await _waiting(processes)
        assert monotonic() < deadline, f"after {seconds:.0f} s still {waiting}; {processes.tails()}"
        quiet = 0 if waiting else quiet + 1
        await asyncio.sleep(0.5)


async def _waiting(processes: Processes) -> str:
    for name in ALL:
        if await processes.rows(name, "SELECT 1 FROM outbox LIMIT 1"):
            return f"{name}: outbox"
    if await _is_behind(processes):
        return "bus"
    for name, statement in WAITING.items():
        if await processes.rows(name, statement.format(now=processes.now().isoformat())):
            return f"{name}: {statement}"
    return ""


async def _is_behind(processes: Processes) -> bool:
    """Whether a group has not committed some event yet; promises go on coming for ever."""
    prefix, bootstrap = processes.settings.kafka_prefix, processes.settings.kafka_bootstrap
    subscribed = {name: _parts(processes, *definition(name).topics) for name in ALL}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        done = {name: await admin.list_consumer_group_offsets(f"{prefix}tanggap-{name}") for name in ALL}
    finally:
        await admin.close()
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as reader:
        for name, parts in subscribed.items():
            first = {part: max(0, done[name][part].offset) if part in done[name] else 0 for part in parts}
            if await _any_event(reader, first):
                return True
    return False


async def _any_event(reader: AIOKafkaConsumer, first: dict[TopicPartition, int]) -> bool:
    """Whether an event stands at these offsets or behind them."""
    reader.assign(list(first))
    for part, offset in first.items():
        reader.seek(part, offset)
    left = {part for part, newest in (await reader.end_offsets(list(first))).items() if newest > first[part]}
    while left:
        for part, records in (await reader.getmany(*left, timeout_ms=1_000)).items():
            if any(decode(record.value) for record in records):
                return True
            left.discard(part)
    return False


def _parts(processes: Processes, *topics: str) -> list[TopicPartition]:
    prefix, numbers = processes.settings.kafka_prefix, range(processes.settings.kafka_partitions)
    return [TopicPartition(prefix + topic, number) for topic in topics for number in numbers]


async def read_published(processes: Processes) -> Published:
    """Everything that was published about complaints, without what no timeline tells of."""
    events, copies = {}, 0
    async for event in published_events(processes):
        events[event.id], copies = event, copies + 1
    of_complaints = {id: event for id, event in events.items() if _is_of_the_timeline(event.fact)}
    return Published(of_complaints, copies - len(events))


def _is_of_the_timeline(fact: Fact) -> bool:
    # Of limits a timeline tells only the one that its reporter has.
    return fact.source != "notify" and not (isinstance(fact, LimitSet) and fact.clock != HOLD)


async def published_events(processes: Processes) -> AsyncIterator[Event[Any]]:
    """The events on the topic of complaints from its beginning to its present end, each as often as it stands there."""
    async with AIOKafkaConsumer(
        bootstrap_servers=processes.settings.kafka_bootstrap, auto_offset_reset="earliest"
    ) as reader:
        parts = _parts(processes, COMPLAINTS)
        reader.assign(parts)
        await reader.seek_to_beginning()
        newest, number = await reader.end_offsets(parts), 0
        while number < sum(newest.values()):
            for part, records in (await reader.getmany(timeout_ms=1_000)).items():
                # Promises go on coming, and must not be counted in place of what stands on another partition.
                wanted = [record for record in records if record.offset < newest[part]]
                number += len(wanted)
                for record in wanted:
                    if event := decode(record.value):
                        yield event


async def reconcile(processes: Processes, acknowledged: set[str]) -> str:
    """Assert that nothing was lost or done twice; gives the figures in one line."""
    bus = await read_published(processes)
    filed = {str(row["id"]) for row in await processes.rows("intake", "SELECT id FROM complaints")}
    assert acknowledged <= filed
    _each_happened_once(bus, filed)
    await _timelines(processes, bus)
    await _cases(processes, filed)
    await _clocks(processes, filed)
    sent = await _messages(processes, bus)
    for name in ALL:
        assert await processes.rows(name, "SELECT * FROM parked") == []
    return (
        f"{len(filed)} complaints ({len(acknowledged)} acknowledged), {len(bus.events)} events"
        f" ({bus.repeated} published again), {sent} mails ({processes.mailbox.repeated} handed over again)"
    )


def _each_happened_once(bus: Published, filed: set[str]) -> None:
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    steps: Counter[Any] = Counter()
    for event in bus.events.values():
        fact = event.fact
        nth = [
            getattr(fact, name, None) for name in ("clock", "cycle", "percent", "step", "round", "instead_of", "role")
        ]
        steps[event.subject, type(fact).__name__, *nth] += 1
        if not (getattr(fact, "round", 0) or getattr(fact, "instead_of", ()) or getattr(fact, "clock", "") == LIFE):
            kinds[event.subject][type(fact).__name__] += 1
    assert kinds.keys() == filed
    named = {id: Counter({kind: found[kind] for kind in LADDER}) for id, found in kinds.items()}
    assert {id: found for id, found in named.items() if found != LADDER} == {}
    assert [step for step, times in steps.items() if times != 1] == []


async def _timelines(processes: Processes, bus: Published) -> None:
    noted = [row["event_id"] for row in await processes.rows("intake", "SELECT event_id FROM timeline")]
    assert Counter(map(str, noted)) == Counter(map(str, bus.events))
    wrong = "SELECT complaint_id FROM standings WHERE (state, missed, step) <> ('UNVERIFIED', :missed, 3)"
    assert await processes.rows("intake", wrong.replace(":missed", "'[\"verification\"]'::jsonb")) == []


async def _cases(processes: Processes, filed: set[str]) -> None:
    rows = await processes.rows("routing", "SELECT id, step_missed, ladder_step, ombudsman_offered FROM cases")
    assert {str(row["id"]) for row in rows} == filed
    assert {(row["step_missed"], row["ladder_step"], row["ombudsman_offered"]) for row in rows} == {(True, 3, True)}


async def _clocks(processes: Processes, filed: set[str]) -> None:
    clocks = await processes.rows("sla", "SELECT complaint_id, name, cycle FROM clocks")
    wanted = Counter((id, name, 1) for id in filed for name in ("life", "verification", "ombudsman"))
    assert Counter((str(row["complaint_id"]), row["name"], row["cycle"]) for row in clocks) == wanted
    climbs = (
        "SELECT complaint_id, count(*) AS steps FROM fired WHERE clock <> 'life' AND round = 0 AND step <> ALL('{1,2}')"
    )
    fired = await processes.rows("sla", climbs + " GROUP BY complaint_id")
    assert {str(row["complaint_id"]): row["steps"] for row in fired} == dict.fromkeys(filed, 3)


async def _messages(processes: Processes, bus: Published) -> int:
    rows = await processes.rows("notify", "SELECT event_id, recipient, template, state, reason, mail_id FROM messages")
    heard = [event for event in bus.events.values() if type(event.fact).__name__ in FORESEEN]
    wanted = {
        (str(event.id), message.recipient)
        for event in heard
        for message in messages_about(EventType(type(event.fact).__name__), event.fact.model_dump())
    }
    # A message that reached nobody has another one, to the seat above.
    first = [(str(row["event_id"]), row["recipient"]) for row in rows if row["template"] not in LATER]
    assert Counter(first) == dict.fromkeys(wanted, 1)
    # While notify was away, acts may have overtaken what it had to say.
    known = {("sent", None), ("skipped", "no_contact"), ("skipped", "overtaken")}
    assert {(row["state"], row["reason"]) for row in rows} <= known
    mails = Counter(mail["Message-ID"].strip("<>").split("@")[0] for mail in read_mail(processes.mailbox.folder))
    assert set(mails.values()) == {1}
    assert mails.keys() == {str(row["mail_id"]) for row in rows if row["state"] == "sent"}
    return len(mails)
