"""A case between filing and answer, and who may see it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shared.vocabulary import UNVERIFIED, Classification, Kind, OfficialRole, State

# The reporting chain of an agency: its own code first, the national administrator's last.
Chain = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Actor:
    """The role in which an official acts, and the agency whose seat it is."""

    role: OfficialRole
    agency: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """The part of a case that changes; agencies are codes.

    `departures` is how many of the `transfers` there were because the holder had left the directory. `withdrawn_at` is
    the moment of the last withdrawal of steps. Until `next_date` the holder has promised news. `points` and `title` are
    sealed; the verifier may have given another title and another kind (`corrected_kind`). An order of a leader is open
    (`order_open`) until it is acknowledged.
    `cycle` counts the resolutions, `verifications` the verifications, and `windows` the times that the reporter was
    given to accept or dispute an answer. The answer has `reached` the reporter, or there is nobody to reach; else, once
    the window is over, a call to the reporter is asked for (`contact_open`). Closed by the system at `closed_at` or
    archived, the case can be reopened until `reopen_until`.
    """

    holder: str
    verifier: str
    state: State = UNVERIFIED
    classification: Classification | None = None
    transfers: int = 0
    departures: int = 0
    step_missed: bool = False
    resolution_missed: bool = False
    ladder_step: int = 0
    withdrawn_at: datetime | None = None
    ombudsman_offered: bool = False
    next_date: date | None = None
    points: str | None = None
    title: str | None = None
    order_open: bool = False
    corrected_kind: Kind | None = None
    cycle: int = 1
    verifications: int = 1
    windows: int = 0
    reached: bool = False
    contact_open: bool = False
    closed_at: datetime | None = None
    reopen_until: datetime | None = None

    @property
    def passes(self) -> int:
        """How often people have passed the case on."""
        return self.transfers - self.departures

    @property
    def overdue(self) -> bool:
        return self.step_missed or self.resolution_missed


def may_see(actor: Actor, case: Case, confidential: bool, chain: Chain) -> bool:
    """Whether an official may see a case.

    The administrator sees every case, an overseer every case that is not confidential. Anyone else sees the cases whose
    holder or verifier is their own agency or one below it.
    """
    if actor.role == "admin" or (actor.role == "overseer" and not confidential):
        return True
    return actor.role != "overseer" and (actor.agency in chain(case.holder) or actor.agency in chain(case.verifier))
