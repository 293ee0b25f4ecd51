"""Words that stop or pause a clock say something; no act has a reason of dots alone."""

from typing import Any

import httpx
import pytest

from services.routing.actions.substance import gap_of_words
from services.routing.domain.substance import read_gate
from shared.lifecycle.acts import ActKind
from shared.service import RunningService
from tests.make import CITY, ROADS, TRANSPORT
from tests.routing.complaints import assigned, post, problem, rows_of, verify

DOTS = "." * 20
GATE = read_gate()


@pytest.mark.parametrize(
    ("door", "body"),
    [
        ("archivings", {"reason": "moot", "text": DOTS}),
        ("holdings", {"question": "Terima kasih atas laporan Anda"}),
        ("forwards", {"agency": TRANSPORT, "reason": "."}),
        ("notes", {"text": "-"}),
    ],
)
async def test_words_that_say_nothing_stop_no_clock(
    client: httpx.AsyncClient, service: RunningService[Any], door: str, body: dict[str, str]
) -> None:
    id = await assigned(service)
    await service_with_contact(service)
    await verify(client, service, id)
    assert problem(await post(client, service, id, door, "coordinator", CITY, **body)) == (422, "SaysNothing")
    assert await rows_of(service, "SELECT state, holder FROM cases") == [("AWAITING_FOLLOW_UP", ROADS)]


async def service_with_contact(service: RunningService[Any]) -> None:
    async with service.begin() as tx:
        await tx.execute("UPDATE cases SET reachable = true")


@pytest.mark.parametrize(
    ("kind", "text", "tells"),
    [
        (ActKind.FULFILMENT, DOTS, False),
        (ActKind.CONTACT, "." * 10, False),
        (ActKind.ALL_CLEAR, "Terima kasih atas laporan Anda", False),
        (ActKind.ALL_CLEAR, "Tiang sudah ditopang", True),
        (ActKind.CONTACT, "Pelapor sudah ditelepon.", True),
        (ActKind.MERGER, "…", False),
        (ActKind.CONTRIBUTION, "Sama", True),
        (ActKind.NOTE, None, True),
    ],
)
def test_what_stops_or_pauses_a_clock_takes_a_telling_word(kind: ActKind, text: str | None, tells: bool) -> None:
    assert (gap_of_words(GATE, kind, text) is None) is tells
