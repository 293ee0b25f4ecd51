"""Paths to silence by parking: events that could not be handled when they came."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.events import FACTS
from shared.vocabulary import ROOT
from tests.make import follow_up_text
from tests.silence.directory import ROADS
from tests.silence.faults import failing_handler
from tests.silence.house import DAY, START
from tests.silence.lab import Lab
from tests.silence.probes.finding import LADDER, MAIL, Finding, seats_told, verify


async def unrouted(lab: Lab) -> Finding:
    """A filing that routing cannot handle climbs to the root within a working day, and is routed when it can be."""
    async with lab.house() as house:
        with failing_handler("routing", "ComplaintFiled"):
            id = await house.file(agency=ROADS, contact=MAIL)
            await house.until(START + DAY * 2)
            told = [seat for seat in await seats_told(house, id) if seat.startswith(f"{ROOT}/")]
        # Pauses between tries are counted on the database's clock, which the simulation does not move.
        await house.rows("routing", "UPDATE parked SET next_try_at = now(), tried_at = tried_at - interval '1 day'")
        await house.until(START + DAY * 10)
        case, clocks = await house.case(id), await house.clocks(id)
        running = [clock["name"] for clock in clocks if clock["next_at"]]
        silent = not (told and case and running)
        seen = f"filing parked in routing: after 2 days the root's seats {told} were told;"
        return Finding(silent, f"{seen} once it can be handled: case {bool(case)}, clocks {running}")


async def forwarding_parked(lab: Lab) -> Finding:
    """A forwarding that sla could not handle starts its clocks later, and nobody has to replay it."""
    async with lab.house() as house:
        id = await house.file(agency=ROADS)
        with failing_handler("sla", "ComplaintForwarded"):
            await verify(house, id)
        await house.until(START + DAY * 400, DAY * 3)
        told = await seats_told(house, id, *LADDER)
        return Finding(
            not told, f"forwarding parked in sla: in 400 days {len(told)} reminders or escalations to anybody"
        )


async def event_of_a_later_release(lab: Lab) -> Finding:
    """An event of a type that this release does not know is kept, and handled after the upgrade."""
    async with lab.house() as house:
        id = await house.file(agency=ROADS)
        await verify(house, id)
        with _unknown_type("FollowUpRecorded"):
            await house.act(id, "follow-ups", "liaison", ROADS, text=follow_up_text())
        await house.close()
        await house.open()
        await house.until(START + DAY)
        types = [entry["type"] for entry in (await house.timeline(id))["timeline"]]
        clocks = {clock["name"]: clock["state"] for clock in await house.clocks(id)}
        silent = "FollowUpRecorded" not in types or clocks["follow_up"] != "met"
        return Finding(silent, f"follow-up of a later release, after the upgrade: timeline {types}, clocks {clocks}")


@contextmanager
def _unknown_type(name: str) -> Iterator[None]:
    """A release that does not know this type of event yet, though it publishes it."""
    fact = FACTS.pop(name)
    try:
        yield
    finally:
        FACTS[name] = fact
