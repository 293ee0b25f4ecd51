"""Quarantine: an event that is dated more than five minutes ahead is parked until its time has come."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.clock import MOST_APART
from shared.db.clock import latest_now
from shared.events import Event
from shared.parked import PAUSES
from shared.service import RunningService


async def pauses(service: RunningService[Any], events: Sequence[Event[Any]]) -> Mapping[UUID, timedelta]:
    """How long each event that is dated ahead is to wait, in real time, at most the longest pause of a parked event."""
    # Machines differ by real time, which a faster clock multiplies.
    speed = max(1.0, service.settings.clock_speed)
    limit = MOST_APART * speed
    horizon = service.now() + limit
    if all(event.time <= horizon for event in events):
        return {}
    async with service.begin() as tx:
        now = await latest_now(tx)
    ahead = {event.id: event.time - now for event in events if event.time - now > limit}
    return {id: min(span / speed, PAUSES[-1]) for id, span in ahead.items()}
