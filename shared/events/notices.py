"""Events of notices: what became of each notice that had to reach someone, said by notify."""

from uuid import UUID

from shared.events.envelope import Fact, Part
from shared.vocabulary import ClockName, NoticeOutcome, Role


class Notice(Part):
    """A notice about a complaint: type and id of the event that caused it, and the step of the ladder, if any."""

    complaint_id: UUID
    cause: str
    cause_id: UUID
    clock: ClockName | None = None
    cycle: int = 0
    step: int = 0
    round: int = 0


class NoticesSettled(Fact, source="notify"):
    """The notices of one mail to a seat, or one notice to a reporter (no `role`), came to this outcome.

    `agency` is the agency of the seat, for a reporter the one that the complaint lies with. A notice may be settled
    again: a mail that was sent can bounce or be acknowledged, one that failed can be sent later.
    """

    agency: str
    role: Role | None = None
    outcome: NoticeOutcome
    reason: str | None = None
    notices: tuple[Notice, ...]

    @property
    def key(self) -> str:
        return str(self.notices[0].complaint_id) if self.role is None and self.notices else self.agency
