"""Paths to silence on the ladder: it ends, it never begins, or it is burnt."""

from uuid import UUID

from tests.silence.directory import ROADS, TRANSPORT
from tests.silence.faults import HOUR
from tests.silence.house import DAY, START, House
from tests.silence.lab import Lab
from tests.silence.probes.finding import MAIL, Finding, events_later, longest_silence, verify

LONGEST_DAYS = 60
EMPTY_WORDS = (
    ".",
    "\u200b" * 100,
    "Baik, terima kasih.",
    "Terima kasih atas laporannya, akan segera kami tindak lanjuti. Mohon bersabar.",
)


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
    """An answer without substance is refused and ends nothing."""
    async with lab.house() as house:
        id = await house.file(agency=ROADS, contact=MAIL)
        await verify(house, id)
        taken = [text for text in EMPTY_WORDS if await _is_taken(house, id, "answers", text)]
        number = await events_later(house, id, 400)
        return Finding(not number, f"answered with empty words: {taken} taken; {number} events in 400 days")


async def dot_follow_up(lab: Lab) -> Finding:
    """A follow-up without substance is refused and does not quiet a leader for months."""
    async with lab.house() as house:
        id = await house.file(agency=ROADS, kind="information")
        await verify(house, id, "supervisory")
        taken = [text for text in EMPTY_WORDS if await _is_taken(house, id, "follow-ups", text)]
        before = len(house.events(id))
        await house.until(START + DAY * 200)
        climbs = [e for e in house.events(id)[before:] if type(e.fact).__name__ == "ComplaintEscalated"]
        day = (climbs[0].time - START) / DAY if climbs else 999
        seen = (
            f"question classed supervisory, followed up with empty words: {taken} taken; first leader on day {day:.0f}"
        )
        return Finding(day > 30, seen)


async def _is_taken(house: House, id: UUID, door: str, text: str) -> bool:
    answer = await house.request("POST", f"/routing/complaints/{id}/{door}", ("liaison", ROADS), json={"text": text})
    await house.work()
    return answer.is_success


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
