"""The rules by which clocks are counted: the policies, and the calendar of each zone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from services.sla.domain.policies import Policy, policy_on
from services.sla.domain.steps import Days


@dataclass(frozen=True, slots=True)
class Rules:
    """The policies, oldest first, and the calendar of a zone; an unknown zone has the capital's calendar."""

    policies: Sequence[Policy]
    calendar_of: Callable[[str], Days]

    def policy(self, version: int) -> Policy:
        """The policy of this version. Raises KeyError."""
        for policy in self.policies:
            if policy.version == version:
                return policy
        raise KeyError(version)

    def policy_on(self, day: date) -> Policy:
        """The policy in force on this day."""
        return policy_on(day, self.policies)
