"""Handling: what is told of turns and follow-ups names agencies, and never the official."""

from services.routing.actions.requests import forward, verification
from shared.events import ComplaintForwarded, ComplaintVerified
from shared.service import RunningService
from tests.make import CITY, ROADS, TRANSPORT
from tests.routing.complaints import assigned, empty_outbox
from tests.routing.test_acts import perform
from tests.routing.test_acts import verification as verified
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


async def test_a_forwarding_tells_who_held_the_case_before(service: RunningService) -> None:
    await perform(service, verified(id := await assigned(service)))
    await empty_outbox(service)
    await perform(service, forward(id, COORDINATOR, None, agency=TRANSPORT, reason="Jalan nasional"))
    [turn] = await staged(service)
    assert isinstance(turn, ComplaintForwarded)
    assert (turn.previous, turn.agency.code, turn.transfers) == (ROADS, TRANSPORT, 1)
