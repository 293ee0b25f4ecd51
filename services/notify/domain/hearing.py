"""Who hears what: one table from a fact's name to those who are told of it, and by which template."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

REPORTER = "reporter"
Kind = Literal["reporter", "seat"]


@dataclass(frozen=True, slots=True)
class Hearer:
    """Told by `template`: the reporter; or a `role` of the agency in `field`; or, without a role, each seat in `field`.

    With `only_if`, only when that field of the fact has a value.
    """

    template: str
    field: str = REPORTER
    role: str = ""
    only_if: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one recipient; `recipient` is unique within its event."""

    recipient: str
    kind: Kind
    agency: str | None
    role: str | None
    template: str


HEARD: Mapping[str, tuple[Hearer, ...]] = {
    "ComplaintRouted": (
        Hearer("received"),
        Hearer("to_verify", "verifier", "coordinator"),
        Hearer("assigned", "agency", "liaison"),
        Hearer("for_leader", "agency", "leader"),
    ),
    "ComplaintForwarded": (
        Hearer("forwarded"),
        Hearer("to_follow_up", "agency", "liaison"),
        Hearer("for_leader", "agency", "leader", only_if="previous"),
    ),
    "FollowUpRecorded": (Hearer("followed_up"),),
    "ComplaintAnswered": (Hearer("answered"),),
    "DeadlineNear": (Hearer("deadline_near", "recipients"),),
    "ComplaintEscalated": (Hearer("escalation", "recipients"), Hearer("escalated")),
    "SeatFoundVacant": (Hearer("seat_vacant", "reported_to"),),
    "OmbudsmanOffered": (Hearer("ombudsman"),),
}

UNHEARD: Mapping[str, str] = {
    "ComplaintVerified": "the forwarding that follows it is told",
    "DeadlineMissed": "it is shown in public; the escalation that goes with it is told",
}

# The most urgent first: the order of the lines in a joined mail.
URGENCY = ("escalation", "seat_vacant", "deadline_near", "to_follow_up", "to_verify", "assigned", "for_leader")

# What a template may need; nothing else of a fact is kept, and no fact carries a person's words in clear.
KEPT = ("clock", "percent", "step", "due_at", "filed_at", "vacant", "role")


def notices_of(name: str, fact: Mapping[str, Any]) -> Iterator[Notice]:
    """Those who hear of the fact called `name`, whose fields are plain values."""
    for hearer in HEARD[name]:
        if hearer.only_if and fact[hearer.only_if] is None:
            continue
        if hearer.field == REPORTER:
            yield Notice(REPORTER, "reporter", None, None, hearer.template)
            continue
        named = fact[hearer.field]
        seats = [(named["code"], hearer.role)] if hearer.role else [(seat["agency"], seat["role"]) for seat in named]
        for agency, role in dict.fromkeys(seats):
            yield Notice(f"{agency}/{role}", "seat", agency, role, hearer.template)


def agency_of(fact: Mapping[str, Any]) -> str:
    """The code of the agency that the fact is about."""
    agency = fact["agency"]
    return str(agency["code"] if isinstance(agency, Mapping) else agency)


def details_of(fact: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """What the ledger keeps of a fact for its wording: JSON values and moments."""
    agency = fact["agency"]
    named = {"name": agency["name"], "zone": agency["zone"]} if isinstance(agency, Mapping) else {}
    return {"at": at, **named, **{key: fact[key] for key in KEPT if key in fact}}
