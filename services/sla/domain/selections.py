"""Selections: which policies somebody asks for, by agency, clock and day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.sla.domain.directory import Directory
from services.sla.domain.policies import Policy
from services.sla.domain.situations import place_of, situation_at
from shared.vocabulary import LIFE, ClockName


@dataclass(frozen=True, slots=True)
class Selection:
    """Policies that hold at an agency, that have a limit of a clock, that are in force on a day and not replaced."""

    agency: str | None = None
    clock: ClockName | None = None
    on: date | None = None


def selected(policies: Sequence[Policy], directory: Directory, selection: Selection) -> Sequence[Policy]:
    """The policies of a selection, in the order of their versions."""
    found = [policy for policy in policies if _holds(policy, directory, selection)]
    return found if selection.on is None else _not_replaced(found, selection.on)


def _holds(policy: Policy, directory: Directory, selection: Selection) -> bool:
    if selection.clock is not None and all(limit.clock != selection.clock for limit in policy.limits):
        return False
    if selection.agency is None:
        return True
    # Class and kind decide about limits, never about places.
    return place_of(policy, situation_at(directory, LIFE, "", "", selection.agency)) is not None


def _not_replaced(policies: Sequence[Policy], on: date) -> Sequence[Policy]:
    """Those in force on a day that are the newest for at least one of their limits."""
    newest: dict[tuple[object, ...], Policy] = {}
    for policy in sorted(policies, key=lambda one: (one.effective_on, one.version)):
        if policy.effective_on <= on:
            place = policy.tier, policy.agency, policy.region
            newest |= {(*place, each.clock, each.classification, each.kind): policy for each in policy.limits}
    kept = {policy.version for policy in newest.values()}
    return [policy for policy in policies if policy.version in kept]
