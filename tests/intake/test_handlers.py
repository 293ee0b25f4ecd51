"""Events of a complaint that come back over the bus: its timeline and where it stands."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.clock import ManualClock
from shared.db.transaction import Tx
from shared.events import (
    ComplaintAnswered,
    ComplaintEscalated,
    ComplaintFiled,
    ComplaintForwarded,
    ComplaintRouted,
    ComplaintVerified,
    DeadlineMissed,
    DeadlineNear,
    FollowUpRecorded,
    OmbudsmanOffered,
    Recipient,
    SeatFoundVacant,
)
from tests.conftest import Sites
from tests.house import MONDAY, client_of, staged
from tests.intake.make import KOMINFO, ROADS, counted, receipt, receive, redeliver, words

LEADER = Recipient(agency=ROADS.code, role="leader")


def routed(id: UUID) -> ComplaintRouted:
    return ComplaintRouted(
        complaint_id=id,
        agency=ROADS,
        verifier=KOMINFO,
        rule="lexicon",
        explanation="lampu jalan",
        filed_at=MONDAY,
        kind="complaint",
    )


def forwarded(id: UUID, **more: Any) -> ComplaintForwarded:
    return ComplaintForwarded(complaint_id=id, agency=ROADS, by="budi", **more)


def missed(id: UUID) -> DeadlineMissed:
    return DeadlineMissed(complaint_id=id, clock="follow_up", cycle=1, agency=ROADS.code, due_at=MONDAY)


def escalated(id: UUID, step: int) -> ComplaintEscalated:
    return ComplaintEscalated(
        complaint_id=id,
        clock="follow_up",
        cycle=1,
        step=step,
        agency=ROADS.code,
        due_at=MONDAY,
        recipients=(LEADER,),
    )


async def test_a_whole_life_is_told_in_order_and_moves_the_standing(site_of: Sites, clock: ManualClock) -> None:
    service = await site_of("intake")
    async with client_of(service) as client:
        filed = await receipt(client)
        id = UUID(filed["id"])
        life = [
            *[fact for fact in await staged(service) if isinstance(fact, ComplaintFiled)],
            routed(id),
            ComplaintVerified(complaint_id=id, by="budi", classification="supervisory"),
            forwarded(id),
            DeadlineNear(
                complaint_id=id,
                clock="follow_up",
                cycle=1,
                percent=50,
                agency=ROADS.code,
                due_at=MONDAY,
                recipients=(LEADER,),
            ),
            missed(id),
            escalated(id, 2),
            SeatFoundVacant(complaint_id=id, agency=ROADS.code, role="leader", step=1, reported_to=()),
            OmbudsmanOffered(complaint_id=id, filed_at=MONDAY, agency=ROADS.code),
            FollowUpRecorded(
                complaint_id=id, agency=ROADS.code, sealed=words(service, filed["id"], "Petugas berangkat.")
            ),
            ComplaintAnswered(complaint_id=id, agency=ROADS.code, sealed=words(service, filed["id"], "Sudah menyala.")),
        ]
        await receive(service, *life)
        seen = (await client.get(f"/intake/complaints/{filed['tracking_reference']}/timeline")).json()
    assert [entry["type"] for entry in seen["timeline"]] == [type(fact).__name__ for fact in life]
    assert (seen["status"], seen["holder"], seen["step"]) == ("Terdisposisi Selesai", ROADS.name, 2)
    assert seen["overdue"] is False
    assert [entry["words"] for entry in seen["timeline"][-2:]] == ["Petugas berangkat.", "Sudah menyala."]
    assert "budi" not in str(seen)


@pytest.mark.parametrize("step", [1, 4])
async def test_an_overdue_complaint_is_shown_with_its_step(site_of: Sites, step: int) -> None:
    service = await site_of("intake")
    async with client_of(service) as client:
        filed = await receipt(client)
        id = UUID(filed["id"])
        await receive(service, routed(id), forwarded(id), missed(id), escalated(id, step), escalated(id, 1))
        seen = (await client.get(f"/intake/complaints/{filed['tracking_reference']}/timeline")).json()
    assert (seen["status"], seen["overdue"], seen["step"]) == ("Terdisposisi Belum Ditindaklanjuti", True, step)


async def test_an_event_delivered_twice_changes_nothing(site_of: Sites) -> None:
    service = await site_of("intake")
    id = uuid4()
    events = await receive(service, routed(id), missed(id))
    await receive(
        service, FollowUpRecorded(complaint_id=id, agency=ROADS.code, sealed=words(service, str(id), "Mulai."))
    )
    await redeliver(service, events)
    async with service.begin() as tx:
        # As after the inbox has forgotten them: the timeline itself knows what it has.
        await tx.execute("DELETE FROM inbox")
    await redeliver(service, events)
    assert await counted(service, "timeline", "standings") == [3, 1]
    async with service.begin() as tx:
        standing = (await tx.execute("SELECT label, missed FROM standings")).one()
    assert tuple(standing) == ("Terdisposisi Sedang Diproses", [])


async def test_a_crash_half_way_loses_nothing(site_of: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    service = await site_of("intake")
    id, execute = uuid4(), Tx.execute

    async def crash(tx: Tx, statement: Any, values: Any = None) -> Any:
        if "UPDATE standings" in str(statement):
            raise ConnectionResetError("crash")
        return await execute(tx, statement, values)

    monkeypatch.setattr(Tx, "execute", crash)
    with pytest.raises(ConnectionResetError):
        events = await receive(service, forwarded(id))
    assert await counted(service, "timeline", "standings", "inbox") == [0, 0, 0]
    monkeypatch.undo()
    events = await receive(service, forwarded(id))
    assert len(events) == 1
    assert await counted(service, "timeline", "standings", "inbox") == [1, 1, 1]


async def test_nothing_received_does_nothing(site_of: Sites) -> None:
    service = await site_of("intake")
    await redeliver(service, [])
    assert await counted(service, "timeline", "standings") == [0, 0]


async def test_a_wave_costs_the_same_number_of_statements_however_many_events(
    site_of: Sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await site_of("intake")
    number, execute, insert = 0, Tx.execute, Tx.insert

    async def counting_execute(tx: Tx, *values: Any) -> Any:
        nonlocal number
        number += 1
        return await execute(tx, *values)

    async def counting_insert(tx: Tx, *values: Any, **more: Any) -> Any:
        nonlocal number
        number += 1
        return await insert(tx, *values, **more)

    monkeypatch.setattr(Tx, "execute", counting_execute)
    monkeypatch.setattr(Tx, "insert", counting_insert)
    await receive(service, *(forwarded(uuid4()) for _ in range(3)))
    few, number = number, 0
    await receive(service, *(forwarded(uuid4()) for _ in range(300)))
    assert number == few
    monkeypatch.undo()
    assert await counted(service, "timeline", "standings") == [303, 303]


async def test_events_of_the_same_moment_keep_the_order_in_which_they_were_made(
    site_of: Sites, clock: ManualClock
) -> None:
    service = await site_of("intake")
    async with client_of(service) as client:
        filed = await receipt(client)
        id = UUID(filed["id"])
        await receive(service, *(escalated(id, step) for step in range(1, 20)))
        clock.advance_to(MONDAY + timedelta(days=1))
        await receive(service, missed(id))
        seen = (await client.get(f"/intake/complaints/{filed['tracking_reference']}/timeline")).json()["timeline"]
    assert [entry["sentence"].split()[4] for entry in seen[:-1]] == [str(step) for step in range(1, 20)]
    assert seen[-1]["type"] == "DeadlineMissed"


async def test_words_that_cannot_be_opened_hide_nothing_else(site_of: Sites) -> None:
    service = await site_of("intake")
    async with client_of(service) as client:
        filed = await receipt(client)
        id = UUID(filed["id"])
        await receive(service, forwarded(id), FollowUpRecorded(complaint_id=id, agency=ROADS.code, sealed="v1.x.y"))
        seen = (await client.get(f"/intake/complaints/{filed['tracking_reference']}/timeline")).json()
    assert [entry["words"] for entry in seen["timeline"]] == [None, None]
