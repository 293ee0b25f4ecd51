"""Violations: what a check found, how long it has lasted, and when it is due for a report."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong: the check that found it, what it concerns, since when, and a sentence in Indonesian.

    `subject` is a complaint's id, or the name of a service. The sentence has codes and numbers, no personal data. An
    `agency` is known otherwise to a service than to routing.
    """

    check: str
    subject: str
    since: datetime
    detail: str
    complaint_id: UUID | None = None
    agency: str | None = None

    @property
    def about(self) -> UUID | str | None:
        """The complaint or agency that can be said again."""
        return self.complaint_id or self.agency

    @property
    def key(self) -> Key:
        return self.check, self.subject


@dataclass(frozen=True, slots=True)
class Findings:
    """What these checks found among these subjects, or among all; all else that they had found there is over."""

    checks: frozenset[str]
    violations: Sequence[Violation] = ()
    subjects: frozenset[str] | None = None

    def cover(self, key: Key) -> bool:
        check, subject = key
        return check in self.checks and (self.subjects is None or subject in self.subjects)


@dataclass(frozen=True, slots=True)
class OpenViolation:
    """A violation that has not ended: when the auditor saw it first, and the day on which it was reported last.

    So many `ends` of it were reported before: what begins anew on the same day is told anew.
    """

    violation: Violation
    seen_at: datetime
    reported_on: date | None = None
    ends: int = 0

    def has_lasted(self, grace: timedelta, now: datetime) -> bool:
        return now - self.seen_at >= grace


@dataclass(slots=True)
class Ledger:
    """The violations that are open, and those that are over, until their end is reported."""

    open: dict[Key, OpenViolation] = field(default_factory=dict)
    over: dict[Key, OpenViolation] = field(default_factory=dict)
    ends: Counter[Key] = field(default_factory=Counter)

    def take(self, findings: Findings, now: datetime) -> Sequence[Violation]:
        """Note what was found; gives what is new. The end of a violation is reported only if the violation was."""
        found = {violation.key: violation for violation in findings.violations}
        for key in [key for key in self.open if findings.cover(key) and key not in found]:
            ended = self.open.pop(key)
            if ended.reported_on is not None:
                self.over[key] = ended
        new = [violation for key, violation in found.items() if key not in self.open]
        for key, violation in found.items():
            before = (
                self.over.pop(key, None) or self.open.get(key) or OpenViolation(violation, now, ends=self.ends[key])
            )
            self.open[key] = replace(before, violation=replace(violation, since=before.violation.since))
        return new

    def due_reports(self, grace: timedelta, now: datetime) -> list[OpenViolation]:
        """The violations that have lasted their grace time and were not reported today, oldest first."""
        due = [one for one in self.open.values() if one.has_lasted(grace, now) and one.reported_on != now.date()]
        return sorted(due, key=lambda one: one.violation.since)

    def note_reported(self, reported: Iterable[OpenViolation], on: date) -> None:
        for one in reported:
            key = one.violation.key
            if key in self.open:
                self.open[key] = replace(self.open[key], reported_on=on)

    def note_end_reported(self, ended: Iterable[OpenViolation]) -> None:
        for one in ended:
            self.over.pop(one.violation.key, None)
            self.ends[one.violation.key] += 1

    def subjects_of(self, checks: frozenset[str]) -> set[str]:
        """What violations of these checks concern, to be looked at again."""
        return {subject for check, subject in self.open if check in checks}
