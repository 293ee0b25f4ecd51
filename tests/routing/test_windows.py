"""After the answer: the system closes what nobody disputes, has reporters called, and a dispute in time wins."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.routing.actions.restatements import say_again
from shared.clock import ManualClock
from shared.events import (
    ActRefused,
    ComplaintClosed,
    ComplaintReopened,
    ContactRequested,
    NoticesSettled,
    ReporterContacted,
    ReporterReplied,
)
from shared.service import RunningService
from tests.make import CITY, MONDAY, ROADS, hear, lapsed, receive, replied, reporter_acted
from tests.routing.complaints import ANSWER, ARCHIVE, assigned, empty_outbox, get, post, problem, rows_of, verify
from tests.services import staged

DAY = timedelta(days=1)
PROMISE = {"what": "Lampu nomor 12 diganti dengan yang baru.", "due_on": "2025-07-14", "by_whom": "Bidang Jalan"}
KEPT = {"text": "Lampu nomor 12 sudah diganti dan menyala."}
CALLED = {"text": "Pelapor ditelepon dan sudah mengetahui jawabannya."}


def settled(
    id: UUID, outcome: str = "sent", reason: str | None = None, cause: str = "ComplaintAnswered", window: int = 0
) -> Any:
    notice = {"complaint_id": id, "cause": cause, "cause_id": uuid4(), "cycle": window}
    return NoticesSettled.model_validate({"agency": ROADS, "outcome": outcome, "reason": reason, "notices": [notice]})


async def answered(client: httpx.AsyncClient, service: RunningService) -> UUID:
    id = await assigned(service)
    await verify(client, service, id)
    assert (await post(client, service, id, "answers", "liaison", ROADS, **ANSWER)).json()["state"] == "ANSWERED"
    await empty_outbox(service)
    return id


def later(service: RunningService, days: int = 20) -> None:
    service.clock = ManualClock(service.now() + days * DAY)


async def state_of(service: RunningService, id: UUID) -> str:
    return str((await rows_of(service, "SELECT state FROM cases WHERE id = :id", id=id))[0].state)


@pytest.mark.parametrize(("outcome", "reason"), [("sent", None), ("acknowledged", None), ("nobody", "no_contact")])
async def test_a_lapsed_window_closes_the_case_of_a_reporter_who_knows(
    client: httpx.AsyncClient, service: RunningService, outcome: str, reason: str | None
) -> None:
    id = await answered(client, service)
    await hear(service, settled(id, outcome, reason))
    await hear(service, lapsed(id))
    [closed] = await staged(service)
    assert isinstance(closed, ComplaintClosed) and not closed.accepted and closed.reopen_until is not None
    assert await state_of(service, id) == "CLOSED"
    await hear(service, lapsed(id))
    assert len(await staged(service)) == 1
    late = await post(client, service, id, "answers", "liaison", ROADS, **ANSWER)
    assert problem(late) == (409, "AlreadyClosed")


@pytest.mark.parametrize(
    ("outcome", "reason"), [(None, None), ("failed", "x"), ("bounced", "x"), ("nobody", "no_email")]
)
async def test_a_reporter_whom_no_notice_has_reached_is_called_first(
    client: httpx.AsyncClient, service: RunningService, outcome: str | None, reason: str | None
) -> None:
    id = await answered(client, service)
    if outcome:
        await hear(service, settled(id), settled(id, outcome, reason))
    await hear(service, lapsed(id))
    await hear(service, lapsed(id))
    assert [type(fact) for fact in await staged(service)] == [ContactRequested]
    shown = (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).json()
    assert (shown["state"], shown["contact_open"]) == ("ANSWERED", True) and "contact" in shown["allowed"]
    await empty_outbox(service)
    done = await post(client, service, id, "contacts", "liaison", ROADS, **CALLED)
    assert (done.status_code, done.json()["state"]) == (201, "ANSWERED")
    [told] = await staged(service)
    assert isinstance(told, ReporterContacted) and told.window == 2 and "ditelepon" not in str(told)
    again = await post(client, service, id, "contacts", "liaison", ROADS, **CALLED)
    assert problem(again) == (409, "NoContactAsked")
    # The end of the first window says nothing of the second.
    await hear(service, lapsed(id, 1))
    assert await state_of(service, id) == "ANSWERED"
    await hear(service, lapsed(id, 2))
    assert await state_of(service, id) == "CLOSED"


async def test_a_notice_that_arrives_after_all_makes_the_call_needless(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await answered(client, service)
    await hear(service, settled(id, "failed", "x"), lapsed(id))
    await hear(service, settled(id, "bounced", "x"))
    assert [type(fact) for fact in await staged(service)] == [ContactRequested]
    await hear(service, settled(id))
    await hear(service, settled(id))
    [_, told] = await staged(service)
    assert isinstance(told, ReporterContacted) and told.window == 2
    shown = (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).json()
    assert (shown["state"], shown["contact_open"]) == ("ANSWERED", False)
    await hear(service, lapsed(id, 2))
    assert await state_of(service, id) == "CLOSED"


async def test_the_closing_waits_for_an_open_promise_and_comes_when_it_has_been_kept(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    for door, body in (("promises", PROMISE), ("answers", ANSWER)):
        assert (await post(client, service, id, door, "liaison", ROADS, **body)).is_success
    await empty_outbox(service)
    await hear(service, settled(id), lapsed(id))
    assert (await state_of(service, id), await staged(service)) == ("ANSWERED", [])
    assert (await post(client, service, id, "promises/1/fulfilments", "liaison", ROADS, **KEPT)).is_success
    await empty_outbox(service)
    await hear(service, lapsed(id))
    assert [type(fact) for fact in await staged(service)] == [ComplaintClosed]


async def test_a_late_notice_of_an_earlier_answer_says_nothing_of_the_present_one(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await answered(client, service)
    await hear(service, reporter_acted(id, act="dispute", stage=1))
    text = "Lubang kini ditutup aspal baru setebal lima sentimeter."
    assert (await post(client, service, id, "answers", "liaison", ROADS, text=text)).is_success
    await empty_outbox(service)
    await hear(service, settled(id, window=1), lapsed(id, 2))
    assert [type(fact) for fact in await staged(service)] == [ContactRequested]
    await hear(service, settled(id, window=2))
    await hear(service, settled(id, "bounced", "x", window=1))
    # The notice of the second answer has made the call needless, whatever becomes of the first.
    await hear(service, lapsed(id, 3))
    assert await state_of(service, id) == "CLOSED"


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_reply_in_time_undoes_the_closing_in_whatever_order_they_come(
    client: httpx.AsyncClient, service: RunningService, order: Sequence[int]
) -> None:
    id = await answered(client, service)
    asked_at = service.now()
    later(service)
    said = settled(id), lapsed(id), reporter_acted(id, act="reply", number=1, sealed="x")
    for place in order:
        await receive(service, [(said[place], asked_at)])
    assert await state_of(service, id) == "ANSWERED"
    facts = await staged(service)
    was_closed = any(isinstance(fact, ComplaintClosed) for fact in facts)
    [told] = [fact for fact in facts if isinstance(fact, ReporterReplied)]
    assert told.closing_taken_back == was_closed == (order.index(0) < order.index(1) < order.index(2))
    [case] = await rows_of(service, "SELECT closed_at, reopen_until FROM cases WHERE id = :id", id=id)
    assert tuple(case) == (None, None)
    await empty_outbox(service)
    async with service.begin() as tx:
        await say_again(tx, [id])
    assert told.model_copy(update={"again": True}) in await staged(service)
    # A reply that comes after the closing is refused, and told so.
    await hear(service, lapsed(id, told.window))
    later(service, 2)
    await hear(service, reporter_acted(id, act="reply", number=2, sealed="x"))
    refused = (await staged(service))[-1]
    assert isinstance(refused, ActRefused) and refused.reason == "closed"


async def test_whoever_accepts_an_answer_does_not_give_up_its_promise(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    await verify(client, service, id)
    for door, body in (("promises", PROMISE), ("answers", ANSWER)):
        assert (await post(client, service, id, door, "liaison", ROADS, **body)).is_success
    await hear(service, reporter_acted(id, act="acceptance", stage=1))
    shown = (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).json()
    assert shown["state"] == "CLOSED" and "fulfilment" in shown["allowed"]
    done = await post(client, service, id, "promises/1/fulfilments", "liaison", ROADS, **KEPT)
    assert (done.status_code, done.json()["state"]) == (201, "CLOSED")


async def test_notices_of_others_and_of_other_news_tell_nothing_of_the_answer(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await answered(client, service)
    official = settled(id).model_copy(update={"role": "liaison"})
    await hear(service, settled(id, cause="FollowUpRecorded"), official, settled(uuid4()))
    await hear(service, lapsed(id))
    assert [type(fact) for fact in await staged(service)] == [ContactRequested]


async def test_a_reporter_accepts_or_disputes_an_answer(client: httpx.AsyncClient, service: RunningService) -> None:
    accepts, disputes = await answered(client, service), await answered(client, service)
    await hear(service, reporter_acted(accepts, act="acceptance", stage=1))
    await hear(service, reporter_acted(disputes, act="dispute", stage=1, sealed="x"))
    closed, reopened = await staged(service)
    assert closed == ComplaintClosed(complaint_id=accepts, agency=ROADS, accepted=True)
    assert isinstance(reopened, ComplaintReopened) and not reopened.closing_taken_back
    assert (reopened.state, reopened.cycle, reopened.sealed) == ("IN_PROGRESS", 2, "x")
    assert [await state_of(service, id) for id in (accepts, disputes)] == ["CLOSED", "IN_PROGRESS"]
    await empty_outbox(service)
    # Whoever has accepted reopens nothing.
    await hear(service, reporter_acted(accepts, act="reopening", stage=2))
    [refused] = await staged(service)
    assert isinstance(refused, ActRefused) and refused.reason == "final"
    again = await post(client, service, disputes, "answers", "liaison", ROADS, text="Lubang kini ditutup aspal baru.")
    assert again.json()["state"] == "ANSWERED"
    await hear(service, reporter_acted(disputes, act="dispute", stage=3))
    assert [fact.cycle for fact in await staged(service) if isinstance(fact, ComplaintReopened)] == [3]


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_dispute_in_time_wins_over_the_closing_in_whatever_order_they_come(
    client: httpx.AsyncClient, service: RunningService, order: Sequence[int]
) -> None:
    id = await answered(client, service)
    asked_at = service.now()
    later(service)
    said = settled(id), lapsed(id), reporter_acted(id, act="dispute", stage=1)
    for place in order:
        await receive(service, [(said[place], asked_at)])
    assert await state_of(service, id) == "IN_PROGRESS"
    facts = await staged(service)
    was_closed = any(isinstance(fact, ComplaintClosed) for fact in facts)
    [reopened] = [fact for fact in facts if isinstance(fact, ComplaintReopened)]
    assert reopened.closing_taken_back == was_closed == (order.index(0) < order.index(1) < order.index(2))


async def test_a_closed_case_is_reopened_within_ten_working_days(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    in_time, late = await answered(client, service), await answered(client, service)
    await hear(service, settled(in_time), settled(late))
    await hear(service, lapsed(in_time), lapsed(late))
    await empty_outbox(service)
    later(service, 10)
    await hear(service, reporter_acted(in_time, act="reopening", stage=2))
    later(service, 10)
    await hear(service, reporter_acted(late, act="reopening", stage=2))
    reopened, refused = await staged(service)
    assert isinstance(reopened, ComplaintReopened) and not reopened.closing_taken_back
    assert isinstance(refused, ActRefused) and refused.reason == "late"


@pytest.mark.parametrize("is_verified", [True, False])
async def test_an_archived_case_goes_back_to_where_it_came_from(
    client: httpx.AsyncClient, service: RunningService, is_verified: bool
) -> None:
    id = await assigned(service)
    if is_verified:
        await verify(client, service, id)
    assert (await post(client, service, id, "archivings", "coordinator", CITY, **ARCHIVE)).status_code == 201
    await empty_outbox(service)
    await hear(service, reporter_acted(id, act="reopening", stage=1))
    [reopened] = await staged(service)
    assert isinstance(reopened, ComplaintReopened)
    state = "AWAITING_FOLLOW_UP" if is_verified else "UNVERIFIED"
    assert (reopened.state, await state_of(service, id)) == (state, state)
    verifier = reopened.verifier and reopened.verifier.code
    assert (verifier, reopened.transfers) == ((None, 1) if is_verified else (CITY, 0))
    [case] = await rows_of(service, "SELECT transfers, departures FROM cases WHERE id = :id", id=id)
    assert case.transfers == case.departures == int(is_verified)


async def test_what_follows_an_answer_is_said_again_as_it_was(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    await empty_outbox(service)
    id = await assigned(service)
    await verify(client, service, id)
    await post(client, service, id, "answers", "liaison", ROADS, **ANSWER)
    await hear(service, lapsed(id))
    await post(client, service, id, "contacts", "liaison", ROADS, **CALLED)
    await hear(service, lapsed(id, 2))
    await receive(service, [(reporter_acted(id, act="dispute", stage=1), MONDAY)])
    await post(client, service, id, "archivings", "coordinator", CITY, **ARCHIVE)
    await hear(service, reporter_acted(id, act="reopening", stage=4))
    said = [_plain(fact) for fact in await staged(service)]
    await empty_outbox(service)
    async with service.begin() as tx:
        assert await say_again(tx, [id]) == 1
    repeated = [_plain(fact) for fact in await staged(service)]
    assert repeated == said


def _plain(fact: Any) -> Any:
    """A fact without what is not on record: the moment of a wish."""
    varies = {"again": False, **({"asked_at": MONDAY} if isinstance(fact, ComplaintReopened) else {})}
    return fact.model_copy(update=varies)


async def test_a_reply_begins_the_window_of_an_answer_anew_and_saves_the_call(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await answered(client, service)
    await hear(service, lapsed(id))
    sealed = service.state.seal("Terima kasih, kapan dikerjakan?", str(id))
    await hear(service, reporter_acted(id, act="reply", number=1, sealed=sealed))
    requested, told = await staged(service)
    assert isinstance(requested, ContactRequested)
    assert told == replied(id, window=2, zone=requested.zone, sealed=sealed)
    shown = (await get(client, service, f"/complaints/{id}", "liaison", ROADS)).json()
    assert shown["state"] == "ANSWERED" and "contact" not in shown["allowed"]
    assert shown["acts"][-1]["text"] == "Terima kasih, kapan dikerjakan?"
    # The old window is over without effect; the new one closes the case of a reporter who has spoken.
    await hear(service, lapsed(id))
    assert await state_of(service, id) == "ANSWERED"
    await hear(service, lapsed(id, window=2))
    assert await state_of(service, id) == "CLOSED"
