"""How far the running clocks were counted again after the calendar has changed."""

from dataclasses import dataclass

from services.sla.domain.clocks import Key


@dataclass(slots=True)
class Recount:
    """How far a process has come: the key of the last clock that it looked at, and whether it was the last of all."""

    after: Key | None = None
    done: bool = False
