"""A case between filing and answer, and who may see it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from shared.vocabulary import UNVERIFIED, Classification, Kind, OfficialRole, Role, State

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
    the moment of the last withdrawal of steps, `climbs` the last moment of each step after it. Until `next_date` the
    holder has promised news. `points` and `title` are sealed; the verifier may have given another title and another
    kind (`corrected_kind`). An order of a leader is open (`order_open`) until it is acknowledged; `orders`
    counts them, and leaders of `ordered_by` gave those that are open.
    Its reporter, who is not `reachable` without a contact, was asked so often (`holds`), or in this turn
    (`asked_in_turn`). On hold, it returns to `held_from`; as far as is known, the `question_reached` its reporter.
    `drafts` counts the drafts of an answer; the last of them waits for its approval as long as `draft` holds its words,
    sealed, and `draft_by` the role of its author at the holder. `commitments` counts what was promised,
    `open_commitments` what of it is neither kept nor void.
    `cycle` counts the resolutions, `verifications` the verifications, and `windows` the times that the reporter was
    given to accept or dispute an answer. The answer has `reached` the reporter, or there is nobody to reach; else, once
    the window is over, a call to the reporter is asked for (`contact_open`). Closed by the system at `closed_at`, or
    archived, for want of an answer also by it, the case can be reopened until `reopen_until`.
    It was merged so often (`mergers`); as long as it waits for the answer to another, that is `merged_into`, and the
    case returns to `held_from` if it goes on by itself.
    It is `urgent` from an alarm until somebody has acted on the danger; `urgencies` counts the alarms of officials,
    from 2 on, as the filing may be the first. Only named seats may know of a `sensitive` one. It may be
    a `part_of` another, which was split, and which people had passed on so often before (`earlier_passes`).
    A second look at its answer by the agency above may be due (`review_open`).
    `support` holds for each request to contribute, by its number, the unit, the day, the moment and whether it is
    `open`; `supporting` are the units of those that are open.
    An interim reply was given (`interim_given`) at most once in each cycle.
    Of an appeal, which there is once (`appeals`), the `appellate` decides, or has decided, whether the `end_at_stake`
    stands.
    In the turn of this holder `follow_ups` are the moments of those that stand, an answer among them; those in
    `contestable` its reporter may still contest. Of the contests, counted in `contests`, one is open while the `judge`
    has to judge the follow-up of `contested_at`. The follow-up `was_late` if its limit had been missed before it came.
    Its reporter has consented so often (`referrals`) that the Ombudsman gets it; once `handed_over`, its file is there.
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
    climbs: Mapping[str, str] = field(default_factory=dict)
    ombudsman_offered: bool = False
    next_date: date | None = None
    points: str | None = None
    title: str | None = None
    order_open: bool = False
    orders: int = 0
    ordered_by: Sequence[str] = ()
    corrected_kind: Kind | None = None
    corrected_field: str | None = None
    corrected_region: str | None = None
    reachable: bool = True
    holds: int = 0
    held_from: State | None = None
    asked_in_turn: bool = False
    question_reached: bool = False
    drafts: int = 0
    draft: str | None = None
    draft_by: Role | None = None
    commitments: int = 0
    open_commitments: int = 0
    cycle: int = 1
    verifications: int = 1
    windows: int = 0
    reached: bool = False
    contact_open: bool = False
    closed_at: datetime | None = None
    reopen_until: datetime | None = None
    mergers: int = 0
    merged_into: UUID | None = None
    urgent: bool = False
    urgencies: int = 1
    sensitive: bool = False
    part_of: UUID | None = None
    earlier_passes: int = 0
    support: Mapping[str, Any] = field(default_factory=dict)
    supporting: Sequence[str] = ()
    interim_given: bool = False
    review_open: bool = False
    appeals: int = 0
    appellate: str | None = None
    end_at_stake: State | None = None
    follow_ups: Sequence[datetime] = ()
    contestable: Sequence[datetime] = ()
    contests: int = 0
    contested_at: datetime | None = None
    judge: str | None = None
    was_late: bool = False
    referrals: int = 0
    handed_over: bool = False

    @property
    def passes(self) -> int:
        """How often people have passed the case on, and before its split the whole of which it is a part."""
        return self.transfers - self.departures + self.earlier_passes

    @property
    def concerned(self) -> tuple[str, ...]:
        """The agencies that have to do with the case: who holds it, verifies it, or decides an appeal or a contest."""
        judge = self.judge if self.contested_at else None
        return (self.holder, self.verifier, *filter(None, (self.appellate, judge)))

    @property
    def returns_to(self) -> State | None:
        """The state that an interruption, or an appeal, gives back to the case."""
        return self.end_at_stake or self.held_from

    @property
    def handling(self) -> State:
        """The state of the handling, which a hold or a merger only interrupts, and a referral does not even that."""
        return self.held_from or self.state

    @property
    def unverified_by(self) -> str | None:
        """Who has to verify the case; None once it is verified."""
        return self.verifier if self.handling == UNVERIFIED else None

    @property
    def overdue(self) -> bool:
        return self.step_missed or self.resolution_missed


def may_see(actor: Actor, case: Case, confidential: bool, chain: Chain) -> bool:
    """Whether an official may see a case.

    The administrator sees every case, an overseer every case that is not confidential. Anyone else sees the cases whose
    holder, verifier or supporting unit, or who decides an appeal, is their own agency or one below it.
    """
    if actor.role == "admin" or (actor.role == "overseer" and not confidential):
        return True
    units = (*case.concerned, *(asked["agency"] for asked in case.support.values()))
    return actor.role != "overseer" and any(actor.agency in chain(code) for code in units)
