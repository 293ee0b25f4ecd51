"""The wait of the sweep for what others have not promised yet: how long nothing was heard although sla listened."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# Whoever did not look for longer did not listen either.
LONGEST_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Wait:
    """Since `up_to` stands where it stands, sla has listened for `waited`; `looked_at` is its last look."""

    up_to: datetime
    looked_at: datetime
    waited: timedelta = timedelta()


def after_look(wait: Wait | None, up_to: datetime, at: datetime, is_real: bool) -> Wait:
    """The wait after a look at this moment that finds everything known up to `up_to`; any progress ends a wait.

    After a longer pause it begins anew. A simulated clock leaps without a pause: a leap counts as the longest pause.
    """
    pause = max(at - wait.looked_at, timedelta()) if wait else timedelta()
    if wait is None or wait.up_to != up_to or (is_real and pause > LONGEST_PAUSE):
        return Wait(up_to, at)
    return replace(wait, looked_at=at, waited=wait.waited + min(pause, LONGEST_PAUSE))
