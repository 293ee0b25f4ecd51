"""Routing says again exactly what it said of a case, each fact as of its own moment."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.routing.actions import restatements
from shared.clock import ManualClock
from shared.events import ComplaintForwarded, ComplaintRouted, decode
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, HEALTH, TRANSPORT, hear, reporter_acted
from tests.routing.complaints import ANSWER, ARCHIVE, WORDS, assigned, post, verify
from tests.services import client_of


async def test_everything_is_said_as_it_was_said(make_service: ServiceMaker, clock: ManualClock) -> None:
    service = await make_service("routing")
    id = await assigned(service)
    async with client_of(service) as client:
        clock.advance_to(clock.now() + timedelta(hours=1))
        await verify(client, service, id, HEALTH)
        clock.advance_to(clock.now() + timedelta(hours=1))
        await post(client, service, id, "follow-ups", "liaison", HEALTH, **WORDS)
        clock.advance_to(clock.now() + timedelta(hours=1))
        forward = {"agency": TRANSPORT, "reason": "Kewenangan lain"}
        await post(client, service, id, "forwards", "coordinator", CITY, **forward)
        await post(client, service, id, "obstacles", "liaison", TRANSPORT, reason="Menunggu aspal")
        await post(client, service, id, "orders", "leader", CITY, text="Selesaikan pekan ini")
        await post(client, service, id, "acknowledgements", "liaison", TRANSPORT)
        await post(client, service, id, "corrections", "admin", None, kind="aspiration", reason="Bukan pengaduan")
        await hear(service, reporter_acted(id, act="reply", number=1, sealed=service.state.seal("Satu", str(id))))
        await post(client, service, id, "answers", "liaison", TRANSPORT, **ANSWER)
        await hear(service, reporter_acted(id, act="reply", number=2, sealed=service.state.seal("Dua", str(id))))
    before = await _said(service, id)
    assert len(before) == 12
    assert await _say_again(service, [id, uuid4()]) == 1
    after = (await _said(service, id))[len(before) :]
    assert all(event.fact.again for event in after)
    # Who it was assigned to, and when, is not kept: the first holder and the filing stand for them.
    (first, *others), (first_again, *others_again) = before, after
    assert isinstance(first_again.fact, ComplaintRouted)
    assert (first_again.fact.agency.code, first_again.time) == (HEALTH, first.fact.filed_at)
    same = [(event.time, event.fact.model_copy(update={"again": False})) for event in others_again]
    assert same == [(event.time, event.fact) for event in others]
    assert not {event.id for event in before} & {event.id for event in after}


async def test_a_correction_before_the_verification_is_said_again_too(make_service: ServiceMaker) -> None:
    service = await make_service("routing")
    id = await assigned(service)
    async with client_of(service) as client:
        body = {"title": "Jalan amblas", "reason": "Lebih tepat"}
        await post(client, service, id, "corrections", "coordinator", CITY, **body)
        await post(client, service, id, "notes", "coordinator", CITY, text="Tinjau dahulu")
        await verify(client, service, id, HEALTH)
    before = await _said(service, id)
    await _say_again(service, [id])
    after = (await _said(service, id))[len(before) :]
    # The acts tell whom the complaint was assigned to before it was verified.
    assert [event.fact.model_copy(update={"again": False}) for event in after] == [event.fact for event in before]
    assert [event.time for event in after[1:]] == [event.time for event in before[1:]]


async def test_a_holder_that_no_act_tells_of_is_said_in_the_place_of_the_last_turn(
    make_service: ServiceMaker,
) -> None:
    service = await make_service("routing")
    id = await assigned(service)
    async with client_of(service) as client:
        await verify(client, service, id)
    async with service.begin() as tx:
        await tx.execute("UPDATE cases SET holder = :holder", {"holder": TRANSPORT})
    (*_, turn) = await _said(service, id)
    await _say_again(service, [id])
    (*_, last) = await _said(service, id)
    assert isinstance(last.fact, ComplaintForwarded)
    assert (last.fact.agency.code, last.fact.transfers, last.time) == (TRANSPORT, 0, turn.time)


@pytest.mark.parametrize("is_verified", [False, True])
@pytest.mark.parametrize("ends", [("archive", "withdraw"), ("withdraw",)])
async def test_an_end_without_an_answer_and_a_refusal_are_said_as_they_were_said(
    make_service: ServiceMaker, clock: ManualClock, ends: tuple[str, ...], is_verified: bool
) -> None:
    service = await make_service("routing")
    id = await assigned(service)
    async with client_of(service) as client:
        if is_verified:
            await verify(client, service, id)
        for end in ends:
            clock.advance_to(clock.now() + timedelta(hours=1))
            if end == "archive":
                assert (await post(client, service, id, "archivings", "admin", None, **ARCHIVE)).is_success
            else:
                await hear(service, reporter_acted(id))
    before = await _said(service, id)
    await _say_again(service, [id])
    after = (await _said(service, id))[len(before) :]
    said = [(event.time, event.fact.model_copy(update={"again": False})) for event in after[-len(ends) :]]
    assert said == [(event.time, event.fact) for event in before[-len(ends) :]]
    assert len(after) == len(before) and all(event.fact.again for event in after)


async def test_an_unverified_case_is_routed_to_whoever_holds_it(make_service: ServiceMaker) -> None:
    service = await make_service("routing")
    id = await assigned(service)
    await _say_again(service, [id])
    first, again = await _said(service, id)
    assert again.fact == first.fact.model_copy(update={"again": True})


async def _say_again(service: RunningService, ids: Sequence[UUID]) -> int:
    async with service.begin() as tx:
        return await restatements.say_again(tx, ids)


async def _said(service: RunningService, id: UUID) -> list[Any]:
    async with service.begin() as tx:
        rows = await tx.execute("SELECT value FROM outbox WHERE key = :key ORDER BY seq", {"key": str(id)})
        return [decode(row.value) for row in rows]
