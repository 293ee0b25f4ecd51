"""The clocks that run in sla after each way through the table are those that the table says."""

from itertools import product
from uuid import uuid4

import pytest

from shared.lifecycle.clocks import CLOCKS_IN
from tests import make
from tests.conftest import ServiceMaker
from tests.services import MONDAY

RUNNING = "SELECT name FROM clocks WHERE complaint_id = :id AND stopped_at IS NULL AND paused_at IS NULL"
# The facts that routing publishes for each act, and the state after it.
ACTS = {
    "verification": ((make.verified, make.forwarded), "AWAITING_FOLLOW_UP"),
    "follow-up": ((make.followed_up,), "IN_PROGRESS"),
    "forward": ((lambda id: make.forwarded(id, make.TRANSPORT, 1, previous=make.ROADS),), "AWAITING_FOLLOW_UP"),
    "holding": ((lambda id: make.held(id),), "ON_HOLD"),
    "completion": ((make.completed,), "AWAITING_FOLLOW_UP"),
    "answer": ((make.answered,), "ANSWERED"),
    "closing": ((make.closed,), "CLOSED"),
    "contact": ((make.contacted,), "ANSWERED"),
    "reply": ((lambda id: make.replied(id, window=2),), "ANSWERED"),
    "word": ((make.replied,), "AWAITING_FOLLOW_UP"),
    "request": ((make.contact_requested,), "ANSWERED"),
    "dispute": ((make.reopened,), "IN_PROGRESS"),
    "reopening": (
        (lambda id: make.reopened(id, state="AWAITING_FOLLOW_UP", transfers=1, cycle=2),),
        "AWAITING_FOLLOW_UP",
    ),
    "another answer": ((lambda id: make.answered(id, window=2),), "ANSWERED"),
    "unverified": ((lambda id: make.reopened(id, state="UNVERIFIED", verifier=make.ref(make.CITY)),), "UNVERIFIED"),
    "archiving": ((make.archived,), "ARCHIVED"),
    "withdrawal": ((make.taken_back,), "WITHDRAWN"),
}
ENDS = (), ("answer",), ("archiving",), ("withdrawal",), ("holding",), ("holding", "archiving")
AFTER_ENDS = [
    ("archiving", "unverified"),
    ("verification", "answer", "closing"),
    ("verification", "answer", "request", "contact"),
    ("verification", "word"),
    ("verification", "answer", "reply"),
    ("verification", "answer", "request", "reply", "closing", "dispute"),
    ("verification", "answer", "request", "dispute"),
    ("verification", "answer", "request", "contact", "closing", "dispute"),
    ("verification", "answer", "dispute", "another answer"),
    ("verification", "follow-up", "answer", "closing", "dispute", "another answer", "closing"),
    ("verification", "archiving", "reopening"),
    ("verification", "archiving", "reopening", "answer", "dispute", "archiving"),
]
WAYS = [
    ("verification", *between, *last)
    for between, last in product(
        ((), ("follow-up",), ("forward",), ("follow-up", "forward"), ("holding", "completion")), ENDS
    )
    # A second question is a hold of its own.
    if (*between, *last).count("holding") < 2
]


@pytest.mark.parametrize("way", [(), ("archiving",), ("withdrawal",), *WAYS, *AFTER_ENDS], ids="-".join)
async def test_the_clocks_that_run_are_those_of_the_state(make_service: ServiceMaker, way: tuple[str, ...]) -> None:
    service, id, state = await make_service("sla"), uuid4(), "UNVERIFIED"
    await make.hear(service, make.filed(id), make.routed(id))
    for nth, act in enumerate(way, start=1):
        facts, state = ACTS[act]
        await make.hear(service, *(fact(id) for fact in facts), at=MONDAY.replace(hour=MONDAY.hour + nth))
    async with service.begin() as tx:
        running = [row.name for row in await tx.execute(RUNNING, {"id": id})]
    assert set(running) == CLOCKS_IN[state]
