"""Every complaint: its holder, its clocks, and how it climbs while nobody acts."""

from collections.abc import Iterator
from datetime import timedelta

from deploy.demo.checks.notices import was_informed
from deploy.demo.moments import CLIMBS, RECURS, climbs_due, ladders, moment, pauses
from deploy.demo.records import TURNS, Evidence
from shared.vocabulary import STATE_LABELS

OMBUDSMAN = timedelta(days=60)
# The clocks that every complaint has, and those that follow a forwarding.
FIRST_CLOCKS = frozenset({"life", "verification", "ombudsman"})
FORWARDED_CLOCKS = frozenset({"follow_up", "resolution"})


def every_complaint_has_a_holder(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        if not record.events("ComplaintRouted"):
            yield f"{record.reference} was never routed"
        elif record.holder.get("code") != record.case.get("holder") or not record.case.get("holder"):
            yield f"{record.reference} has no holder in the directory"


def every_complaint_has_its_clocks(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        wanted = FIRST_CLOCKS | (FORWARDED_CLOCKS if record.events("ComplaintForwarded") else frozenset())
        for name in sorted(wanted - {clock.name for clock in record.clocks}):
            yield f"{record.reference} has no {name} clock"


def every_overdue_complaint_climbed(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        for clock in ladders(record):
            ended = clock.stopped_at or record.read_at
            for nth, at in enumerate(climbs_due(record, clock), 1):
                latest = at + evidence.slack
                # A step that was due, but not taken yet when the clock paused, need not come any more.
                paused = any(at <= start <= latest for start, _ in pauses(record, clock))
                if latest < ended and not paused and len(clock.climbs) < nth:
                    yield f"{record.reference}: the {clock.name} clock never climbed to step {nth}"


def no_open_complaint_is_silent(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        for clock in [] if record.ended_at else record.clocks:
            if clock.stopped_at is None and (clock.next_at is None or clock.next_at + evidence.slack < record.read_at):
                yield f"{record.reference}: the {clock.name} clock runs, but nothing is to happen"
        for clock in ladders(record):
            again = moment(record, clock, clock.length + CLIMBS[-1] + RECURS[clock.unit])
            if again + evidence.slack < (clock.stopped_at or record.read_at) and not clock.rounds:
                yield f"{record.reference}: the {clock.name} clock climbed to the top, and then never again"


def no_step_was_skipped(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        for clock in ladders(record):
            fired = [step.escalation for step in clock.climbs]
            times = [step.fired_at for step in clock.climbs]
            # What was reopened climbs no lower than it had come.
            reopened = record.events("ComplaintReopened") or record.events("AppealDecided")
            floor = fired[0] if fired and reopened else 1
            if fired != [max(floor, nth) for nth, _ in enumerate(fired, 1)] or times != sorted(times):
                yield f"{record.reference}: the {clock.name} clock climbed in the order {fired}"


def every_step_was_on_time(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        for clock in ladders(record):
            for step, expected in zip(clock.climbs, climbs_due(record, clock), strict=False):
                if not expected <= step.fired_at <= expected + evidence.slack:
                    yield (
                        f"{record.reference}: step {step.escalation} of the {clock.name} clock was due {expected}"
                        f" and came {step.fired_at}"
                    )


def nobody_who_acted_was_escalated(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        for clock in ladders(record):
            late = [s for s in clock.climbs if clock.stopped_at and s.fired_at > clock.stopped_at + evidence.slack]
            if late:
                yield f"{record.reference}: the {clock.name} clock climbed after it had stopped"


def every_unanswered_complaint_was_offered_the_ombudsman(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        limit = record.filed_at + OMBUDSMAN
        offers = record.events("OmbudsmanOffered")
        silent_until = record.ended_at or record.read_at
        if silent_until > limit + evidence.slack and not offers:
            yield f"{record.reference} was not offered the Ombudsman"
        if len(offers) > 1 or any(not limit <= offer.at <= limit + evidence.slack for offer in offers):
            yield f"{record.reference} was offered the Ombudsman at {', '.join(str(offer.at) for offer in offers)}"
        if offers and not was_informed(record, "ombudsman"):
            yield f"{record.reference}: its reporter was not informed of the Ombudsman"


def timeline_clocks_and_case_agree(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        # A climb that goes on past somebody who was not reached in time is no climb of its own.
        said = [event for event in record.events("ComplaintEscalated") if not event.goes_on]
        shown = len(said) - sum(len(clock.climbs) for clock in record.clocks)
        rounds = [clock.rounds for clock in record.clocks if clock.rounds]
        # A sweep that comes late says one round for all that have passed.
        if not len(rounds) <= shown <= sum(rounds):
            yield f"{record.reference} climbed again {sum(rounds)} times, but its timeline tells of {shown}"
        state = record.case.get("state")
        if record.told_state != (state if state in TURNS.values() else None):
            yield f"{record.reference}: routing and the timeline disagree about its end"
        if record.status != STATE_LABELS.get(str(state)):
            yield f"{record.reference} is shown as {record.status}, but its state is {state}"


def every_limit_is_counted_right(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        for clock in record.clocks:
            expected = moment(record, clock, clock.length)
            if clock.due_at != expected and clock.state != "paused":
                yield f"{record.reference}: the {clock.name} clock ends {clock.due_at}, by the calendar {expected}"
