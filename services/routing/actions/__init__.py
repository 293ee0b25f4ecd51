"""What routing does, each in one transaction: the doors call these by name."""

from services.routing.actions.acts import Done, Request, perform_acts
from services.routing.actions.assignments import assign_complaints
from services.routing.actions.desks import Desk, Page, Shown, Standing, list_cases, show_case, standing_of
from services.routing.actions.directory import agencies_where, agency_card, publish_directory, ref_of
from services.routing.actions.ladder import note_escalated, note_missed, note_offered
from services.routing.actions.refusals import NoSuchPage

__all__ = [
    "Desk",
    "Done",
    "NoSuchPage",
    "Page",
    "Request",
    "Shown",
    "Standing",
    "agencies_where",
    "agency_card",
    "assign_complaints",
    "list_cases",
    "note_escalated",
    "note_missed",
    "note_offered",
    "perform_acts",
    "publish_directory",
    "ref_of",
    "show_case",
    "standing_of",
]
