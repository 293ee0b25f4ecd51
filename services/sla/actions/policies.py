"""The policies by which clocks are counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.sla.actions.calendars import calendar_notice
from services.sla.domain.policies import Policy
from services.sla.state import State


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies, oldest first, also those of running clocks only; and what the calendar lacks, if anything."""

    policies: Sequence[Policy]
    calendar_notice: str | None


def list_policies(state: State, now: datetime) -> Policies:
    """The policies, and whether a year's joint leave should be known by now and is not."""
    return Policies(state.rules.policies, calendar_notice(state, now))
