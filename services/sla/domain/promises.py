"""The wait of the sweep for what others have not promised yet: how long no promise came although sla looked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# A longer time without a look does not count as waiting.
LONGEST_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Wait:
    """How long `up_to` has not moved while sla looked (`waited`), and the last look (`looked_at`).

    `behind` is how long sla has looked since it was far behind, whether it has come nearer or not.
    """

    up_to: datetime
    looked_at: datetime
    waited: timedelta = timedelta()
    behind: timedelta = timedelta()


def after_look(wait: Wait | None, up_to: datetime, at: datetime, is_real: bool, is_behind: bool = False) -> Wait:
    """The wait after a look at this moment that finds everything known up to `up_to`; any progress ends a wait.

    After a longer pause it begins anew. A simulated clock leaps without a pause: a leap counts as the longest pause.
    """
    pause = max(at - wait.looked_at, timedelta()) if wait else timedelta()
    if wait is None or (is_real and pause > LONGEST_PAUSE):
        return Wait(up_to, at)
    listened = min(pause, LONGEST_PAUSE)
    waited = wait.waited + listened if wait.up_to == up_to else timedelta()
    return Wait(up_to, at, waited, wait.behind + listened if is_behind else timedelta())
