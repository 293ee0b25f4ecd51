"""The refusals of sla."""

from shared.errors import Invalid, NotFound


class UnknownComplaint(NotFound):
    """No complaint with this id is known."""


class ReversedPeriod(Invalid):
    """The period ends before it begins."""
