"""Open violations, noted and logged under the names that everyone may know; and as they are shown to whom."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from services.audit.checks.references import PublicName, names_of
from services.audit.domain.violations import Findings, Violation
from services.audit.state import State
from shared.telemetry import log

# Stands in the log for a complaint that only officials may name, and in findings for one that only named seats know.
CONFIDENTIAL = "confidential"
SENSITIVE = "sensitive"


@dataclass(frozen=True, slots=True)
class Finding:
    """A violation with the tracking reference of its complaint; None for one that is hidden or unknown."""

    violation: Violation
    reference: str | None


@dataclass(frozen=True, slots=True)
class Published:
    """What everyone may know: how many violations of each check stand, and those under a public name."""

    counts: Mapping[str, int]
    violations: Sequence[Violation]


async def note(state: State, findings: Findings, now: datetime) -> None:
    """Note what was found, and log what is new."""
    new = state.ledger.take(findings, now)
    await _ask_for_names(state, {id for one in findings.violations if (id := one.complaint_id)})
    for violation in new if state.logs_findings else ():
        named = _publicly(state, violation) or replace(violation, subject=CONFIDENTIAL, detail="")
        log.error(
            "law violated",
            check=named.check,
            subject=named.subject,
            since=named.since.isoformat(),
            detail=named.detail,
        )


async def _ask_for_names(state: State, found: set[UUID]) -> None:
    """Ask intake for the names of the complaints that are new; while it is away, nobody may name them.

    Those that were found again are asked for again: they may have become sensitive.
    """
    ids = {id for one in state.ledger.open.values() if (id := one.violation.complaint_id)}
    state.names = {id: name for id, name in state.names.items() if id in ids}
    try:
        state.names |= await names_of(state.databases, (ids - state.names.keys()) | (ids & found))
    except (SQLAlchemyError, OSError) as error:
        log.warning("names of complaints cannot be read", error=repr(error))


def open_violations(state: State) -> list[Violation]:
    """What is wrong, oldest first."""
    return sorted((one.violation for one in state.ledger.open.values()), key=lambda violation: violation.since)


def published(state: State) -> Published:
    """What everyone may know, oldest first; confidential and sensitive complaints are in it as numbers."""
    found = open_violations(state)
    named = (_publicly(state, one) for one in found)
    return Published(Counter(one.check for one in found), [one for one in named if one])


def findings(state: State) -> Sequence[Finding]:
    """What is wrong, oldest first, whichever complaint it concerns; a sensitive one is not named."""
    return [Finding(_without_secret(state, one), _reference(state, one)) for one in open_violations(state)]


def _without_secret(state: State, violation: Violation) -> Violation:
    """The violation; without its complaint if this is sensitive, or may be while intake is away."""
    name = state.names.get(violation.complaint_id) if violation.complaint_id else PublicName()
    is_secret = name is None or name.sensitive
    return replace(violation, subject=SENSITIVE, complaint_id=None) if is_secret else violation


def _publicly(state: State, violation: Violation) -> Violation | None:
    """The violation with a tracking reference or a service as its subject; None where only officials may name it."""
    if violation.complaint_id is None:
        return violation
    reference = _reference(state, violation)
    return replace(violation, subject=reference) if reference else None


def _reference(state: State, violation: Violation) -> str | None:
    name = state.names.get(violation.complaint_id) if violation.complaint_id else None
    return name.reference if name else None
