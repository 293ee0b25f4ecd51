"""Statuses: the rule for each event, and the timelines and statuses that recorded events lead to."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.intake.domain.statuses import Status, status_after
from services.intake.state import State
from shared import vocabulary
from shared.clock import ManualClock
from shared.db.transaction import Tx
from shared.events import ComplaintFiled
from shared.vocabulary import ANSWERED, AWAITING_FOLLOW_UP, IN_PROGRESS, STATE_LABELS, UNVERIFIED
from tests.intake.citizen import Intake, counted, receipt, words
from tests.make import (
    CITY,
    ROADS,
    answered,
    escalated,
    followed_up,
    forwarded,
    found_vacant,
    hear,
    missed,
    near,
    offered,
    redeliver,
    ref,
    routed,
    seat,
    verified,
)
from tests.services import MONDAY, client_of, staged

FORWARDED = {"agency": ref(ROADS).model_dump(), "transfers": 0}


@pytest.mark.parametrize(
    ("kind", "details", "label"),
    [
        ("ComplaintFiled", {}, "Belum Terverifikasi"),
        ("ComplaintRouted", {"agency": ref(ROADS).model_dump()}, "Belum Terverifikasi"),
        ("ComplaintVerified", {"classification": "complaint"}, "Belum Terverifikasi"),
        ("ComplaintForwarded", FORWARDED, "Terdisposisi Belum Ditindaklanjuti"),
        ("FollowUpRecorded", {"agency": "x"}, "Terdisposisi Sedang Diproses"),
        ("ComplaintAnswered", {"agency": "x"}, "Terdisposisi Selesai"),
        ("ComplaintArchived", {"agency": "x", "reason": "moot"}, "Arsip"),
        ("ComplaintWithdrawn", {"agency": "x"}, "Arsip"),
        ("ReporterActed", {"act": "withdrawal"}, "Belum Terverifikasi"),
        ("ActRefused", {"agency": "x", "act": "withdrawal", "reason": "answered"}, "Belum Terverifikasi"),
        ("SomethingOfALaterRelease", {}, "Belum Terverifikasi"),
    ],
)
def test_an_event_gives_the_official_label(kind: str, details: dict[str, object], label: str) -> None:
    assert status_after(Status(), kind, details).label == label
    assert label in STATE_LABELS.values()


def test_a_question_outlives_the_departure_of_its_agency() -> None:
    held = status_after(Status(state=IN_PROGRESS), "ComplaintHeld", {"state": IN_PROGRESS, "cycle": 1})
    assert (held.label, held.handling, held.holds) == ("Tertunda", IN_PROGRESS, 1)
    moved = status_after(held, "ComplaintForwarded", FORWARDED)
    assert (moved.label, moved.handling) == ("Tertunda", AWAITING_FOLLOW_UP)
    # A limit that was missed before the question stays missed; that of the hold is nobody's.
    late = status_after(moved, "DeadlineMissed", {"clock": "resolution", "cycle": 1})
    assert status_after(late, "DeadlineMissed", {"clock": "hold", "cycle": 1}).missed == {"resolution"}
    assert status_after(moved, "ComplaintResumed", {"state": AWAITING_FOLLOW_UP}).state == AWAITING_FOLLOW_UP


def test_a_reply_that_came_before_the_closing_undoes_it() -> None:
    until = {"reopen_until": "2025-08-01T17:00:00Z"}
    closed = status_after(Status(state=ANSWERED, stage=1), "ComplaintClosed", until)
    assert status_after(closed, "ReporterReplied", {"closing_taken_back": False}) == closed
    again = status_after(closed, "ReporterReplied", {"closing_taken_back": True})
    assert again == Status(state=ANSWERED, stage=3)


def test_the_last_forwarding_names_the_holder() -> None:
    status = status_after(Status(), "ComplaintRouted", {"agency": ref(CITY).model_dump()})
    assert status.agency_name == ref(CITY).name
    assert status_after(status, "ComplaintForwarded", FORWARDED).agency_name == ref(ROADS).name


def test_a_late_routing_does_not_change_the_holder() -> None:
    held = status_after(Status(), "ComplaintForwarded", FORWARDED)
    assert status_after(held, "ComplaintRouted", {"agency": ref(CITY).model_dump()}) == held


def test_a_reassignment_names_the_holder_until_the_verification() -> None:
    status = status_after(Status(), "ComplaintRouted", {"agency": ref(CITY).model_dump()})
    moved = status_after(status, "ComplaintReassigned", {"agency": ref(ROADS).model_dump()})
    assert (moved.agency_name, moved.label) == (ref(ROADS).name, "Belum Terverifikasi")
    held = status_after(moved, "ComplaintForwarded", FORWARDED)
    assert status_after(held, "ComplaintReassigned", {"agency": ref(CITY).model_dump()}) == held


@pytest.mark.parametrize(
    ("clock", "act", "still"),
    [
        ("verification", "ComplaintForwarded", False),
        ("follow_up", "ComplaintForwarded", False),
        ("resolution", "ComplaintForwarded", True),
        ("follow_up", "FollowUpRecorded", False),
        ("resolution", "FollowUpRecorded", True),
        ("resolution", "ComplaintAnswered", False),
        ("resolution", "ComplaintArchived", False),
        ("verification", "ComplaintWithdrawn", False),
    ],
)
def test_a_missed_limit_stays_missed_until_an_act_stops_its_clock(clock: str, act: str, still: bool) -> None:
    states: Mapping[str, vocabulary.State] = {"verification": UNVERIFIED, "follow_up": AWAITING_FOLLOW_UP}
    late = status_after(Status(states.get(clock, IN_PROGRESS)), "DeadlineMissed", {"clock": clock, "cycle": 1})
    assert late.missed
    assert bool(status_after(late, act, FORWARDED).missed) is still


@pytest.mark.parametrize(
    ("clock", "state"), [("verification", AWAITING_FOLLOW_UP), ("follow_up", IN_PROGRESS), ("resolution", ANSWERED)]
)
def test_a_limit_that_is_missed_after_the_act_is_not_overdue(clock: str, state: vocabulary.State) -> None:
    assert not status_after(Status(state), "DeadlineMissed", {"clock": clock, "cycle": 1}).missed


def test_a_limit_of_an_earlier_cycle_is_not_missed_by_the_next_holder() -> None:
    returned = Status()
    for transfers, agency in enumerate((ROADS, CITY, ROADS)):
        details = {"agency": ref(agency).model_dump(), "transfers": transfers}
        returned = status_after(returned, "ComplaintForwarded", details)
    for cycle, clock, overdue in ((1, "follow_up", False), (2, "follow_up", False), (3, "follow_up", True)):
        late = status_after(returned, "DeadlineMissed", {"clock": clock, "cycle": cycle})
        assert bool(late.missed) is overdue
    assert status_after(returned, "DeadlineMissed", {"clock": "resolution", "cycle": 1}).missed


def test_the_step_goes_down_only_when_it_is_taken_back() -> None:
    high = status_after(Status(), "ComplaintEscalated", {"step": 3})
    assert status_after(high, "ComplaintEscalated", {"step": 1}).step == 3
    back = {"clock": "follow_up", "reason": "acted", "standing": 1}
    assert status_after(high, "EscalationWithdrawn", back).step == 1


@pytest.mark.parametrize(("reason", "still"), [("acted", False), ("passed_on", True)])
def test_a_limit_is_no_longer_missed_if_its_agency_had_acted(reason: str, still: bool) -> None:
    late = status_after(Status(IN_PROGRESS), "DeadlineMissed", {"clock": "resolution", "cycle": 1})
    back = {"clock": "resolution", "reason": reason, "standing": 0}
    assert bool(status_after(late, "EscalationWithdrawn", back).missed) is still


async def test_the_events_of_a_complaint_stand_in_order_and_change_its_status(
    service: Intake, clock: ManualClock
) -> None:
    async with client_of(service) as client:
        filed = await receipt(client)
        id = UUID(filed["id"])
        life = [
            *[fact for fact in await staged(service) if isinstance(fact, ComplaintFiled)],
            routed(id),
            verified(id, "supervisory", by="budi"),
            forwarded(id, by="budi"),
            near(id, seat()),
            missed(id),
            escalated(id, 2, seat()),
            found_vacant(id),
            offered(id),
            followed_up(id, sealed=words(service, filed["id"], "Petugas berangkat.")),
            answered(id, sealed=words(service, filed["id"], "Sudah menyala.")),
        ]
        await hear(service, *life)
        seen = (await client.get(f"/intake/complaints/{filed['tracking_reference']}/timeline")).json()
    assert [entry["type"] for entry in seen["timeline"]] == [type(fact).__name__ for fact in life]
    assert (seen["status"], seen["holder"], seen["step"]) == ("Terdisposisi Selesai", ref(ROADS).name, 2)
    assert seen["overdue"] is False
    assert [entry["words"] for entry in seen["timeline"][-2:]] == ["Petugas berangkat.", "Sudah menyala."]
    assert "budi" not in str(seen)


@pytest.mark.parametrize("step", [1, 4])
async def test_an_overdue_complaint_is_shown_with_its_step(service: Intake, step: int) -> None:
    async with client_of(service) as client:
        filed = await receipt(client)
        id = UUID(filed["id"])
        await hear(service, routed(id), forwarded(id), missed(id), escalated(id, step), escalated(id, 1))
        seen = (await client.get(f"/intake/complaints/{filed['tracking_reference']}/timeline")).json()
    assert (seen["status"], seen["overdue"], seen["step"]) == ("Terdisposisi Belum Ditindaklanjuti", True, step)


async def test_an_event_delivered_twice_changes_nothing(service: Intake) -> None:
    id = uuid4()
    events = await hear(service, routed(id), missed(id))
    await hear(service, followed_up(id, sealed=words(service, str(id), "Mulai.")))
    await redeliver(service, events)
    async with service.begin() as tx:
        # As after the inbox has forgotten the events: the timeline still has them.
        await tx.execute("DELETE FROM inbox")
    await redeliver(service, events)
    assert await counted(service, "timeline", "standings") == [3, 1]
    async with service.begin() as tx:
        status = (await tx.execute("SELECT state, missed FROM standings")).one()
    assert tuple(status) == ("IN_PROGRESS", [])


async def test_a_crash_half_way_loses_nothing(service: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    id, update = uuid4(), Tx.update

    async def crash(tx: Tx[State], *values: Any, **more: Any) -> int:
        await update(tx, *values, **more)
        raise ConnectionResetError("crash")

    monkeypatch.setattr(Tx, "update", crash)
    with pytest.raises(ConnectionResetError):
        events = await hear(service, forwarded(id))
    assert await counted(service, "timeline", "standings", "inbox") == [0, 0, 0]
    monkeypatch.undo()
    events = await hear(service, forwarded(id))
    assert len(events) == 1
    assert await counted(service, "timeline", "standings", "inbox") == [1, 1, 1]


async def test_an_empty_delivery_changes_nothing(service: Intake) -> None:
    await redeliver(service, [])
    assert await counted(service, "timeline", "standings") == [0, 0]


async def test_the_number_of_statements_does_not_depend_on_the_number_of_events(
    service: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = 0

    def counting(method: Any) -> Any:
        async def counted_call(*values: Any, **more: Any) -> Any:
            nonlocal number
            number += 1
            return await method(*values, **more)

        return counted_call

    for name in ("execute", "insert", "update"):
        monkeypatch.setattr(Tx, name, counting(getattr(Tx, name)))
    await hear(service, *(forwarded(uuid4()) for _ in range(3)))
    few, number = number, 0
    await hear(service, *(forwarded(uuid4()) for _ in range(300)))
    assert number == few
    monkeypatch.undo()
    assert await counted(service, "timeline", "standings") == [303, 303]


async def test_events_of_the_same_moment_keep_their_order(service: Intake, clock: ManualClock) -> None:
    async with client_of(service) as client:
        filed = await receipt(client)
        id = UUID(filed["id"])
        await hear(service, *(escalated(id, step) for step in range(1, 20)))
        clock.advance_to(MONDAY + timedelta(days=1))
        await hear(service, missed(id))
        seen = (await client.get(f"/intake/complaints/{filed['tracking_reference']}/timeline")).json()["timeline"]
    assert [entry["sentence"].split()[4] for entry in seen[:-1]] == [str(step) for step in range(1, 20)]
    assert seen[-1]["type"] == "DeadlineMissed"


async def test_words_that_cannot_be_opened_hide_no_other_event(service: Intake) -> None:
    async with client_of(service) as client:
        filed = await receipt(client)
        id = UUID(filed["id"])
        await hear(service, forwarded(id), followed_up(id, sealed="v1.x.y"))
        seen = (await client.get(f"/intake/complaints/{filed['tracking_reference']}/timeline")).json()
    assert [entry["words"] for entry in seen["timeline"]] == [None, None]
