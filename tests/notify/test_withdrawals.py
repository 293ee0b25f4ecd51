"""Whoever was written to about an escalation that is taken back hears that it is, and nobody else."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.notify.actions.deliveries import send_once
from services.notify.domain.words import words_for
from shared.events import EscalationWithdrawn, Fact, event_of
from shared.local.mailbox import read_mail
from shared.service import RunningService
from tests.make import (
    CITY,
    PROVINCE,
    ROADS,
    escalated,
    filed,
    hear,
    near,
    offered,
    receive,
    redeliver,
    seat,
    withdrawn,
)
from tests.notify.mail import SITI, RefusingMailbox, address, contact, ledger, mails_to, send_all, text_of
from tests.services import MONDAY


async def told(service: RunningService, complaint: UUID) -> Counter[str]:
    async with service.begin() as tx:
        rows = await tx.execute(
            "SELECT recipient, template FROM messages WHERE complaint_id = :id AND template LIKE 'withdrawn%'",
            {"id": complaint},
        )
        return Counter(f"{row.recipient} {row.template}" for row in rows)


async def test_the_seats_and_the_reporter_of_a_withdrawn_step_are_told_once(service: RunningService) -> None:
    complaint = uuid4()
    await hear(service, filed(complaint, reporter_ref=complaint), contact(service, complaint))
    await hear(service, escalated(complaint, 1, seat(ROADS)))
    await hear(service, escalated(complaint, 2, seat(CITY)))
    await hear(service, escalated(complaint, 1, seat(PROVINCE), clock="resolution"))
    await send_all(service)
    events = await hear(service, withdrawn(complaint, 2))
    await redeliver(service, events)
    assert await told(service, complaint) == {f"{CITY}/leader withdrawn": 1, "reporter withdrawn_for_reporter": 1}


async def test_a_step_of_another_agency_is_not_meant(service: RunningService) -> None:
    complaint = uuid4()
    await hear(service, filed(complaint))
    await hear(service, escalated(complaint, 1, seat(CITY), agency=CITY))
    await hear(service, withdrawn(complaint, 1, agency=ROADS))
    assert await told(service, complaint) == {}


async def test_a_climb_that_was_passed_on_goes_with_its_step_whichever_agency_it_names(service: RunningService) -> None:
    """It was passed on after a change of holder, and names the holder of then."""
    complaint = uuid4()
    await hear(service, filed(complaint))
    passed_on = escalated(complaint, 1, seat(PROVINCE), agency=CITY, instead_of=[seat(ROADS)])
    await hear(service, passed_on, passed_on.model_copy(update={"step": 2}))
    await send_all(service)
    await hear(service, withdrawn(complaint, 1, agency=ROADS))
    assert await told(service, complaint) == {f"{PROVINCE}/leader withdrawn": 1}
    await hear(service, passed_on)
    assert len(await ledger(service, template="escalation")) == 2, "it was taken back before it came"


async def test_whoever_was_reminded_for_nothing_is_told_and_the_reporter_who_knew_nothing_is_not(
    service: RunningService,
) -> None:
    complaint = uuid4()
    await hear(service, filed(complaint, reporter_ref=uuid4()))
    await hear(service, near(complaint, seat(ROADS, "liaison")), near(complaint, seat(CITY), percent=80))
    await send_all(service)
    await hear(service, withdrawn(complaint, reminders=(50,)))
    assert await told(service, complaint) == {f"{ROADS}/liaison withdrawn": 1}


async def test_a_withdrawn_offer_is_told_to_the_reporter_and_the_leader(service: RunningService) -> None:
    complaint = uuid4()
    await hear(service, filed(complaint, reporter_ref=complaint), contact(service, complaint), offered(complaint))
    await send_all(service)
    await hear(service, withdrawn(complaint, 0, clock="ombudsman"))
    assert await told(service, complaint) == {
        "reporter withdrawn_for_reporter": 1,
        f"{ROADS}/leader withdrawn": 1,
    }


async def test_the_mails_say_what_is_taken_back_and_why_and_an_unsure_escalation_says_so(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    complaint = uuid4()
    await hear(service, filed(complaint))
    await hear(service, escalated(complaint, 1, seat(CITY), unsure_since=MONDAY))
    while await send_once(service):
        pass
    await hear(service, withdrawn(complaint, 1))
    while await send_once(service):
        pass
    first, second = [(mail.get_payload(decode=True) or b"").decode() for mail in read_mail(mailbox.folder)]  # type: ignore[union-attr]
    assert "sejak Senin, 7 Juli 2025 pukul 09.00 WIB kami tidak menerima kabar" in " ".join(first.split())
    assert "telah bertindak sebelumnya" in second and "tindak lanjut pertama" in second
    assert "kami tidak menerima kabar" not in second


@pytest.mark.parametrize("since", ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000001Z", "1969-12-31T23:59:59Z"])
def test_where_nothing_was_ever_heard_the_mail_names_no_day(since: str) -> None:
    words = words_for({"at": MONDAY.isoformat(), "unsure_since": since}, "Asia/Jakarta", {})
    assert words["unsure"].startswith("sistem belum pernah menerima kabar penanganan")
    assert "19" not in words["unsure"]


# Whatever the order of arrival

DAY = timedelta(days=1)
COMPLAINT = uuid4()
ANNOUNCED: Sequence[tuple[Fact, EscalationWithdrawn]] = [
    (escalated(COMPLAINT, 1, seat(ROADS)), withdrawn(COMPLAINT, 1)),
    (near(COMPLAINT, seat(ROADS)), withdrawn(COMPLAINT, reminders=(50,))),
    (offered(COMPLAINT), withdrawn(COMPLAINT, 0, clock="ombudsman")),
]


@pytest.mark.parametrize(("announced", "taken_back"), ANNOUNCED)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_what_was_taken_back_before_it_was_sent_is_never_sent(
    service: RunningService, announced: Fact, taken_back: EscalationWithdrawn, order: tuple[int, int]
) -> None:
    await hear(service, filed(COMPLAINT, reporter_ref=uuid4()))
    events = [event_of(announced, service.now() - 2 * DAY), event_of(taken_back, service.now() - DAY)]
    for place in order:
        await redeliver(service, [events[place]])
    await redeliver(service, events)
    await send_all(service)
    assert {(row.state, row.reason) for row in await ledger(service)} <= {("skipped", "overtaken")}


async def test_a_later_round_and_another_turn_are_not_meant(service: RunningService) -> None:
    """The next round of a step is a step of its own; so is the same step of the turn that came before."""
    await hear(service, filed(COMPLAINT))
    now = service.now()
    await receive(service, [(withdrawn(COMPLAINT, 1, cycle=2), now - 5 * DAY)])
    rounds = [
        (escalated(COMPLAINT, 1, seat(ROADS), cycle=2, round=3), now - 6 * DAY),
        (escalated(COMPLAINT, 1, seat(CITY), cycle=2, round=4), now - 4 * DAY),
        (escalated(COMPLAINT, 1, seat(PROVINCE), cycle=1), now - 6 * DAY),
        (escalated(COMPLAINT, 2, seat(PROVINCE), cycle=2), now - 6 * DAY),
    ]
    await receive(service, rounds)
    assert [row.agency for row in await ledger(service, template="escalation")] == [CITY, PROVINCE, PROVINCE]


async def test_a_withdrawal_of_rounds_keeps_what_was_said_before_them(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    await hear(service, filed(COMPLAINT, reporter_ref=COMPLAINT), contact(service, COMPLAINT))
    seats = {0: ROADS, 1: CITY, 2: PROVINCE, 3: PROVINCE}
    for round, agency in seats.items():
        await hear(service, escalated(COMPLAINT, 3, seat(agency), round=round))
    await send_all(service)
    await hear(service, withdrawn(COMPLAINT, 3, from_round=2))
    assert await told(service, COMPLAINT) == {f"{PROVINCE}/leader withdrawn": 1}
    await send_all(service)
    [mail] = [mail for mail in mails_to(mailbox, address(PROVINCE)) if "dicabut" in text_of(mail)]
    rounds = "eskalasi tahap 3 (ulangan ke-2), eskalasi tahap 3 (ulangan ke-3)"
    assert f"Yang dicabut           : {rounds}" in text_of(mail).splitlines()
    assert f"({rounds})" in mail["Subject"].replace("\r\n", "").replace("\n", "")


async def test_each_is_told_only_what_was_said_to_it(service: RunningService, mailbox: RefusingMailbox) -> None:
    await hear(service, filed(COMPLAINT, reporter_ref=COMPLAINT), contact(service, COMPLAINT))
    await hear(service, near(COMPLAINT, seat(ROADS), percent=80), escalated(COMPLAINT, 1, seat(CITY)))
    await hear(service, offered(COMPLAINT, PROVINCE))
    await send_all(service)
    await hear(service, withdrawn(COMPLAINT, 1, reminders=(80,)))
    await hear(service, withdrawn(COMPLAINT, 0, clock="ombudsman", agency=PROVINCE))
    await send_all(service)
    named = {
        str(mail["Delivered-To"]): line.split(": ")[1]
        for mail in read_mail(mailbox.folder)
        for line in text_of(mail).splitlines()
        if line.startswith("Yang dicabut")
    }
    offer = "tawaran penerusan ke Ombudsman RI"
    assert {to: said for to, said in named.items() if to != SITI} == {
        address(ROADS): "pengingat 80%",
        address(CITY): "eskalasi tahap 1",
        address(PROVINCE): offer,
    }
    assert named[SITI] in ("eskalasi tahap 1", offer)


async def test_a_round_that_was_taken_back_before_it_came_is_not_said(service: RunningService) -> None:
    await hear(service, filed(COMPLAINT))
    now = service.now()
    await receive(service, [(withdrawn(COMPLAINT, 3, from_round=2), now - DAY)])
    await receive(service, [(escalated(COMPLAINT, 3, seat(CITY), round=n), now - 2 * DAY) for n in (1, 2, 3)])
    assert [row.details["round"] for row in await ledger(service, template="escalation")] == [1]


async def test_who_was_told_of_a_later_round_or_another_turn_hears_of_no_withdrawal(service: RunningService) -> None:
    await hear(service, filed(COMPLAINT))
    now = service.now()
    said = [
        (escalated(COMPLAINT, 1, seat(ROADS), cycle=2, round=3), now - 6 * DAY),
        (escalated(COMPLAINT, 1, seat(CITY), cycle=2, round=4), now - 4 * DAY),
        (escalated(COMPLAINT, 1, seat(PROVINCE), cycle=1), now - 6 * DAY),
    ]
    await receive(service, said)
    await send_all(service)
    await receive(service, [(withdrawn(COMPLAINT, 1, cycle=2), now - 5 * DAY)])
    assert await told(service, COMPLAINT) == {f"{ROADS}/leader withdrawn": 1}
