"""An act on record is found by its key on its own complaint, and tells the others what was done."""

from uuid import uuid4

from services.routing.actions.acts import ActRequest, follow_up, verification
from services.routing.actions.records import acts_by_key
from shared.events import ComplaintForwarded, ComplaintVerified
from shared.identity.officials import Official
from shared.service import RunningService
from tests.make import CITY, ROADS, follow_up_text
from tests.routing.complaints import assigned, empty_outbox
from tests.routing.test_acts import perform
from tests.services import staged

COORDINATOR = Official("koordinator", "coordinator", CITY)


def by_key(key: str | None, id: object = None) -> ActRequest:
    return follow_up(id or uuid4(), COORDINATOR, key, text=follow_up_text())  # type: ignore[arg-type]


async def test_a_record_is_found_by_complaint_and_key_together(service: RunningService) -> None:
    one, other = await assigned(service), await assigned(service)
    for id, key in ((one, "a"), (other, "b")):
        await perform(
            service, verification(id, COORDINATOR, key, classification="complaint", agency=None, note="Segera")
        )
    async with service.begin() as tx:
        found = await acts_by_key(tx, [by_key("a", one), by_key("b", one), by_key(None, other)])
        assert await acts_by_key(tx, [by_key(None, one)]) == {}
    # The other complaint was not asked for by its key; the key of another complaint finds nothing here.
    assert [key for key in found if key == (one, "b")] == []
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
