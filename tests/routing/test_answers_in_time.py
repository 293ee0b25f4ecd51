"""An answer to a question that came in time, and is heard after the archiving for want of it."""

from typing import Any

import httpx
import pytest

from shared.events import ActRefused, ComplaintReopened, ReporterReplied
from shared.service import RunningService
from tests.make import CITY, ROADS, hear
from tests.routing.complaints import ARCHIVE, empty_outbox, get, post
from tests.routing.test_holds import REPLY, asked, completion, lapsed, settled, told_of


async def test_who_answered_in_time_does_not_lose_the_case_to_the_archive(
    client: httpx.AsyncClient, service: RunningService[Any]
) -> None:
    id, answered_at = await asked(client, service), service.now()
    await hear(service, settled(id), lapsed(id))
    await empty_outbox(service)
    await hear(service, completion(service, id), at=answered_at)
    [told] = await told_of(service)
    assert isinstance(told, ComplaintReopened) and told.state == "AWAITING_FOLLOW_UP"
    shown = (await get(client, service, f"/complaints/{id}", "coordinator", CITY)).json()
    assert (shown["acts"][-1]["kind"], shown["acts"][-1]["text"]) == ("reopening", REPLY)


async def test_an_answer_that_finds_the_case_at_work_again_is_a_reply(
    client: httpx.AsyncClient, service: RunningService[Any]
) -> None:
    """An official has resumed the case before the answer was heard: its words reach whoever works on it."""
    id, answered_at = await asked(client, service), service.now()
    assert (await post(client, service, id, "resumptions", "liaison", ROADS)).status_code == 201
    await empty_outbox(service)
    await hear(service, completion(service, id), at=answered_at)
    [told] = await told_of(service)
    assert isinstance(told, ReporterReplied)
    shown = (await get(client, service, f"/complaints/{id}", "coordinator", CITY)).json()
    assert (shown["acts"][-1]["kind"], shown["acts"][-1]["text"]) == ("reply", REPLY)


@pytest.mark.parametrize("number", [1, 2])
async def test_an_answer_undoes_no_other_archiving(
    client: httpx.AsyncClient, service: RunningService[Any], number: int
) -> None:
    id, answered_at = await asked(client, service), service.now()
    if number == 1:
        assert (await post(client, service, id, "archivings", "coordinator", CITY, **ARCHIVE)).status_code == 201
    else:
        await hear(service, settled(id), lapsed(id))
    await empty_outbox(service)
    await hear(service, completion(service, id, number), at=answered_at)
    assert [type(fact) for fact in await told_of(service)] == [ActRefused]
