"""The findings of a run, one line each; a number that must be 0 and is not refutes the promise."""

from typing import Any


class Report:
    """Prints each finding as soon as it is made; `refuted` counts those that refute the promise."""

    def __init__(self) -> None:
        self.refuted = 0

    def head(self, words: str) -> None:
        print(words, flush=True)

    def note(self, name: str, value: Any) -> None:
        """A finding that refutes nothing."""
        print(f"          {name}: {value}", flush=True)

    def zero(self, name: str, number: int) -> None:
        """A number that must be 0."""
        self.refuted += bool(number)
        print(f"  {'REFUTED' if number else 'ok     '} {name}: {number}", flush=True)

    def probe(self, name: str, verdict: str, what: str, may_be_open: bool) -> None:
        """One path to silence: closed, SILENT while it is open, FAILED where it could not be tried."""
        self.refuted += verdict != "closed" and not may_be_open
        later = " (a later issue)" if may_be_open and verdict != "closed" else ""
        print(f"  {verdict}  {name}{later}: {what}", flush=True)
