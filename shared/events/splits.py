"""Events of splits: the parts of a complaint, and the whole that is dealt with in them, said by routing.

With `again` its publisher repeats what it said at that moment, for whoever has lost it; nobody is written to.
"""

from uuid import UUID

from pydantic import AwareDatetime

from shared.events.directory import AgencyRef, Recipient
from shared.events.envelope import Fact, Part
from shared.vocabulary import Classification, Kind

Moments = tuple[AwareDatetime, AwareDatetime]


class Turn(Part):
    """An agency held the complaint since this moment."""

    since: AwareDatetime
    agency: AgencyRef


class Classed(Part):
    """The complaint was said to be of this class at this moment."""

    at: AwareDatetime
    classification: Classification


class PartOpened(Fact, source="routing"):
    """A part of the complaint `part_of` is a complaint of its own, which `agency` must follow up.

    It has the moment of filing, the kind and the confidentiality of its whole; `sealed` holds its title, its text and
    those of the whole. Its resolution counts from `resolution_since`, without the times in which
    the reporter was asked (`holds`) and in which the whole was a duplicate (`mergers`): the moments of their begin and
    end. An interim reply was given at the first moment of `interims`, towards the second. Since then these agencies
    `held` the whole, one after the other. If its class was corrected, it had these `classes`. Where it
    had been reopened, no resolution climbs lower than `standing`.
    If the part is urgent, it has been so since `urgent_since`, and `duty` is the seat of the agency's duty officer.
    """

    complaint_id: UUID
    part_of: UUID
    reference: str
    agency: AgencyRef
    verifier: str
    by: str
    filed_at: AwareDatetime
    kind: Kind
    classification: Classification
    confidential: bool
    resolution_since: AwareDatetime
    holds: tuple[Moments, ...] = ()
    mergers: tuple[Moments, ...] = ()
    interims: tuple[Moments, ...] = ()
    held: tuple[Turn, ...] = ()
    classes: tuple[Classed, ...] = ()
    standing: int = 0
    urgent_since: AwareDatetime | None = None
    sealed: str
    duty: tuple[Recipient, ...] = ()
    again: bool = False


class ComplaintSplit(Fact, source="routing"):
    """The complaint is dealt with in so many `parts`; `agency` held it, and `sealed` lists them with the reason.

    If it was never verified, `verifier` had to verify it. It is `reopened` where it had ended with its last part and
    one of them is open again.
    """

    complaint_id: UUID
    agency: AgencyRef
    by: str
    parts: int
    verifier: str | None = None
    reopened: bool = False
    sealed: str | None = None
    again: bool = False
