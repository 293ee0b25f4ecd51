"""The course of a simulation: people act for some days while things go wrong, then nobody acts at all."""

import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Literal

from shared.clock import ManualClock
from shared.runtime import ALL
from tests.silence.directory import AFTER, BEFORE, DEAD_ADDRESSES
from tests.silence.examine import examine
from tests.silence.faults import HOUR, Faults, broken_handlers, lost_commits
from tests.silence.house import DAY, IDLE_TURN, START, House
from tests.silence.lab import Lab
from tests.silence.lives import Life, Lives
from tests.silence.outages import OUTAGES, Conditions, Outage, away_at
from tests.silence.report import Report

Mode = Literal["calm", "rough", "outage"]
RESTART_EVERY = DAY * 15


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is simulated: complaints, days in which people act, and days after them in which nobody does."""

    mode: Mode
    seed: int
    complaints: int
    days: int
    idle_days: int

    @property
    def outages(self) -> Sequence[Outage]:
        """The outages of the services; only one mode has any."""
        return OUTAGES if self.mode == "outage" else ()


async def simulate(lab: Lab, plan: Plan, report: Report) -> None:
    """One simulation; the findings come twice, after the days of acting and after the idle ones."""
    faults = Faults(plan.mode == "rough", random.Random(plan.seed + 1), START)
    settings = await lab.settings(directory_overlay=lab.overlay(BEFORE))
    house, began = House(settings, faults, ManualClock(START), gone=0.1), monotonic()
    house.post.refused |= DEAD_ADDRESSES
    report.head(f"{plan.mode}: {plan.complaints} complaints, {plan.days} days, seed {plan.seed}")
    with _faults_in_force(faults):
        await house.open()
        try:
            outcomes = await _act(lab, house, plan)
            report.head(f"after {plan.days} days ({monotonic() - began:.0f} s)")
            report.note("what went wrong", dict(faults.count))
            report.note("who was away", "; ".join(map(str, plan.outages)) or "nobody")
            report.note("what was done", outcomes)
            await _examine(house, plan, report)
            await _idle(house, plan)
            report.head(f"after {plan.idle_days} more days in which nobody acted ({monotonic() - began:.0f} s)")
            await _examine(house, plan, report)
        finally:
            await house.close()


@contextmanager
def _faults_in_force(faults: Faults) -> Iterator[None]:
    with ExitStack() as stack:
        if faults.on:
            stack.enter_context(broken_handlers(faults))
            stack.enter_context(lost_commits(faults))
        yield


async def _act(lab: Lab, house: House, plan: Plan) -> dict[str, int]:
    """The days in which people act; halfway the directory changes. Gives what they did."""
    chance, end = random.Random(plan.seed), START + DAY * plan.days
    lives, changes_at, restarts_at = Lives(house, _lives(plan, chance), chance), START + DAY * (plan.days // 2), START
    replay_at = START + DAY
    while house.clock.now() < end:
        house.clock.advance_to(min(end, house.clock.now() + HOUR * chance.uniform(2, 6)))
        now = house.faults.now = house.clock.now()
        house.away = away_at(plan.outages, now)
        # The loops of a service that comes back start side by side, so its sweep may be the first.
        await house.sweep()
        # An official acts now; what was due before it has happened, because the loops turn many times an hour.
        await house.work()
        await lives.step()
        await house.work()
        if house.faults.on and now >= replay_at:
            replay_at = now + DAY
            await _replay(house)
        if now >= changes_at:
            changes_at = end + DAY
            await _restart(house, directory_overlay=lab.overlay(AFTER))
        elif house.faults.on and now >= restarts_at + RESTART_EVERY:
            restarts_at = now
            await _restart(house)
    house.faults.on, house.away = False, set()
    await house.work()
    await _replay(house)
    return dict(lives.outcomes)


def _lives(plan: Plan, chance: random.Random) -> list[Life]:
    """All complaints, filed in the first three fifths of the days."""

    def filed_at() -> datetime:
        return START + DAY * chance.uniform(0, plan.days * 0.6)

    return [Life(number, filed_at(), chance.choice(("35.78", "91.71"))) for number in range(plan.complaints)]


async def _restart(house: House, **changes: object) -> None:
    """Close and open all services, which no fault disturbs."""
    house.faults.on, was_on = False, house.faults.on
    await house.close()
    await house.open(**changes)
    house.faults.on = was_on
    house.faults.count["restarts"] += 1


async def _replay(house: House) -> None:
    """An operator has the parked events handled again, unless they try again by themselves."""
    if house.retries_by_itself:
        return await house.work()
    from shared.inbox import replay_parked

    for name in ALL:
        await house.attempt(name, "replay", lambda name=name: replay_parked(house.service(name)))
    await house.work()


async def _idle(house: House, plan: Plan) -> None:
    """All obstacles are gone, and nobody acts."""
    house.faults.remove_obstacles()
    await _replay(house)
    await house.until(house.clock.now() + DAY * plan.idle_days, IDLE_TURN)


async def _examine(house: House, plan: Plan, report: Report) -> None:
    parked = {name: (await house.rows(name, "SELECT count(*) AS n FROM parked"))[0].n for name in ALL}
    report.note("parked", parked)
    report.is_parked = any(parked.values())
    report.note("failed steps of loops", dict(house.failures) or "none")
    await examine(house, Conditions(plan.mode != "rough", plan.outages, START + DAY * plan.days), report)
