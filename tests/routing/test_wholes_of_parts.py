"""Whoever holds a part reads the acts on the whole before its split; of a sensitive one the named seats alone."""

from typing import Any
from uuid import UUID, uuid4

import httpx

from shared.service import RunningService
from tests.make import CITY, HEALTH, ROADS, TRANSPORT, hear, reporter_acted
from tests.routing.complaints import assigned, get, post, problem, verify
from tests.routing.test_splits import parts_of, split

SECRET = {"reason": "Menyebut nama anak yang menjadi korban."}


async def whole(client: httpx.AsyncClient, service: RunningService[Any]) -> UUID:
    """A complaint whose reporter was asked something before it was split."""
    id = await assigned(service, reporter_ref=uuid4())
    await verify(client, service, id)
    await post(client, service, id, "holdings", "coordinator", CITY, question="Di tiang nomor berapa lampunya padam?")
    words = service.state.seal("Tiang nomor 12", str(id))
    await hear(service, reporter_acted(id, act="completion", number=1, sealed=words))
    assert (await split(client, service, id)).status_code == 201
    return id


async def test_the_holder_of_a_part_reads_what_was_done_before_the_split(
    client: httpx.AsyncClient, service: RunningService[Any]
) -> None:
    id = await whole(client, service)
    shown = await get(client, service, f"/complaints/{id}", "liaison", TRANSPORT)
    assert shown.status_code == 200 and "Tiang nomor 12" in [act["text"] for act in shown.json()["acts"]]
    assert shown.json()["allowed"] == []
    stranger = await get(client, service, f"/complaints/{id}", "liaison", HEALTH)
    assert problem(stranger) == (403, "NotYourCase")
    # A part is no door to another part.
    first, _ = await parts_of(service, id)
    assert problem(await get(client, service, f"/complaints/{first.id}", "liaison", TRANSPORT)) == (403, "NotYourCase")


async def test_of_a_sensitive_whole_only_the_named_seats_of_a_part_read(
    client: httpx.AsyncClient, service: RunningService[Any]
) -> None:
    id = await whole(client, service)
    assert (await post(client, service, id, "sensitivities", "coordinator", CITY, **SECRET)).status_code == 201
    assert (await get(client, service, f"/complaints/{id}", "leader", TRANSPORT)).status_code == 200
    for role, agency in (("liaison", TRANSPORT), ("leader", HEALTH), ("liaison", ROADS)):
        assert problem(await get(client, service, f"/complaints/{id}", role, agency))[0] == 404
