"""Paths to silence by absence: sla is away for weeks, or an agency leaves for good."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tests.make import answer_text, follow_up_text
from tests.silence.directory import AFTER, BEFORE, CITY, LEAVES, ROADS, TRANSPORT
from tests.silence.house import DAY, START, House
from tests.silence.lab import Lab
from tests.silence.probes.finding import LADDER, Finding, verify


async def away_while_passed_on(lab: Lab) -> Finding:
    """After an outage the agency that holds a complaint now is the one that is told."""
    async with lab.house() as house:
        id = await house.file(agency=ROADS)
        await verify(house, id)
        await house.until(START + DAY * 2)
        house.away = {"sla"}
        await house.until(START + DAY * 10)
        await house.act(id, "forwards", "coordinator", CITY, agency=TRANSPORT, reason="Menyangkut rambu")
        await house.act(id, "follow-ups", "liaison", TRANSPORT, text=follow_up_text())
        await house.until(START + DAY * 45)
        await _return(house)
        await house.until(START + DAY * 200, DAY * 3)
        climbs = [event.fact for event in house.events(id, "ComplaintEscalated")]
        own = [fact for fact in climbs if fact.agency == TRANSPORT]
        return Finding(
            not own, f"sla away for 43 days: {len(climbs)} climbs, {len(own)} about the agency that holds it now"
        )


async def answered_while_away(lab: Lab) -> Finding:
    """What was answered during an outage is not escalated after it, or the escalation is taken back."""
    async with lab.house() as house:
        id = await house.file(agency=ROADS)
        await verify(house, id)
        await house.until(START + DAY * 2)
        house.away = {"sla"}
        await house.until(START + DAY * 3)
        await house.act(id, "answers", "liaison", ROADS, text=answer_text())
        await house.until(START + DAY * 40)
        await _return(house)
        climbs, back = house.events(id, "ComplaintEscalated"), house.events(id, "EscalationWithdrawn")
        case = await house.case(id)
        silent = bool(climbs and (not back or case["ladder_step"] or case["overdue"]))
        return Finding(silent, f"answered while sla was away: {len(climbs)} false escalations, {len(back)} taken back")


async def _return(house: House) -> None:
    """sla comes back; its loops start side by side, so its sweep may be the first."""
    house.away = set()
    await house.sweep()
    await house.work()


async def agency_that_left(lab: Lab) -> Finding:
    """An agency that leaves the directory is written to no more, and all agree on who holds its complaints."""
    async with lab.house(directory_overlay=lab.overlay(BEFORE)) as house:
        one, other = await house.file(agency=LEAVES), await house.file(agency=LEAVES)
        await verify(house, one)
        await house.close()
        await house.open(directory_overlay=lab.overlay(AFTER))
        await house.work()
        await verify(house, other)
        await house.until(START + DAY * 40)
        told = [row for id in (one, other) for row in await house.messages(id) if _is_to_old_seat(row)]
        holders = [await _holders(house, id) for id in (one, other)]
        agree = all(len(set(each)) == 1 and LEAVES not in each for each in holders)
        seen = f"agency left: {len(told)} mails to its old seats; holders by routing, sla and public: {holders}"
        return Finding(bool(told) or not agree, seen)


def _is_to_old_seat(row: Any) -> bool:
    return row["agency"] == LEAVES and row["template"] in LADDER and row["state"] == "sent"


async def _holders(house: House, id: UUID) -> Sequence[str]:
    """The holder by routing, by sla's clocks, and in public, as codes."""
    case, public = await house.case(id), await house.timeline(id)
    clocks = [clock["agency"] for clock in await house.clocks(id) if clock["name"] == "resolution"]
    by_name = {agency.name: agency.code for agency in house.agencies.values()}
    return case["holder"], *clocks, by_name.get(public["holder"], public["holder"])
