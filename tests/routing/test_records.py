"""An act on record is found by its key on its own complaint, and tells the others what was done."""

from services.routing.actions.records import acts_by_key
from services.routing.actions.requests import verification
from shared.identity.officials import Official
from shared.service import RunningService
from tests.make import CITY
from tests.routing.complaints import assigned
from tests.routing.test_acts import perform

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
