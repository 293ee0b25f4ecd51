"""The tables at the end, made of nothing but what was read back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.demo import words
from deploy.demo.evidence import Evidence, Life
from deploy.demo.promises import Verdict, ladders, lateness

STEPS = ("1 leader", "2 region's head", "3 province")
LONGEST = 5


def answered_in_time(life: Life) -> bool:
    return life.answered_at is not None and all(clock.state != "missed" for clock in ladders(life))


def fates(evidence: Evidence) -> Mapping[str, int]:
    """What became of the complaints; every complaint is in one of the rows."""
    counts: Counter[str] = Counter()
    for life in evidence.lives:
        if answered_in_time(life):
            counts["answered in time"] += 1
        elif life.answered_at:
            counts[f"answered after climbing {_climbed(life)}"] += 1
        elif life.events("OmbudsmanOffered"):
            counts["ignored: climbed to the top, Ombudsman offered"] += 1
        else:
            counts["not answered yet"] += 1
    return dict(sorted(counts.items()))


def _climbed(life: Life) -> str:
    highest = max((step.escalation for clock in life.clocks for step in clock.climbs), default=0)
    return f"{highest} step{'s' if highest != 1 else ''}"


def climbs(evidence: Evidence) -> Mapping[tuple[str, int], int]:
    """How often a clock climbed to a step."""
    return Counter(
        (clock.name, step.escalation) for life in evidence.lives for clock in ladders(life) for step in clock.climbs
    )


def lost(evidence: Evidence) -> list[str]:
    """References of complaints that did not reach routing, their clocks or the ledger."""
    return [life.reference for life in evidence.lives if not (life.case and life.clocks and life.messages)]


def summary(evidence: Evidence, indicators: Mapping[str, Any]) -> RenderableType:
    first = Table.grid(padding=(0, 4))
    first.add_row(_fates(evidence), _tiers(evidence))
    second = Table.grid(padding=(0, 4))
    second.add_row(_climbs(evidence), _mails(evidence))
    return Group(first, Text(), second, Text(), _line(evidence, indicators))


def _fates(evidence: Evidence) -> Table:
    rows = {f"filed: {_kinds(evidence)}": len(evidence.lives), **fates(evidence)}
    return _counts("Complaints", rows)


def _kinds(evidence: Evidence) -> str:
    return ", ".join(f"{n} {kind}" for kind, n in Counter(life.case["kind"] for life in evidence.lives).most_common())


def _tiers(evidence: Evidence) -> Table:
    tiers = Counter(f"{words.tier(life.holder['tier'])}" for life in evidence.lives)
    return _counts("Held by", dict(tiers.most_common()))


def _climbs(evidence: Evidence) -> Table:
    counts = climbs(evidence)
    table = Table(title="Limits passed: climbs to step", title_justify="left", box=None, header_style="dim")
    table.add_column("clock")
    for step in STEPS:
        table.add_column(step, justify="right")
    for clock in ("verification", "follow_up", "resolution"):
        table.add_row(words.clock(clock), *(str(counts.get((clock, n), 0)) for n in range(1, len(STEPS) + 1)))
    return table


def _mails(evidence: Evidence) -> Table:
    notices: Counter[str] = Counter()
    for mail in evidence.mails:
        notices[mail.role] += len(mail.notices)
    mails = Counter(mail.role for mail in evidence.mails)
    table = Table(title="Mails", title_justify="left", box=None, header_style="dim")
    for name in ("to", "mails", "notices in them"):
        table.add_column(name, justify="left" if name == "to" else "right")
    for role, number in mails.most_common():
        table.add_row(role, str(number), str(notices[role]))
    return table


def _line(evidence: Evidence, indicators: Mapping[str, Any]) -> Text:
    vacancies = sum(len(life.events("SeatFoundVacant")) for life in evidence.lives)
    offers = sum(len(life.events("OmbudsmanOffered")) for life in evidence.lives)
    skipped = Counter(m.reason for m in evidence.ledger if m.state == "skipped")
    unsent = ", ".join(f"{n} {reason}" for reason, n in skipped.most_common()) or "none"
    mean = indicators.get("mean_follow_up_days")
    late = max(lateness(evidence), default=timedelta()).total_seconds() / 3_600
    lines = [
        f"Ombudsman offers: {offers} · vacant seats passed over: {vacancies} times",
        f"not mailed, with the reason: {unsent}",
        f"sla's own count: {indicators.get('received')} received, {indicators.get('verified')} verified,"
        f" {indicators.get('followed_up')} followed up, {indicators.get('answered')} answered"
        + (f"; first follow-up after {mean:.1f} working days on average" if mean is not None else ""),
        f"the latest step came {late:.1f} simulated hours after it was due",
        f"parked: {sum(evidence.parked.values())} · lost: {len(lost(evidence))}",
    ]
    return Text("\n".join(lines))


def _counts(title: str, rows: Mapping[str, int]) -> Table:
    table = Table(title=title, title_justify="left", box=None, show_header=False)
    table.add_column()
    table.add_column(justify="right", style="bold")
    for name, number in rows.items():
        table.add_row(name, str(number))
    return table


def show_verdicts(console: Console, verdicts: Sequence[Verdict]) -> None:
    """A line for each promise; where it was broken, the first breaches below it."""
    for verdict in verdicts:
        mark, style = ("✓", "green") if verdict.held else ("✗", "bold red")
        console.print(Text.assemble((mark, style), f" {verdict.sentence}"), highlight=False)
        for breach in verdict.breaches[:LONGEST]:
            console.print(Text(f"    {breach}", style="red"), highlight=False)
        if len(verdict.breaches) > LONGEST:
            console.print(Text(f"    … and {len(verdict.breaches) - LONGEST} more", style="red"), highlight=False)
