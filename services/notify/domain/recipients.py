"""The recipients of each event: a table of rules from an event's type to who gets a message, by which template."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from shared.vocabulary import COORDINATOR, LEADER, LIAISON, EventType

RecipientKind = Literal["reporter", "seat"]
REPORTER: RecipientKind = "reporter"
SEAT: RecipientKind = "seat"


@dataclass(frozen=True, slots=True)
class RecipientRule:
    """Says who gets a message by `template`.

    Without a `field`, the reporter. With a `role`, the seat of that role in the agency that the `field` of the event
    names. With a `field` alone, each seat that the field lists. With `only_if`, nobody unless that field has a value.
    """

    template: str
    field: str = REPORTER
    role: str = ""
    only_if: str = ""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be written; `recipient` is unique within its event."""

    recipient: str
    kind: RecipientKind
    agency: str | None
    role: str | None
    template: str


RECIPIENTS: Mapping[EventType, tuple[RecipientRule, ...]] = {
    EventType.COMPLAINT_ROUTED: (
        RecipientRule("received"),
        RecipientRule("to_verify", "verifier", COORDINATOR),
        RecipientRule("assigned", "agency", LIAISON),
        RecipientRule("for_leader", "agency", LEADER),
    ),
    EventType.COMPLAINT_FORWARDED: (
        RecipientRule("forwarded"),
        RecipientRule("to_follow_up", "agency", LIAISON),
        RecipientRule("for_leader", "agency", LEADER, only_if="previous"),
    ),
    EventType.FOLLOW_UP_RECORDED: (RecipientRule("followed_up"),),
    EventType.COMPLAINT_ANSWERED: (RecipientRule("answered"),),
    EventType.DEADLINE_NEAR: (RecipientRule("deadline_near", "recipients"),),
    EventType.COMPLAINT_ESCALATED: (RecipientRule("escalation", "recipients"), RecipientRule("escalated")),
    EventType.SEAT_FOUND_VACANT: (RecipientRule("seat_vacant", "reported_to"),),
    EventType.OMBUDSMAN_OFFERED: (RecipientRule("ombudsman"),),
}

# Messages about the system itself, to the national administrator.
LAW_VIOLATED, LAW_HOLDS, ALL_WELL = "law_violated", "law_holds", "all_well"
SYSTEM = (LAW_VIOLATED, LAW_HOLDS, ALL_WELL)

# The most urgent first: the order of the notices in a joined mail.
URGENCY = (
    *SYSTEM,
    "escalation",
    "seat_vacant",
    "deadline_near",
    "to_follow_up",
    "to_verify",
    "assigned",
    "for_leader",
)

# The fields of an event that templates need. The ledger keeps no others, and none holds a person's words in clear.
DETAILS = ("clock", "percent", "step", "due_at", "filed_at", "vacant", "role")


def messages_about(event_type: EventType, fact: Mapping[str, Any]) -> Iterator[NewMessage]:
    """The messages about an event of this type, whose fields are plain values."""
    for rule in RECIPIENTS[event_type]:
        if rule.only_if and fact[rule.only_if] is None:
            continue
        if rule.field == REPORTER:
            yield NewMessage(REPORTER, REPORTER, None, None, rule.template)
            continue
        for agency, role in _seats(rule, fact[rule.field]):
            yield NewMessage(f"{agency}/{role}", SEAT, agency, role, rule.template)


def _seats(rule: RecipientRule, named: Any) -> Iterable[tuple[str, str]]:
    """Agency and role of each seat of the rule, each seat once; `named` is an agency or a list of seats."""
    if rule.role:
        return [(named["code"], rule.role)]
    return dict.fromkeys((seat["agency"], seat["role"]) for seat in named)


def agency_of(fact: Mapping[str, Any]) -> str:
    """The code of the agency that the event concerns."""
    agency = fact["agency"]
    return str(agency["code"] if isinstance(agency, Mapping) else agency)


def details_of(fact: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """The values that the ledger keeps for the templates: JSON values and moments. `at` is the moment of the event."""
    agency = fact["agency"]
    named = {"name": agency["name"], "zone": agency["zone"]} if isinstance(agency, Mapping) else {}
    return {"at": at, **named, **{key: fact[key] for key in DETAILS if key in fact}}
