"""Journeys with events set aside: the other events go on, and retries, replays and upgrades give the same result."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared import retries
from shared.db.transaction import Tx
from shared.events import (
    FACTS,
    ComplaintAnswered,
    ComplaintEscalated,
    ComplaintFiled,
    ComplaintForwarded,
    ComplaintRouted,
    ComplaintVerified,
    ContactStored,
    DeadlineMissed,
    DeadlineNear,
    Event,
    Fact,
    FollowUpRecorded,
    OmbudsmanOffered,
)
from tests.journey.conftest import SystemMaker
from tests.journey.system import Filed, System, rows
from tests.make import CITY, ROADS, TRANSPORT, offered
from tests.services import MONDAY

PARKED: dict[str, tuple[type[Fact], ...]] = {
    "intake": (
        ComplaintFiled, ComplaintRouted, ComplaintVerified, ComplaintForwarded, FollowUpRecorded, ComplaintAnswered,
        DeadlineNear, DeadlineMissed, ComplaintEscalated, OmbudsmanOffered,
    ),
    "routing": (DeadlineMissed, ComplaintEscalated, OmbudsmanOffered),
    "sla": (
        ComplaintFiled, ComplaintRouted, ComplaintVerified, ComplaintForwarded, FollowUpRecorded, ComplaintAnswered,
    ),
    "notify": (ComplaintFiled, ContactStored, ComplaintRouted, ComplaintForwarded, ComplaintEscalated),
}  # fmt: skip
ALONE = (ComplaintRouted, ComplaintForwarded, FollowUpRecorded, DeadlineMissed)
# The days of every act, and one after each step of the ladders.
DAYS = (1, 2, 6, 8, 12, 16, 22, 32, 61, 70)
EXPECTED: dict[str, Any] = {}


class FailingHandler:
    """A handler that fails for the first event of one type at one service, until it is repaired."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, system: System, name: str, fact: type[Fact]) -> None:
        handlers: Any = system.service(name).definition.handlers
        self._handle = handlers[fact]
        self.failed: set[Any] = set()
        self.broken = True
        monkeypatch.setitem(handlers, fact, self)

    async def __call__(self, tx: Tx, events: Sequence[Event[Any]]) -> None:
        if self.broken and (not self.failed or self.failed & {event.id for event in events}):
            self.failed.add(events[0].id)
            raise RuntimeError("the handler is broken")
        await self._handle(tx, events)


async def run_journey(system: System) -> Filed:
    """A late complaint: verified on Tuesday, forwarded, followed up after its limit, answered after all limits."""
    filed = await system.file()
    acts: dict[int, Callable[[], Awaitable[Any]]] = {
        1: lambda: system.verify(filed),
        2: lambda: system.post_act("forwards", filed, "coordinator", CITY, agency=TRANSPORT, reason="Menyangkut rambu"),
        12: lambda: system.follow_up(filed, agency=TRANSPORT),
        70: lambda: system.answer(filed, agency=TRANSPORT),
    }
    for day in DAYS:
        await system.advance_to(MONDAY + timedelta(days=day))
        if day in acts:
            await acts[day]()
            await system.settle()
    return filed


async def snapshot(system: System, filed: Filed) -> dict[str, Any]:
    """All that the services show of a complaint, without values that differ between filings."""
    seen, case = await system.public(filed), await system.case(filed)
    names = ("holder", "state", "overdue", "ladder_step", "ombudsman_offered", "transfers", "classification")
    clock = ("agency", "state", "started_at", "due_at", "stopped_at", "worked_days", "steps")
    return {
        "public": [seen[name] for name in ("status", "holder", "overdue", "step")],
        "timeline": [(entry["at"], entry["type"], entry["sentence"], entry["words"]) for entry in seen["timeline"]],
        "case": [case[name] for name in names],
        "clocks": {key: [found[name] for name in clock] for key, found in (await system.clocks(filed)).items()},
        # What came so late that it was no longer true is not sent.
        "ledger": Counter(await system.ledger(filed) + await system.ledger(filed, "skipped", "overtaken")),
        # What notify says of its mails is also said of those that waited in vain.
        "facts": Counter(type(fact).__name__ for fact in system.facts(filed) if fact.source != "notify"),
        "parked": [
            len(await rows(service, "SELECT 1 FROM parked")) for service in system.runtimes[0].services.values()
        ],
    }


def assert_same(name: str, found: dict[str, Any], expected: dict[str, Any]) -> None:
    """What was parked at `name` made no difference in the end.

    While notify did not know the complaint its mails reached nobody, so sla rightly told further seats: then everybody
    who was told otherwise is told too.
    """
    if name != "notify":
        assert found == expected
        return
    assert {key: found[key] for key in ("public", "case", "parked")} == {
        key: expected[key] for key in ("public", "case", "parked")
    }
    assert expected["ledger"] - found["ledger"] == Counter()


@pytest.fixture
async def expected(make_system: SystemMaker) -> dict[str, Any]:
    """What the journey shows where nothing fails; it is made once."""
    if not EXPECTED:
        system = await make_system("memory")
        EXPECTED.update(await snapshot(system, await run_journey(system)))
    return EXPECTED


@pytest.mark.parametrize(
    ("bus", "name", "facts"),
    [
        *(("memory", name, PARKED[name]) for name in ("intake", "routing", "notify")),
        *(("memory", "intake", (fact,)) for fact in ALONE),
        ("kafka", "intake", PARKED["intake"]),
        ("kafka", "notify", PARKED["notify"]),
    ],
)
async def test_replaying_parked_events_gives_the_same_result(
    make_system: SystemMaker,
    monkeypatch: pytest.MonkeyPatch,
    expected: dict[str, Any],
    bus: str,
    name: str,
    facts: Sequence[type[Fact]],
) -> None:
    system = await make_system(bus)
    filed = await run_with_parked_events(monkeypatch, system, name, facts)
    await retry_skipped(system)
    assert_same(name, await snapshot(system, filed), expected)


@pytest.mark.parametrize("facts", [PARKED["sla"], *((fact,) for fact in PARKED["sla"])])
async def test_replaying_parked_events_corrects_the_clocks(
    make_system: SystemMaker, monkeypatch: pytest.MonkeyPatch, expected: dict[str, Any], facts: Sequence[type[Fact]]
) -> None:
    """Steps taken while the events were parked are not taken back."""
    system = await make_system("memory")
    filed = await run_with_parked_events(monkeypatch, system, "sla", facts)
    after = (await snapshot(system, filed))["clocks"]
    before = {key: clock[:-1] for key, clock in expected["clocks"].items()}
    assert {key: clock[:-1] for key, clock in after.items()} == before


async def run_with_parked_events(
    monkeypatch: pytest.MonkeyPatch, system: System, name: str, facts: Sequence[type[Fact]]
) -> Filed:
    """The journey with a failing handler for each of these facts, and then a replay with working handlers."""
    failing, service = [FailingHandler(monkeypatch, system, name, fact) for fact in facts], system.service(name)
    filed = await run_journey(system)
    assert len(await rows(service, "SELECT 1 FROM parked")) == len(failing)
    for handler in failing:
        handler.broken = False
    assert await retries.replay_parked(service) == (len(failing), 0)
    await system.settle()
    return filed


async def retry_all(system: System) -> None:
    """The retries of all services, as if every pause were over."""
    for service in system.runtimes[0].services.values():
        async with service.begin() as tx:
            await tx.execute("UPDATE parked SET next_try_at = now(), tried_at = tried_at - interval '1 hour'")
        while await retries.retry_once(service):
            pass
    await system.settle()


@pytest.mark.parametrize("name", ["intake", "notify"])
async def test_parked_events_are_handled_without_a_person(
    make_system: SystemMaker, monkeypatch: pytest.MonkeyPatch, expected: dict[str, Any], bus: str, name: str
) -> None:
    system = await make_system(bus)
    failing = [FailingHandler(monkeypatch, system, name, fact) for fact in PARKED[name]]
    filed = await run_journey(system)
    await retry_all(system)
    assert len(await rows(system.service(name), "SELECT 1 FROM parked WHERE attempts > 0")) == len(failing)
    for handler in failing:
        handler.broken = False
    await retry_all(system)
    await retry_skipped(system)
    assert_same(name, await snapshot(system, filed), expected)


async def test_events_of_a_later_release_are_handled_after_the_upgrade(
    make_system: SystemMaker, monkeypatch: pytest.MonkeyPatch, expected: dict[str, Any], bus: str
) -> None:
    system = await make_system(bus)
    with monkeypatch.context() as older_release:
        for kind in (DeadlineNear, OmbudsmanOffered):
            older_release.delitem(FACTS, kind.__name__)
        filed = await run_journey(system)
    for service in system.runtimes[0].services.values():
        assert {row.type for row in await rows(service, "SELECT type FROM later")} == {
            "DeadlineNear",
            "OmbudsmanOffered",
        }
        assert await rows(service, "SELECT 1 FROM parked") == []
    await retry_all(system)
    await retry_skipped(system)
    assert await snapshot(system, filed) == expected
    for service in system.runtimes[0].services.values():
        assert await rows(service, "SELECT 1 FROM later") == []


async def test_an_event_dated_ahead_takes_effect_when_its_time_has_come(make_system: SystemMaker, bus: str) -> None:
    system = await make_system(bus)
    filed = await system.file()
    await system.settle()
    routing, offer = system.service("routing"), offered(UUID(filed["id"]), ROADS)
    async with routing.begin() as tx:
        tx.stage(offer, at=MONDAY + timedelta(days=1))
    await system.settle()
    assert not (await system.case(filed))["ombudsman_offered"]
    await retry_all(system)
    assert not (await system.case(filed))["ombudsman_offered"]
    for name in ("intake", "routing", "notify"):
        answer = await system.request("GET", f"/{name}/parked", "operator")
        assert [(row["key"], row["error"]) for row in answer["items"]] == [(filed["id"], "AheadOfTime")]
    await system.advance_to(MONDAY + timedelta(days=1))
    await retry_all(system)
    assert (await system.case(filed))["ombudsman_offered"]
    assert (await system.request("GET", "/intake/parked", "admin"))["items"] == []


async def retry_skipped(system: System) -> None:
    """Retry skipped messages, as an operator does after a replay of the events that they needed."""
    skipped = await system.request("GET", "/notify/messages", "operator", params={"state": "skipped"})
    for row in skipped["items"]:
        if row["reason"] != "overtaken":
            await system.request("POST", f"/notify/messages/{row['id']}/retries", "operator")
    await system.settle()
