"""Events of filing: a complaint, its reporter's contact and what its reporter does with it, said by intake.

With `again` its publisher repeats what it said at that moment, for whoever has lost it; nobody is written to.
"""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.events.envelope import CONTACTS, Fact
from shared.reporters import ReporterAct
from shared.vocabulary import Kind

Points = Literal[1, 2, 3, 4]


class ComplaintFiled(Fact, source="intake"):
    """A complaint was taken in; `sealed` holds title, text and address for routing alone.

    It is `urgent` if its reporter says that life is in danger, `sensitive` if only named seats may read it.
    """

    complaint_id: UUID
    reference: str
    filed_at: AwareDatetime
    kind: Kind
    channel: str
    region: str | None = None
    agency: str | None = None
    anonymous: bool = False
    confidential: bool = False
    urgent: bool = False
    sensitive: bool = False
    reporter_ref: UUID | None = None
    sealed: str
    again: bool = False


class ContactStored(Fact, source="intake", topic=CONTACTS):
    """How a reporter can be reached, sealed for notify alone."""

    reporter_ref: UUID
    sealed: str

    @property
    def key(self) -> str:
        return str(self.reporter_ref)


class ReporterActed(Fact, source="intake"):
    """The reporter wants something to be done with the complaint; routing alone decides whether it is.

    `sealed` holds the reporter's words, for officials alone. A completion has the `number` of the hold, or 0 where no
    hold was known; a reply has its own, from 1. For other acts `stage` counts how often the complaint had been
    answered, ended or reopened, as far as its reporter could know: the same act at another stage is another one.
    """

    complaint_id: UUID
    act: ReporterAct
    stage: int = 0
    sealed: str | None = None
    number: int = 0
    again: bool = False


class RatingGiven(Fact, source="intake"):
    """The reporter has rated the handling of a complaint, once in each cycle of its resolution; without any word."""

    complaint_id: UUID
    cycle: int
    speed: Points
    clarity: Points
    outcome: Points
    courtesy: Points
    again: bool = False
