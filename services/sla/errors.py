"""The refusals of sla."""

from shared.errors import Invalid, NotFound


class UnknownComplaint(NotFound):
    """No complaint with this id is known."""

    indonesian = "Aduan dengan id ini tidak dikenal."


class ReversedPeriod(Invalid):
    """The period ends before it begins."""

    indonesian = "Akhir periode mendahului awalnya."
