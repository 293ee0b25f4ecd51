"""The refusals of sla."""

from collections.abc import Mapping

from services.sla.domain.acceptances import Problem, Reason
from shared.errors import Conflict, Invalid, NotFound, Refusal, UnknownAgency


class ReversedPeriod(Invalid):
    """The period ends before it begins."""


class UnknownPolicy(NotFound):
    """There is no policy with this version."""


class NotInForce(Conflict):
    """This policy is not in force yet; open clocks can be put under it once it is."""


class UnknownTrait(Invalid):
    """The field of a complaint is not known where its clocks run; name a kind, class, tier, agency or region."""


class UncountableUnit(Invalid):
    """Clocks count working days or hours, calendar days or hours; a promise only working days, an alarm only hours."""


class NotKnownYet(Invalid):
    """A limit of life holds for all; one of verification or ombudsman may name a kind, but no class."""


class TooSoon(Invalid):
    """A policy takes effect on a day that begins at least one minute from now."""


class TwoPlaces(Invalid):
    """A policy holds for an agency or for a region, not for both."""


class UnknownRegion(Invalid):
    """No agency lies in this region."""


class RepeatedLimit(Invalid):
    """Two limits of this policy are for the same clock, class and kind."""


class IncompleteLadder(Invalid):
    """A ladder has three climbs, the first at the limit and each later than the one before."""


class UnorderedReminders(Invalid):
    """Each reminder comes later than the one before."""


class TooFar(Invalid):
    """No step may be more than 60 working days or 100 calendar days away."""


class OtherUnit(Invalid):
    """A local policy counts in the unit of the policy above it."""


class LongerLimit(Invalid):
    """A local policy may not allow more time than the policy above it."""


class ShorterTime(Invalid):
    """A local policy may not give reporters less time than the policy above it."""


class LaterReminder(Invalid):
    """A local policy may not remind later, or fewer people, than the policy above it."""


class LaterClimb(Invalid):
    """A local policy may not let a complaint climb later than the policy above it."""


class RarerRounds(Invalid):
    """A local policy may not recur more seldom than the policy above it."""


# The refusal of each reason, and the field of the request that it concerns.
REFUSALS: Mapping[Reason, tuple[type[Refusal], str]] = {
    Reason.UNCOUNTABLE_UNIT: (UncountableUnit, "unit"),
    Reason.NOT_KNOWN_YET: (NotKnownYet, "limits"),
    Reason.TOO_SOON: (TooSoon, "effective_on"),
    Reason.TWO_PLACES: (TwoPlaces, "region"),
    Reason.UNKNOWN_AGENCY: (UnknownAgency, "agency"),
    Reason.UNKNOWN_REGION: (UnknownRegion, "region"),
    Reason.REPEATED_LIMIT: (RepeatedLimit, "limits"),
    Reason.INCOMPLETE_LADDER: (IncompleteLadder, "climbs"),
    Reason.UNORDERED_REMINDERS: (UnorderedReminders, "reminders"),
    Reason.TOO_FAR: (TooFar, "days"),
    Reason.OTHER_UNIT: (OtherUnit, "unit"),
    Reason.LONGER: (LongerLimit, "days"),
    Reason.SHORTER: (ShorterTime, "days"),
    Reason.LATER_REMINDER: (LaterReminder, "reminders"),
    Reason.LATER_CLIMB: (LaterClimb, "climbs"),
    Reason.RARER: (RarerRounds, "recurrence"),
}


def refusal_for(problem: Problem) -> Refusal:
    """The refusal that says this problem, with its figures."""
    kind, field = REFUSALS[problem.reason]
    return kind(field=field, detail=problem.detail)
