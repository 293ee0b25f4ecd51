"""Checks of what was said: nothing more than once to one seat, but for what is meant to be said again."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.events import Event, OmbudsmanOffered, WindowClosing
from shared.vocabulary import LEADER
from tests.silence.expectations import Key, expected_clocks
from tests.silence.expected import PAUSING, WINDOW, Count, Expected

SAID = ("DeadlineNear", "DeadlineMissed", "ComplaintEscalated", "OmbudsmanOffered", "WindowClosing")


def said_twice(counted: Count, complaints: Iterable[Sequence[Event[Any]]]) -> Sequence[tuple[Any, ...]]:
    """What was said to one seat more often than it may be, in the events of these complaints."""
    found: list[tuple[Any, ...]] = []
    for events in complaints:
        said: dict[tuple[Any, ...], list[datetime]] = defaultdict(list)
        for event in events:
            for saying in _sayings(event) if type(event.fact).__name__ in SAID else ():
                said[saying].append(event.time)
        repeated = {saying: moments for saying, moments in said.items() if len(moments) > 1}
        clocks = expected_clocks(events) if repeated else {}
        found += [saying for saying, moments in repeated.items() if not _may_repeat(counted, clocks, saying, moments)]
    return found


def _may_repeat(
    counted: Count, clocks: Mapping[Key, Expected], saying: tuple[Any, ...], moments: Sequence[datetime]
) -> bool:
    """Whether something may be said so often: climbs that are raised to one step are as many as the steps below it.

    The end of a hold is said again each week until routing has acted, at once if sla was away meanwhile (decision 22).
    """
    kind, _, name, cycle, _, step, round, _ = saying
    clock = clocks.get((name, cycle))
    if clock is None:
        return False
    if name in PAUSING and kind == "DeadlineMissed":
        return clock.may_lapse(counted, moments)
    return not round and step == clock.floor and len(moments) <= clock.floor


def _sayings(event: Event[Any]) -> Iterator[tuple[Any, ...]]:
    """What an announcement says to each of its seats: where one is not reached, the next one up is told the same."""
    names = ("complaint_id", "clock", "cycle", "percent", "step", "round")
    words = type(event.fact).__name__, *(getattr(event.fact, name, None) for name in names)
    if isinstance(event.fact, WindowClosing):
        words = *words[:2], WINDOW, event.fact.window, *words[4:]
    if isinstance(event.fact, OmbudsmanOffered):
        # A holder that comes later is told as well.
        yield *words, (event.fact.agency, LEADER)
        return
    for seat in getattr(event.fact, "recipients", ()) or (None,):
        yield *words, seat and (seat.agency, seat.role)
