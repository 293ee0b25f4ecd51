"""Which announced steps of a clock were wrong, once an act is known that had come before them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.sla.domain.clocks import TRANSFERRED, Clock, Key, next_moment
from services.sla.domain.rules import Rules
from services.sla.domain.spans import spans_of
from services.sla.domain.steps import steps_of
from shared.lifecycle.clocks import PAUSED_BY
from shared.vocabulary import (
    ACTED,
    LIFE,
    OMBUDSMAN,
    OVER,
    PASSED_ON,
    RESOLUTION,
    VERIFICATION,
    WINDOW,
    WithdrawalReason,
)

# No agency has to keep these: a hold and a merger pause what others have to, and the reporter has the window.
NOBODYS = (*PAUSED_BY, WINDOW)


@dataclass(frozen=True, slots=True)
class ChangedClock:
    """A clock before and after an event that tells of an act at the moment `at`; its agency is who holds it.

    `ends` are the moments at which its complaint came to an end. Of an `unverified` complaint the verifier holds it.
    """

    before: Clock
    after: Clock
    at: datetime
    ends: Sequence[datetime] = ()
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class FiredStep:
    """A step taken for `agency`; `escalation` is 0 for a reminder and for an offer, `round` unless it recurs."""

    clock: str
    cycle: int
    step: int
    escalation: int
    agency: str
    fired_at: datetime
    round: int = 0


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Steps of a clock that were announced for `agency`, although it had acted or passed the case on at `since`.

    Of the step that recurs the rounds from `from_round` on are taken back, or all with the step itself.
    """

    clock: Clock
    agency: str
    steps: Sequence[FiredStep]
    reason: WithdrawalReason
    since: datetime
    from_round: int = 0
    unverified: bool = False

    @property
    def climbs(self) -> Sequence[int]:
        """The steps of the ladder, each once, and 0 for the offer."""
        found = (step.escalation for step in self.steps if _is_climb(step))
        return list(dict.fromkeys(found))

    @property
    def offer(self) -> FiredStep | None:
        """The offer to the Ombudsman, where its clock goes on for another holder, who does not know of it yet."""
        if self.clock.name != OMBUDSMAN or self.clock.stopped_at is not None:
            return None
        return next((step for step in self.steps if not step.escalation), None)


def changed_clocks(
    before: Sequence[Clock], after: Sequence[Clock], at: datetime, ends: Sequence[datetime] = ()
) -> Sequence[ChangedClock]:
    """The clocks of a complaint that an event at this moment has changed, or given to another holder.

    A verifier holds the clocks of the whole complaint until the forwarding: a verification gives them away, also to the
    agency that the routing proposed, and a reassignment that keeps the verifier does not. Of NOBODYS
    clocks nothing is taken back.
    """
    verifier = _verifier(after)
    former, held = _held(before, _verifier(before)), _held(after, verifier)
    return [
        ChangedClock(clock, held[key], at, ends, verifier is not None)
        for key, clock in former.items()
        if held[key] != clock and clock.name not in NOBODYS
    ]


def _verifier(clocks: Sequence[Clock]) -> str | None:
    """Who is to verify the complaint. It has a limit of its resolution once it is forwarded."""
    by_name = {clock.name: clock for clock in clocks}
    return by_name[VERIFICATION].agency if VERIFICATION in by_name and RESOLUTION not in by_name else None


def _held(clocks: Sequence[Clock], verifier: str | None) -> Mapping[Key, Clock]:
    """The clocks as those of whoever holds them."""
    return {clock.key: held_by(clock, verifier) for clock in clocks}


def held_by(clock: Clock, verifier: str | None) -> Clock:
    """The clock of a whole complaint as its verifier's, who holds it until it is verified; any other as it is."""
    return replace(clock, agency=verifier) if verifier and clock.name in (LIFE, OMBUDSMAN) else clock


def _is_climb(step: FiredStep) -> bool:
    """Whether a step climbs, or offers the Ombudsman, and does not remind."""
    return bool(step.escalation) or step.clock == OMBUDSMAN


def may_be_wrong(rules: Rules, change: ChangedClock) -> bool:
    """Whether the last step that the clock took may be wrong. Most acts come in time, and need no look at the steps."""
    overtaken, before = _overtaken(change), change.before
    taken = before.next_step if before.round else before.next_step - 1
    if overtaken is None or taken < 1:
        return False
    moment = _moment_of(rules, _judge(change), taken, before.round)
    return moment is None or overtaken[0] <= moment


def withdrawals_of(rules: Rules, change: ChangedClock, fired: Sequence[FiredStep]) -> Sequence[Withdrawal]:
    """What to take back of the steps that this clock took: one withdrawal for each agency that was named.

    A step is wrong if the act had come by the moment at which the step was due. An act after that moment came too late,
    even if the step was announced later still; so did one after the announcement, though the limit is longer now.
    """
    overtaken = _overtaken(change)
    if overtaken is None:
        return ()
    since, reason = overtaken
    goes_on, passed_on = change.after.stopped_at is None, change.after.agency != change.before.agency
    wrong: dict[str, list[FiredStep]] = defaultdict(list)
    for step in fired:
        if since <= _judged_by(rules, change, step) and (not goes_on or passed_on or not _was_due(rules, change, step)):
            wrong[step.agency].append(step)
    if goes_on and passed_on:  # It goes on for another agency, whose own steps are right.
        wrong.pop(change.after.agency, None)
    return [
        Withdrawal(
            change.after,
            agency,
            steps,
            reason,
            since,
            _first_wrong_round(rules, change, steps, since),
            change.unverified,
        )
        for agency, steps in wrong.items()
    ]


def _judged_by(rules: Rules, change: ChangedClock, step: FiredStep) -> datetime:
    """Up to when an act makes a step wrong: its moment, and its announcement unless a late class judges it anew."""
    moment = _moment_of(rules, _judge(change), step.step, step.round) or step.fired_at
    is_judged_anew = change.after.stopped_at is not None and change.after.stopped_at == change.before.stopped_at
    return moment if is_judged_anew else min(moment, step.fired_at)


def _first_wrong_round(rules: Rules, change: ChangedClock, wrong: Sequence[FiredStep], since: datetime) -> int:
    """The first round that an act at this moment overtook; 0 where it overtook a named climb or the offer, too.

    Only the last round of a step is kept, so the moments of those before it are counted again.
    """
    recurring = next((step for step in wrong if step.round), None)
    if recurring is None or any(_is_climb(step) and not step.round for step in wrong):
        return 0
    clock = _judge(change)
    moments = ((round, _moment_of(rules, clock, recurring.step, round)) for round in range(1, recurring.round))
    return next((round for round, moment in moments if moment and since <= moment), recurring.round)


def _overtaken(change: ChangedClock) -> tuple[datetime, WithdrawalReason] | None:
    """From which moment on steps for the former agency are wrong, and why; None if the event overtakes none.

    A class or a start that is heard late moves the limit also of a clock that has stopped: the act is judged anew.
    """
    before, after = change.before, change.after
    is_other = (after.stopped_at, after.due_at) != (before.stopped_at, before.due_at)
    if after.stopped_at is not None and is_other:
        return after.stopped_at, _reason(change)
    if after.agency != before.agency:
        return change.at, PASSED_ON
    if after.extended_days > before.extended_days:
        return change.at, ACTED
    paused_at = _paused_since(change)
    return (paused_at, ACTED) if paused_at else None


def _paused_since(change: ChangedClock) -> datetime | None:
    """When the first pause began of which the clock has only now been told; None if it knew all of them."""
    known = {start for start, _ in spans_of(change.before.pauses)}
    return min((start for start, _ in spans_of(change.after.pauses) if start not in known), default=None)


def _was_due(rules: Rules, change: ChangedClock, step: FiredStep) -> bool:
    """Whether a step had come due when it was announced, also with the pauses that are known now."""
    moment = _moment_of(rules, change.after, step.step, step.round)
    return moment is not None and moment <= step.fired_at


def _reason(change: ChangedClock) -> WithdrawalReason:
    if change.after.outcome == TRANSFERRED:
        return PASSED_ON
    return OVER if change.after.stopped_at in change.ends else ACTED


def _judge(change: ChangedClock) -> Clock:
    """The clock by which the steps were due: for a former agency's steps the one before the event."""
    return change.before if change.after.stopped_at is None else change.after


def reminders_of(rules: Rules, withdrawal: Withdrawal) -> Sequence[int]:
    """The percentages of the limit at which a reminder is taken back."""
    try:
        clock = withdrawal.clock
        named = steps_of(rules.policy(clock.policy_version), clock.name, clock.limit_days)
    except KeyError:
        return ()
    steps = {step.number: step.percent for step in named}
    return [steps[fired.step] for fired in withdrawal.steps if steps.get(fired.step)]


def _moment_of(rules: Rules, clock: Clock, number: int, round: int) -> datetime | None:
    """When a step of this number, or this round of it, was due; None if it or the policy is unknown."""
    if number < 1:
        return None
    try:
        return next_moment(rules, replace(clock, next_step=number, round=max(0, round - 1)))
    except KeyError:
        return None
