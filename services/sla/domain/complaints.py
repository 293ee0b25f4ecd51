"""A complaint as time sees it, and how each event changes it, in whatever order the events come."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

Moments = tuple[datetime, ...]
# The lists of moments; each act of a kind is one, however often it is told.
LISTS = (
    "follow_ups",
    "answers",
    "contacts",
    "closings",
    "ends",
    "reopenings",
    "revivals",
    "resumptions",
    "separations",
    "draft_returns",
    "all_clears",
    "splits",
    "interims",
    "appeals",
    "dismissals",
    "annulments",
    "judgements",
    "handovers",
    "acknowledgements",
    "corrections",
    "earlier_turns",
)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What time needs to know of a complaint.

    An event may come before an earlier one that was parked. Until its filing is known, a complaint counts as an
    ordinary one, filed when its first event happened, and as confidential. Only named seats may know of a `sensitive`
    one; the last word on that holds from `sensitive_at` on. `transfers` is how often the complaint had
    been passed on when its holder got it, and None before the first forwarding. `reassigned_at` is when it last went to
    another agency or verifier because one had left the directory. All lists are moments: `contacts` of calls to the
    reporter about an answer, `closings` of ends after an answer, `revivals` of replies that undid one, `ends` of
    archivings and withdrawals, `resumptions` after a hold, `separations` after a merger, `draft_returns` of drafts that
    went back, `all_clears` of ends of a danger to life, `splits` of its division into parts, also where one of them was
    opened again, `dismissals` of appeals after which the end stood; an appeal that was upheld is a reopening.
    `annulments` are the moments of follow-ups that count as not done after a contest, `judgements` those at which
    contests were judged, `handovers` those at which the file went to the Ombudsman, `acknowledgements` those of
    orders. Of `interims` there are two moments for each interim reply: its own, and the end of the day that it names. A
    part is one of the whole `part_of`, which others had in `earlier_turns`.
    """

    id: UUID
    filed_at: datetime
    kind: str = "complaint"
    confidential: bool = True
    reference: str | None = None
    sensitive: bool = False
    sensitive_at: datetime | None = None
    classification: str | None = None
    holder: str | None = None
    transfers: int | None = None
    reassigned_at: datetime | None = None
    verified_at: datetime | None = None
    follow_ups: Moments = ()
    answers: Moments = ()
    contacts: Moments = ()
    closings: Moments = ()
    ends: Moments = ()
    reopenings: Moments = ()
    revivals: Moments = ()
    resumptions: Moments = ()
    separations: Moments = ()
    draft_returns: Moments = ()
    all_clears: Moments = ()
    splits: Moments = ()
    part_of: UUID | None = None
    interims: Moments = ()
    appeals: Moments = ()
    dismissals: Moments = ()
    annulments: Moments = ()
    judgements: Moments = ()
    handovers: Moments = ()
    acknowledgements: Moments = ()
    corrections: tuple[str, ...] = ()
    earlier_turns: tuple[str, ...] = ()

    @property
    def known_class(self) -> str:
        """The class that its coordinator gave it; before that, the kind that its reporter chose."""
        return self.classification or self.kind

    @property
    def is_forwarded(self) -> bool:
        return self.transfers is not None

    @property
    def silent_since(self) -> datetime:
        """The moment since which its reporter has had no word of substance: the last follow-up, else the filing.

        Whoever disputes an answer, appeals, or reopens a complaint, begins to wait anew.
        """
        return max((self.filed_at, *self.standing_follow_ups, *self.returns))

    @property
    def standing_follow_ups(self) -> Moments:
        """The follow-ups that were not annulled."""
        return tuple(moment for moment in self.follow_ups if moment not in self.annulments)

    @property
    def answered_at(self) -> datetime | None:
        """When it got the answer that stands: the first one since it was last reopened."""
        return min(self._standing(self.answers), default=None)

    @property
    def ended_at(self) -> datetime | None:
        """When it was archived or withdrawn, if that stands."""
        return min(self._standing(self.ends), default=None)

    @property
    def all_ends(self) -> Moments:
        """When it came to an end of any kind, or an end was left standing."""
        return (*self.ends, *self.closings, *self.dismissals)

    @property
    def returns(self) -> Moments:
        """When its reporter, or the agency above, opened it again."""
        return (*self.reopenings, *self.appeals)

    @property
    def _is_appealed(self) -> bool:
        """Whether an appeal is not decided: meanwhile no end stands."""
        decided = max((*self.reopenings, *self.dismissals), default=None)
        return any(decided is None or appeal > decided for appeal in self.appeals)

    def _standing(self, acts: Moments) -> Iterator[datetime]:
        since = max((*self.reopenings, *self.splits), default=None)
        return (act for act in acts if not self._is_appealed and (since is None or act > since))


def filed(complaint: Complaint, filed_at: datetime, kind: str, confidential: bool, reference: str) -> Complaint:
    """The complaint after its filing, which says whether the public may see it, and under which name."""
    return replace(complaint, filed_at=filed_at, kind=kind, confidential=confidential, reference=reference)


def sensitive(complaint: Complaint, is_sensitive: bool, since: datetime) -> Complaint:
    """The complaint after a word on whether it is sensitive, which holds since then; a later one stays."""
    if complaint.sensitive_at is not None and complaint.sensitive_at > since:
        return complaint
    return replace(complaint, sensitive=is_sensitive, sensitive_at=since)


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
    return replace(complaint, follow_ups=with_moment(complaint.follow_ups, at))


def resumed(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after the end of a hold; a repeated one changes nothing."""
    return replace(complaint, resumptions=with_moment(complaint.resumptions, at))


def separated(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after a merger, which goes on by itself."""
    return replace(complaint, separations=with_moment(complaint.separations, at))


def draft_returned(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after a draft of its answer went back; a repeated return changes nothing."""
    return replace(complaint, draft_returns=with_moment(complaint.draft_returns, at))


def all_clear(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after an official said that no life is in danger."""
    return replace(complaint, all_clears=with_moment(complaint.all_clears, at))


def answered(complaint: Complaint, at: datetime, window: int) -> Complaint:
    """The complaint after an answer; one without a window, of an earlier release, is its end as well."""
    complaint = replace(complaint, answers=with_moment(complaint.answers, at))
    return complaint if window else closed(complaint, at)


def contacted(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after its reporter was told of the answer in person."""
    return replace(complaint, contacts=with_moment(complaint.contacts, at))


def replied(complaint: Complaint, at: datetime, revives: bool) -> Complaint:
    """The complaint after its reporter replied to an answer, which may undo a closing that came later."""
    complaint = contacted(complaint, at)
    return replace(complaint, revivals=with_moment(complaint.revivals, at)) if revives else complaint


def closed(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after the end that followed its answer."""
    return replace(complaint, closings=with_moment(complaint.closings, at))


def ended(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after it was archived or withdrawn."""
    return replace(complaint, ends=with_moment(complaint.ends, at))


def reopened(complaint: Complaint, at: datetime, holder: str, transfers: int | None) -> Complaint:
    """The complaint after its reporter reopened it; `transfers` are told if a turn of its holder begins."""
    complaint = replace(complaint, reopenings=with_moment(complaint.reopenings, at))
    return complaint if transfers is None else forwarded(complaint, holder, transfers)


def acknowledged(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after its holder acknowledged the orders that it had been given."""
    return replace(complaint, acknowledgements=with_moment(complaint.acknowledgements, at))


def with_moment(moments: Moments, at: datetime) -> Moments:
    """The moments in order, this one among them once."""
    return moments if at in moments else tuple(sorted((*moments, at)))
