"""The instruments of the simulation: outages are counted once, the bus keeps its word, a report refutes."""

import random
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from shared.events import event_of
from tests.make import (
    filed,
    message_of,
    routed,
)
from tests.services import MONDAY
from tests.silence.bus import PartitionedBus
from tests.silence.faults import Faults
from tests.silence.outages import Outage, away_between
from tests.silence.report import Report

DAY = timedelta(days=1)


def test_the_days_with_a_service_away_are_counted_once() -> None:
    first, second = (
        Outage("routing", MONDAY + DAY * 4, MONDAY + DAY * 9),
        Outage("notify", MONDAY + DAY * 5, MONDAY + DAY * 7),
    )
    for outages in ([first, second], [second, first]):
        assert away_between(outages, MONDAY, MONDAY + DAY * 60) == 5 * DAY
        assert away_between(outages, MONDAY + DAY * 6, MONDAY + DAY * 8) == 2 * DAY
        assert away_between(outages, MONDAY + DAY * 10, MONDAY + DAY * 60) == 0 * DAY


async def test_the_bus_keeps_the_order_of_a_key_and_delivers_again_after_a_failure() -> None:
    bus, taken = PartitionedBus(Faults(False, random.Random(1), datetime.now(UTC))), []

    async def receive(batch) -> None:  # type: ignore[no-untyped-def]
        taken.extend(batch)
        if len(taken) < 3:
            raise ConnectionResetError

    id = uuid4()
    events = [event_of(fact, MONDAY) for fact in (filed(id), routed(id))]
    bus.subscribe("sla", ("complaints.v1",), receive)
    await bus.publish([message_of(event) for event in events])
    with pytest.raises(ConnectionResetError):
        await bus.poll_once("sla")
    assert (await bus.lag("sla"), await bus.poll_once("sla"), await bus.lag("sla")) == (2, 2, 0)
    assert taken == [message_of(event) for event in events] * 2
    assert list(bus.events) == [event.id for event in events]


def test_a_number_that_must_be_zero_refutes_the_promise(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    report.zero("steps missed", 0)
    report.note("open", 5)
    report.probe("dot_answer", "closed", "empty words are refused")
    assert report.refuted == 0
    report.zero("steps missed", 3)
    report.probe("unrouted", "SILENT", "nobody told")
    assert report.refuted == 2
    assert "REFUTED steps missed: 3" in capsys.readouterr().out


def test_services_may_differ_while_events_are_parked_but_nothing_may_be_silent() -> None:
    report = Report()
    report.is_parked = True
    report.zero("label differs from routing's", 3)
    assert report.refuted == 0
    report.zero("open without a next step", 1, always=True)
    assert report.refuted == 1
