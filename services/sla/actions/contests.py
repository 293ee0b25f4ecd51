"""Events of contests: the agency above has a limit for its judgement, after which a follow-up stands or never was."""

from collections.abc import Sequence

from services.sla.actions.complaints import no_change, note
from services.sla.domain import contests, lifecycle
from services.sla.domain.clocks import Clock
from services.sla.domain.complaints import Complaint
from services.sla.domain.lifecycle import Changes
from services.sla.state import State
from shared.db.transaction import Tx
from shared.events import ContestJudged, Event, FollowUpContested


async def note_contest(tx: Tx[State], events: Sequence[Event[FollowUpContested]]) -> None:
    """The agency above has to judge; every other limit goes on."""

    def clock_change(complaint: Complaint, _: Sequence[Clock], event: Event[FollowUpContested]) -> Changes:
        return lifecycle.contested(tx.state.rules, complaint, event.fact.agency, event.fact.number, event.time)

    await note(tx, events, lambda complaint, _: complaint, clock_change)


async def note_judgement(tx: Tx[State], events: Sequence[Event[ContestJudged]]) -> None:
    """Upheld, the limit of the follow-up goes on as if it had never stopped."""

    def change(complaint: Complaint, event: Event[ContestJudged]) -> Complaint:
        return contests.judged(complaint, event.time, event.fact.followed_up_at if event.fact.upheld else None)

    await note(tx, events, change, no_change)
