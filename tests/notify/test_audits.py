"""What the auditor says reaches the national administrator, whether or not the complaint is known here."""

from datetime import timedelta
from uuid import uuid4

from shared.clock import ManualClock
from shared.events import AllWell, LawViolated
from tests.conftest import ServiceMaker
from tests.make import filed, hear, parked, redeliver, routed
from tests.services import MONDAY


async def _messages(service) -> list[tuple]:
    async with service.begin() as tx:
        rows = await tx.execute(
            "SELECT recipient, template, complaint_id, details->>'detail' FROM messages ORDER BY id"
        )
        return [tuple(row) for row in rows]


def _violated(**changes) -> LawViolated:
    values = {"complaint_id": uuid4(), "check": "no_case", "since": MONDAY, "detail": "Belum menjadi kasus."}
    return LawViolated.model_validate({**values, **changes})


async def test_a_violation_its_end_and_all_well_are_each_a_message(make_service: ServiceMaker) -> None:
    service = await make_service("notify")
    events = await hear(
        service, _violated(), _violated(over=True), _violated(complaint_id=None), AllWell(complaints=9, checks=3)
    )
    await redeliver(service, events)
    seat, detail = "NAS/coordinator", "Belum menjadi kasus."
    assert sorted(await _messages(service), key=str) == sorted(
        [
            (seat, "law_violated", None, detail),
            (seat, "law_holds", None, detail),
            (seat, "law_violated", None, detail),
            (seat, "all_well", None, None),
        ],
        key=str,
    )
    assert await parked(service) == []


async def test_nobody_is_written_to_about_what_is_said_again(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("notify")
    id = uuid4()
    await hear(service, filed(id, again=True), routed(id, again=True))
    assert await _messages(service) == []
    clock.advance_to(MONDAY + timedelta(hours=1))
    await hear(service, routed(id))
    assert await _messages(service) != []
