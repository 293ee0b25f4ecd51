"""A complaint as time sees it, and how each event changes it, in whatever order the events come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from shared.vocabulary import APPROVAL, COMMITMENT, FOLLOW_UP, HOLD, VERIFICATION, ClockName


@dataclass(frozen=True, slots=True)
class Complaint:
    """What time needs to know of a complaint.

    An event may come before an earlier one that was parked. Until its filing is known, a complaint counts as an
    ordinary one, filed when its first event happened, and as confidential. `transfers` is how often the complaint had
    been passed on when its holder got it, and None before the first forwarding. `reassigned_at` is when it last went to
    another agency or verifier because one had left the directory. `follow_ups` are moments, as are `resumptions` after
    a hold, and `draft_returns`, when a draft of its answer went back. `ended_at` is when it was archived or withdrawn:
    it has then no answer to come.
    """

    id: UUID
    filed_at: datetime
    kind: str = "complaint"
    confidential: bool = True
    reference: str | None = None
    classification: str | None = None
    holder: str | None = None
    transfers: int | None = None
    reassigned_at: datetime | None = None
    verified_at: datetime | None = None
    follow_ups: tuple[datetime, ...] = ()
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    resumptions: tuple[datetime, ...] = ()
    draft_returns: tuple[datetime, ...] = ()

    @property
    def known_class(self) -> str:
        """The class that its coordinator gave it; before that, the kind that its reporter chose."""
        return self.classification or self.kind

    @property
    def is_forwarded(self) -> bool:
        return self.transfers is not None

    @property
    def silent_since(self) -> datetime:
        """The moment since which its reporter has had no word of substance: the last follow-up, else the filing."""
        return max((self.filed_at, *self.follow_ups))

    def acts_that_stop(self, clock: ClockName) -> Sequence[datetime]:
        """The moments of the acts so far that stop a clock of this name."""
        if clock == VERIFICATION:
            acts: tuple[datetime | None, ...] = (self.verified_at, self.ended_at)
        elif clock == FOLLOW_UP:
            acts = (*self.follow_ups, self.answered_at, self.ended_at)
        elif clock == HOLD:
            acts = (*self.resumptions, self.answered_at, self.ended_at)
        elif clock == APPROVAL:
            acts = (*self.draft_returns, self.answered_at, self.ended_at)
        elif clock == COMMITMENT:
            acts = (self.ended_at,)  # A promise survives the answer.
        else:
            acts = (self.answered_at, self.ended_at)
        return [act for act in acts if act]


def filed(complaint: Complaint, filed_at: datetime, kind: str, confidential: bool, reference: str) -> Complaint:
    """The complaint after its filing, which says whether the public may see it, and under which name."""
    return replace(complaint, filed_at=filed_at, kind=kind, confidential=confidential, reference=reference)


def routed(complaint: Complaint, filed_at: datetime, kind: str, holder: str) -> Complaint:
    """The complaint after its routing; a holder that a forwarding named stays."""
    return replace(complaint, filed_at=filed_at, kind=kind, holder=complaint.holder or holder)


def reassigned(complaint: Complaint, filed_at: datetime, kind: str, holder: str, at: datetime) -> Complaint:
    """The complaint after its agency or verifier left; a later reassignment stays, and a holder by forwarding."""
    complaint = replace(complaint, filed_at=filed_at, kind=kind)
    if complaint.reassigned_at and at < complaint.reassigned_at:
        return complaint
    return replace(complaint, holder=complaint.holder if complaint.is_forwarded else holder, reassigned_at=at)


def verified(complaint: Complaint, classification: str, at: datetime) -> Complaint:
    """The complaint after its verification, which happens once and keeps its first moment."""
    return replace(complaint, classification=classification, verified_at=complaint.verified_at or at)


def forwarded(complaint: Complaint, holder: str, transfers: int) -> Complaint:
    """The complaint after a forwarding; one that was parked names who held the complaint then, not who holds it now."""
    if complaint.transfers is not None and complaint.transfers > transfers:
        return complaint
    return replace(complaint, holder=holder, transfers=transfers)


def followed_up(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after a follow-up; a repeated one changes nothing."""
    return complaint if at in complaint.follow_ups else replace(complaint, follow_ups=(*complaint.follow_ups, at))


def resumed(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after the end of a hold; a repeated one changes nothing."""
    return complaint if at in complaint.resumptions else replace(complaint, resumptions=(*complaint.resumptions, at))


def draft_returned(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after a draft of its answer went back; a repeated return changes nothing."""
    known = complaint.draft_returns
    return complaint if at in known else replace(complaint, draft_returns=(*known, at))


def answered(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after its answer, which happens once and keeps its first moment."""
    return replace(complaint, answered_at=complaint.answered_at or at)


def ended(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after it was archived or withdrawn, which happens once and keeps its first moment."""
    return replace(complaint, ended_at=complaint.ended_at or at)
