"""Contests: a complaint as time sees it after a judgement."""

from dataclasses import replace
from datetime import datetime

from services.sla.domain.complaints import Complaint, with_moment


def judged(complaint: Complaint, at: datetime, annulled: datetime | None) -> Complaint:
    """The complaint after a judgement at this moment; the follow-up of the moment `annulled` counts as not done."""
    annulments = with_moment(complaint.annulments, annulled) if annulled else complaint.annulments
    return replace(complaint, judgements=with_moment(complaint.judgements, at), annulments=annulments)
