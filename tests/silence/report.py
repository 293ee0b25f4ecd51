"""The findings of a run, one line each; a number that must be 0 and is not refutes the promise."""

from typing import Any


class Report:
    """Prints each finding as soon as it is made; `refuted` counts those that refute the promise.

    While events are parked, whose handlers still fail, the services may differ about their complaints.
    """

    def __init__(self) -> None:
        self.refuted, self.is_parked = 0, False

    def head(self, words: str) -> None:
        print(words, flush=True)

    def note(self, name: str, value: Any) -> None:
        """A finding that refutes nothing."""
        print(f"          {name}: {value}", flush=True)

    def zero(self, name: str, number: int, *, always: bool = False) -> None:
        """A number that must be 0 once nothing is parked, or always."""
        if number and self.is_parked and not always:
            return self.note(f"while events are parked, {name}", number)
        self.refuted += bool(number)
        print(f"  {'REFUTED' if number else 'ok     '} {name}: {number}", flush=True)

    def probe(self, name: str, verdict: str, what: str) -> None:
        """One path to silence: closed, SILENT while it is open, FAILED where it could not be tried."""
        self.refuted += verdict != "closed"
        print(f"  {verdict}  {name}: {what}", flush=True)
