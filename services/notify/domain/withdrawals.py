"""Withdrawals: what an event takes back, and which messages have said it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.domain.acts import moment_in
from services.notify.domain.deliveries import TEMPORARY, WAITING
from shared.vocabulary import OMBUDSMAN, EventType

# The templates of what can be taken back, with the event that is announced by each.
ANNOUNCED: Mapping[str, EventType] = {
    "deadline_near": EventType.DEADLINE_NEAR,
    "escalation": EventType.COMPLAINT_ESCALATED,
    "escalated": EventType.COMPLAINT_ESCALATED,
    "ombudsman": EventType.OMBUDSMAN_OFFERED,
    "ombudsman_for_leader": EventType.OMBUDSMAN_OFFERED,
    "ombudsman_for_leader_above": EventType.OMBUDSMAN_OFFERED,
    "ombudsman_to_call": EventType.OMBUDSMAN_OFFERED,
}


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The climbs (`steps`, 0 for the offer) and reminders of a clock that were taken back for an agency, and when.

    Rounds before `from_round` stand.
    """

    complaint_id: UUID
    clock: str
    cycle: int
    agency: str
    steps: Sequence[int]
    reminders: Sequence[int]
    at: datetime
    from_round: int = 0

    def takes_back(self, announced: EventType, about: str, details: Any) -> bool:
        """Whether this takes back what an event of this type, with these details, announced about an agency.

        A later round of the same step is a step of its own. A climb that was passed on names whoever held the complaint
        by then, and goes with its step: an act that overtakes the step has overtaken all later holders, too.
        """
        said_at = moment_in(details, "at")
        if not isinstance(details, Mapping) or (said_at is not None and said_at > self.at):
            return False
        if about != self.agency and not details.get("instead_of"):
            return False
        if announced == EventType.OMBUDSMAN_OFFERED:
            return self.clock == OMBUDSMAN and 0 in self.steps
        if (details.get("clock"), details.get("cycle")) != (self.clock, self.cycle):
            return False
        if announced == EventType.DEADLINE_NEAR:
            return details.get("percent") in self.reminders
        return details.get("step") in self.steps and (details.get("round") or 0) >= self.from_round


def named(details: Any) -> dict[str, Any]:
    """What a message that takes back an announcement says of it: the reminder, the climb and its round, or nothing."""
    return {name: details[name] for name in ("percent", "step", "round") if details.get(name)}


def was_handed_over(state: str, reason: str | None, attempts: int) -> bool:
    """Whether a mail server may have had a message; one that waits for something that is missing was not sent."""
    return state != WAITING or (attempts > 0 and reason not in TEMPORARY)
