"""Asks whether anything fell silent: next steps, clocks, people, and whether all who show a complaint agree."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from shared.vocabulary import STATE_LABELS
from tests.silence.examine_clocks import examine_clocks
from tests.silence.examine_mails import examine_mails
from tests.silence.examine_people import examine_people, gaps
from tests.silence.house import House
from tests.silence.outages import Conditions
from tests.silence.report import Report
from tests.silence.scene import Scene, at, scene_of

OFFER = "ombudsman"
# No two steps of an open complaint lie further apart, Lebaran included, not counting days with a service away: what was
# merged as soon as it was filed hears of the Ombudsman after sixty days, and faults put that off by hours.
LONGEST_GAP_DAYS = 61
DIFFERENCES = (
    "holder in sla", "holder in public", "state or transfers at intake", "label",
    "overdue in public", "overdue in sla", "step",
)  # fmt: skip
# What runs out for an official and makes a case overdue.
LIMITS = ("verification", "follow_up", "resolution", "contact", "appeal")


async def examine(house: House, conditions: Conditions, report: Report) -> None:
    """All checks of this moment."""
    scene = await scene_of(house)
    report.note("filed, routed, open", (len(scene.filed), len(scene.cases), len(scene.open_ids)))
    _examine_next_steps(scene, report)
    gap_of, most = gaps(scene), LONGEST_GAP_DAYS
    silent = {days: sum(gap > days for gap in gap_of.values()) for days in (30, most, 90)}
    report.note("silent while open for more days on end than", silent)
    longer = sum(gap > most for gap in gaps(scene, conditions).values())
    report.zero(f"silent while open for more than {most} days on end, outages not counted", longer, always=True)
    examine_clocks(scene, conditions, report)
    await examine_people(house, scene, conditions.outages, report)
    await examine_mails(house, scene, conditions.in_order, report)
    _examine_agreement(scene, report)


def _examine_next_steps(scene: Scene, report: Report) -> None:
    without = [id for id in scene.open_ids if not scene.runs(id)]
    report.zero("open without a next step", len(without), always=True)
    for why, number in Counter(_why(scene, id) for id in without).most_common(5):
        report.note("  of which", f"{number} {why}")
    offers = [id for id in scene.open_ids if _only_an_offer_comes(scene, id)]
    report.zero("open, of which no official will hear again", len(offers), always=True)


def _only_an_offer_comes(scene: Scene, id: UUID) -> bool:
    return bool(scene.runs(id)) and all(clock["name"] == OFFER and not clock["steps"] for clock in scene.runs(id))


def _why(scene: Scene, id: UUID) -> str:
    if id not in scene.cases:
        return "without a case"
    state = scene.cases[id]["state"]
    clocks = sorted({clock["name"] for clock in scene.clocks[id] if clock["stopped_at"] is None})
    return f"{state}, clocks used up: {', '.join(clocks) or 'none'}"


def _examine_agreement(scene: Scene, report: Report) -> None:
    """The public view and sla's against routing's, which alone decides."""
    differs: dict[str, list[UUID]] = defaultdict(list)
    for id in scene.cases:
        for name in _differences(scene, id):
            differs[name].append(id)
    for name in DIFFERENCES:
        report.zero(f"{name} differs from routing's", len(differs[name]))
        for id in differs[name][:2]:
            report.note("  such as", _told_of(scene, id))


def _told_of(scene: Scene, id: UUID) -> str:
    """What routing and the public show of a complaint, and what sla has said of it, in the order of its moments."""
    said = sorted(
        (event for event in scene.events[id] if type(event.fact).source == "sla"), key=lambda event: event.time
    )
    words = [f"{event.time:%m-%d %H:%M:%S.%f} {type(event.fact).__name__} {_step_of(event.fact)}" for event in said]
    case, public = scene.cases[id], scene.public[id]
    return f"{id}: step {case['ladder_step']} in routing, {public['step']} in public; {'; '.join(words)}"


def _step_of(fact: Any) -> str:
    names = ("clock", "step", "round", "steps", "standing", "reason")
    return ",".join(f"{name}={getattr(fact, name)}" for name in names if hasattr(fact, name))


def _differences(scene: Scene, id: UUID) -> Sequence[str]:
    case, public, card = scene.cases[id], scene.public[id], scene.agencies.get(scene.cases[id]["holder"])
    found = {
        "holder in sla": scene.holders.get(id) != case["holder"],
        "holder in public": card is not None and public["holder"] != card.name,
        "state or transfers at intake": scene.standings.get(id) != (case["state"], case["transfers"]),
        "label": public["status"] != STATE_LABELS[case["state"]],
        "overdue in public": public["overdue"] != case["overdue"],
        "overdue in sla": _is_overdue(scene, id) != case["overdue"],
        "step": public["step"] != case["ladder_step"],
    }
    return [name for name, differs in found.items() if differs]


def _is_overdue(scene: Scene, id: UUID) -> bool:
    """Whether a limit of an official has passed, of one that pauses before it did; nobody misses the others."""
    return any(
        clock["stopped_at"] is None
        and clock["name"] in LIMITS
        and at(clock["due_at"]) < (at(clock["paused_at"]) if clock["paused_at"] else scene.now)
        for clock in scene.clocks[id]
    )
