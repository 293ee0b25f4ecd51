"""Events of commitments (janji), said by routing: an agency promises something by a day, keeps it, or moves the day.

So is the interim reply, in which it names the day of its answer.

A complaint's promises count from 1. Each event says when the promise was made and for which day it stands, so that one
which comes before the others is enough to know it.
"""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime

from shared.events.directory import AgencyRef
from shared.events.envelope import Fact


class PromiseMade(Fact, source="routing"):
    """The agency promises what `sealed` says, until the end of the day `due_on` in its zone."""

    complaint_id: UUID
    agency: AgencyRef
    number: int
    due_on: date
    sealed: str
    again: bool = False


class PromiseKept(Fact, source="routing"):
    """The agency did what it had promised; `sealed` tells how."""

    complaint_id: UUID
    agency: AgencyRef
    number: int
    made_at: AwareDatetime
    due_on: date
    sealed: str
    again: bool = False


class PromiseMoved(Fact, source="routing"):
    """The agency needs until `due_on` instead of the day `previous`, once; `sealed` tells why."""

    complaint_id: UUID
    agency: AgencyRef
    number: int
    made_at: AwareDatetime
    due_on: date
    previous: date
    sealed: str
    again: bool = False


class InterimReplied(Fact, source="routing"):
    """The agency needs longer (jawaban sementara): `sealed` tells why, and it means to answer by the end of `due_on`.

    sla extends the resolution by no more than its policy allows, once in each cycle.
    """

    complaint_id: UUID
    agency: AgencyRef
    due_on: date
    sealed: str
    again: bool = False
