"""The policies by which clocks are counted."""

from collections.abc import Sequence

from services.sla.domain.policies import Policy
from services.sla.state import State


def list_policies(state: State) -> Sequence[Policy]:
    """All policies, oldest first, also those that count running clocks only."""
    return state.rules.policies
