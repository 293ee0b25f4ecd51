"""The refusals of sla."""

from shared.errors import Invalid


class ReversedPeriod(Invalid):
    """The period ends before it begins."""
