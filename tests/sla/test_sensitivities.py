"""A sensitive complaint is in no public list, page or figure of time; its clocks climb as all others do."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.clock import ManualClock
from shared.events import ComplaintEscalated, Fact
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import contested, declared_sensitive, disclosed, followed_up, handed_over, referred
from tests.services import client_of
from tests.sla.cases import COMPLAINT, FILED, announced, filed, hear, ignored, publish, sweep

DAY = timedelta(days=1)
SECRET = uuid4()
HIDDEN: dict[str, list[Fact]] = {
    "chosen": [filed(SECRET, sensitive=True), *ignored(SECRET)[1:]],
    "declared": [*ignored(SECRET), declared_sensitive(SECRET, since=FILED + DAY)],
    "declared before its filing is known": [declared_sensitive(SECRET, since=FILED), *ignored(SECRET)],
    "contested": [filed(SECRET, sensitive=True), *ignored(SECRET)[1:], followed_up(SECRET), contested(SECRET)],
    "referred": [filed(SECRET, sensitive=True), *ignored(SECRET)[1:], referred(SECRET)],
    "handed over": [filed(SECRET, sensitive=True), *ignored(SECRET)[1:], referred(SECRET), handed_over(SECRET)],
    "lifted before": [*ignored(SECRET), disclosed(SECRET), declared_sensitive(SECRET, since=FILED + DAY)],
}


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    service = await make_service("sla")
    await publish(service)
    await hear(service, *ignored(COMPLAINT))
    return service


async def read(service: RunningService) -> dict[str, Any]:
    """Every public answer that could name the secret complaint."""
    paths = ["/sla/overdue", "/sla/silences", "/sla/indicators?from=2025-09-01&to=2025-09-30"]
    async with client_of(service) as client:
        found = {path: (await client.get(path)).json() for path in paths}
        found["board"] = (await client.get("/sla/")).text
    return found


@pytest.mark.parametrize("how", HIDDEN)
async def test_no_list_page_or_figure_names_it_and_it_climbs(
    service: RunningService, clock: ManualClock, how: str
) -> None:
    await sweep(service, clock, FILED + 50 * DAY)
    service.state.board = None
    before = await read(service)
    await announced(service)
    await hear(service, *HIDDEN[how])
    await sweep(service, clock, FILED + 50 * DAY)
    after = await read(service)
    # Only their number is public, together with that of confidential complaints.
    assert (before["/sla/silences"].pop("confidential"), after["/sla/silences"].pop("confidential")) == (0, 1)
    names = (str(SECRET), filed(SECRET).reference)
    assert not any(name in after.pop("board") for name in names[:1]) and before.pop("board")
    assert after == before
    async with client_of(service) as client:
        for path in ("/sla/complaints/{}/clocks", "/sla/pages/complaints/{}"):
            secret, unknown = names[0] if "clocks" in path else names[1], str(uuid4())
            shown, none = await client.get(path.format(secret)), await client.get(path.format(unknown))
            assert (shown.status_code, none.status_code) == (404, 404)
            assert shown.text.replace(secret, "") == none.text.replace(unknown, "")
    climbs = [fact for fact in await announced(service) if isinstance(fact, ComplaintEscalated)]
    assert {fact.step for fact in climbs if fact.complaint_id == SECRET} >= {1, 2, 3}


async def test_once_it_is_lifted_it_is_in_the_lists_again(service: RunningService, clock: ManualClock) -> None:
    await hear(service, *HIDDEN["declared"])
    await hear(service, disclosed(SECRET), at=FILED + 2 * DAY)
    # An earlier word that comes late changes nothing.
    await hear(service, declared_sensitive(SECRET, since=FILED + DAY), at=FILED + 3 * DAY)
    await sweep(service, clock, FILED + 50 * DAY)
    shown = await read(service)
    assert str(SECRET) in {item["complaint_id"] for item in shown["/sla/overdue"]["items"]}
    assert shown["/sla/silences"]["confidential"] == 0 and shown["/sla/silences"]["total"] == 2
