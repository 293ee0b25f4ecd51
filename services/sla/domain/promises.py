"""The wait of the sweep for what others have not promised yet: how long nothing was heard although sla listened."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# A pause between two looks counts for at most so long: whoever did not look did not listen either.
LONGEST_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Wait:
    """Since `up_to` stands where it stands, sla has listened for `waited`; `looked_at` is its last look."""

    up_to: datetime
    looked_at: datetime
    waited: timedelta = timedelta()


def after_look(wait: Wait | None, up_to: datetime, at: datetime) -> Wait:
    """The wait after a look at this moment that finds everything known up to `up_to`; any progress ends a wait.

    A clock that leaps, forward or back, ends no wait and makes none longer than by one pause.
    """
    if wait is None or wait.up_to != up_to:
        return Wait(up_to, at)
    pause = min(max(at - wait.looked_at, timedelta()), LONGEST_PAUSE)
    return replace(wait, looked_at=at, waited=wait.waited + pause)
