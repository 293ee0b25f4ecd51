"""Violations: what a check found, how long it has lasted, and when it is to be told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong: the check that found it, what it concerns, since when, and a sentence in Indonesian.

    `subject` is a complaint's id, or the name of a service. The sentence has codes and numbers, no personal data.
    """

    check: str
    subject: str
    since: datetime
    detail: str
    complaint_id: UUID | None = None

    @property
    def key(self) -> Key:
        return self.check, self.subject


@dataclass(frozen=True, slots=True)
class Findings:
    """What these checks found among these subjects, or among all; whatever else they had found there is over."""

    checks: frozenset[str]
    violations: Sequence[Violation] = ()
    subjects: frozenset[str] | None = None

    def cover(self, key: Key) -> bool:
        check, subject = key
        return check in self.checks and (self.subjects is None or subject in self.subjects)


@dataclass(frozen=True, slots=True)
class Standing:
    """A violation that has not ended: when the auditor saw it first, and the day on which it was told last."""

    violation: Violation
    seen_at: datetime
    told_on: date | None = None

    def has_lasted(self, grace: timedelta, now: datetime) -> bool:
        return now - self.seen_at >= grace


@dataclass(slots=True)
class Ledger:
    """The violations that stand, and those that are over and whose end is still to be told."""

    standing: dict[Key, Standing] = field(default_factory=dict)
    over: dict[Key, Standing] = field(default_factory=dict)

    def take(self, findings: Findings, now: datetime) -> Sequence[Violation]:
        """Note what was found; gives what is new. Of what was never told, the end is not told either."""
        found = {violation.key: violation for violation in findings.violations}
        for key in [key for key in self.standing if findings.cover(key) and key not in found]:
            ended = self.standing.pop(key)
            if ended.told_on is not None:
                self.over[key] = ended
        new = [violation for key, violation in found.items() if key not in self.standing]
        for key, violation in found.items():
            before = self.over.pop(key, None) or self.standing.get(key) or Standing(violation, now)
            self.standing[key] = replace(before, violation=replace(violation, since=before.violation.since))
        return new

    def to_tell(self, grace: timedelta, now: datetime) -> list[Standing]:
        """The violations that have lasted their grace time and were not told today, oldest first."""
        due = [one for one in self.standing.values() if one.has_lasted(grace, now) and one.told_on != now.date()]
        return sorted(due, key=lambda one: one.violation.since)

    def told(self, standing: Iterable[Standing], on: date) -> None:
        for one in standing:
            key = one.violation.key
            if key in self.standing:
                self.standing[key] = replace(self.standing[key], told_on=on)

    def end_told(self, ended: Iterable[Standing]) -> None:
        for one in ended:
            self.over.pop(one.violation.key, None)

    def subjects_of(self, checks: frozenset[str]) -> set[str]:
        """What violations of these checks concern, to be looked at again."""
        return {subject for check, subject in self.standing if check in checks}
