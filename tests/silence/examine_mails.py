"""Checks of what mails said: nothing that acts had overtaken, and what was taken back is taken back by mail once."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.silence.expectations import expected_clocks
from tests.silence.expected import Count, Expected
from tests.silence.house import House
from tests.silence.report import Report
from tests.silence.scene import Scene
from tests.silence.withdrawals import SLACK, key_of, takes_back, wrongly_taken_back

# The ledger says only which mail carried which event to whom; what is true comes from the events and the post.
LEDGER = """
SELECT event_id, kind, agency, role, template, state, mail_id FROM messages
WHERE complaint_id IS NOT NULL AND (mail_id IS NOT NULL OR template LIKE 'withdrawn%')
"""
NEAR = "deadline_near"
OF_CLOCKS, OFFERS = (NEAR, "escalation"), ("ombudsman", "ombudsman_to_call", "ombudsman_for_leader")
CAN_BE_TAKEN_BACK = (*OF_CLOCKS, "escalated", *OFFERS)
ENDED = frozenset({"ComplaintAnswered", "ComplaintArchived", "ComplaintWithdrawn", "ComplaintClosed", "ComplaintSplit"})
# Whoever has to go on after a merger is told then.
VERIFIED = frozenset({"ComplaintVerified", "ComplaintMerged", "ComplaintForwarded", "FollowUpRecorded", *ENDED})
HANDLED = VERIFIED - {"ComplaintVerified"}
# The acts after which what a mail asks or says is no longer true.
OVERTAKEN_BY: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("to_verify", "to_verify_above"), VERIFIED),
    **dict.fromkeys(("to_follow_up", "to_follow_up_above", "assigned"), HANDLED),
    **dict.fromkeys(CAN_BE_TAKEN_BACK, ENDED),
}
PAST_NEAR = "reminders mailed of limits that had passed"
OVERTAKEN = "mailed though an act had overtaken it, and not taken back"
FORMER = "escalations mailed about a limit that goes on with another agency"
UNSAID = "taken back, and not by mail"
TWICE = "taken back by more than one mail"
NOTHING = "taken back by mail though nothing had been said"
RIGHT = "taken back though it was right"
EXAMPLES = 3
COUNTED = Count()
Recipient = tuple[str, str | None, str | None]  # kind, agency, role


@dataclass(frozen=True, slots=True)
class Told:
    """A message that a mail carried: the event that it is about, and the moment at which the post accepted it."""

    event: Any
    template: str
    recipient: Recipient
    at: datetime


@dataclass(frozen=True, slots=True)
class Correspondence:
    """All that was mailed about one complaint, and who was written to about which withdrawal."""

    events: Sequence[Any]
    told: Sequence[Told]
    withdrawn: Mapping[UUID, Sequence[Recipient]]

    def acts_before(self, told: Told) -> Iterator[Any]:
        """The acts between an event and its mail; those of the mail's own moment may have come after it."""
        return (e for e in self.events if type(e.fact).source == "routing" and told.event.time < e.time < told.at)

    def withdrawal_of(self, told: Told) -> Any:
        """The event that takes back what was said; None if it stands. A later one takes back later rounds."""
        if told.template not in CAN_BE_TAKEN_BACK:
            return None
        taken = (e for e in self.events if takes_back(self.events, e, told.event))
        return min(taken, key=lambda event: event.time, default=None)


async def examine_mails(house: House, scene: Scene, in_order: bool, report: Report) -> None:
    """Report what mails said wrongly. Where events are late or lost for a while, notify may not know of an act."""
    found = Counter(dict.fromkeys((PAST_NEAR, OVERTAKEN, FORMER, UNSAID, TWICE, NOTHING, RIGHT), 0))
    examples: dict[str, list[str]] = defaultdict(list)
    for all_of_one in await _correspondences(house, scene):
        for name, told in findings_of(all_of_one):
            found[name] += 1
            examples[name].append(_shown(all_of_one, told))
    for name, number in found.items():
        must_be_zero = name in (UNSAID, TWICE) or (in_order and name != FORMER)
        (report.zero if must_be_zero else report.note)(name, number)
        for example in examples[name][: EXAMPLES * must_be_zero]:
            report.note("  such as", example)


async def _correspondences(house: House, scene: Scene) -> Sequence[Correspondence]:
    told: dict[str, list[Told]] = defaultdict(list)
    withdrawn: dict[UUID, list[Recipient]] = defaultdict(list)
    for row in await house.rows("notify", LEDGER):
        event, recipient = house.bus.events[UUID(str(row.event_id))], (row.kind, row.agency, row.role)
        if row.template.startswith("withdrawn"):
            withdrawn[event.id].append(recipient)
        elif at := house.post.accepted_at.get(UUID(str(row.mail_id))):
            told[event.subject].append(Told(event, row.template, recipient, at))
    return [Correspondence(scene.events[id], told[str(id)], withdrawn) for id in scene.filed]


def findings_of(one: Correspondence) -> Iterator[tuple[str, Any]]:
    clocks, expected = expected_clocks(one.events), Counter[tuple[UUID, Recipient]]()
    for told in one.told:
        withdrawal = one.withdrawal_of(told)
        if withdrawal is not None:
            expected[withdrawal.id, told.recipient] += 1
        elif untrue := _untrue(one, clocks, told):
            yield untrue, told
    written = Counter((id, to) for id in _withdrawals(one) for to in one.withdrawn.get(id, ()))
    yield from ((UNSAID, key) for key in expected.keys() - written.keys())
    yield from ((TWICE, key) for key, number in written.items() if number > 1)
    yield from ((NOTHING, key) for key in written.keys() - expected.keys())
    yield from ((RIGHT, said) for said in wrongly_taken_back(COUNTED, one.events))


def _shown(one: Correspondence, told: Any) -> str:
    acts = [f"{e.time:%m-%d %H:%M:%S} {type(e.fact).__name__}" for e in one.events if type(e.fact).source == "routing"]
    what = (
        f"{told.template} to {told.recipient} at {told.at:%m-%d %H:%M:%S} of {told.event.time:%m-%d %H:%M:%S}"
        if isinstance(told, Told)
        else told
    )
    return f"{what}; {', '.join(acts)}"


def _withdrawals(one: Correspondence) -> Iterator[UUID]:
    return (event.id for event in one.events if type(event.fact).__name__ == "EscalationWithdrawn")


def _untrue(one: Correspondence, clocks: Mapping[Any, Any], told: Told) -> str | None:
    """Why a mail was untrue when the post accepted it; None if it was true."""
    fact, acts = told.event.fact, list(one.acts_before(told))
    if told.template == NEAR and fact.due_at < told.at:
        return PAST_NEAR
    clock = clocks.get(key_of(fact) or ("", 0)) if told.template in CAN_BE_TAKEN_BACK else None
    if any(_overtakes(act, told, clock) for act in acts):
        return OVERTAKEN
    if clock and clock.stop and clock.stop < told.at and told.template in OF_CLOCKS:
        return OVERTAKEN
    # Of the others, those are wrong whose step should not have been taken at all: the act had come by its moment.
    # A reopening wakes a clock, and what came in its sleep is said from then on.
    if clock and _had_stopped(clock, clock.moment_said(COUNTED, fact, told.event.time)):
        return OVERTAKEN
    if told.template not in OF_CLOCKS or not any(_moves(act, fact.agency) for act in acts):
        return None
    return OVERTAKEN if told.template == NEAR else FORMER


def _had_stopped(clock: Expected, moment: datetime) -> bool:
    """Whether a clock had stopped by this moment, which another zone may have brought forward."""
    return clock.has_stopped_by(moment) and clock.has_stopped_by(moment - SLACK)


def _overtakes(act: Any, told: Told, clock: Expected | None) -> bool:
    """Whether an act leaves nothing to say: one after which the clock runs on overtakes nothing."""
    if clock and not clock.has_stopped_by(act.time):
        return False
    if type(act.fact).__name__ in OVERTAKEN_BY.get(told.template, ()):
        return True
    seat = "verifier" if told.template.startswith("to_verify") else "agency"
    is_request = told.template in OVERTAKEN_BY and told.template not in CAN_BE_TAKEN_BACK
    return is_request and type(act.fact).__name__ == "ComplaintReassigned" and _moves(act, _named(told, seat), seat)


def _named(told: Told, seat: str) -> str:
    return str(getattr(told.event.fact, seat).code)


def _moves(act: Any, agency: str, seat: str = "agency") -> bool:
    """Whether an act names another agency for this seat."""
    named = getattr(act.fact, seat, None)
    return hasattr(named, "code") and named.code != agency
