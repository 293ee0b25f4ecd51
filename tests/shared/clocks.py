"""Clocks of machines that are wrong."""

from datetime import datetime, timedelta

from shared.clock import RealClock


class Off(RealClock):
    """The real clock of a machine that is so far ahead, or behind."""

    def __init__(self, off: timedelta) -> None:
        self._off = off

    def now(self) -> datetime:
        return super().now() + self._off
