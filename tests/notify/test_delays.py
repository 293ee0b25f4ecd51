"""Delays: each mail to a reporter counts from the same limit, so that no delay shrinks."""

import re
from datetime import timedelta
from typing import Any

import pytest

from services.notify.domain.delays import ESCALATED, WITHDRAWN, first_missed
from shared.service import RunningService
from tests import make
from tests.notify.mail import SITI, RefusingMailbox, file_complaint, mails_to, send_all, text_of

DAY = timedelta(days=1)
DELAY = re.compile(r"Keterlambatan : (\d+) hari kalender")


async def test_the_delay_in_weekly_mails_never_shrinks(service: RunningService, mailbox: RefusingMailbox) -> None:
    complaint = await file_complaint(service)
    id, filed_at = complaint.complaint_id, complaint.filed_at

    async def climb(clock: str, due: int, at: int, **changes: Any) -> str:
        fact = make.escalated(id, 3, clock=clock, due_at=filed_at + due * DAY, **changes)
        await make.hear(service, fact, at=filed_at + at * DAY)
        await send_all(service)
        return text_of(mails_to(mailbox, SITI)[-1])

    texts = [await climb("follow_up", 5, 20), await climb("resolution", 20, 41)]
    texts += [await climb("ombudsman", 60, 81, round=1), await climb("ombudsman", 60, 88, round=2)]
    assert [int(DELAY.findall(text)[0]) for text in texts] == [15, 36, 76, 83]
    assert ["batas waktu pertama yang terlewati" in text for text in texts] == [False, True, True, True]
    # What is taken back was no delay.
    await make.hear(service, make.withdrawn(id, 3), at=filed_at + 89 * DAY)
    await send_all(service)
    assert DELAY.findall(await climb("ombudsman", 60, 95, round=3)) == ["75"]


@pytest.mark.parametrize(
    ("withdrawal", "delay"),
    [
        # The act came after the second climb: the limit has passed all the same.
        ({"steps": (3,)}, "22"),
        ({"steps": (2, 3)}, "22"),
        ({"steps": (1, 2, 3)}, "7"),
        # Only later rounds of the third climb are taken back.
        ({"steps": (3,), "from_round": 2}, "22"),
        # The turn of the former holder ended before its limit.
        ({"steps": (1, 2, 3), "reason": "passed_on"}, "7"),
    ],
)
async def test_a_limit_counts_as_long_as_one_of_its_climbs_stands(
    service: RunningService, mailbox: RefusingMailbox, withdrawal: dict[str, Any], delay: str
) -> None:
    complaint = await file_complaint(service)
    id, filed_at = complaint.complaint_id, complaint.filed_at
    for step, at in ((1, 5), (2, 12), (3, 19)):
        due_at = filed_at + 5 * DAY
        await make.hear(service, make.escalated(id, step, clock="follow_up", due_at=due_at), at=filed_at + at * DAY)
    await send_all(service)
    await make.hear(service, make.withdrawn(id).model_copy(update=withdrawal), at=filed_at + 20 * DAY)
    await send_all(service)
    resolution = make.escalated(id, 1, clock="resolution", due_at=filed_at + 20 * DAY)
    await make.hear(service, resolution, at=filed_at + 27 * DAY)
    await send_all(service)
    assert DELAY.findall(text_of(mails_to(mailbox, SITI)[-1])) == [delay]


def test_a_limit_that_goes_on_for_another_agency_stays_missed() -> None:
    due_at = make.MONDAY + 5 * DAY
    escalated = {"clock": "resolution", "cycle": 1, "step": 1, "due_at": due_at}
    withdrawn = {"clock": "resolution", "cycle": 1, "steps": [1], "reason": "passed_on"}
    assert first_missed([(ESCALATED, escalated), (WITHDRAWN, withdrawn)]) == due_at
    assert first_missed([(ESCALATED, escalated), (WITHDRAWN, {**withdrawn, "reason": "acted"})]) is None
    # The climb itself stands, and so does its limit.
    assert (
        first_missed([(ESCALATED, escalated), (WITHDRAWN, {**withdrawn, "reason": "acted", "from_round": 1})]) == due_at
    )
    # The release before named no steps.
    assert first_missed([(ESCALATED, escalated), (WITHDRAWN, {"clock": "resolution", "cycle": 1})]) is None


@pytest.mark.parametrize("details", [None, [], {"due_at": 5}, {"due_at": "x", "clock": []}])
def test_details_of_another_release_are_no_limit(details: Any) -> None:
    assert first_missed([(ESCALATED, details), (WITHDRAWN, details)]) is None
