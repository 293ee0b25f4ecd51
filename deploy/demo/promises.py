"""What the system promises of every complaint, checked against what was read back; a breach is one sentence."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.demo.evidence import Clock, Evidence, Life
from shared.calendar import calendar_for

# Working days after the limit at which a complaint climbs: to the leader, the region's head, the province.
CLIMBS = (0, 5, 10)
OMBUDSMAN = timedelta(days=60)
# The clock that each state of a case must have; the Ombudsman's runs from the filing on.
FIRST_CLOCKS = frozenset({"verification", "ombudsman"})
FORWARDED_CLOCKS = frozenset({"follow_up", "resolution"})

Check = Callable[[Evidence], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Promise:
    """A sentence and how it is checked."""

    sentence: str
    check: Check


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a promise held, and where it did not."""

    sentence: str
    breaches: tuple[str, ...]

    @property
    def held(self) -> bool:
        return not self.breaches


def judge(evidence: Evidence) -> list[Verdict]:
    """Every promise, checked; with nothing filed none can be said to have held."""
    if not evidence.lives:
        return [Verdict(promise.sentence, ("nothing was filed",)) for promise in PROMISES]
    return [Verdict(promise.sentence, tuple(promise.check(evidence))) for promise in PROMISES]


def every_one_is_held(evidence: Evidence) -> Iterator[str]:
    for life in evidence.lives:
        if not life.events("ComplaintRouted"):
            yield f"{life.reference} was never routed"
        elif life.holder.get("code") != life.case.get("holder") or not life.case.get("holder"):
            yield f"{life.reference} has no holder in the directory"


def every_clock_runs(evidence: Evidence) -> Iterator[str]:
    for life in evidence.lives:
        wanted = FIRST_CLOCKS | (FORWARDED_CLOCKS if life.events("ComplaintForwarded") else frozenset())
        for name in sorted(wanted - {clock.name for clock in life.clocks}):
            yield f"{life.reference} has no {name} clock"


def every_overdue_one_climbed(evidence: Evidence) -> Iterator[str]:
    for life in evidence.lives:
        for clock in ladders(life):
            ended = clock.stopped_at or life.read_at
            due = [nth for nth, moment in enumerate(moments(clock), 1) if moment + evidence.slack < ended]
            fired = [step.escalation for step in clock.climbs]
            for nth in due:
                if nth not in fired:
                    yield f"{life.reference}: the {clock.name} clock never climbed to step {nth}"


def no_step_was_skipped(evidence: Evidence) -> Iterator[str]:
    for life in evidence.lives:
        for clock in ladders(life):
            fired = [step.escalation for step in clock.climbs]
            times = [step.fired_at for step in clock.climbs]
            if fired != list(range(1, len(fired) + 1)) or times != sorted(times):
                yield f"{life.reference}: the {clock.name} clock climbed in the order {fired}"


def every_step_came_on_its_day(evidence: Evidence) -> Iterator[str]:
    for life in evidence.lives:
        for clock in ladders(life):
            for step in clock.climbs:
                expected = moments(clock)[step.escalation - 1]
                if not expected <= step.fired_at <= expected + evidence.slack:
                    yield (
                        f"{life.reference}: step {step.escalation} of the {clock.name} clock was due {expected}"
                        f" and came {step.fired_at}"
                    )


def nobody_who_acted_was_escalated(evidence: Evidence) -> Iterator[str]:
    for life in evidence.lives:
        for clock in ladders(life):
            late = [s for s in clock.climbs if clock.stopped_at and s.fired_at > clock.stopped_at + evidence.slack]
            if late:
                yield f"{life.reference}: the {clock.name} clock climbed after it had stopped"


def every_silence_meets_the_ombudsman(evidence: Evidence) -> Iterator[str]:
    for life in evidence.lives:
        limit = life.filed_at + OMBUDSMAN
        offers = life.events("OmbudsmanOffered")
        silent_until = life.answered_at or life.read_at
        if silent_until > limit + evidence.slack and not offers:
            yield f"{life.reference} was not offered the Ombudsman"
        if len(offers) > 1 or any(not limit <= offer.at <= limit + evidence.slack for offer in offers):
            yield f"{life.reference} was offered the Ombudsman at {', '.join(str(offer.at) for offer in offers)}"
        if offers and not told(life, "ombudsman"):
            yield f"{life.reference}: its reporter did not hear of the Ombudsman"


def everyone_tells_the_same(evidence: Evidence) -> Iterator[str]:
    for life in evidence.lives:
        climbed = sum(len(clock.climbs) for clock in life.clocks)
        if climbed != len(life.events("ComplaintEscalated")):
            yield f"{life.reference} climbed {climbed} times, but its timeline differs"
        answered = life.case.get("state") == "ANSWERED"
        if answered != bool(life.events("ComplaintAnswered")):
            yield f"{life.reference}: routing and the timeline disagree about its answer"


def every_step_was_told(evidence: Evidence) -> Iterator[str]:
    for life in evidence.lives:
        steps = len(life.events("ComplaintEscalated"))
        sent = [m for m in life.messages if m.template == "escalation" and m.kind == "seat" and m.state == "sent"]
        if len(sent) < steps:
            yield f"{life.reference} climbed {steps} times, but {len(sent)} mails to seats say so"


def every_vacancy_was_reported(evidence: Evidence) -> Iterator[str]:
    for life in evidence.lives:
        found = len(life.events("SeatFoundVacant"))
        sent = [m for m in life.messages if m.template == "seat_vacant" and m.state == "sent"]
        if len(sent) < found:
            yield f"{life.reference} met {found} vacant seats, but {len(sent)} mails say so"


def every_reporter_was_told(evidence: Evidence) -> Iterator[str]:
    for life in evidence.lives:
        if not told(life, "received"):
            yield f"{life.reference}: its reporter was not told, and the ledger has no reason"


def told(life: Life, template: str) -> bool:
    """Whether the reporter was mailed by this template; one without an address has the reason in the ledger."""
    rows = [m for m in life.messages if m.kind == "reporter" and m.template == template]
    if life.has_email:
        return any(row.state == "sent" for row in rows)
    return any(row.state == "skipped" and row.reason for row in rows)


def the_same_filing_has_the_same_answer(evidence: Evidence) -> Iterator[str]:
    if not evidence.repeated_answers:
        yield "no complaint was filed twice"
    for first, second in evidence.repeated_answers:
        if first != second:
            yield f"{first.get('tracking_reference')} was filed again as {second.get('tracking_reference')}"


def each_mail_came_once(evidence: Evidence) -> Iterator[str]:
    if evidence.repeated_mails:
        yield f"{evidence.repeated_mails} mails were handed over twice"
    for message_id, times in Counter(mail.message_id for mail in evidence.mails).items():
        if times > 1:
            yield f"{message_id} came {times} times"


def ledger_and_mailbox_agree(evidence: Evidence) -> Iterator[str]:
    in_ledger: Counter[tuple[str, str | None]] = Counter(
        (m.kind, m.reference) for m in evidence.ledger if m.state == "sent"
    )
    in_box: Counter[tuple[str, str | None]] = Counter(
        (mail.kind, reference) for mail in evidence.mails for reference in mail.notices
    )
    for kind, reference in sorted(in_ledger.keys() | in_box.keys(), key=str):
        written, caught = in_ledger[kind, reference], in_box[kind, reference]
        if written != caught:
            yield f"{reference}: the ledger has {written} notices sent to {kind}s, the mailbox {caught}"


def nothing_is_parked(evidence: Evidence) -> Iterator[str]:
    if len(evidence.parked) < 4:
        yield f"only {sorted(evidence.parked)} told how many events are parked"
    for service, events in evidence.parked.items():
        if events:
            yield f"{events} events are parked in {service}"


def nothing_waits(evidence: Evidence) -> Iterator[str]:
    waiting = Counter((m.state, m.reason) for m in evidence.ledger if m.state not in ("sent", "skipped"))
    for (state, reason), messages in waiting.items():
        yield f"{messages} messages are {state} ({reason})"


def ladders(life: Life) -> list[Clock]:
    """The clocks that climb; the Ombudsman's makes one offer instead."""
    return [clock for clock in life.clocks if clock.name != "ombudsman"]


def moments(clock: Clock) -> list[datetime]:
    """When this clock climbs, counted anew with the calendar of its zone."""
    calendar = calendar_for(clock.zone)
    return [calendar.due_at(clock.started_at, clock.limit_days + days) for days in CLIMBS]


def lateness(evidence: Evidence) -> list[timedelta]:
    """How long after it was due each step came, in simulated time."""
    return [
        step.fired_at - moments(clock)[step.escalation - 1]
        for life in evidence.lives
        for clock in ladders(life)
        for step in clock.climbs
    ]


PROMISES = (
    Promise("Every complaint filed has a holder in the directory.", every_one_is_held),
    Promise("Every complaint has its clocks.", every_clock_runs),
    Promise("Every reporter was told, or the ledger says why not.", every_reporter_was_told),
    Promise("Every complaint past a limit climbed.", every_overdue_one_climbed),
    Promise("No complaint skipped a step of the ladder.", no_step_was_skipped),
    Promise("Every step came on the working day it was due, counted anew.", every_step_came_on_its_day),
    Promise("Nobody who had acted was escalated afterwards.", nobody_who_acted_was_escalated),
    Promise("Every step was mailed to the seat it reached.", every_step_was_told),
    Promise("Every vacant seat was passed over and reported.", every_vacancy_was_reported),
    Promise("Every complaint unanswered for 60 days was offered the Ombudsman.", every_silence_meets_the_ombudsman),
    Promise("Timeline, clocks and desk tell the same.", everyone_tells_the_same),
    Promise("The same filing sent twice got the same answer.", the_same_filing_has_the_same_answer),
    Promise("Each mail came once.", each_mail_came_once),
    Promise("Ledger and mailbox agree, notice by notice.", ledger_and_mailbox_agree),
    Promise("No event is parked.", nothing_is_parked),
    Promise("No message is waiting or failed.", nothing_waits),
)
