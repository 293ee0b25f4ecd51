"""The only file that reads the clock: real, accelerated for a demonstration, or moved by hand."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

# The next moment after another: no clock and no database here is finer.
TICK = timedelta(microseconds=1)
# Stands for a moment that has never been.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The clocks of well-kept machines differ by milliseconds.
MOST_APART = timedelta(minutes=5)


class ClockAstray(Exception):
    """The clock of this machine and the clock of the database differ by more than five minutes."""


class Clock(Protocol):
    """Tells the present moment. All other code gets it as `now`."""

    @property
    def speed(self) -> float:
        """Its seconds in one real second; 0 for a clock that stands until it is moved."""
        ...

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class RealClock:
    """The machine's own clock."""

    speed = 1.0

    def now(self) -> datetime:
        return datetime.now(UTC)


class AcceleratedClock:
    """A clock that runs `speed` times as fast as the real one and showed `start` at the real moment `origin`.

    Processes given the same settings agree. `start` is `origin` unless it is given; from the moment `until` the clock
    shows, it runs as the real one.
    """

    def __init__(
        self,
        speed: float,
        origin: datetime,
        start: datetime | None = None,
        until: datetime | None = None,
        *,
        real: Clock | None = None,
    ) -> None:
        if not 0 < speed < float("inf"):
            raise ValueError(f"the speed of a clock must be above 0, not {speed}")
        self._speed = speed
        self._until = None if until is None else _in_utc(until)
        self._origin = _in_utc(origin)
        self._start = self._origin if start is None else _in_utc(start)
        self._real = real or RealClock()

    @property
    def speed(self) -> float:
        return self._speed if self._until is None or self.now() < self._until else 1.0

    def now(self) -> datetime:
        passed = self._real.now() - self._origin
        if self._until is not None:
            fast = (self._until - self._start) / self._speed
            if passed > fast:
                return self._until + (passed - fast)
        return self._start + passed * self._speed


class ManualClock:
    """A clock that stands still until it is moved, for replays and tests."""

    speed = 0.0

    def __init__(self, start: datetime) -> None:
        self._now = _in_utc(start)

    def now(self) -> datetime:
        return self._now

    def advance_to(self, moment: datetime) -> None:
        """Move forward to this moment; an earlier one leaves the clock where it is."""
        self._now = max(self._now, _in_utc(moment))


def clock_from(speed: float, origin: datetime | None, start: datetime | None, until: datetime | None = None) -> Clock:
    """The clock that these settings ask for: real unless it is to run faster or to start elsewhere."""
    if speed == 1 and start is None:
        return RealClock()
    if origin is None:
        # Without an origin each process counts from its own start, and no two agree.
        raise ValueError("a clock with a speed or a start needs an origin")
    return AcceleratedClock(speed, origin, start, until)


def pace_of(clock: Clock) -> float:
    """By how much a span of real time is longer on this clock; at least 1. What machines need is real time."""
    return max(1.0, clock.speed)


def was_never(moment: datetime) -> bool:
    """Whether this moment is the epoch, which stands for one that has never been."""
    return moment.year <= EPOCH.year


def is_astray(ours: datetime, theirs: datetime) -> bool:
    """Whether two clocks that should agree differ by more than five minutes."""
    return abs(ours - theirs) > MOST_APART


def _in_utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"the moment {moment} has no time zone")
    return moment.astimezone(UTC)
