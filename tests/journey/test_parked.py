"""A journey during which events cannot be handled somewhere: the others go on, and replaying heals the journey."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared import inbox
from shared.db.transaction import Tx
from shared.events import (
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
from tests.journey.conftest import Worlds
from tests.journey.world import CITY, TRANSPORT, Filed, World, rows
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
# Every act, and a moment after each step of the ladders.
DAYS = (1, 2, 6, 8, 12, 16, 22, 32, 61, 70)


class Stone:
    """Lies in the way of the first event of one type at one service, until it is taken away."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, world: World, name: str, fact: type[Fact]) -> None:
        handlers: Any = world.service(name).definition.handlers
        self._handle = handlers[fact]
        self.under: set[Any] = set()
        self.lies = True
        monkeypatch.setitem(handlers, fact, self)

    async def __call__(self, tx: Tx, events: Sequence[Event[Any]]) -> None:
        if self.lies and (not self.under or self.under & {event.id for event in events}):
            self.under.add(events[0].id)
            raise RuntimeError("a stone lies in the way")
        await self._handle(tx, events)


async def travel(world: World) -> Filed:
    """Late everywhere: verified on Tuesday, passed on, followed up after its limit, answered after all limits."""
    filed = await world.file()
    acts: dict[int, Callable[[], Awaitable[Any]]] = {
        1: lambda: world.verify(filed),
        2: lambda: world.act("forwards", filed, "coordinator", CITY, agency=TRANSPORT, reason="Menyangkut rambu"),
        12: lambda: world.follow_up(filed, agency=TRANSPORT),
        70: lambda: world.answer(filed, agency=TRANSPORT),
    }
    for day in DAYS:
        await world.until(MONDAY + timedelta(days=day))
        if day in acts:
            await acts[day]()
            await world.settle()
    return filed


async def portrait(world: World, filed: Filed) -> dict[str, Any]:
    """The complaint as everybody sees it, without what differs from one filing to the next."""
    seen, desk = await world.public(filed), await world.desk(filed)
    names = ("holder", "state", "overdue", "ladder_step", "ombudsman_offered", "transfers", "classification")
    clock = ("agency", "state", "started_at", "due_at", "stopped_at", "worked_days", "steps")
    return {
        "public": [seen[name] for name in ("status", "holder", "overdue", "step")],
        "timeline": [(entry["at"], entry["type"], entry["sentence"], entry["words"]) for entry in seen["timeline"]],
        "desk": [desk[name] for name in names],
        "clocks": {key: [found[name] for name in clock] for key, found in (await world.clocks(filed)).items()},
        "ledger": Counter(await world.ledger(filed)),
        "facts": Counter(type(fact).__name__ for fact in world.facts(filed)),
        "parked": [len(await rows(service, "SELECT 1 FROM parked")) for service in world.houses[0].services.values()],
    }


@pytest.fixture
async def undisturbed(worlds: Worlds) -> dict[str, Any]:
    world = await worlds("memory")
    return await portrait(world, await travel(world))


@pytest.mark.parametrize(
    ("bus", "name", "facts"),
    [
        *(("memory", name, PARKED[name]) for name in ("intake", "routing", "notify")),
        *(("memory", "intake", (fact,)) for fact in ALONE),
        ("kafka", "intake", PARKED["intake"]),
        ("kafka", "notify", PARKED["notify"]),
    ],
)
async def test_parked_events_that_are_replayed_heal_the_journey(
    worlds: Worlds,
    monkeypatch: pytest.MonkeyPatch,
    undisturbed: dict[str, Any],
    bus: str,
    name: str,
    facts: Sequence[type[Fact]],
) -> None:
    world = await worlds(bus)
    filed = await stumble(monkeypatch, world, name, facts)
    await retry_skipped(world)
    assert await portrait(world, filed) == undisturbed


@pytest.mark.parametrize("facts", [PARKED["sla"], *((fact,) for fact in PARKED["sla"])])
async def test_clocks_whose_events_were_parked_are_counted_as_if_they_had_not_been(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch, undisturbed: dict[str, Any], facts: Sequence[type[Fact]]
) -> None:
    """What climbed in the meantime did climb, and is not taken back."""
    world = await worlds("memory")
    filed = await stumble(monkeypatch, world, "sla", facts)
    healed = (await portrait(world, filed))["clocks"]
    before = {key: clock[:-1] for key, clock in undisturbed["clocks"].items()}
    assert {key: clock[:-1] for key, clock in healed.items()} == before


async def stumble(monkeypatch: pytest.MonkeyPatch, world: World, name: str, facts: Sequence[type[Fact]]) -> Filed:
    """The journey with a stone in the way of each of these; they are taken away, and what lay under is replayed."""
    stones, service = [Stone(monkeypatch, world, name, fact) for fact in facts], world.service(name)
    filed = await travel(world)
    assert len(await rows(service, "SELECT 1 FROM parked")) == len(stones)
    for stone in stones:
        stone.lies = False
    assert await inbox.replay_parked(service) == (len(stones), 0)
    await world.settle()
    return filed


async def retry_skipped(world: World) -> None:
    """As an operator does for messages that were given up while what they needed was parked."""
    for row in await world.ask("GET", "/notify/messages", "operator", params={"state": "skipped"}):
        await world.ask("POST", f"/notify/messages/{row['id']}/retries", "operator")
    await world.settle()
