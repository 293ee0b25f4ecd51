"""An act on record is found by its key on its own complaint, and tells the others what was done."""

from services.routing.actions.acts import verification
from services.routing.actions.records import acts_by_key
from shared.events import ComplaintForwarded, ComplaintVerified
from shared.identity.officials import Official
from shared.service import RunningService
from tests.make import CITY, ROADS
from tests.routing.complaints import assigned, empty_outbox
from tests.routing.test_acts import perform
from tests.services import staged

COORDINATOR = Official("koordinator", "coordinator", CITY)


async def test_a_record_is_found_by_complaint_and_key_together(service: RunningService) -> None:
    one, other = await assigned(service), await assigned(service)
    for id, key in ((one, "a"), (other, "b")):
        await perform(
            service, verification(id, COORDINATOR, key, classification="complaint", agency=None, note="Segera")
        )
    async with service.begin() as tx:
        found = await acts_by_key(tx, [(one, "a"), (one, "b"), (other, "c")])
        assert await acts_by_key(tx, []) == {}
    # The key of another complaint finds nothing here.
    assert (one, "b") not in found and not any(key == "c" for _, key in found)
    assert (found[one, "a"].kind, found[one, "a"].by) == ("verification", "koordinator")


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
