"""How far sla has heard the others, and so which steps a sweep may take: those up to there, or all after the grace."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, all_, bindparam, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.sla.domain.clocks import Clock
from services.sla.domain.notices import complaints_in
from services.sla.domain.promises import Wait, after_look
from services.sla.models.clocks import ClockRow
from services.sla.state import State
from shared.clock import EPOCH, TICK, pace_of
from shared.db.transaction import Tx
from shared.events import ComplaintEscalated, Fact
from shared.parked import PARKED
from shared.promises import Progress, progress
from shared.telemetry import log, sweep_behind, sweep_unsure
from shared.vocabulary import EventType

# What intake and routing say starts, moves and stops clocks; what notify says tells who was reached.
PUBLISHERS, NOTIFIERS = frozenset({"intake", "routing"}), frozenset({"notify"})
AWAITED = PUBLISHERS | NOTIFIERS
ALARM = timedelta(minutes=5)
PARKED_NOTICES = (
    select(PARKED.c.value, PARKED.c.parked_at)
    .where(PARKED.c.type == EventType.NOTICES_SETTLED.value, PARKED.c.parked_at > bindparam("since"))
    .order_by(PARKED.c.parked_at.desc())
    .limit(10_000)
)
# A complaint with a parked event is not known, however far the others are: its steps wait too, within the grace.
IS_KNOWN = or_(
    ClockRow.complaint_id != all_(bindparam("parked", type_=ARRAY(Uuid))),
    ClockRow.next_at <= bindparam("waited"),
)


@dataclass(frozen=True, slots=True)
class SweepHorizon:
    """Steps up to `until` may be taken. Of those after `up_to`, and of the complaints in `parked`, sla is not sure.

    Steps of the complaints in `waiting` are taken only up to `waited`.
    """

    until: datetime
    up_to: datetime
    parked: Mapping[UUID, datetime]
    waiting: tuple[UUID, ...]
    waited: datetime

    @property
    def values(self) -> dict[str, Any]:
        """The values of the statement that finds what is due."""
        return {"now": self.until, "parked": list(self.waiting), "waited": self.waited}

    def marked(self, clock: Clock, facts: Iterable[Fact]) -> Iterator[Fact]:
        """The facts of a step of this clock; an escalation says since when sla could not know."""
        since = self._unsure_since(clock)
        for fact in facts:
            unsure = since is not None and isinstance(fact, ComplaintEscalated)
            yield fact.model_copy(update={"unsure_since": since}) if unsure else fact

    def _unsure_since(self, clock: Clock) -> datetime | None:
        at = clock.next_at or self.until
        if clock.complaint_id in self.parked:
            return min(self.parked[clock.complaint_id], at)
        return self.up_to if at > self.up_to else None


async def sweep_horizon(tx: Tx[State]) -> SweepHorizon:
    """What a sweep at this moment may take: it does not run ahead of what sla has heard, but for longer than the grace.

    A step at the very next moment is taken: a clock that stands until it is moved never promises its own moment.
    Whoever is further behind than the grace catches up first, within the grace: what an outage has kept from being
    said is said only if no act has overtaken it since.
    """
    grace = _grace(tx)
    found = await progress(tx, PUBLISHERS)
    up_to = found.up_to + TICK
    is_behind = up_to < tx.now - grace
    before = tx.state.wait
    wait = tx.state.wait = after_look(before, up_to, found.at, found.is_real, grace, pace_of(tx.clock))
    is_over = up_to < tx.now and wait.in_vain >= grace
    _tell(before, wait, tx, is_over, grace)
    waiting, waited = _waiting(found.parked, found, tx.now, grace)
    until = EPOCH if is_behind and wait.behind < grace else min(tx.now, up_to)
    return SweepHorizon(tx.now if is_over else until, up_to, found.parked, waiting, waited)


async def reached(tx: Tx[State]) -> SweepHorizon:
    """Up to which moment sla knows who was reached: as far as notify has promised, and any moment after the grace.

    What a parked notice tells of is not known, within the same grace.
    """
    grace = _grace(tx)
    found = await progress(tx, NOTIFIERS)
    up_to = found.up_to + TICK
    wait = tx.state.notice_wait = after_look(
        tx.state.notice_wait, up_to, found.at, found.is_real, grace, pace_of(tx.clock)
    )
    is_over = up_to < tx.now and wait.in_vain >= grace
    if is_over:
        log.warning("seats are passed over without having heard whether they were reached", heard_up_to=str(up_to))
    # A simulated clock tells nothing of the moment of parking, which is the database's.
    since = found.at - grace if found.is_real else EPOCH
    parked = await _parked_notices(tx, since) if found.any_parked else {}
    waiting, waited = _waiting(parked, found, tx.now, grace)
    return SweepHorizon(tx.now if is_over else min(tx.now, up_to), up_to, parked, waiting, waited)


async def _parked_notices(tx: Tx[State], since: datetime) -> Mapping[UUID, datetime]:
    """The complaints of the notices parked since then, each with its latest. Their key is the agency of a seat.

    One that stays parked for ever must not use up the grace of those that come after it.
    """
    rows = (await tx.execute(PARKED_NOTICES, {"since": since})).all()
    return {id: row.parked_at for row in reversed(rows) for id in complaints_in(row.value)}


def _grace(tx: Tx[State]) -> timedelta:
    """The grace on the clock by which waiting is counted."""
    return timedelta(minutes=tx.state.settings.sweep_grace_minutes) * pace_of(tx.clock)


def _waiting(
    parked: Mapping[UUID, datetime], found: Progress, now: datetime, grace: timedelta
) -> tuple[tuple[UUID, ...], datetime]:
    """The complaints whose steps wait for a parked event, and up to which moment their steps no longer wait.

    A real clock counts from the moment of parking. Any other did not run then: each step waits from its own moment.
    """
    if not found.is_real:
        return tuple(parked), now - grace
    return tuple(id for id, since in parked.items() if since > found.at - grace), EPOCH


def _tell(before: Wait | None, wait: Wait, tx: Tx[State], is_over: bool, grace: timedelta) -> None:
    """Show how far the sweep is behind; raise the alarm once, and once more when the grace is over."""
    alarm = ALARM * pace_of(tx.clock)
    sweep_behind.labels("sla").set(max(0.0, (tx.now - wait.up_to).total_seconds()))
    sweep_unsure.labels("sla").set(is_over)
    waited = before.in_vain if before else timedelta()
    if waited < alarm <= wait.in_vain and wait.up_to < tx.now:
        log.warning("the sweep waits for what was not promised", heard_up_to=str(wait.up_to))
    if waited < grace <= wait.in_vain and is_over:
        log.error("the sweep escalates without having heard", heard_up_to=str(wait.up_to))
