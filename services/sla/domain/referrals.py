"""Referrals: a complaint as time sees it after the consent of its reporter, and after the hand-over of its file."""

from dataclasses import replace
from datetime import datetime

from services.sla.domain.clocks import ResponsibleAgency, started
from services.sla.domain.complaints import Complaint, resumed, separated, with_moment
from services.sla.domain.lifecycle import Changes
from services.sla.domain.rules import Rules
from shared.vocabulary import REFERRAL


def referred(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after the consent, from which on its handling goes on, whatever had interrupted it."""
    return separated(resumed(complaint, at), at)


def handed_over(complaint: Complaint, at: datetime) -> Complaint:
    """The complaint after its file was handed over."""
    return replace(complaint, handovers=with_moment(complaint.handovers, at))


def to_hand_over(rules: Rules, complaint: Complaint, agency: ResponsibleAgency, number: int, at: datetime) -> Changes:
    """Each referral is a cycle of a clock of its own; it stops no limit of the handling."""
    return Changes([started(rules, complaint, REFERRAL, agency, at, number)])
