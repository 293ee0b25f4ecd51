"""Details: what the ledger keeps of an event for the templates of its messages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

# The fields of an event that templates need. The ledger keeps no others, and none holds a person's words in clear.
DETAILS = (
    "clock",
    "cycle",
    "percent",
    "step",
    "steps",
    "from_round",
    "round",
    "due_at",
    "filed_at",
    "vacant",
    "instead_of",
    "role",
    "unsure_since",
    "reason",
    "act",
    "since",
    "next_date",
    "due_on",
    "number",
    "unverified",
    "accepted",
    "reopen_until",
    "closing_taken_back",
    "reply_until",
    "sent_back_by",
    "parts",
    "reopened",
    "shared",
    "kind",
    "classification",
    "field_name",
    "region_name",
)


def agency_of(fact: Mapping[str, Any]) -> str:
    """The code of the agency that the event concerns."""
    return code_of(fact["agency"])


def code_of(agency: Any) -> str:
    """The code of an agency, which an event names in full or by its code."""
    return str(agency["code"] if isinstance(agency, Mapping) else agency)


def details_of(fact: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """The values that the ledger keeps for the templates: JSON values and moments. `at` is the moment of the event."""
    agency = fact["agency"]
    named = {"name": agency["name"], "zone": agency["zone"]} if isinstance(agency, Mapping) else {}
    # A notice of an answer is told apart by the window that began with it.
    named |= {"cycle": fact["window"]} if "window" in fact else {}
    return {"at": at, **named, **{key: fact[key] for key in DETAILS if key in fact}}
