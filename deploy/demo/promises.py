"""The promises about every complaint, checked against the evidence; each breach is one sentence."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.demo.evidence import TURNS, Clock, ComplaintRecord, Evidence, Message
from shared.calendar import calendar_for

# Working days after the limit until each step: to the leader, the region's head, the province.
CLIMBS = (0, 5, 10)
# Working days from the last of them until the complaint climbs again, and so on each week.
RECURS = 5
OMBUDSMAN = timedelta(days=60)
# The clocks that every complaint has, and those that follow a forwarding.
FIRST_CLOCKS = frozenset({"life", "verification", "ombudsman"})
FORWARDED_CLOCKS = frozenset({"follow_up", "resolution"})

Check = Callable[[Evidence], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Promise:
    """A sentence and its check."""

    sentence: str
    check: Check


@dataclass(frozen=True, slots=True)
class Verdict:
    """A promise with its breaches, if any."""

    sentence: str
    breaches: tuple[str, ...]

    @property
    def held(self) -> bool:
        return not self.breaches


def judge(evidence: Evidence) -> list[Verdict]:
    """Check every promise; without complaints none has held."""
    if not evidence.records:
        return [Verdict(promise.sentence, ("nothing was filed",)) for promise in PROMISES]
    return [Verdict(promise.sentence, tuple(promise.check(evidence))) for promise in PROMISES]


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
            due = [nth for nth, moment in enumerate(moments(clock), 1) if moment + evidence.slack < ended]
            fired = [step.escalation for step in clock.climbs]
            for nth in due:
                if nth not in fired:
                    yield f"{record.reference}: the {clock.name} clock never climbed to step {nth}"


def no_open_complaint_is_silent(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        for clock in [] if record.ended_at else record.clocks:
            if clock.stopped_at is None and (clock.next_at is None or clock.next_at + evidence.slack < record.read_at):
                yield f"{record.reference}: the {clock.name} clock runs, but nothing is to happen"
        for clock in ladders(record):
            again = calendar_for(clock.zone).due_at(clock.started_at, clock.limit_days + CLIMBS[-1] + RECURS)
            if again + evidence.slack < (clock.stopped_at or record.read_at) and not clock.rounds:
                yield f"{record.reference}: the {clock.name} clock climbed to the top, and then never again"


def no_step_was_skipped(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        for clock in ladders(record):
            fired = [step.escalation for step in clock.climbs]
            times = [step.fired_at for step in clock.climbs]
            if fired != list(range(1, len(fired) + 1)) or times != sorted(times):
                yield f"{record.reference}: the {clock.name} clock climbed in the order {fired}"


def every_step_was_on_time(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        for clock in ladders(record):
            for step in clock.climbs:
                expected = moments(clock)[step.escalation - 1]
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


def every_step_was_mailed(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        steps = len(record.events("ComplaintEscalated"))
        sent = [m for m in record.messages if m.template == "escalation" and m.kind == "seat" and was_said(m)]
        if len(sent) < steps:
            yield f"{record.reference} climbed {steps} times, but {len(sent)} mails to seats say so"


def every_vacancy_was_reported(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        found = len(record.events("SeatFoundVacant"))
        sent = [m for m in record.messages if m.template == "seat_vacant" and m.state == "sent"]
        if len(sent) < found:
            yield f"{record.reference} met {found} vacant seats, but {len(sent)} mails say so"


def every_reporter_was_informed(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        if not was_informed(record, "received"):
            yield f"{record.reference}: its reporter was not informed, and the ledger has no reason"


def was_said(message: Message) -> bool:
    """Whether a message was sent, or was needless by then: a later act had overtaken it."""
    return message.state == "sent" or message.reason == "overtaken"


def was_informed(record: ComplaintRecord, template: str) -> bool:
    """Whether the reporter was mailed with this template, or the ledger has the reason for a missing address."""
    rows = [m for m in record.messages if m.kind == "reporter" and m.template == template]
    if record.has_email:
        return any(map(was_said, rows))
    return any(row.state == "skipped" and row.reason for row in rows)


def a_repeated_filing_has_the_same_answer(evidence: Evidence) -> Iterator[str]:
    if not evidence.repeated_answers:
        yield "no complaint was filed twice"
    for first, second in evidence.repeated_answers:
        if first != second:
            yield f"{first.get('tracking_reference')} was filed again as {second.get('tracking_reference')}"


def each_mail_was_sent_once(evidence: Evidence) -> Iterator[str]:
    if evidence.repeated_mails:
        yield f"{evidence.repeated_mails} mails were sent twice"
    for message_id, times in Counter(mail.message_id for mail in evidence.mails).items():
        if times > 1:
            yield f"{message_id} was sent {times} times"


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


def no_event_is_parked(evidence: Evidence) -> Iterator[str]:
    if len(evidence.parked) < 4:
        yield f"only {sorted(evidence.parked)} reported how many events are parked"
    for service, events in evidence.parked.items():
        if events:
            yield f"{events} events are parked in {service}"


def no_message_waits(evidence: Evidence) -> Iterator[str]:
    waiting = Counter((m.state, m.reason) for m in evidence.ledger if m.state not in ("sent", "skipped"))
    for (state, reason), messages in waiting.items():
        yield f"{messages} messages are {state} ({reason})"


def ladders(record: ComplaintRecord) -> list[Clock]:
    """The clocks with escalation steps; the Ombudsman's clock makes an offer instead, the life clock watches, the
    window is the reporter's own."""
    return [clock for clock in record.clocks if clock.name not in ("ombudsman", "life", "window")]


def moments(clock: Clock) -> list[datetime]:
    """When this clock's steps are due, counted again with the calendar of its zone."""
    calendar = calendar_for(clock.zone)
    return [calendar.due_at(clock.started_at, clock.limit_days + days) for days in CLIMBS]


def lateness(evidence: Evidence) -> list[timedelta]:
    """The delay of each step, in simulated time."""
    return [
        step.fired_at - moments(clock)[step.escalation - 1]
        for record in evidence.records
        for clock in ladders(record)
        for step in clock.climbs
    ]


PROMISES = (
    Promise("Every complaint filed has a holder in the directory.", every_complaint_has_a_holder),
    Promise("Every complaint has its clocks.", every_complaint_has_its_clocks),
    Promise("Every reporter was informed, or the ledger says why not.", every_reporter_was_informed),
    Promise("Every complaint past a limit climbed.", every_overdue_complaint_climbed),
    Promise("Every open complaint climbs again each week until it has ended.", no_open_complaint_is_silent),
    Promise("No complaint skipped a step of the ladder.", no_step_was_skipped),
    Promise("Every step was taken when it was due, within 3 s of real time.", every_step_was_on_time),
    Promise(
        "No complaint was escalated after the agency had acted, beyond 3 s of real time.",
        nobody_who_acted_was_escalated,
    ),
    Promise("Every step was mailed to its seat.", every_step_was_mailed),
    Promise("Every vacant seat was skipped and reported.", every_vacancy_was_reported),
    Promise(
        "Every complaint that was open for 60 days was offered the Ombudsman.",
        every_unanswered_complaint_was_offered_the_ombudsman,
    ),
    Promise("Timeline, clocks and worklist agree.", timeline_clocks_and_case_agree),
    Promise("A repeated filing got the same answer.", a_repeated_filing_has_the_same_answer),
    Promise("Each mail was sent once.", each_mail_was_sent_once),
    Promise("Ledger and mailbox agree, notice by notice.", ledger_and_mailbox_agree),
    Promise("No event is parked.", no_event_is_parked),
    Promise("No message is waiting or failed.", no_message_waits),
)
