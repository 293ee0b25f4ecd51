"""Paths to silence by one bad row: an unknown zone, an unknown clock, a year that no calendar has."""

from datetime import UTC, datetime

from shared.bus import Message
from shared.events import AgencyRef, ComplaintForwarded, encode, event_of
from tests.silence.directory import ROADS, TRANSPORT
from tests.silence.house import DAY, START
from tests.silence.lab import Lab
from tests.silence.probes.finding import Finding, seats_told

# A clock that only a later release knows, due at once; the other columns are those of a real one.
LATER_CLOCK = """
INSERT INTO clocks SELECT (jsonb_populate_record(clock, changes)).*
FROM clocks AS clock, jsonb_build_object('name', 'closing', 'next_at', clock.started_at) AS changes
WHERE name = 'verification'
"""
# The last working days of the years that the package once ended with, and of those that the settings admit.
LAST_YEARS = (2045, 2099)


async def one_bad_zone(lab: Lab) -> Finding:
    """An event with a zone that nobody knows stops no mail about another complaint."""
    async with lab.house() as house:
        bad = await house.file(agency=ROADS)
        agency = AgencyRef(code=ROADS, name="Dinas", tier="unit", zone="WIB+1")
        fact = ComplaintForwarded(complaint_id=bad, agency=agency, by="x", transfers=0)
        await house.bus.publish([Message(fact.topic, fact.key, encode(event_of(fact, house.clock.now())))])
        await house.work()
        other = await house.file(agency=TRANSPORT, text="Lampu jalan mati")
        await house.until(START + DAY)
        sent, all_of = await seats_told(house, other), await house.messages(other)
        failed = dict(house.failures)
        return Finding(
            not sent, f"an event with an unknown zone: {len(sent)} of {len(all_of)} mails about another; {failed}"
        )


async def one_bad_clock(lab: Lab) -> Finding:
    """A clock that only a later release knows stops no other clock."""
    async with lab.house() as house:
        id = await house.file(agency=ROADS)
        await house.rows("sla", LATER_CLOCK)
        before = len(house.events(id))
        await house.until(START + DAY * 60)
        names = [getattr(event.fact, "clock", "") for event in house.events(id)[before:]]
        steps = names.count("verification")
        return Finding(
            not steps, f"one clock of a later release: {steps} steps of another in 60 days; {dict(house.failures)}"
        )


async def after_the_calendar(lab: Lab) -> Finding:
    """A complaint has its clocks in whatever year it is filed."""
    seen = {}
    for year in LAST_YEARS:
        async with lab.house(start=datetime(year, 12, 28, 2, tzinfo=UTC)) as house:
            id = await house.file(agency=ROADS)
            seen[year] = len(await house.clocks(id))
    return Finding(not all(seen.values()), f"clocks of complaints filed on 28 December of a year: {seen}")
