"""Ends: an answer opens a window, and an archiving leaves a time to reopen."""

from services.routing.actions.requests import archiving
from shared.events import ComplaintAnswered, ComplaintArchived
from shared.service import RunningService
from shared.vocabulary import ArchiveReason
from tests.make import ROADS
from tests.routing.complaints import assigned, empty_outbox
from tests.routing.test_acts import answer, perform, verification
from tests.routing.test_records import COORDINATOR
from tests.services import staged


async def test_an_answer_tells_until_when_the_reporter_may_reply(service: RunningService) -> None:
    await perform(service, verification(id := await assigned(service)))
    await empty_outbox(service)
    await perform(service, answer(id))
    [answered] = await staged(service)
    assert isinstance(answered, ComplaintAnswered)
    assert (answered.agency, answered.window) == (ROADS, 1)
    assert answered.reply_until is not None


async def test_an_archiving_tells_its_reason_and_until_when_it_can_be_reopened(service: RunningService) -> None:
    id = await assigned(service)
    await empty_outbox(service)
    reason: ArchiveReason = "abuse"
    await perform(service, archiving(id, COORDINATOR, None, reason=reason, text="Iklan"))
    [archived] = await staged(service)
    assert isinstance(archived, ComplaintArchived)
    assert (archived.reason, archived.reopen_until is not None) == (reason, True)
