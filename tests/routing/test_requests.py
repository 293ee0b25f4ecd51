"""Requests: an act done before with a key gives the same result, and other words with that key are refused."""

from services.routing.actions.requests import forward
from shared.errors import KeyReused
from shared.service import RunningService
from tests.make import TRANSPORT
from tests.routing.complaints import assigned
from tests.routing.test_acts import perform, verification
from tests.routing.test_records import COORDINATOR


async def test_a_key_gives_its_result_again_and_serves_no_other_words(service: RunningService) -> None:
    await perform(service, verification(id := await assigned(service)))
    passing_on = forward(id, COORDINATOR, "a", agency=TRANSPORT, reason="Jalan nasional")
    [first] = await perform(service, passing_on)
    [again] = await perform(service, passing_on)
    [other] = await perform(service, forward(id, COORDINATOR, "a", agency=TRANSPORT, reason="Jalan provinsi"))
    assert first == again
    assert isinstance(other, KeyReused)
