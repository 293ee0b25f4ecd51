"""Notices: what became of each message that must reach someone is published, and the seat above is told."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select, text

from services.notify.actions.vacancies import write_above
from services.notify.domain.deliveries import COMPLAINT_UNKNOWN, PATIENT
from services.notify.domain.notices import (
    CAUSES,
    REFUSED,
    STILL_TRIED,
    Settlement,
    late_at,
    outcome_after,
)
from services.notify.domain.recipients import SEAT, RecipientKind
from services.notify.domain.words import known_zone
from services.notify.models.agencies import Agency, Seat
from services.notify.models.claims import DueMessage
from services.notify.models.messages import Message
from services.notify.state import State
from shared.calendar import ZONES, calendar_for
from shared.db.clock import database_now
from shared.db.transaction import Tx
from shared.events import Notice, NoticesSettled
from shared.language import JAKARTA
from shared.service import RunningService
from shared.telemetry import log, unusable_values
from shared.vocabulary import NoticeOutcome

# No working day ends so late: a moment further ahead is of a clock that was wrong.
MOST_AHEAD = timedelta(days=30)
MOST_LATE = 1_000
# At 200 bytes each they stay well below a megabyte, the largest message of a broker.
MOST_NOTICES = 1_000


@dataclass(frozen=True, slots=True)
class LedgerMessage:
    """What a settlement needs of a message in the ledger; `outcome` is the one that was published last."""

    event_id: UUID
    complaint_id: UUID
    kind: RecipientKind
    agency: str | None
    role: str | None
    about: str
    template: str
    details: Mapping[str, Any]
    mail_id: UUID | None
    outcome: NoticeOutcome | None


COLUMNS = [getattr(Message, field.name) for field in fields(LedgerMessage)]


@dataclass(frozen=True, slots=True)
class LateMessage(LedgerMessage):
    """A message that may be late, with the zone of its agency, and since when the seat has its present address."""

    id: int
    tried_since: datetime | None
    reason: str | None
    zone: str | None
    email_since: datetime | None


LATE = (
    select(*COLUMNS, Message.id, Message.tried_since, Message.reason, Agency.zone, Seat.email_since)
    .outerjoin(Agency, Agency.code == Message.about)
    .outerjoin(Seat, (Seat.agency == Message.agency) & (Seat.role == Message.role))
    .where(
        or_(Message.late_at <= bindparam("now"), Message.late_at > bindparam("ahead")),
        text("messages.late_at IS NOT NULL AND messages.state IN ('waiting', 'sending')"),  # As the index says it.
    )
    .order_by(Message.late_at)
    .limit(MOST_LATE)
    .with_for_update(of=Message, skip_locked=True)
)


@dataclass(frozen=True, slots=True)
class JudgedMessage:
    """A message that is still tried, the moment since which it counts as tried, and when it is late; None if it is."""

    message: LateMessage
    tried_since: datetime
    late_at: datetime | None


def settlement(
    message: DueMessage | LedgerMessage,
    before: NoticeOutcome | None,
    outcome: NoticeOutcome,
    reason: str | None,
    mail_id: UUID | None,
) -> Settlement:
    """The settlement of a message by this outcome."""
    return Settlement(
        message.event_id,
        message.complaint_id,
        message.kind,
        message.agency,
        message.role,
        message.about,
        message.template,
        _details(message),
        mail_id,
        before,
        outcome,
        reason,
    )


def settlement_in_ledger(message: LedgerMessage, outcome: NoticeOutcome, reason: str | None = None) -> Settlement:
    """The settlement of a message by this outcome, after the one that the ledger has of it."""
    return settlement(message, message.outcome, outcome, reason, message.mail_id)


def _details(message: DueMessage | LedgerMessage) -> Mapping[str, Any]:
    """The details of a message; none where the ledger holds something else."""
    return message.details if isinstance(message.details, Mapping) else {}


async def settle(tx: Tx[State], settlements: Sequence[Settlement]) -> None:
    """Publish what is new, and write to the seat above where nobody was reached.

    One event for each mail and outcome; a very long mail has several. The caller updates the rows of the messages, and
    their `outcome`, in the same transaction.
    """
    news = [each for each in settlements if each.is_news]
    tx.stage(*_facts(news))
    await write_above(tx, [each for each in news if each.goes_above])


def _facts(news: Iterable[Settlement]) -> Iterator[NoticesSettled]:
    groups: dict[tuple[object, ...], list[Settlement]] = defaultdict(list)
    for each in news:
        recipient = (each.agency, each.role, each.mail_id) if each.kind == SEAT else (each.complaint_id, each.event_id)
        groups[(*recipient, each.outcome, each.reason)].append(each)
    for group in _in_parts(groups.values()):
        if notices := [notice for each in group if (notice := _notice(each))]:
            yield from _fact(group[0], notices)


def _in_parts(groups: Iterable[Sequence[Settlement]]) -> Iterator[Sequence[Settlement]]:
    return (group[start : start + MOST_NOTICES] for group in groups for start in range(0, len(group), MOST_NOTICES))


def _fact(first: Settlement, notices: Sequence[Notice]) -> Iterator[NoticesSettled]:
    """The event of these notices; none for a role of another release: the ledger keeps the outcome all the same."""
    is_seat = first.kind == SEAT
    values = {
        "agency": first.agency if is_seat else first.about,
        "role": first.role if is_seat else None,
        "outcome": first.outcome,
        "reason": first.reason,
        "notices": tuple(notices),
    }
    try:
        yield NoticesSettled.model_validate(values)
    except ValueError as error:
        log.error("outcome cannot be published", agency=first.agency, role=first.role, error=repr(error))
        unusable_values.labels("notify", "outcome").inc()


def _notice(settled: Settlement) -> Notice | None:
    """The notice with the step that its event named; without one where another release names it."""
    named = {
        "complaint_id": settled.complaint_id,
        "cause": str(settled.details.get("cause") or CAUSES[settled.template]),
        "cause_id": settled.event_id,
    }
    steps = {name: settled.details.get(name) or 0 for name in ("cycle", "step", "round")}
    for values in ({**named, **steps, "clock": settled.details.get("clock")}, named):
        with suppress(ValueError):
            return Notice.model_validate(values)
    log.error("notice cannot be published", event_id=str(settled.event_id), template=settled.template)
    unusable_values.labels("notify", "notice").inc()
    return None


async def report_late_once(service: RunningService[State]) -> int:
    """Report as failed, once, what has been tried in vain for a working day; how many messages were looked at.

    The messages go on being tried. This is a loop of its own: while the mail server is away, nothing is claimed.
    Lateness is counted as attempts are: in real time, by the database's clock.
    """
    async with service.begin() as tx:
        now = await database_now(tx)
        messages = await tx.records(LateMessage, LATE, {"now": now, "ahead": now + MOST_AHEAD})
        judged = [_judged(message, now) for message in messages]
        await tx.update(Message, [_row(each) for each in judged], key="id")
        late = [each.message for each in judged if each.late_at is None]
        await settle(tx, [settlement_in_ledger(message, REFUSED, STILL_TRIED) for message in late])
    return len(judged)


def _judged(message: LateMessage, now: datetime) -> JudgedMessage:
    since = _tried_since(message, now)
    moment = _late_at(since, _details(message).get("zone") or message.zone)
    return JudgedMessage(message, since, moment if moment > now else None)


def _tried_since(message: LateMessage, now: datetime) -> datetime:
    """The moment since which the present address is tried; now, where none is tried or the ledger has no such moment.

    What waits for its complaint, or for a release that knows its template, says nothing of the seat; a reporter whose
    complaint stays unknown is not reached. A moment that has not come is of a clock that was wrong.
    """
    if message.reason in PATIENT and (message.kind == SEAT or message.reason != COMPLAINT_UNKNOWN):
        return now
    if message.tried_since is None:
        log.error("message without the moment since which it is tried", message=message.id)
        unusable_values.labels("notify", "tried_since").inc()
        return now
    return max((at for at in (message.tried_since, message.email_since) if at and at <= now), default=now)


def _late_at(since: datetime, zone: Any) -> datetime:
    """A zone that is not Indonesian is counted as Jakarta's."""
    known = known_zone(zone)
    if known is None or known not in ZONES.values():
        if zone:
            log.warning("zone unknown, Jakarta's is used", zone=zone)
            unusable_values.labels("notify", "zone").inc()
        known = JAKARTA
    return late_at(since, calendar_for(known))


def _row(judged: JudgedMessage) -> Mapping[str, Any]:
    message = judged.message
    outcome = message.outcome if judged.late_at else outcome_after(message.template, message.outcome, REFUSED)
    return {"id": message.id, "tried_since": judged.tried_since, "late_at": judged.late_at, "outcome": outcome}
