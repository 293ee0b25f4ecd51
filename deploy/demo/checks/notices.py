"""Mails and events: who was told, once, and that nothing is left over."""

from collections import Counter
from collections.abc import Collection, Iterator

from deploy.demo.records import ComplaintRecord, Evidence, Message


def every_reporter_was_informed(evidence: Evidence) -> Iterator[str]:
    for record in evidence.records:
        if not was_informed(record, "received"):
            yield f"{record.reference}: its reporter was not informed, and the ledger has no reason"


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


def was_said(message: Message) -> bool:
    """Whether a message was sent, or was needless by then: a later act had overtaken it."""
    return message.state == "sent" or message.reason == "overtaken"


def was_informed(record: ComplaintRecord, template: str) -> bool:
    """Whether the reporter was mailed with this template, or the ledger has the reason for a missing address."""
    rows = [m for m in record.messages if m.kind == "reporter" and m.template == template]
    if record.has_email:
        return any(map(was_said, rows))
    return any(row.state == "skipped" and row.reason for row in rows)


def was_told(record: ComplaintRecord, roles: Collection[str], template: str, times: int) -> bool:
    """Whether one of these roles was mailed so often with this template, or the ledger has the reasons why not."""
    rows = [m for m in record.messages if m.template == template and (m.role or m.kind) in roles]
    return sum(was_said(m) or (m.state == "skipped" and bool(m.reason)) for m in rows) >= times


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
    # The ledger that operators read has nothing of them.
    hidden = {one.reference for one in evidence.hidden}
    in_box: Counter[tuple[str, str | None]] = Counter(
        (mail.kind, reference) for mail in evidence.mails for reference in mail.notices if reference not in hidden
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


def a_repeated_filing_has_the_same_answer(evidence: Evidence) -> Iterator[str]:
    if not evidence.repeated_answers:
        yield "no complaint was filed twice"
    for first, second in evidence.repeated_answers:
        if first != second:
            yield f"{first.get('tracking_reference')} was filed again as {second.get('tracking_reference')}"
