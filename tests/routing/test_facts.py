"""Facts: each kind of act that is for others has one that tells of it, the same for the first time and again."""

from services.routing.actions.facts import TOLD
from shared.lifecycle.acts import ActKind
from shared.lifecycle.table import TRANSITIONS
from shared.vocabulary import EventType


def test_every_kind_of_act_with_an_event_tells_it() -> None:
    # What becomes of promises and of drafts that go back is told by what changed, not by the kind of act.
    by_change = {EventType.PROMISE_MADE, EventType.PROMISE_KEPT, EventType.PROMISE_MOVED, EventType.ANSWER_RETURNED}
    kinds = {row.act for row in TRANSITIONS if set(row.events) - by_change}
    # A rating stays with intake.
    assert kinds - {*TOLD} == {ActKind.RATING}
