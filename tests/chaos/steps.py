"""The steps of clocks as they were published, beside those that had to be by a calendar that is not the product's."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.events import ComplaintEscalated, DeadlineMissed, DeadlineNear, Event, LimitSet, OmbudsmanOffered
from shared.vocabulary import HOLD
from tests.silence.expectations import expected_clocks
from tests.silence.expected import OMBUDSMAN, REMINDERS, Count, Expected

PERCENTS = (50, 80)
NEAR, MISSED, CLIMB, OFFER, ROUND = "near", "missed", "climb", "offer", "round"
LAST_CLIMB = 3
ACTS = {"ComplaintFiled", "ComplaintRouted", "ComplaintVerified", "ComplaintForwarded"}


class Step(NamedTuple):
    """A step of one clock of a complaint: the percentage of a reminder, the climb, or the round, is its number."""

    clock: str
    cycle: int
    kind: str
    number: int = 0
    instead_of: tuple[str, ...] = ()


class QuickCount(Count):
    """The same count, each end of a working day walked to once."""

    def __init__(self) -> None:
        super().__init__()
        self._days = cache(super().due)

    def due(self, since: datetime, days: float, zone: str) -> datetime:
        # Counted from a day, whatever its hour: so all that was filed on a day has the same limits.
        return self._days(
            since.astimezone(ZoneInfo(zone)).replace(hour=12, minute=0, second=0, microsecond=0), days, zone
        )


# The ids under which each step was said, with their moments.
Said = dict[Step, dict[UUID, datetime]]


@dataclass(slots=True)
class Published:
    """What the topic says: the ids of each step and of each act of a complaint, and the moment of each step."""

    acts: dict[str, dict[UUID, Event[Any]]] = field(default_factory=lambda: defaultdict(dict))
    steps: dict[str, Said] = field(default_factory=lambda: defaultdict(dict))
    passed: dict[str, set[Step]] = field(default_factory=lambda: defaultdict(set))
    ids: Counter[UUID] = field(default_factory=Counter)

    def note(self, event: Event[Any]) -> None:
        if event.fact.source == "notify" or (isinstance(event.fact, LimitSet) and event.fact.clock != HOLD):
            return  # No timeline tells of it.
        self.ids[event.id] += 1
        if type(event.fact).__name__ in ACTS:
            self.acts[event.subject][event.id] = event
        elif step := step_of(event.fact):
            self.steps[event.subject].setdefault(step, {})[event.id] = event.time
            rounds = range(step.number - getattr(event.fact, "passed", 0), step.number)
            self.passed[event.subject].update(step._replace(number=number) for number in rounds)

    def said_before(self, moment: datetime | None) -> int:
        """How many steps were first said before this moment."""
        said = [
            min(ids.values()) for steps in self.steps.values() for step, ids in steps.items() if not step.instead_of
        ]
        return sum(moment is not None and at < moment for at in said)


def step_of(fact: Any) -> Step | None:
    """The step that an event tells of."""
    match fact:
        case DeadlineNear():
            return Step(fact.clock, fact.cycle, NEAR, fact.percent)
        case DeadlineMissed():
            return Step(fact.clock, fact.cycle, MISSED)
        case OmbudsmanOffered():
            return Step(OMBUDSMAN, 1, OFFER)
        case ComplaintEscalated():
            instead = tuple(f"{seat.agency}/{seat.role}" for seat in fact.instead_of)
            kind, number = (ROUND, fact.round) if fact.round else (CLIMB, fact.step)
            return Step(fact.clock, fact.cycle, kind, number, instead)
    return None


@dataclass(slots=True)
class Tally:
    """The figures of a count, and the steps that break the rule: each due step once, none before its moment."""

    due: int = 0
    said: int = 0
    passed: int = 0
    overtaken: int = 0
    went_on: int = 0
    missing: list[tuple[str, Step]] = field(default_factory=list)
    twice: list[tuple[str, Step]] = field(default_factory=list)
    early: list[tuple[str, Step]] = field(default_factory=list)


def tally(published: Published, now: datetime) -> Tally:
    """What was published, counted against what was due by now."""
    found, counted = Tally(), QuickCount()
    for complaint, acts in published.acts.items():
        due = dict(due_steps(list(acts.values()), counted, now))
        _compare(found, complaint, due, published.steps[complaint], published.passed[complaint])
    unknown = published.steps.keys() - published.acts.keys()
    found.early += [(complaint, step) for complaint in unknown for step in published.steps[complaint]]
    return found


def _compare(found: Tally, complaint: str, due: Mapping[Step, datetime], said: Said, passed: set[Step]) -> None:
    """A reminder may be left out once the next step is due; a round may be passed over, and the next one says so."""
    own = {step: times for step, times in said.items() if not step.instead_of}
    left = due.keys() - own.keys() - passed
    overtaken = {step for step in left if step.kind == NEAR}
    found.due, found.said, found.passed = found.due + len(due), found.said + len(own), found.passed + len(passed)
    found.overtaken, found.went_on = found.overtaken + len(overtaken), found.went_on + len(said) - len(own)
    found.missing += [(complaint, step) for step in left - overtaken]
    found.twice += [(complaint, step) for step, ids in said.items() if len(ids) > 1 or step in passed]
    moments = {step: due.get(step._replace(instead_of=())) for step in said}
    found.early += [(complaint, step) for step, at in moments.items() if at is None or min(said[step].values()) < at]


def due_steps(acts: Sequence[Event[Any]], counted: Count, now: datetime) -> Iterator[tuple[Step, datetime]]:
    """The steps of a complaint's clocks that had to be said by now, by its events, each with its moment."""
    for (name, cycle), clock in expected_clocks(acts).items():
        until = min(now, clock.stop or now)
        for step, moment in _steps(name, cycle, clock, counted, until):
            if moment <= until:
                yield step, moment


def _steps(name: str, cycle: int, clock: Expected, counted: Count, until: datetime) -> Iterator[tuple[Step, datetime]]:
    for number, days in enumerate(clock.named_steps(), start=1):
        for step in _named(name, cycle, number):
            yield step, clock.moment(counted, days)
    for round, moment in clock.rounds(counted, until):
        yield Step(name, cycle, ROUND, round), moment


def _named(name: str, cycle: int, number: int) -> Iterator[Step]:
    if name == OMBUDSMAN:
        yield Step(name, cycle, OFFER)
    elif number <= REMINDERS:
        yield Step(name, cycle, NEAR, PERCENTS[number - 1])
    else:
        yield Step(name, cycle, CLIMB, number - REMINDERS)
        if number == REMINDERS + 1:
            yield Step(name, cycle, MISSED)


def row_of(step: Step) -> tuple[str, int, int, int]:
    """Clock, cycle, number and round of the row that sla keeps of a step."""
    number = {
        NEAR: lambda: PERCENTS.index(step.number) + 1,
        CLIMB: lambda: REMINDERS + step.number,
        OFFER: lambda: 1,
        ROUND: lambda: 2 if step.clock == OMBUDSMAN else REMINDERS + LAST_CLIMB + 1,
    }[step.kind]()
    return step.clock, step.cycle, number, step.number if step.kind == ROUND else 0
