"""Acts: a message that comes late is not sent if an act has made it needless, and waits until we have heard of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.notify.domain import acts
from services.notify.domain.acts import (
    CLIMB,
    FRESH,
    Act,
    is_over,
    is_overtaken,
    is_verified_since,
    may_be_needless,
    moment_of,
    promised_date,
    was_written_late,
)
from services.notify.domain.deliveries import NOT_HEARD
from services.notify.domain.limits import REQUESTS
from services.notify.models.acts import ACTS
from services.notify.models.claims import DueMessage
from services.notify.state import State
from shared.clock import EPOCH, TICK
from shared.db.transaction import Tx
from shared.promises import progress

# The publishers whose acts make a message needless.
PUBLISHERS = frozenset({"routing"})
# Half an hour by the pauses between attempts: then the message is sent in any case.
MOST_WAITS = 7


async def overtaken(tx: Tx[State], due: Sequence[DueMessage]) -> frozenset[int]:
    """The ids of those of these messages that are no longer true, at the moment of the service's clock."""
    waited = [each for each in due if _may_be_needless(each, tx)]
    done = await _acts(tx, {each.complaint_id for each in waited}) if waited else {}
    return frozenset(each.id for each in waited if _is_needless(each, done, tx))


async def as_known_now(tx: Tx[State], due: Sequence[DueMessage]) -> Sequence[DueMessage]:
    """These messages as the acts since their events have made them.

    None says any more that nobody has verified what is verified, and a climb names the day of promised news.
    """
    doubtful = {each.complaint_id for each in due if _depends_on_acts(each)}
    done = await _acts(tx, doubtful) if doubtful else {}
    return [_as_known_now(each, done.get(each.complaint_id, ())) for each in due]


def _depends_on_acts(due: DueMessage) -> bool:
    return isinstance(due.details, dict) and (due.template == CLIMB or bool(due.details.get("unverified")))


def _as_known_now(due: DueMessage, done: Sequence[Act]) -> DueMessage:
    changes: dict[str, Any] = {"unverified": False} if is_verified_since(due.details, done) else {}
    if due.template == CLIMB and (promised := promised_date(done)):
        changes["next_date"] = promised
    return replace(due, details={**due.details, **changes}) if changes else due


async def awaiting_acts(tx: Tx[State], due: Sequence[DueMessage]) -> frozenset[int]:
    """The ids of those of these messages that were written long after their events, while we have not caught up.

    After an outage the events of a complaint come in several batches, and the first would be mailed as if it were the
    last. Once routing has promised the moment at which a message was written, every event up to then has come.
    """
    late = [each for each in due if _was_written_late(each, tx)]
    up_to = (await progress(tx, PUBLISHERS)).up_to if late else EPOCH
    if up_to == EPOCH:  # It has promised nothing yet.
        return frozenset()
    # A clock that stands until it is moved never promises its own moment.
    return frozenset(each.id for each in late if each.created_at > up_to + TICK)


def _was_written_late(due: DueMessage, tx: Tx[State]) -> bool:
    if due.attempts >= MOST_WAITS or due.reason not in (None, NOT_HEARD):
        return False
    return was_written_late(due.template, due.details, due.created_at, _fresh(tx))


def _may_be_needless(due: DueMessage, tx: Tx[State]) -> bool:
    # A request has waited for its limit.
    tried = due.attempts > 0 or due.mail_id is not None or due.template in REQUESTS.values()
    return may_be_needless(due.template, due.details, tried, tx.now, _fresh(tx))


def _fresh(tx: Tx[State]) -> timedelta:
    return FRESH * max(1, tx.clock.speed)


def _is_needless(due: DueMessage, done: Mapping[UUID, Sequence[Act]], tx: Tx[State]) -> bool:
    over = is_over(due.template, due.details, tx.now)
    return over or is_overtaken(due.template, due.about, due.details, done.get(due.complaint_id, ()))


async def _acts(tx: Tx[State], ids: set[UUID]) -> Mapping[UUID, Sequence[Act]]:
    """The acts on these complaints that the ledger tells of."""
    found: dict[UUID, list[Act]] = defaultdict(list)
    for row in await tx.execute(ACTS, {"ids": list(ids), "templates": acts.ACTS}):
        if at := moment_of(row.at):
            found[row.complaint_id].append(Act(row.template, row.about, at, row.next_date, row.number))
    return found
