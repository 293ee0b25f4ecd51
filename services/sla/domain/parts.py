"""Parts: a complaint that is divided into them, and one of them, as time sees it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.sla.domain.complaints import Complaint, forwarded, verified, with_moment


def split(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after it was split, or one of its parts was opened again; who holds it stays."""
    return replace(complaint, splits=with_moment(complaint.splits, at))


def opened(complaint: Complaint, part_of: UUID, classification: str, holder: str, at: datetime) -> Complaint:
    """A part after its opening, which is its verification and the first turn of its holder."""
    return replace(forwarded(verified(complaint, classification, at), holder, 0), part_of=part_of)


def with_past(complaint: Complaint, holds: Iterable[datetime], mergers: Iterable[datetime]) -> Complaint:
    """A part with the ends of holds and mergers of its whole."""
    resumptions, separations = complaint.resumptions, complaint.separations
    for at in holds:
        resumptions = with_moment(resumptions, at)
    for at in mergers:
        separations = with_moment(separations, at)
    return replace(complaint, resumptions=resumptions, separations=separations)
