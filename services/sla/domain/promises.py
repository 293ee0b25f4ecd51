"""The wait of the sweep for what others have not promised yet: how long nothing came nearer although sla looked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# A longer time without a look does not count as waiting.
LONGEST_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Wait:
    """How long `up_to` has not moved while sla looked (`waited`), and the last look (`looked_at`).

    `behind` is how long sla has looked since it was further behind than the grace, whether it has come nearer or not;
    and `stuck` how long since it came nearer by as much as the grace, from the most that it was behind, `lag`.
    """

    up_to: datetime
    looked_at: datetime
    waited: timedelta = timedelta()
    behind: timedelta = timedelta()
    stuck: timedelta = timedelta()
    lag: timedelta = timedelta()

    @property
    def in_vain(self) -> timedelta:
        """How long nothing was promised, or so little that sla never catches up."""
        return max(self.waited, self.stuck)


def after_look(
    wait: Wait | None, up_to: datetime, at: datetime, is_real: bool, grace: timedelta, pace: float = 1.0
) -> Wait:
    """The wait after a look at this moment that finds everything known up to `up_to`.

    After a longer pause it begins anew. A simulated clock leaps without a pause: a leap counts as the longest pause.
    The pauses are those of a machine: on a clock of a faster `pace` they are longer.
    """
    lag = at - up_to
    pause = max(at - wait.looked_at, timedelta()) if wait else timedelta()
    if wait is None or (is_real and pause > LONGEST_PAUSE):
        return Wait(up_to, at)
    listened = min(pause, LONGEST_PAUSE * pace)
    waited = wait.waited + listened if wait.up_to == up_to else timedelta()
    if lag <= grace:
        return Wait(up_to, at, waited)
    if wait.lag - lag >= grace:
        return Wait(up_to, at, waited, wait.behind + listened, timedelta(), lag)
    return Wait(up_to, at, waited, wait.behind + listened, wait.stuck + listened, max(wait.lag, lag))
