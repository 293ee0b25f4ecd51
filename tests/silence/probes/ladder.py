"""Paths to silence on the ladder: it ends, it never begins, or it is burnt."""

from tests.silence.directory import ROADS, TRANSPORT
from tests.silence.faults import HOUR
from tests.silence.house import DAY, START
from tests.silence.lab import Lab
from tests.silence.probes.finding import MAIL, Finding, events_later, longest_silence, routes, verify

LONGEST_DAYS = 60


async def ladder_ends(lab: Lab) -> Finding:
    """A complaint that is never verified is heard of as long as it is open."""
    async with lab.house() as house:
        id = await house.file(agency=ROADS, contact=MAIL)
        await house.until(START + DAY * 100)
        number = await events_later(house, id, 700)
        gap = longest_silence(house, id)
        return Finding(
            gap > LONGEST_DAYS, f"never verified: {number} events in the last 700 days, once none for {gap:.0f}"
        )


async def dot_answer(lab: Lab) -> Finding:
    """An answer without substance can be disputed."""
    async with lab.house() as house:
        id = await house.file(agency=ROADS, contact=MAIL)
        await verify(house, id)
        done = await house.act(id, "answers", "liaison", ROADS, text=".")
        number = await events_later(house, id, 400)
        doors = [path for path in await routes(house, "post", "put") if path.startswith("/intake/complaints/{")]
        seen = f"answered with '.': {done['state']}; {number} events in 400 days; doors to dispute it: {doors}"
        return Finding(not number and not doors, seen)


async def dot_follow_up(lab: Lab) -> Finding:
    """A follow-up without substance does not quiet a leader for months."""
    async with lab.house() as house:
        id = await house.file(agency=ROADS, kind="information")
        await verify(house, id, "supervisory")
        await house.act(id, "follow-ups", "liaison", ROADS, text=".")
        before = len(house.events(id))
        await house.until(START + DAY * 200)
        climbs = [e for e in house.events(id)[before:] if type(e.fact).__name__ == "ComplaintEscalated"]
        day = (climbs[0].time - START) / DAY if climbs else 999
        return Finding(day > 30, f"question classed supervisory, followed up with '.': first leader on day {day:.0f}")


async def ping_pong(lab: Lab) -> Finding:
    """Passing a complaint on does not keep it from climbing."""
    async with lab.house() as house:
        id = await house.file(agency=ROADS)
        await verify(house, id)
        holder = ROADS
        for day in range(4, 240, 4):
            await house.until(START + DAY * day)
            holder = TRANSPORT if holder == ROADS else ROADS
            await house.act(id, "forwards", "admin", None, agency=holder, reason="Menyangkut unit lain")
        late = [event for event in house.events(id, "ComplaintEscalated") if event.time > START + DAY * 60]
        return Finding(not late, f"passed on every 4 days for 240 days: {len(late)} climbs after day 60")


async def clock_that_jumped(lab: Lab) -> Finding:
    """A clock that was ten years ahead for a moment burns no ladder."""
    async with lab.house() as house:
        id = await house.file(agency=ROADS, contact=MAIL)
        house.clock._now = START + DAY * 3_650
        await house.sweep()
        await house.work()
        house.clock._now = START + HOUR
        before = len(house.events(id))
        await house.work()
        await house.until(START + DAY * 200)
        real = [event for event in house.events(id)[before:] if event.time < START + DAY * 201]
        seen = f"ten years ahead for a moment: {before} events at once; then {len(real)} events in 200 days"
        return Finding(not real, seen)
