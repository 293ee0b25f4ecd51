"""Clocks: what their outcome is, how they are shown, and the history that anybody may read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.sla.domain.clocks import outcome_of, started, status_of
from services.sla.domain.complaints import Complaint
from shared.clock import ManualClock
from shared.events import ComplaintEscalated
from shared.vocabulary import FOLLOW_UP, LIFE
from tests.conftest import ServiceMaker
from tests.make import ROADS, ref, utc
from tests.services import client_of
from tests.sla.cases import (
    COMPLAINT,
    FILED,
    RULES,
    announced,
    clock_rows,
    filed,
    hear,
    ignored_complaint,
    publish,
    sweep,
)

NOON = datetime(2025, 9, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stopped_at", "outcome"),
    [(NOON, "met"), (NOON - timedelta(microseconds=1), "met"), (NOON + timedelta(microseconds=1), "missed")],
)
def test_a_clock_stopped_exactly_at_its_limit_has_met_it(stopped_at: datetime, outcome: str) -> None:
    assert outcome_of(NOON, stopped_at) == outcome


def test_a_running_clock_past_its_limit_is_overdue() -> None:
    clock = started(RULES, Complaint(COMPLAINT, FILED), FOLLOW_UP, ref(ROADS), FILED)
    moments = [clock.due_at + timedelta(hours=h) for h in (-1, 0, 1)]
    assert [status_of(clock, at) for at in moments] == ["running", "running", "overdue"]
    assert status_of(replace(clock, outcome="transferred"), NOON) == "transferred"
    assert status_of(replace(clock, name=LIFE), moments[-1]) == "running"


async def test_the_clocks_of_a_complaint_show_their_state_and_steps(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await publish(service)
    await ignored_complaint(service, COMPLAINT)
    await sweep(service, clock, utc("09-09 18:00"))
    async with client_of(service) as client:
        answer = await client.get(f"/sla/complaints/{COMPLAINT}/clocks")
    assert answer.status_code == 200
    found = {row["name"]: row for row in answer.json()}
    assert {name: row["state"] for name, row in found.items()} == {
        "life": "running",
        "verification": "met",
        "follow_up": "overdue",
        "resolution": "running",
        "ombudsman": "running",
    }
    assert [(step["step"], step["escalation"]) for step in found["follow_up"]["steps"]] == [(3, 1)]
    assert (found["follow_up"]["agency"], found["follow_up"]["due_at"]) == (ROADS, "2025-09-09T17:00:00Z")


async def test_an_unknown_complaint_is_not_found(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    async with client_of(service) as client:
        answer = await client.get(f"/sla/complaints/{uuid4()}/clocks")
        broken = await client.get("/sla/complaints/x/clocks")
    assert (answer.status_code, answer.json()["field"], broken.status_code) == (404, "id", 422)


async def test_the_root_holds_a_complaint_before_its_routing(make_service: ServiceMaker) -> None:
    service = await make_service("sla")
    await hear(service, filed(COMPLAINT))
    async with client_of(service) as client:
        answer = await client.get(f"/sla/complaints/{COMPLAINT}/clocks")
    [life] = answer.json()
    assert (life["name"], life["agency"], life["state"], life["next_at"]) == (
        "life",
        "NAS",
        "running",
        utc("09-02 17:00").isoformat().replace("+00:00", "Z"),
    )


async def test_a_pause_ends_with_the_next_step_and_stops_no_other_clock(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("sla")
    await publish(service)
    paused, other = await ignored_complaint(service), await ignored_complaint(service)
    pause = "UPDATE clocks SET paused_at = moved_at, paused_until = next_at WHERE complaint_id = :id"
    async with service.begin() as tx:
        await tx.execute(f"{pause} AND next_at IS NOT NULL", {"id": paused})
    await sweep(service, clock, FILED + timedelta(days=9))
    said = {fact.complaint_id for fact in await announced(service) if isinstance(fact, ComplaintEscalated)}
    assert said == {paused, other}
    assert {row.paused_until for row in await clock_rows(service) if row.name == "follow_up"} == {None}
