"""Appeals: a complaint as time sees it after an appeal, and after its dismissal."""

from dataclasses import replace
from datetime import datetime

from services.sla.domain.complaints import Complaint, with_moment


def appealed(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after an appeal against its end."""
    return replace(complaint, appeals=with_moment(complaint.appeals, at))


def dismissed(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after its appeal was dismissed: the end before it stands."""
    return replace(complaint, dismissals=with_moment(complaint.dismissals, at))
