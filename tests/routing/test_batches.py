"""Batches: acts of one transaction are dated in order, recorded and published together."""

from datetime import timedelta

from services.routing.actions.acts import perform_acts
from services.routing.actions.batches import begin_batch
from services.routing.actions.cases import locked_cases
from services.routing.actions.requests import quiet
from shared.clock import ManualClock
from shared.identity.officials import Official
from shared.lifecycle.acts import ActKind
from shared.service import RunningService
from tests.make import ROADS
from tests.routing.complaints import assigned, rows_of

LIAISON = Official("penghubung", "liaison", ROADS)


async def test_each_act_of_a_case_is_dated_later_than_the_last_by_whichever_clock(
    service: RunningService, clock: ManualClock
) -> None:
    id = await assigned(service)
    async with service.begin() as tx:
        notes = [quiet(ActKind.NOTE, id, LIAISON, None, text=f"Catatan {number}") for number in range(2)]
        first, second = [result.at for result in await perform_acts(tx, notes)]  # type: ignore[union-attr]
    assert first < second
    await rows_of(service, "UPDATE acts SET at = at + interval '1 hour' RETURNING id")
    async with service.begin() as tx:
        batch = await begin_batch(tx, await locked_cases(tx, [id]), [])
        assert batch.next_moment(id) == second + timedelta(hours=1, microseconds=1) > tx.now
        assert batch.next_moment(id) == second + timedelta(hours=1, microseconds=2)
