"""Ratings: when the handling of a complaint may be rated."""

from shared.lifecycle.acts import BY_REPORTER, ActKind
from shared.lifecycle.table import transitions_of
from shared.vocabulary import State


def is_rateable(state: State) -> bool:
    """Whether the table lets a reporter rate a complaint in this state."""
    return any(state in row.before for row in transitions_of(ActKind.RATING, [BY_REPORTER]))
