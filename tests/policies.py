"""The seed of the policies, written down a second time for rules that are tested without a database."""

from datetime import date

from services.sla.domain.policies import CALENDAR, HOURS, WORKING, Limit, Policy, Recurrence, Reminder
from shared.vocabulary import (
    ACKNOWLEDGEMENT,
    ALARM,
    APPEAL,
    APPROVAL,
    COMMITMENT,
    CONTACT,
    CONTEST,
    COORDINATOR,
    FOLLOW_UP,
    HOLD,
    LIAISON,
    LIFE,
    MERGER,
    OMBUDSMAN,
    REFERRAL,
    RESOLUTION,
    SUPPORT,
    VERIFICATION,
    WINDOW,
)

PERMEN = "PermenPANRB 62/2018"
OWN = "Tanggap"  # No regulation says how soon somebody must take a complaint up.

POLICIES: tuple[Policy, ...] = (
    Policy(
        version=1,
        effective_on=date(2019, 1, 1),
        source=PERMEN,
        limits=(
            Limit(LIFE, None, 1, WORKING, OWN),
            Limit(VERIFICATION, None, 3, WORKING, PERMEN),
            Limit(FOLLOW_UP, None, 5, WORKING, PERMEN),
            Limit(RESOLUTION, "information", 5, WORKING, PERMEN, extension=2),
            Limit(RESOLUTION, "aspiration", 5, WORKING, PERMEN, extension=2),
            Limit(RESOLUTION, "complaint", 14, WORKING, PERMEN, extension=7),
            Limit(RESOLUTION, "supervisory", 60, WORKING, PERMEN, extension=30),
            Limit(OMBUDSMAN, None, 60, CALENDAR, PERMEN),
            Limit(HOLD, None, 30, CALENDAR, OWN),
            Limit(APPROVAL, None, 2, WORKING, OWN),
            Limit(COMMITMENT, None, 60, WORKING, OWN),
            Limit(WINDOW, None, 10, WORKING, PERMEN),
            Limit(CONTACT, None, 3, WORKING, OWN),
            Limit(MERGER, None, 90, CALENDAR, OWN),
            Limit(ALARM, None, 6, HOURS, OWN),
            Limit(APPEAL, None, 10, WORKING, OWN),
            Limit(SUPPORT, None, 60, WORKING, OWN),
            Limit(CONTEST, None, 3, WORKING, OWN),
            Limit(REFERRAL, None, 5, WORKING, OWN),
            Limit(ACKNOWLEDGEMENT, None, 2, WORKING, OWN),
        ),
        reminders=(Reminder(50, (LIAISON,)), Reminder(80, (LIAISON, COORDINATOR))),
        climbs=(0, 5, 10),
        recurrence=Recurrence(working_days=5, calendar_days=7),
    ),
)
