"""Every pair of acts that a case allows, raced on it by two replicas: what follows is what one order of the two gives.

Each pair is also done in both orders on twins of the case. The race must end like one of them: in the same state, with
the same holder, acts, events and refusals. And sla must run the clocks of the state in which the case is left.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, count
from pathlib import Path
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest

from shared import inbox
from shared.bus import Message
from shared.events import decode
from shared.lifecycle.acts import BY_REPORTER, ActKind
from shared.lifecycle.clocks import CLOCKS_IN, CONTINUED_IN, PAUSED_IN
from shared.lifecycle.table import TRANSITIONS, transitions_of
from shared.reporters import ReporterAct
from shared.service import RunningService
from shared.vocabulary import (
    ACKNOWLEDGEMENT,
    ALARM,
    ANSWERED,
    APPROVAL,
    COMMITMENT,
    CONTACT,
    CONTEST,
    ON_HOLD,
    REFERRAL,
    SUPPORT,
)
from tests.conftest import ServiceMaker
from tests.make import TRANSPORT, answer_text, follow_up_text, hear, lapsed, missed, offered, reporter_acted
from tests.routing.complaints import assigned, get, post, rows_of
from tests.routing.drafts import with_approver
from tests.routing.test_lifecycle import DOORS, MAIN, SEATS
from tests.routing.test_windows import settled
from tests.services import client_of

CITY_DESK, ROADS_DESK = ("coordinator", "35.78"), ("liaison", "35.78.DPUPR")
VERIFIED = ("verification",)
# The acts that lead to each situation; a holder that has named an approver is drafted for by its liaison.
SITUATIONS: dict[str, Sequence[str]] = {
    "unverified": (),
    "awaiting": VERIFIED,
    "contested": (*VERIFIED, "follow-up", "contest"),
    "in progress": (*VERIFIED, "follow-up", "promise", "order", "contribution-request"),
    "drafted": (*VERIFIED, "promise", "draft"),
    "answered": (*VERIFIED, "promise", "answer"),
    "to be called": (*VERIFIED, "answer", "lapse"),
    "reached": (*VERIFIED, "answer", "notice"),
    "closed": (*VERIFIED, "answer", "notice", "lapse"),
    "accepted": (*VERIFIED, "answer", "acceptance"),
    "appealed": (*VERIFIED, "promise", "answer", "appeal"),
    "offered": (*VERIFIED, "offer"),
    "referred": (*VERIFIED, "promise", "offer", "consent"),
    "referred from a hold": (*VERIFIED, "offer", "holding", "consent"),
    "referred before its verification": ("offer", "consent"),
    "handed over": (*VERIFIED, "offer", "consent", "handover"),
    "archived": ("archiving",),
    "archived after its verification": (*VERIFIED, "archiving"),
    "withdrawn": (*VERIFIED, "withdrawal"),
    "merged": (*VERIFIED, "merger"),
    "split": (*VERIFIED, "promise", "split"),
    "on hold": (*VERIFIED, "promise", "holding"),
    "on hold before its verification": ("holding",),
}
IN_THE_SAMPLE = "UPDATE cases SET review_open = true WHERE id = :id AND state = 'ANSWERED' RETURNING id"
AT_ONCE = 20
numbers = count(1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case, and of the two who acted on it."""

    answers: tuple[str, ...]
    state: str
    holder: str
    acts: tuple[str, ...]
    events: tuple[str, ...]


class House:
    """Two replicas of routing and one of sla on one database."""

    def __init__(self, replicas: Sequence[RunningService], sla: RunningService) -> None:
        self.replicas, self.sla = replicas, sla
        self.clients = [client_of(replica) for replica in replicas]

    async def case_in(self, situation: str) -> UUID:
        id = await assigned(self.replicas[0], reporter_ref=uuid4())
        for act in SITUATIONS[situation]:
            seat = ROADS_DESK if act == "draft" else ("leader", CITY_DESK[1]) if act == "order" else CITY_DESK
            assert await self.does(act, id, seat, 0) in ("201 draft", f"201 {act}", "heard"), (situation, act)
        # Whichever case it is, the agency above looks at its answer.
        await rows_of(self.replicas[0], IN_THE_SAMPLE, id=id)
        return id

    async def does(self, act: str, id: UUID, seat: tuple[str, str | None] | None, replica: int) -> str:
        """What somebody answers to an act that is done through this replica; of an event, that it was heard."""
        service = self.replicas[replica]
        if event := self._event(act, id):
            await hear(service, event)
            return "heard"
        assert seat is not None
        door, body = DOORS[ActKind(act)]
        # An agency says nothing twice; whoever forwards names another agency.
        texts = {"follow-up": follow_up_text, "answer": answer_text, "draft": answer_text, "fulfilment": follow_up_text}
        texts |= {"upholding": follow_up_text, "dismissal": answer_text}
        texts |= {"annulment": follow_up_text, "confirmation": answer_text}
        said = {"text": texts[act](next(numbers))} if act in texts else {}
        said |= {"reason": follow_up_text(next(numbers))} if act == ActKind.INTERIM else {}
        named = {"agency": TRANSPORT} if act == ActKind.FORWARD and seat[0] != "liaison" else {}
        answer = await post(self.clients[replica], service, id, door, *seat, **{**body, **said, **named})
        # Whoever is not named finds no case that the other act has made sensitive.
        assert answer.status_code in (201, 403, 404, 409, 422), (act, answer.text)
        done = answer.json()
        return f"201 {done['kind']}" if answer.status_code == 201 else str(done["type"])

    def _event(self, act: str, id: UUID) -> Any:
        """What an act of the reporter, or the passing of time, is to routing; None for the act of an official."""
        if act in ("lapse", "notice"):
            return lapsed(id) if act == "lapse" else settled(id)
        if act == "offer":
            return offered(id)
        if act == "end of the hold":
            return missed(id, "hold", 1)
        return reporter_acted(id, act=act) if transitions_of(ActKind(act), [BY_REPORTER]) else None

    async def acts_in(self, situation: str) -> list[tuple[str, tuple[str, str | None] | None]]:
        """All acts that the case allows anybody, each with the first who may do it."""
        id = await self.case_in(situation)
        seats: dict[str, tuple[str, str | None] | None] = {}
        for seat in reversed(SEATS):
            shown = await get(self.clients[0], self.replicas[0], f"/complaints/{id}", *seat)
            seats |= dict.fromkeys(shown.json().get("allowed", ()), seat)
        state = (await self.case(id)).state
        # What intake keeps itself, routing never hears of.
        heard = [row for row in TRANSITIONS if BY_REPORTER in row.by and row.act in get_args(ReporterAct)]
        of_reporter = [row.act.value for row in heard if state in row.before]
        of_system = {ANSWERED: ["lapse"], ON_HOLD: ["end of the hold"]}.get(state, [])
        return sorted({**seats, **dict.fromkeys([*of_reporter, *of_system])}.items())

    async def case(self, id: UUID) -> Any:
        return (await rows_of(self.replicas[0], "SELECT * FROM cases WHERE id = :id", id=id))[0]

    async def outcome(self, id: UUID, answers: Sequence[str]) -> Outcome:
        case, service = await self.case(id), self.replicas[0]
        acts = await rows_of(service, "SELECT kind FROM acts WHERE complaint_id = :id ORDER BY at", id=id)
        events = await rows_of(service, "SELECT value FROM outbox WHERE key = :id ORDER BY seq", id=str(id))
        said = (type(event.fact).__name__ for row in events if (event := decode(row.value)))
        return Outcome(tuple(answers), case.state, case.holder, tuple(act.kind for act in acts), tuple(said))

    async def require_clocks(self, ids: Sequence[UUID]) -> None:
        """After all events sla runs, for each of these cases, the clocks of its state, and pauses those of a hold."""
        rows = await rows_of(self.replicas[0], "SELECT topic, key, value FROM outbox ORDER BY seq")
        await inbox.receive(self.sla, [Message(row.topic, row.key, row.value.encode()) for row in rows])
        clocks = await rows_of(self.sla, "SELECT * FROM clocks WHERE stopped_at IS NULL")
        for id in ids:
            mine = [clock for clock in clocks if clock.complaint_id == id]
            paused = {clock.name for clock in mine if clock.paused_at}
            assert ({clock.name for clock in mine}, paused) == clocks_of(await self.case(id)), id


def clocks_of(case: Any) -> tuple[set[str], set[str]]:
    """The clocks that belong to a case, and those among them that pause."""
    begun = {
        APPROVAL: case.draft_by,
        COMMITMENT: case.open_commitments,
        SUPPORT: case.supporting,
        CONTACT: case.contact_open,
        ALARM: case.urgent,
        CONTEST: case.contested_at,
        ACKNOWLEDGEMENT: case.order_open,
        REFERRAL: case.state == "REFERRED" and not case.handed_over,
    }
    ran = CLOCKS_IN[case.held_from] if case.held_from else frozenset()
    paused, going_on = (set(ran & of.get(case.state, frozenset())) for of in (PAUSED_IN, CONTINUED_IN))
    return {*CLOCKS_IN[case.state], *paused, *going_on, *(name for name, is_open in begun.items() if is_open)}, paused


@pytest.fixture
async def house(make_service: ServiceMaker, tmp_path: Path) -> House:
    first = await with_approver(make_service, tmp_path)
    await assigned(first, id=MAIN)  # A complaint that others are merged into.
    second = await make_service("routing", directory_overlay=first.settings.directory_overlay)
    return House([first, second], await make_service("sla"))


@pytest.mark.parametrize("situation", SITUATIONS)
async def test_a_race_of_two_acts_ends_like_one_order_of_them(house: House, situation: str) -> None:
    pairs = list(combinations_with_replacement(await house.acts_in(situation), 2))
    ids: list[UUID] = []

    async def race(one: Any, other: Any) -> None:
        def first(id: UUID, replica: int) -> Awaitable[str]:
            return house.does(one[0], id, one[1], replica)

        def second(id: UUID, replica: int) -> Awaitable[str]:
            return house.does(other[0], id, other[1], replica)

        raced = await outcome_of(lambda id: asyncio.gather(first(id, 0), second(id, 1)))
        forth = await outcome_of(lambda id: in_order(id, first, second))
        if raced != forth:
            back = await outcome_of(lambda id: in_order(id, second, first))
            assert raced == Outcome(back.answers[::-1], back.state, back.holder, back.acts, back.events), (one, other)

    async def outcome_of(act: Callable[[UUID], Awaitable[Sequence[str]]]) -> Outcome:
        ids.append(id := await house.case_in(situation))
        return await house.outcome(id, await act(id))

    async def in_order(id: UUID, first: Any, second: Any) -> Sequence[str]:
        return [await first(id, 0), await second(id, 1)]

    for at in range(0, len(pairs), AT_ONCE):
        await asyncio.gather(*(race(*pair) for pair in pairs[at : at + AT_ONCE]))
    await house.require_clocks(ids)
