"""Checks of every clock against the reference: due dates, steps, rounds, and what was said too early, late or twice."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.events import (
    ComplaintFiled,
    Event,
    PartOpened,
)
from tests.silence.examine_sayings import said_twice
from tests.silence.expectations import LIFE, RESOLUTION, Key, ends, expected_clocks, reopens
from tests.silence.expected import WITHOUT_CLIMBS, Count, Expected
from tests.silence.house import IDLE_TURN
from tests.silence.outages import Conditions, Outage
from tests.silence.report import Report
from tests.silence.scene import Scene, at

HOUR = timedelta(hours=1)
# From the moment of a step to the sweep that takes it; a resolution may change its zone meanwhile.
SLACK = timedelta(seconds=1)
SLACK_OF_RESOLUTION = timedelta(hours=2, seconds=1)
# After an absence the first sweep that knows of all acts.
RETURN = timedelta(hours=12)
# Before an absence the last sweep: the loops turn once in so many hours.
LAST_TURN = timedelta(hours=6)
# The sweep waits for what these have to say, within a grace of six looks: of so many turns in a simulation.
AWAITED, GRACE = ("intake", "routing"), LAST_TURN * 6
MUST_BE_ZERO = (
    "clocks that are missing",
    "open complaints without a life clock",
    "life clocks that do not run from the filing to the end",
    "due dates that differ from the reference",
    "clocks that did not stop with their act",
    "steps missed",
    "steps missed of clocks that have stopped",
    "rounds missed",
    "rounds missed of clocks that have stopped",
    "steps taken before their time",
    "rounds said before their time or out of order",
    "steps taken though the act had been done, and not taken back",
    "clocks whose steps were taken out of order",
    "clocks with a climb left out",
)
# A limit may have been counted by a class that was not known yet, and an act may come before the clock that it stops.
NEEDS_ORDER = (
    "steps taken before their time",
    "rounds said before their time or out of order",
    "steps missed of clocks that have stopped",
    "rounds missed of clocks that have stopped",
)
EXAMPLES = 3
Examples = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Course:
    """One clock as it should be and as it was: steps by number, said rounds by moment, steps that were taken back."""

    key: Key
    expected: Expected
    shown: Any
    steps: Mapping[int, datetime]
    rounds: Sequence[tuple[int, datetime]]
    taken_back: bool
    end: datetime
    conditions: Conditions

    @property
    def slack(self) -> timedelta:
        return SLACK_OF_RESOLUTION if self.key[0] == RESOLUTION else SLACK

    @property
    def until(self) -> datetime:
        """The end of the clock, or of the simulation."""
        return min(self.end, self.expected.stop or self.end)

    def is_missed(self, moment: datetime) -> bool:
        """Whether a step of this moment must have been taken: sla could, before an act overtook it."""
        possible = self.expected.awake_at(moment)
        for outage in self.conditions.outages:
            if outage.start - LAST_TURN <= possible < outage.end + RETURN:
                possible = _end_of_wait(outage, possible)
        if self.expected.stop and possible >= self.conditions.idle_since:
            possible += IDLE_TURN  # The end of a hold comes in the same leap, and routing then acts first.
        return possible + self.slack < self.until

    def missed(self, what: str) -> str:
        return f"{what} missed of clocks that have stopped" if self.expected.stop else f"{what} missed"


def _end_of_wait(outage: Outage, at: datetime) -> datetime:
    """Until when an outage puts off a step."""
    back = outage.end + RETURN
    if outage.service == "sla":
        return back
    return min(back, at + GRACE) if outage.service in AWAITED else at


def examine_clocks(scene: Scene, conditions: Conditions, report: Report) -> None:
    """Compare all clocks with the reference, and report each difference."""
    counted, found = Count(), Counter(dict.fromkeys(MUST_BE_ZERO, 0))
    examples: Examples = defaultdict(list)
    late: list[float] = []
    for id in scene.filed:
        expected = expected_clocks(scene.events[id]) if id in scene.cases else {}
        shown = {(clock["name"], clock["cycle"]): clock for clock in scene.clocks[id]}
        found["clocks expected"] += len(expected)
        found["clocks that are missing"] += len(expected.keys() - shown.keys())
        found["clocks nobody expected"] += sum(key[0] != LIFE for key in shown.keys() - expected.keys())
        found.update(_life(scene, id, shown.get((LIFE, 1))))
        for course in _courses(scene, id, expected, shown, conditions):
            found.update(_differences(counted, course, examples))
            late += _lateness(counted, course)
    zero = [name for name in MUST_BE_ZERO if conditions.in_order or name not in NEEDS_ORDER]
    for name, number in found.items():
        (report.zero if name in zero else report.note)(name, number)
        for example in examples[name][:EXAMPLES]:
            report.note("  such as", example)
    if late:
        late.sort()
        figures = [round(late[int((len(late) - 1) * share)], 1) for share in (0.5, 0.99, 1)]
        report.note("hours from a step's moment to its taking: median, 99 %, most", figures)
    twice = said_twice(counted, scene.events.values())
    report.zero("steps said twice to one seat", len(twice), always=True)
    for saying in twice[:EXAMPLES]:
        report.note("  such as", saying)


def _life(scene: Scene, id: UUID, life: Any) -> Iterator[str]:
    """The life clock runs from the filing to the end, whatever routing does."""
    if life is None:
        if scene.is_open(id):
            yield "open complaints without a life clock"
        return
    filed = next(e.fact.filed_at for e in scene.events[id] if isinstance(e.fact, ComplaintFiled | PartOpened))
    ended = _end_of(scene.events[id])
    stopped = life["stopped_at"] and at(life["stopped_at"])
    if (at(life["started_at"]), stopped) != (filed, ended):
        yield "life clocks that do not run from the filing to the end"


def _end_of(events: Sequence[Event[Any]]) -> datetime | None:
    """The end that stands: the first since the last reopening."""
    end = None
    for event in sorted(events, key=lambda event: event.time):
        if reopens(event.fact):
            end = None
        elif ends(event.fact):
            end = end or event.time
    return end


def _courses(
    scene: Scene,
    id: UUID,
    expected: Mapping[Key, Expected],
    shown: Mapping[Key, Any],
    conditions: Conditions,
) -> Iterator[Course]:
    rounds: dict[Key, list[tuple[int, datetime]]] = defaultdict(list)
    taken_back: set[Key] = set()
    for event in scene.events[id]:
        if number := getattr(event.fact, "round", 0):
            rounds[event.fact.clock, event.fact.cycle].append((number, event.time))
        if type(event.fact).__name__ == "EscalationWithdrawn":
            taken_back.add((event.fact.clock, event.fact.cycle))
    for key in expected.keys() & shown.keys():
        steps = {step["step"]: at(step["fired_at"]) for step in shown[key]["steps"]}
        yield Course(key, expected[key], shown[key], steps, rounds[key], key in taken_back, scene.now, conditions)


def _differences(counted: Count, course: Course, examples: Examples) -> Iterator[str]:
    expected, shown = course.expected, course.shown
    if at(shown["due_at"]) != (due := expected.moment(counted, expected.days)):
        yield (name := "due dates that differ from the reference")
        examples[name].append(
            f"{course.key} from {expected.start} of {expected.days} days: {shown['due_at']}, not {due}"
        )
    if (shown["stopped_at"] and at(shown["stopped_at"])) != expected.stop:
        yield (name := "clocks that did not stop with their act")
        examples[name].append(f"{course.key} of {expected}: {shown['stopped_at']}")
    for number, days in enumerate(expected.named_steps(), start=1):
        yield from _differences_of_step(counted, course, number, days, examples)
    yield from _differences_of_order(course)
    yield from _differences_of_rounds(counted, course, examples)


def _differences_of_step(counted: Count, course: Course, number: int, days: float, examples: Examples) -> Iterator[str]:
    moment, taken = course.expected.moment(counted, days), course.steps.get(number)
    if taken is None:
        if course.is_missed(moment) and not _is_overtaken(course, number):
            yield (name := course.missed("steps"))
            examples[name].append(
                f"step {number} of {course.key}, due {moment}, of {course.expected}, taken {course.steps}"
            )
        return
    yield "steps taken"
    # What was right by an earlier limit, or in another zone, stays right.
    soonest = course.expected.soonest(counted, days)
    if taken < soonest:
        yield (name := "steps taken before their time")
        examples[name].append(f"step {number} of {course.key}, due {moment}, taken {taken}, of {course.expected}")
    stop = course.expected.stop
    is_said = course.key[0] not in WITHOUT_CLIMBS
    if stop and is_said and soonest >= stop + course.slack and not course.taken_back:
        yield (name := "steps taken though the act had been done, and not taken back")
        examples[name].append(
            f"step {number} of {course.key}, due {moment}, taken {taken}, act {stop}, of {course.expected}"
        )


def _is_overtaken(course: Course, number: int) -> bool:
    """Whether a reminder need not be said any more: a later step has been taken."""
    return number <= course.expected.reminders and any(later > number for later in course.steps)


def _differences_of_order(course: Course) -> Iterator[str]:
    numbers = sorted(course.steps)
    moments = [course.steps[number] for number in numbers]
    if moments != sorted(moments):
        yield "clocks whose steps were taken out of order"
    first = course.expected.reminders + 1
    climbs = [number for number in numbers if number >= first]
    if climbs != list(range(first, first + len(climbs))):
        yield "clocks with a climb left out"


def _differences_of_rounds(counted: Count, course: Course, examples: Examples) -> Iterator[str]:
    """Each round at most once and in order; rounds that passed during an outage are said once, as the latest."""
    due = dict(course.expected.rounds(counted, course.until - course.slack))
    missed = [number for number, moment in due.items() if course.is_missed(moment)]
    said = [number for number, _ in course.rounds]
    if max(missed, default=0) > max(said, default=0):
        yield (name := course.missed("rounds"))
        examples[name].append(f"rounds of {course.key}, said {course.rounds}, of {course.expected}, due {due}")
    soonest = (course.expected.named_steps()[-1], course.expected.round_days)
    too_early = any(
        moment < course.expected.soonest(counted, soonest[0] + soonest[1] * number) for number, moment in course.rounds
    )
    if too_early or said != sorted(set(said)):
        yield (name := "rounds said before their time or out of order")
        examples[name].append(f"rounds of {course.key}, said {course.rounds}, of {course.expected}, due {due}")
    for _ in said:
        yield "rounds said"


def _lateness(counted: Count, course: Course) -> list[float]:
    """Hours from the moment of each step to its taking."""
    days = dict(enumerate(course.expected.named_steps(), start=1))
    return [
        (taken - course.expected.moment(counted, days[number])) / HOUR
        for number, taken in course.steps.items()
        if number in days
    ]
