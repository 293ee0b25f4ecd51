"""sla does not run ahead of the others: away, it escalates nothing that was done meanwhile; left alone, it says so."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from services.sla.actions.steps import sweep_once
from shared import retries
from shared.bus.memory import MemoryBus
from shared.db.transaction import Tx
from shared.events import ComplaintAnswered, ComplaintEscalated, EscalationWithdrawn
from shared.service import RunningService
from tests.journey.system import COORDINATOR, GOVERNOR, HEAD, LIAISON, MAYOR, SITI, Filed, System, rows
from tests.make import CITY, ROADS, TRANSPORT
from tests.services import MONDAY

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@contextmanager
def away(system: System, name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A service neither receives, nor sweeps, nor publishes; what is meant for it waits on the bus."""
    runtime = system.runtimes[0]
    service, relay, bus = runtime.services.pop(name), runtime.relays[name], runtime.bus
    subscriber = bus._subscribers.pop(name) if isinstance(bus, MemoryBus) else None
    kept: list[Any] = []
    if isinstance(bus, MemoryBus):
        publish = bus.publish

        async def recorded(messages: Any) -> None:
            await publish(messages)
            kept.extend(messages)

        bus.publish = recorded  # type: ignore[method-assign]
    yield
    runtime.services = {each: runtime.services.get(each, service) for each in ("intake", "routing", "sla", "notify")}
    assert runtime.relays[name] is relay
    if isinstance(bus, MemoryBus) and subscriber:
        bus._subscribers[name] = subscriber
        bus.publish = publish  # type: ignore[method-assign]
        monkeypatch.setattr(system, "backlog", [m for m in kept if m.topic in subscriber[0]], raising=False)


async def come_back(system: System) -> None:
    """sla's loops start side by side: it sweeps before it hears anything, then everything goes on."""
    sla = system.service("sla")
    while await sweep_once(sla):
        pass
    bus = system.runtimes[0].bus
    if isinstance(bus, MemoryBus):
        await bus._subscribers["sla"][1](system.backlog)  # type: ignore[attr-defined]
    await system.settle()


def escalations(system: System, filed: Filed) -> list[ComplaintEscalated]:
    return [fact for fact in system.facts(filed) if isinstance(fact, ComplaintEscalated)]


async def verified(system: System) -> Filed:
    """A complaint that the roads agency holds since Monday, on Wednesday."""
    filed = await system.file()
    await system.settle()
    await system.verify(filed)
    await system.advance_to(MONDAY + 2 * DAY)
    return filed


async def test_what_was_answered_while_sla_was_away_is_not_escalated(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = await verified(system)
    with away(system, "sla", monkeypatch):
        await system.advance_to(MONDAY + 3 * DAY)
        await system.answer(filed)
        await system.advance_to(MONDAY + 40 * DAY)
    await come_back(system)
    assert escalations(system, filed) == []
    clocks = await system.clocks(filed)
    assert {clock["state"] for (name, _), clock in clocks.items() if name != "window"} == {"met", "answered"}
    assert (await system.public(filed))["step"] == 0


async def test_what_was_passed_on_while_sla_was_away_climbs_only_for_its_holder(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = await verified(system)
    with away(system, "sla", monkeypatch):
        await system.advance_to(MONDAY + 3 * DAY)
        await system.post_act("forwards", filed, "coordinator", CITY, agency=TRANSPORT, reason="Menyangkut rambu")
        await system.follow_up(filed, agency=TRANSPORT)
        await system.advance_to(MONDAY + 45 * DAY)
    await come_back(system)
    await system.advance_to(MONDAY + 100 * DAY)
    agencies = Counter(fact.agency for fact in escalations(system, filed))
    assert agencies[ROADS] == 0 and agencies[TRANSPORT] > 0
    assert [fact for fact in system.facts(filed) if isinstance(fact, EscalationWithdrawn)] == []


async def test_while_routing_is_away_the_sweep_waits_then_escalates_and_says_that_it_is_unsure(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = await verified(system)
    missed = MONDAY + 7 * DAY + timedelta(hours=15)  # Monday the 14th, 24:00 in Surabaya
    await system.advance_to(missed - 10 * MINUTE)
    with away(system, "routing", monkeypatch):
        await system.advance_to(missed + MINUTE)
        assert escalations(system, filed) == []
        for minute in range(2, 30):
            await system.advance_to(missed + minute * MINUTE)
        [climb] = escalations(system, filed)
        assert climb.unsure_since == missed - 10 * MINUTE
        assert "tidak menerima kabar" in (await system.public(filed))["timeline"][-1]["sentence"]
        assert any("tidak menerima kabar" in " ".join(mail.split()) for mail in system.mails(HEAD))
    await system.settle()
    await system.advance_to(missed + 7 * DAY)
    later = escalations(system, filed)[-1]
    assert (later.step, later.unsure_since) == (2, None)


async def break_answers(service: RunningService, monkeypatch: pytest.MonkeyPatch) -> Any:
    """sla parks every answer from now on; gives the handler that works."""
    handlers: Any = service.definition.handlers

    async def fails(tx: Tx, events: Any) -> None:
        raise RuntimeError("the handler is broken")

    works = handlers[ComplaintAnswered]
    monkeypatch.setitem(handlers, ComplaintAnswered, fails)
    return works


async def test_an_escalation_that_was_wrong_is_taken_back_everywhere_when_the_answer_comes_in(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed, sla = await verified(system), system.service("sla")
    works = await break_answers(sla, monkeypatch)
    await system.answer(filed)
    for day in range(3, 21):
        await system.advance_to(MONDAY + day * DAY)
    wrong = escalations(system, filed)
    assert len(wrong) == 3 and all(fact.unsure_since for fact in wrong)
    assert (await system.case(filed))["ladder_step"] == 2
    monkeypatch.setitem(sla.definition.handlers, ComplaintAnswered, works)  # type: ignore[arg-type]
    assert await retries.replay_parked(sla) == (1, 0)
    await system.settle()

    back = [fact for fact in system.facts(filed) if isinstance(fact, EscalationWithdrawn)]
    assert {fact.clock: fact.steps for fact in back} == {"follow_up": (1, 2), "resolution": (1,)}
    seen, case = await system.public(filed), await system.case(filed)
    assert (seen["step"], seen["overdue"], seen["status"]) == (0, False, "Terdisposisi Selesai")
    assert (case["ladder_step"], case["overdue"]) == (0, False)
    assert any("telah bertindak" in entry["sentence"] for entry in seen["timeline"])
    for address in (HEAD, MAYOR, LIAISON, COORDINATOR, SITI):
        assert any("cabut" in mail for mail in system.mails(address)), address
    assert not any("cabut" in mail for mail in system.mails(GOVERNOR))
    told = [template for _, template in await system.ledger(filed) if template.startswith("withdrawn")]
    assert Counter(told) == {"withdrawn": 7, "withdrawn_for_reporter": 2}
    assert len(await rows(sla, "SELECT 1 FROM withdrawals")) == 7
