"""The verdict on a soak: the topic, the tables of all services and the mails, each counted against the others."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from services.notify.domain.recipients import messages_about
from shared.events import Event
from shared.local.mailbox import read_mail
from shared.runtime import ALL
from shared.vocabulary import EventType
from tests.chaos.processes import Processes
from tests.chaos.reconciliation import FORESEEN, LATER, published_events
from tests.chaos.steps import MISSED, Published, row_of, tally

# The same words about the same step to the same recipient. The report of a vacant seat does not name its clock.
TOLD_TWICE = """
    SELECT complaint_id, recipient, template FROM messages WHERE state = 'sent' AND template <> 'seat_vacant'
    GROUP BY complaint_id, recipient, template, details->'clock', details->'cycle', details->'percent',
             details->'step', details->'round', details->'instead_of' HAVING count(*) > 1"""
IDLE = "SELECT complaint_id, name FROM clocks WHERE stopped_at IS NULL AND (next_at IS NULL OR next_at <= '{now}')"
WRITTEN = """
    SELECT event_id, array_agg(recipient) AS recipients FROM messages WHERE template <> ALL('{{{later}}}') GROUP BY 1"""
UNSENT = """
    SELECT id, state, reason FROM messages
    WHERE state NOT IN ('sent', 'skipped') OR reason NOT IN ('no_contact', 'overtaken')"""
# A message that was overtaken while its sender was dead stays with its mail, which may have gone out.
MAILS = """
    SELECT mail_id, bool_or(state = 'sent') AS sent FROM messages WHERE mail_id IS NOT NULL GROUP BY mail_id"""
SHOWN = 3


@dataclass(slots=True)
class Verdict:
    """Figures in the order of their table; breaches with examples. All that may be 0 must be 0."""

    figures: dict[str, Any] = field(default_factory=dict)
    breaches: dict[str, list[Any]] = field(default_factory=dict)

    def judge(self, what: str, wrong: Iterable[Any]) -> None:
        self.breaches[what] = list(wrong)

    @property
    def is_clean(self) -> bool:
        return not any(self.breaches.values())

    def lines(self) -> Iterable[str]:
        yield from (f"{what:<48} {number:>10}" for what, number in self.figures.items())
        for what, wrong in self.breaches.items():
            yield f"{what:<48} {len(wrong):>10}{'  BREACH' if wrong else ''}"
            yield from (f"    {example}" for example in map(str, wrong[:SHOWN]))


@dataclass(slots=True)
class Heard:
    """The topic, read once: the steps, and who had to be written to about each event; `once` are those who may be."""

    published: Published = field(default_factory=Published)
    wanted: dict[Any, tuple[set[str], set[str]]] = field(default_factory=dict)

    def note(self, event: Event[Any]) -> None:
        self.published.note(event)
        kind = type(event.fact).__name__
        if kind in FORESEEN and event.id not in self.wanted:
            messages = list(messages_about(EventType(kind), event.fact.model_dump()))
            must = {message.recipient for message in messages if not message.once}
            self.wanted[event.id] = must, {message.recipient for message in messages}


async def verdict_on(processes: Processes) -> Verdict:
    """Everything is settled: nothing waits and the clock all but stands."""
    found, heard = Verdict(), Heard()
    async for event in published_events(processes):
        heard.note(event)
    await _steps(processes, heard.published, found)
    await _tables(processes, heard.published, found)
    await _ledger(processes, heard, found)
    return found


async def _steps(processes: Processes, published: Published, found: Verdict) -> None:
    filed = {str(row["id"]) for row in await processes.rows("intake", "SELECT id FROM complaints")}
    counted = await asyncio.to_thread(tally, published, processes.now())
    ids = published.ids
    found.figures |= {
        "complaints": len(filed),
        "events published": len(ids),
        "  of them again, under the same id": ids.total() - len(ids),
        "steps due by a calendar of our own": counted.due,
        "  said": counted.said,
        "    of them while processes were killed": published.said_before(processes.settings.clock_start),
        "  rounds passed over, and said so": counted.passed,
        "  reminders overtaken by the next step": counted.overtaken,
        "climbs that went on to the next seat": counted.went_on,
    }
    acts = ((id, Counter(type(act.fact).__name__ for act in acts.values())) for id, acts in published.acts.items())
    found.judge("complaints not published", filed ^ published.acts.keys())
    found.judge("acts said twice", ((id, kinds) for id, kinds in acts if max(kinds.values()) > 1))
    found.judge("steps due and never said", counted.missing)
    found.judge("steps said twice", counted.twice)
    found.judge("steps said early, or of no clock", counted.early)


async def _tables(processes: Processes, published: Published, found: Verdict) -> None:
    rows = await processes.rows("sla", "SELECT complaint_id, clock, cycle, step, round FROM fired")
    kept = {(str(row[0]), *row[1:4]): row["round"] for row in rows}
    said: dict[tuple[Any, ...], int] = {}
    for id, steps in published.steps.items():
        for step in steps:
            if step.kind != MISSED and not step.instead_of:
                *key, round = row_of(step)
                said[id, *key] = max(round, said.get((id, *key), 0))
    found.judge("rows of fired that differ from the topic", kept.items() ^ said.items())
    found.judge("running clocks without a next step", await processes.rows("sla", IDLE.format(now=processes.now())))
    noted = Counter(row["event_id"] for row in await processes.rows("intake", "SELECT event_id FROM timeline"))
    wrong = [id for id in noted.keys() | published.ids.keys() if (noted[id], id in published.ids) != (1, True)]
    found.judge("events not once in a timeline", wrong)
    for table in ("parked", "later"):
        left = [(name, row) for name in ALL for row in await processes.rows(name, f"SELECT * FROM {table}")]
        found.judge(f"messages still {table}", left)


async def _ledger(processes: Processes, heard: Heard, found: Verdict) -> None:
    rows = await processes.rows("notify", WRITTEN.format(later=",".join(LATER)))
    written = {row["event_id"]: row["recipients"] for row in rows}
    mails = Counter(mail["Message-ID"].strip("<>").split("@")[0] for mail in read_mail(processes.mailbox.folder))
    known = {str(row["mail_id"]): row["sent"] for row in await processes.rows("notify", MAILS)}
    unknown, missing = mails.keys() - known.keys(), [id for id, sent in known.items() if sent and id not in mails]
    (messages,) = await processes.rows("notify", "SELECT count(*) FROM messages WHERE state = 'sent'")
    found.figures |= {
        "messages sent": messages["count"],
        "  in mails": mails.total(),
        "mails handed over again, under the same id": processes.mailbox.repeated,
    }
    wrong = [id for id, (must, may) in heard.wanted.items() if not _fits(written.get(id, ()), must, may)]
    found.judge("events without exactly their messages", wrong)
    found.judge("messages that were not sent", await processes.rows("notify", UNSENT))
    found.judge("mails that the ledger does not know", unknown)
    found.judge("mails sent that nobody got", missing)
    found.judge("notices told twice to one recipient", await processes.rows("notify", TOLD_TWICE))


def _fits(recipients: Iterable[str], must: set[str], may: set[str]) -> bool:
    named = Counter(recipients)
    return must <= named.keys() <= may and all(times == 1 for times in named.values())
