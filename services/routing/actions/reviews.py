"""The second look at an answer: who takes it, if it is in the sample; the answer takes effect at once all the same."""

from services.routing.domain.cases import Case
from services.routing.domain.records import PastAct
from services.routing.domain.reviews import is_sampled
from services.routing.state import State
from shared.lifecycle.acts import ActKind

ANSWERING = frozenset({ActKind.ANSWER, ActKind.APPROVAL})


def reviewer_of(state: State, act: PastAct, after: Case) -> str | None:
    """The agency above that takes a second look at the answer which this act has published; None if nobody does.

    What the system has answered with another complaint was looked at there. Of a sensitive one no more people learn.
    """
    above = state.chain(after.holder)[1:]
    published = act.kind in ANSWERING and act.role != "system" and not after.sensitive
    sampled = published and is_sampled(act.complaint_id, after.windows, state.gate.sample)
    return above[0] if sampled and above else None
