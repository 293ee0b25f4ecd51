"""Counting a running clock again after the calendar has changed."""

from dataclasses import dataclass

from services.sla.domain.clocks import Clock, Key, moved
from services.sla.domain.rules import Rules


@dataclass(slots=True)
class Recount:
    """How far a process has come: the key of the last clock that it looked at, and whether it was the last of all."""

    after: Key | None = None
    done: bool = False


def recounted(rules: Rules, clock: Clock) -> Clock:
    """The clock by today's calendar; taken steps stay taken. Raises an error for one that cannot be counted."""
    return moved(rules, clock, clock.agency, clock.zone)
