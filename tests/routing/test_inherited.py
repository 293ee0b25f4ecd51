"""What the life of a whole before its split leaves to its parts."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import httpx
import pytest

from services.routing.actions.restatements import say_again
from shared.events import PartOpened
from shared.service import RunningService
from tests.make import CITY, ROADS, TRANSPORT, answer_text, escalated, hear, reporter_acted
from tests.routing.complaints import assigned, empty_outbox, get, post, problem, verify
from tests.routing.test_splits import parts_of, split
from tests.services import staged

REASON = {"reason": "Bukan kewenangan kami"}


async def opened(service: RunningService) -> Sequence[PartOpened]:
    return [fact for fact in await staged(service) if isinstance(fact, PartOpened)]


async def climbed(client: httpx.AsyncClient, service: RunningService, is_disputed: bool) -> UUID:
    """A complaint that has come to the second step of the ladder, answered and disputed or not answered yet."""
    id = await assigned(service, reporter_ref=uuid4())
    await verify(client, service, id)
    await hear(service, escalated(id, 2))
    if is_disputed:
        await post(client, service, id, "answers", "coordinator", CITY, text=answer_text(id))
        await hear(service, reporter_acted(id, act="dispute", stage=1))
    await empty_outbox(service)
    return id


@pytest.mark.parametrize("is_disputed", [True, False])
async def test_a_part_of_a_disputed_complaint_climbs_no_lower_than_that_had_come(
    client: httpx.AsyncClient, service: RunningService, is_disputed: bool
) -> None:
    id = await climbed(client, service, is_disputed)
    assert (await split(client, service, id)).status_code == 201
    # In its first cycle the resolution counts from its begin, and takes every step of the whole once more.
    step = 2 if is_disputed else 0
    assert [fact.standing for fact in await opened(service)] == [step, step]
    first, second = await parts_of(service, id)
    assert (first.ladder_step, second.ladder_step) == (step, step)
    await empty_outbox(service)
    async with service.begin() as tx:
        await say_again(tx, [first.id])
    assert [fact.standing for fact in await opened(service)] == [step]


async def test_a_part_is_passed_on_no_more_often_than_its_whole_could_have_been(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    for agency in (TRANSPORT, ROADS):
        await post(client, service, id, "forwards", "coordinator", CITY, agency=agency, **REASON)
    assert (await split(client, service, id)).status_code == 201
    first, _ = await parts_of(service, id)
    assert (first.transfers, first.earlier_passes) == (0, 2)
    assert (await post(client, service, first.id, "forwards", "liaison", ROADS, **REASON)).status_code == 201
    shown = (await get(client, service, f"/complaints/{first.id}", "coordinator", CITY)).json()
    assert (shown["transfers"], shown["earlier_passes"], "forward" in shown["allowed"]) == (1, 2, False)
    on = {"agency": TRANSPORT, **REASON}
    assert problem(await post(client, service, first.id, "forwards", "coordinator", CITY, **on)) == (
        409,
        "TooManyTransfers",
    )
    assert (await post(client, service, first.id, "forwards", "coordinator", "35", **on)).status_code == 201


async def test_a_part_knows_the_classes_of_a_whole_that_was_corrected(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    body = {"classification": "supervisory", "reason": "Menyangkut pungutan."}
    done = await post(client, service, id, "corrections", "coordinator", CITY, **body)
    await empty_outbox(service)
    assert (await split(client, service, id)).status_code == 201
    told = await opened(service)
    assert [said.classification for said in told[0].classes] == ["complaint", "supervisory"]
    assert told[0].classes[1].at.isoformat() == done.json()["at"].replace("Z", "+00:00")
    await empty_outbox(service)
    async with service.begin() as tx:
        await say_again(tx, [told[0].complaint_id])
    assert [fact.classes for fact in await opened(service)] == [told[0].classes]
