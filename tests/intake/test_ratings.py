"""Ratings: once in each cycle with the PIN, kept with sealed words, told without any."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest

from services.intake.actions import restatements
from shared.events import RatingGiven
from shared.reporters import RATING
from shared.vocabulary import State
from tests.conftest import ServiceMaker
from tests.intake.citizen import Intake, counted, receipt
from tests.make import MONDAY, answered, closed, followed_up, hear, reopened, taken_back
from tests.services import client_of, staged

POINTS = {"speed": 1, "clarity": 2, "outcome": 3, "courtesy": 4}
WORDS = "Petugasnya ramah, tetapi lama sekali."


async def rate(client: httpx.AsyncClient, filed: dict[str, str], pin: str = "", **changes: Any) -> httpx.Response:
    path = f"/intake/complaints/{filed['tracking_reference']}/ratings"
    body = {**POINTS, "text": WORDS, **changes}
    return await client.post(path, json=body, headers={"Tracking-Pin": pin or filed["pin"]})


async def given(service: Intake) -> list[RatingGiven]:
    return [fact for fact in await staged(service) if isinstance(fact, RatingGiven)]


async def allowed(client: httpx.AsyncClient, filed: dict[str, str]) -> list[str]:
    path, headers = f"/intake/complaints/{filed['tracking_reference']}", {"Tracking-Pin": filed["pin"]}
    found: list[str] = (await client.get(path, headers=headers)).json()["allowed"]
    return found


async def test_an_answered_complaint_is_rated_once_in_each_cycle(service: Intake, client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    id = UUID(filed["id"])
    await hear(service, answered(id), at=MONDAY + timedelta(hours=1))
    first, again, other = await rate(client, filed), await rate(client, filed), await rate(client, filed, speed=4)
    assert first.status_code == 201 and first.headers["Cache-Control"] == "no-store"
    assert first.json() == {"tracking_reference": filed["tracking_reference"], "cycle": 1, "at": filed["filed_at"]}
    assert again.json() == first.json()
    assert (other.status_code, other.json()["type"]) == (409, "urn:tanggap:AlreadyRated")
    assert (await rate(client, filed, text="Kata yang lain.")).status_code == 409
    assert RATING not in await allowed(client, filed)
    await hear(service, reopened(id, cycle=2), at=MONDAY + timedelta(hours=2))
    assert (await rate(client, filed, speed=4)).status_code == 409
    await hear(service, answered(id, window=2), at=MONDAY + timedelta(hours=3))
    assert RATING in await allowed(client, filed)
    assert (await rate(client, filed, speed=4, text=None)).json()["cycle"] == 2
    one, two = await given(service)
    assert one == RatingGiven(complaint_id=id, cycle=1, **POINTS)
    assert two == RatingGiven(complaint_id=id, cycle=2, **{**POINTS, "speed": 4})


async def test_a_rating_comes_once_whoever_sends_it_at_the_same_moment(make_service: ServiceMaker) -> None:
    services = [await make_service("intake") for _ in range(2)]
    clients = [client_of(service) for service in services]
    filed = await receipt(clients[0])
    await hear(services[0], closed(UUID(filed["id"])))
    answers = await asyncio.gather(*(rate(client, filed, speed=n + 1) for n in range(4) for client in clients))
    assert sorted({answer.status_code for answer in answers}) == [201, 409]
    [said] = await given(services[0])
    assert all((answer.status_code == 201) == (n // 2 + 1 == said.speed) for n, answer in enumerate(answers))
    assert await counted(services[0], "ratings") == [1]
    for client in clients:
        await client.aclose()


@pytest.mark.parametrize("state", ["UNVERIFIED", "IN_PROGRESS", "WITHDRAWN"])
async def test_what_was_not_answered_is_not_rated(service: Intake, client: httpx.AsyncClient, state: State) -> None:
    filed = await receipt(client)
    for fact in {"IN_PROGRESS": [followed_up], "WITHDRAWN": [taken_back]}.get(state, []):
        await hear(service, fact(UUID(filed["id"])))
    refused = await rate(client, filed)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tanggap:NotAnswered")
    assert RATING not in await allowed(client, filed)
    assert await given(service) == [] and await counted(service, "ratings") == [0]


async def test_without_its_pin_nobody_rates_a_complaint(service: Intake, client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    await hear(service, answered(UUID(filed["id"])))
    unknown = await rate(client, {**filed, "tracking_reference": "TG-00000-00000"})
    wrong = await rate(client, filed, "WRONG")
    assert wrong.status_code == unknown.status_code == 404 and wrong.json() == unknown.json()
    assert await counted(service, "ratings") == [0]


@pytest.mark.parametrize("wrong", [{"speed": 0}, {"courtesy": 5}, {"outcome": None}, {"text": "x" * 2_001}, {"x": 1}])
async def test_a_body_that_is_no_rating_is_refused(
    service: Intake, client: httpx.AsyncClient, wrong: dict[str, Any]
) -> None:
    filed = await receipt(client)
    await hear(service, answered(UUID(filed["id"])))
    assert (await rate(client, filed, **wrong)).status_code == 422
    assert await counted(service, "ratings") == [0]


async def test_the_words_of_a_rating_are_kept_sealed_and_shown_to_nobody(
    service: Intake, client: httpx.AsyncClient
) -> None:
    filed = await receipt(client)
    id = UUID(filed["id"])
    await hear(service, answered(id))
    await rate(client, filed)
    async with service.begin() as tx:
        [sealed] = (await tx.execute("SELECT sealed FROM ratings")).scalars()
        outbox = (await tx.execute("SELECT string_agg(value, '') FROM outbox")).scalar_one()
    assert "ramah" not in sealed and sealed not in outbox
    assert orjson.loads(service.state.narrative.open(sealed, filed["id"])) == {"text": WORDS}
    await hear(service, *await given(service))
    public = (await client.get(f"/intake/complaints/{filed['tracking_reference']}/timeline")).json()
    shown = public["timeline"][-1]
    assert (shown["sentence"], shown["words"]) == ("Pelapor menilai penanganan laporan.", None)
    assert public["status"] == "Terdisposisi Selesai"


async def test_a_rating_is_said_again_as_of_its_moment(service: Intake, client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    await hear(service, answered(UUID(filed["id"])))
    await rate(client, filed)
    async with service.begin() as tx:
        await restatements.say_again(tx, [UUID(filed["id"])])
    first, again = await given(service)
    assert again == first.model_copy(update={"again": True})


async def test_a_reporter_rates_on_a_plain_form(service: Intake, client: httpx.AsyncClient) -> None:
    filed = await receipt(client)
    reference, pin = filed["tracking_reference"], filed["pin"]
    path = f"/intake/pages/complaints/{reference}"
    form = {"pin": pin, "text": "Masih <b>lama</b>", **{name: str(points) for name, points in POINTS.items()}}
    assert "Nilai penanganan" not in (await client.post(path, data={"pin": pin})).text
    early = await client.post(f"{path}/ratings", data=form)
    assert early.status_code == 409 and "setelah dijawab" in early.text
    await hear(service, answered(UUID(filed["id"])))
    assert "Nilai penanganan" in (await client.post(path, data={"pin": pin})).text
    asked = await client.get(f"{path}/ratings")
    assert asked.status_code == 200 and "Kecepatan penanganan" in asked.text and "<script" not in asked.text
    wrong = await client.post(f"{path}/ratings", data={**form, "pin": "WRONG"})
    assert wrong.status_code == 404 and 'id="pin-error"' in wrong.text
    assert "Masih &lt;b&gt;lama&lt;/b&gt;" in wrong.text and wrong.text.count(" checked") == len(POINTS)
    for bad in ({"speed": ""}, {"speed": "9"}, {"speed": "banyak"}):
        refused = await client.post(f"{path}/ratings", data={**form, **bad})
        assert refused.status_code == 422 and 'id="speed-error"' in refused.text
    done = await client.post(f"{path}/ratings", data=form)
    assert done.status_code == 201 and reference in done.text
    assert "Nilai penanganan" not in (await client.post(path, data={"pin": pin})).text
    assert await counted(service, "ratings") == [1]
