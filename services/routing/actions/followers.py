"""Followers: the cases that were merged into one that ends share its answer, or go on by themselves."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.routing.actions.records import done_by_system
from services.routing.domain.acts import Act
from services.routing.domain.afters import case_after
from services.routing.domain.cases import Case
from services.routing.domain.mergers import row_of_follower
from services.routing.domain.records import PastAct
from services.routing.state import State
from shared.lifecycle.acts import ActKind

# What the reporter reads before the words for the main complaint.
SHARED = "Laporan Anda digabungkan dengan laporan lain tentang hal yang sama. Untuk keduanya berlaku:"


def followed(
    state: State, id: UUID, before: Case, act: Act, main: PastAct, at: datetime, reopen_until: datetime
) -> tuple[PastAct, Case]:
    """This act of the system on a merged case, and the case after it; `main` is the act that ended its main case."""
    after = case_after(row_of_follower(act), act, before)
    if act.kind == ActKind.ARCHIVING:
        after = replace(after, reopen_until=reopen_until)
    done = done_by_system(
        id,
        act.kind,
        at,
        after,
        reason=act.reason,
        sealed=_shared_words(state, id, act, main),
    )
    return done, after


def _shared_words(state: State, id: UUID, act: Act, main: PastAct) -> str | None:
    """The words of the main case's end, sealed for this one; whoever goes on alone was told nothing."""
    if act.kind == ActKind.SEPARATION or main.sealed is None:
        return None
    words = state.read(main.sealed, str(main.complaint_id)).get("text") or ""
    return state.seal(f"{SHARED}\n\n{words}", str(id))
