"""Facts: each kind of act that is for others has one that tells of it, the same for the first time and again."""

from services.routing.actions.acts import verification
from services.routing.actions.facts import TOLD
from shared.events import ComplaintForwarded, ComplaintVerified
from shared.lifecycle.acts import ActKind
from shared.lifecycle.table import TRANSITIONS
from shared.service import RunningService
from shared.vocabulary import EventType
from tests.make import CITY, ROADS
from tests.routing.complaints import assigned, empty_outbox
from tests.routing.test_acts import perform
from tests.routing.test_records import COORDINATOR
from tests.services import staged


async def test_a_verification_tells_who_verified_and_who_holds_the_case(service: RunningService) -> None:
    id = await assigned(service)
    await empty_outbox(service)
    await perform(
        service, verification(id, COORDINATOR, None, classification="supervisory", agency=ROADS, note="Rahasia")
    )
    verified, forwarded = await staged(service)
    assert isinstance(verified, ComplaintVerified) and isinstance(forwarded, ComplaintForwarded)
    assert (verified.by, verified.classification) == (CITY, "supervisory")
    # The note is for officials only.
    assert (forwarded.agency.code, forwarded.by, forwarded.sealed) == (ROADS, CITY, None)


def test_every_kind_of_act_with_an_event_tells_it() -> None:
    # What becomes of promises and of drafts that go back is told by what changed, not by the kind of act.
    by_change = {EventType.PROMISE_MADE, EventType.PROMISE_KEPT, EventType.PROMISE_MOVED, EventType.ANSWER_RETURNED}
    kinds = {row.act for row in TRANSITIONS if set(row.events) - by_change}
    # A rating stays with intake.
    assert kinds - {*TOLD} == {ActKind.RATING}
