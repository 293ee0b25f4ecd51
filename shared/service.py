"""What a service is, as data; and what its code has at hand while it runs."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData

from shared.clock import Clock
from shared.events import COMPLAINTS, Event, Fact
from shared.settings import Settings

if TYPE_CHECKING:
    from fastapi import APIRouter

    from shared.batch import Commits
    from shared.db import Database, Tx

Handler = Callable[["Tx", Sequence[Event[Any]]], Awaitable[None]]
Step = Callable[["Site"], Awaitable[int]]
Prepare = Callable[["Site"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Timer:
    """A loop: `step` does one batch and returns how much it did; 0 lets the loop rest."""

    name: str
    step: Step
    rest_seconds: float | None = None


async def nothing(site: "Site") -> None:
    """A service that makes nothing ready and has nothing to give back."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service: its doors, its tables, what it makes ready before its doors open and gives back afterwards."""

    name: str
    routers: tuple["APIRouter", ...]
    handlers: Mapping[type[Fact], Handler]
    timers: tuple[Timer, ...]
    tables: MetaData
    prepare: Prepare = nothing
    release: Prepare = nothing

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(sorted({fact.topic for fact in self.handlers})) or (COMPLAINTS,)


@dataclass(slots=True)
class Site:
    """A service while it runs: its settings, clock, database and what it keeps in memory.

    `memory` belongs to the service: its `prepare` fills it, its own code reads it.
    """

    service: Service
    settings: Settings
    clock: Clock
    db: "Database"
    commits: "Commits"
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.service.name

    def now(self) -> datetime:
        return self.clock.now()
