"""The open cases of an agency that leaves the directory go to its successor, each once."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql

from services.routing.actions import departures
from services.routing.actions.departures import take_over_once
from shared.events import ComplaintForwarded, ComplaintReassigned, ComplaintRouted, WindowLapsed
from shared.service import RunningService
from shared.telemetry import unusable_values
from shared.vocabulary import ROOT
from tests.conftest import ServiceMaker
from tests.make import CITY, ROADS, hear, reporter_acted
from tests.routing.complaints import (
    ANSWER,
    VERIFY,
    WORDS,
    assigned,
    empty_outbox,
    get,
    post,
    problem,
    rows_of,
    sealed_complaint,
    verify,
    waits_for_lock,
)
from tests.routing.departures import LEAVES, OLD, OTHER, STAYS, cases, started, swept, to
from tests.routing.test_appeals import RIGHT
from tests.services import client_of, staged


async def test_open_cases_go_to_the_successor_and_answered_ones_stay(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    ids = [await assigned(before, agency=LEAVES) for _ in range(3)]
    async with client_of(before) as client:
        await verify(client, before, ids[1])
        await verify(client, before, ids[2])
        await post(client, before, ids[1], "follow-ups", "liaison", LEAVES, **WORDS)
        await post(client, before, ids[2], "answers", "liaison", LEAVES, **ANSWER)
    after = await started(make_service, overlay, to(STAYS), OTHER)
    await empty_outbox(after)
    assert await swept(after) == 2
    assert {tuple(row) for row in await cases(after)} == {
        (STAYS, CITY, "UNVERIFIED", 0, 0),
        (STAYS, CITY, "AWAITING_FOLLOW_UP", 1, 1),
        (LEAVES, CITY, "ANSWERED", 0, 0),
    }
    facts = await staged(after)
    [moved] = [fact for fact in facts if isinstance(fact, ComplaintReassigned)]
    [passed] = [fact for fact in facts if isinstance(fact, ComplaintForwarded)]
    assert (moved.complaint_id, moved.agency.code, moved.verifier.code, moved.previous) == (ids[0], STAYS, CITY, LEAVES)
    assert (passed.complaint_id, passed.agency.code, passed.previous, passed.by) == (ids[1], STAYS, LEAVES, "directory")
    assert passed.transfers == 1
    for fact in (moved, passed):
        words = after.state.open(str(fact.sealed), str(fact.complaint_id))["text"]
        assert words == "Dinas Lama tidak lagi terdaftar dalam direktori instansi."
    assert await swept(after) == 0 and len(await staged(after)) == 2


async def test_a_departure_stands_among_the_acts_and_the_next_act_is_later(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    id = await assigned(before, agency=LEAVES)
    async with client_of(before) as client:
        await verify(client, before, id)
    after = await started(make_service, overlay, to(STAYS), OTHER)
    await swept(after)
    async with client_of(after) as client:
        await post(client, after, id, "follow-ups", "liaison", STAYS, **WORDS)
        case = (await get(client, after, f"/complaints/{id}", "coordinator", CITY)).json()
    assert [(act["kind"], act["role"], act["agency"], act["holder"]) for act in case["acts"]] == [
        ("verification", "coordinator", CITY, LEAVES),
        ("departure", "operator", None, STAYS),
        ("follow-up", "liaison", STAYS, STAYS),
    ]
    assert len({act["at"] for act in case["acts"]}) == 3


async def test_the_coordinators_above_a_verifier_that_left_take_over(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    """The city leaves: its units report to the province, whose coordinator verifies now."""
    first, second = await assigned(before, agency=STAYS), await assigned(before, agency=STAYS)
    async with client_of(before) as client:
        await verify(client, before, second)
    await empty_outbox(before)
    after = await started(make_service, overlay, OLD, OTHER, to("35", CITY))
    await empty_outbox(after)
    assert after.state.chain(ROADS) == (ROADS, "35", ROOT)
    assert await swept(after) == 2
    [moved] = await staged(after)
    assert isinstance(moved, ComplaintReassigned)
    assert (moved.complaint_id, moved.agency.code, moved.verifier.code, moved.previous) == (first, STAYS, "35", None)
    assert [row[:2] for row in await cases(after)] == [(STAYS, "35"), (STAYS, "35")]
    async with client_of(after) as client:
        answer = await post(client, after, first, "verifications", "coordinator", "35", **VERIFY)
    assert answer.status_code == 201


async def test_an_act_on_a_case_that_has_not_moved_yet_moves_it_first(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    id = await assigned(before, agency=LEAVES)
    after = await started(make_service, overlay, to(STAYS), OTHER)
    await empty_outbox(after)
    async with client_of(after) as client:
        await verify(client, after, id)
    facts = await staged(after)
    assert [type(fact).__name__ for fact in facts] == ["ComplaintReassigned", "ComplaintVerified", "ComplaintForwarded"]
    assert isinstance(facts[2], ComplaintForwarded) and facts[2].agency.code == STAYS
    assert await cases(after) == [(STAYS, CITY, "AWAITING_FOLLOW_UP", 0, 0)]


async def test_a_departure_does_not_count_against_the_limit_of_transfers(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    id = await assigned(before, agency=LEAVES)
    async with client_of(before) as client:
        await verify(client, before, id)
    async with before.begin() as tx:
        await tx.execute("UPDATE cases SET transfers = 2")
    after = await started(make_service, overlay, to(STAYS), OTHER)
    await swept(after)
    async with client_of(after) as client:
        third = await post(client, after, id, "forwards", "coordinator", CITY, agency=ROADS, reason="Alih")
        fourth = await post(client, after, id, "forwards", "coordinator", CITY, agency=STAYS, reason="Alih")
    assert third.status_code == 201 and problem(fourth) == (409, "TooManyTransfers")
    assert await cases(after) == [(ROADS, CITY, "AWAITING_FOLLOW_UP", 4, 1)]


@pytest.mark.parametrize("named", [LEAVES, "dinas lama"])
async def test_a_new_complaint_that_names_it_goes_to_the_successor(
    before: RunningService, make_service: ServiceMaker, overlay: Path, named: str
) -> None:
    after = await started(make_service, overlay, to(STAYS), OTHER)
    await empty_outbox(after)
    await hear(after, sealed_complaint(after, agency=named))
    [routed] = await staged(after)
    assert isinstance(routed, ComplaintRouted)
    assert (routed.agency.code, routed.verifier.code, routed.rule) == (STAYS, CITY, "named")
    assert routed.explanation == (
        "Diteruskan ke Dinas Lain karena pelapor menyebut instansi yang kini digantikan oleh instansi ini."
    )


async def test_the_answered_cases_stand_in_the_worklist_of_the_successor(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    id = await assigned(before, agency=LEAVES)
    async with client_of(before) as client:
        await verify(client, before, id)
        await post(client, before, id, "answers", "liaison", LEAVES, **ANSWER)
    after = await started(make_service, overlay, to(STAYS), OTHER)
    async with client_of(after) as client:
        listed = (await get(client, after, "/complaints", "liaison", STAYS)).json()["items"]
        refused = await get(client, after, f"/complaints?agency={LEAVES}", "coordinator", CITY)
    assert [item["id"] for item in listed] == [str(id)]
    assert problem(refused) == (422, "UnknownAgency")


@pytest.mark.parametrize(("role", "agency"), [("liaison", STAYS), ("coordinator", CITY)])
async def test_the_reporter_of_an_answered_case_is_called_in_place_of_an_agency_that_left(
    before: RunningService, make_service: ServiceMaker, overlay: Path, role: str, agency: str
) -> None:
    id = await assigned(before, agency=LEAVES)
    async with client_of(before) as client:
        await verify(client, before, id)
        await post(client, before, id, "answers", "liaison", LEAVES, **ANSWER)
    after = await started(make_service, overlay, to(STAYS), OTHER)
    await hear(after, WindowLapsed(complaint_id=id, window=1, agency=LEAVES, due_at=after.now()))
    async with client_of(after) as client:
        stranger = await post(client, after, id, "contacts", "liaison", ROADS, **WORDS)
        called = await post(client, after, id, "contacts", role, agency, **WORDS)
    assert (problem(stranger), called.status_code) == ((403, "NotYourCase"), 201)
    assert (await cases(after))[0][2] == "ANSWERED"


@pytest.mark.parametrize(("role", "agency"), [("liaison", STAYS), ("leader", STAYS), ("coordinator", CITY)])
async def test_the_successor_of_a_supporting_unit_that_left_contributes_in_its_place(
    before: RunningService, make_service: ServiceMaker, overlay: Path, role: str, agency: str
) -> None:
    id = await assigned(before, agency=ROADS)
    asked = {"agency": LEAVES, "due_on": "2025-07-14", "text": "Mohon data lampu lalu lintas di lokasi."}
    async with client_of(before) as client:
        await verify(client, before, id)
        assert (await post(client, before, id, "contribution-requests", "liaison", ROADS, **asked)).status_code == 201
    after = await started(make_service, overlay, to(STAYS), OTHER)
    door, said = "contribution-requests/1/contributions", {"text": "Lampu di lokasi itu padam sejak 3 Juli."}
    async with client_of(after) as client:
        shown = (await get(client, after, f"/complaints/{id}", role, agency)).json()
        stranger = await post(client, after, id, door, "leader", CITY, **said)
        given = await post(client, after, id, door, role, agency, **said)
    assert "contribution" in shown["allowed"]
    assert (problem(stranger), given.status_code) == ((403, "NotYourCase"), 201)


async def test_a_replica_with_an_older_file_assigns_and_moves_as_the_database_says(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    after = await started(make_service, overlay, to(STAYS), OTHER)
    await assigned(before, agency=LEAVES)
    assert await swept(before) == 1, "its successor is known there too"
    back = await started(make_service, overlay, OLD, OTHER)
    id = await assigned(back, agency=LEAVES)
    assert await swept(after) == await swept(back) == 0, "it has come back, whatever this replica has read"
    async with client_of(after) as client:
        answer = await post(client, after, id, "verifications", "coordinator", CITY, **VERIFY)
    assert problem(answer) == (409, "HolderChanging")
    async with client_of(back) as client:
        await verify(client, back, id)
    assert {row[0] for row in await cases(after)} == {STAYS, LEAVES}


async def test_a_replica_leaves_alone_the_cases_of_agencies_that_only_another_knows(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    new = OTHER.replace("LAIN", "BARU")
    second = await started(make_service, overlay, OLD, OTHER, new)
    left, held = await assigned(second, agency=LEAVES), await assigned(second, agency="35.78.BARU")
    third = await started(make_service, overlay, to("35.78.BARU"), OTHER, new, to("35", CITY))
    await empty_outbox(third)
    assert await swept(before) == 0, "neither the new successor nor the new holder is known there"
    assert not await staged(third)
    assert await swept(third) == 2
    facts = [fact for fact in await staged(third) if isinstance(fact, ComplaintReassigned)]
    assert {(fact.complaint_id, fact.agency.code, fact.verifier.code, fact.previous) for fact in facts} == {
        (left, "35.78.BARU", "35", LEAVES),
        (held, "35.78.BARU", "35", None),
    }


async def test_two_replicas_move_each_case_once(
    before: RunningService, make_service: ServiceMaker, overlay: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(departures, "MOST_CASES", 7)
    await hear(before, *(sealed_complaint(before, agency=LEAVES) for _ in range(40)))
    after = await started(make_service, overlay, to(STAYS), OTHER)
    await empty_outbox(after)
    assert sum(await asyncio.gather(swept(after), swept(after), swept(before))) == 40
    facts = await staged(after)
    assert len(facts) == len({fact.key for fact in facts}) == 40


async def test_a_move_waits_for_an_act_and_sees_what_it_left(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    id = await assigned(before, agency=LEAVES)
    after = await started(make_service, overlay, to(STAYS), OTHER)
    async with before.begin() as tx:
        await tx.execute("UPDATE cases SET state = 'ANSWERED' WHERE id = :id", {"id": id})
        moving = asyncio.create_task(take_over_once(after))
        assert await waits_for_lock(before, moving)
    assert await moving == 0
    assert (await cases(after))[0][:3] == (LEAVES, CITY, "ANSWERED")


async def test_a_failure_half_way_loses_nothing(
    before: RunningService, make_service: ServiceMaker, overlay: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await assigned(before, agency=LEAVES)
    after = await started(make_service, overlay, to(STAYS), OTHER)
    await empty_outbox(after)

    def fail(*_: object) -> None:
        raise RuntimeError("half way")

    with monkeypatch.context() as broken:
        broken.setattr(departures, "_fact", fail)
        assert await take_over_once(after) == 0
    assert not await staged(after) and not await rows_of(after, "SELECT 1 FROM acts")
    assert await swept(after) == 1 and len(await staged(after)) == 1


MANY = """
INSERT INTO cases (id, reference, filed_at, kind, confidential, sealed, rule, explanation, verifier, holder, state)
SELECT gen_random_uuid(), 'TG-' || n, :now, 'complaint', false, '', 'named', '', :city, :leaves,
       CASE n % 3 WHEN 0 THEN 'UNVERIFIED' WHEN 1 THEN 'AWAITING_FOLLOW_UP' ELSE 'IN_PROGRESS' END
  FROM generate_series(1, 10000) AS n
"""


@pytest.mark.parametrize("verified", [False, True])
@pytest.mark.parametrize(
    "damage", ["kind = 'bogus'", "transfers = 32767", "departures = 32767", "holder = 'NOPE'", "verifier = 'NOPE'"]
)
async def test_a_damaged_case_holds_no_other_back(
    before: RunningService, make_service: ServiceMaker, overlay: Path, damage: str, verified: bool
) -> None:
    """The law refuses most of these; a row that came in all the same stays behind alone, and is counted."""
    bad, good = [await assigned(before, agency=LEAVES) for _ in range(2)]
    if verified:
        async with client_of(before) as client:
            for id in (bad, good):
                await verify(client, before, id)
    async with before.begin() as tx:
        await tx.execute("ALTER TABLE cases DROP CONSTRAINT has_a_kind, DROP CONSTRAINT turns_are_counted")
        await tx.execute(f"UPDATE cases SET {damage} WHERE id = :id", {"id": bad})
    after = await started(make_service, overlay, to(STAYS), OTHER)
    counted = unusable_values.labels("routing", "case")
    unusable, moved = counted._value.get(), await swept(after)
    [row] = await rows_of(after, "SELECT holder FROM cases WHERE id = :id", id=good)
    assert row.holder == STAYS
    assert (counted._value.get() - unusable >= 1) is (moved == 1 and "NOPE" not in damage)


async def test_ten_thousand_cases_move_in_batches_with_one_event_each(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    async with before.begin() as tx:
        await tx.execute(MANY, {"now": before.now(), "city": CITY, "leaves": LEAVES})
    after = await started(make_service, overlay, to(STAYS), OTHER)
    await empty_outbox(after)
    turns = 0
    while await take_over_once(after):
        turns += 1
    assert turns == 10
    [row] = await rows_of(
        after, "SELECT count(DISTINCT key) AS keys, count(*) AS events FROM outbox WHERE topic = 'complaints.v1'"
    )
    assert tuple(row) == (10_000, 10_000)
    assert {each[0] for each in await cases(after)} == {STAYS}


async def test_the_cases_of_those_that_left_are_found_by_indexes(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    async with before.begin() as tx:
        await tx.execute(MANY, {"now": before.now(), "city": CITY, "leaves": STAYS})
    statement = departures.LEFT_BEHIND.params(codes=[LEAVES], most=1_000)
    compiled = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    async with before.begin() as tx:
        await tx.execute("ANALYZE cases")
        plan = "\n".join(row[0] for row in await tx.execute(f"EXPLAIN {compiled}".replace(":", "\\:")))
    assert "Seq Scan" not in plan and "ix_cases_verifier" in plan, plan


async def test_the_appeal_against_an_agency_that_left_is_decided_and_its_successor_goes_on(
    before: RunningService, make_service: ServiceMaker, overlay: Path
) -> None:
    id = await assigned(before, agency=LEAVES)
    async with client_of(before) as client:
        await verify(client, before, id)
        await post(client, before, id, "answers", "liaison", LEAVES, **ANSWER)
    await hear(before, reporter_acted(id, act="appeal"))
    after = await started(make_service, overlay, to(STAYS), OTHER)
    assert await swept(after) == 0 and (await cases(after))[0][:3] == (LEAVES, CITY, "APPEALED")
    async with client_of(after) as client:
        stranger = await post(client, after, id, "notes", "liaison", ROADS, **WORDS)
        noted = await post(client, after, id, "notes", "liaison", STAYS, **WORDS)
        own = await post(client, after, id, "upholdings", "leader", STAYS, **RIGHT)
        upheld = await post(client, after, id, "upholdings", "coordinator", CITY, **RIGHT)
    assert (problem(stranger), noted.status_code, own.status_code) == ((403, "NotYourCase"), 201, 403)
    assert (upheld.status_code, upheld.json()["state"], upheld.json()["holder"]) == (201, "AWAITING_FOLLOW_UP", STAYS)
