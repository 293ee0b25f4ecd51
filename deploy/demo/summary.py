"""The tables at the end, made only from the evidence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.demo import labels
from deploy.demo.moments import ladders, lateness
from deploy.demo.promises import Verdict
from deploy.demo.records import ComplaintRecord, Evidence

# The limits of the handling, which each complaint has; others begin with an act.
LIMITS = ("verification", "follow_up", "resolution")
STEPS = ("1 leader", "2 above", "3 top")
MOST_BREACHES = 5
# The numbers stand below one another, left of this column.
WIDTH = 86


def answered_in_time(record: ComplaintRecord) -> bool:
    return record.answered_at is not None and all(c.state != "missed" for c in record.clocks if c.name in LIMITS)


def outcomes(evidence: Evidence) -> Mapping[str, int]:
    """The outcomes and how many complaints have each; every complaint has one."""
    counts: Counter[str] = Counter()
    for record in evidence.records:
        if answered_in_time(record):
            counts["answered in time"] += 1
        elif record.answered_at:
            counts[f"answered after {_steps(record)}"] += 1
        elif record.ended_at:
            counts["archived or withdrawn"] += 1
        elif record.events("OmbudsmanOffered"):
            counts["ignored: at the top, Ombudsman offered, climbs again each week"] += 1
        else:
            counts["not answered yet"] += 1
    return dict(sorted(counts.items()))


def _steps(record: ComplaintRecord) -> str:
    highest = max((step.escalation for clock in record.clocks for step in clock.climbs), default=0)
    if not highest:
        return "a limit, before any step"
    return f"{highest} step{'s' if highest != 1 else ''}"


def climbs(evidence: Evidence) -> Mapping[tuple[str, int], int]:
    """How often each clock reached each step."""
    return Counter(
        (clock.name, step.escalation)
        for record in evidence.records
        for clock in ladders(record)
        for step in clock.climbs
    )


def lost(evidence: Evidence) -> list[str]:
    """References of complaints that did not reach routing, their clocks or the ledger."""
    return [record.reference for record in evidence.records if not (record.case and record.clocks and record.messages)]


def summary(evidence: Evidence, indicators: Mapping[str, Any]) -> RenderableType:
    first = Table.grid(padding=(0, 4))
    first.add_row(_outcomes(evidence), _tiers(evidence))
    second = Table.grid(padding=(0, 4))
    second.add_row(_climbs(evidence), _mails(evidence))
    return Group(first, Text(), second, Text(), _line(evidence, indicators))


def _outcomes(evidence: Evidence) -> Table:
    rows = {f"filed: {_kinds(evidence)}": len(evidence.records), **outcomes(evidence)}
    return _counts("Complaints", rows)


def _kinds(evidence: Evidence) -> str:
    return ", ".join(
        f"{n} {kind}" for kind, n in Counter(record.case["kind"] for record in evidence.records).most_common()
    )


def _tiers(evidence: Evidence) -> Table:
    tiers = Counter(f"{labels.tier(record.holder['tier'])}" for record in evidence.records)
    return _counts("Held by", dict(tiers.most_common()))


def _climbs(evidence: Evidence) -> Table:
    counts = climbs(evidence)
    table = Table(title="Missed limits: escalations to step", title_justify="left", box=None, header_style="dim")
    table.add_column("clock", no_wrap=True)
    for step in STEPS:
        table.add_column(step, justify="right")
    for clock in dict.fromkeys((*LIMITS, *sorted(clock for clock, _ in counts))):
        table.add_row(labels.clock(clock), *(str(counts.get((clock, n), 0)) for n in range(1, len(STEPS) + 1)))
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
    vacancies = sum(len(record.events("SeatFoundVacant")) for record in evidence.records)
    offers = sum(len(record.events("OmbudsmanOffered")) for record in evidence.records)
    skipped = Counter(m.reason for m in evidence.ledger if m.state == "skipped")
    unsent = ", ".join(f"{n} {reason}" for reason, n in skipped.most_common()) or "none"
    mean = indicators.get("mean_follow_up_days")
    late = max(lateness(evidence), default=timedelta()).total_seconds() / 3_600
    lines = [
        f"Ombudsman offers: {offers} · vacant seats skipped: {vacancies} times",
        f"not mailed, with the reason: {unsent}",
        f"sla's own count: {indicators.get('received')} received, {indicators.get('verified')} verified,"
        f" {indicators.get('followed_up')} followed up, {indicators.get('answered')} answered"
        + (f"; first follow-up after {mean:.1f} working days on average" if mean is not None else ""),
        f"the latest step was {late:.1f} simulated hours late",
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


def show_verdicts(console: Console, groups: Sequence[tuple[str, Sequence[Verdict]]]) -> None:
    """Print a line for each promise below the heading of its group, with its first breaches below."""
    for heading, verdicts in groups:
        console.print(Text(heading, style="bold"))
        for verdict in verdicts:
            _show_verdict(console, verdict)


def _show_verdict(console: Console, verdict: Verdict) -> None:
    mark, style = ("✓", "green") if verdict.held else ("✗", "bold red")
    line = Text.assemble("  ", (mark, style), f" {verdict.sentence}")
    if verdict.times is not None:
        line.append(f"{verdict.times:>{WIDTH - len(line)}} time{'s' if verdict.times != 1 else ''}")
    console.print(line, highlight=False)
    for breach in verdict.breaches[:MOST_BREACHES]:
        console.print(Text(f"      {breach}", style="red"), highlight=False)
    if len(verdict.breaches) > MOST_BREACHES:
        console.print(Text(f"      … and {len(verdict.breaches) - MOST_BREACHES} more", style="red"), highlight=False)
