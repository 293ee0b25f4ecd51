"""Acknowledgements: by the button behind the link of a mail, or by an official's own system; each is said once."""

import asyncio
import base64
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from services.notify.actions import acknowledgements
from services.notify.domain.acknowledgements import VALID, Links, link_key, mail_id_in, may_acknowledge, written_at
from shared.service import RunningService
from tests import make
from tests.conftest import ServiceMaker
from tests.make import CITY, ROADS
from tests.notify.mail import (
    SENDER,
    SITI,
    RefusingMailbox,
    address,
    damage,
    file_complaint,
    filed,
    ledger,
    mails_to,
    outcomes,
    send_all,
    settled,
    text_of,
)
from tests.services import bearer, client_of

LINKS = Links(link_key(bytes(32)), "https://tanggap.example")
LINK = re.compile(r"https?://\S+(/notify/pages/acknowledgements/\S+)")
MAYOR = f"{CITY}/leader"
BUTTON = "Saya telah membacanya"


def token_of(mail_id: UUID, links: Links = LINKS, agency: str = CITY, role: str = "leader") -> str:
    return links.link(mail_id, agency, role).rpartition("/")[2]


# The link


def test_a_link_is_valid_for_its_mail_and_its_seat_for_sixty_days() -> None:
    mail_id = UUID(str(uuid7()))
    token, sent = token_of(mail_id), written_at(mail_id)
    assert mail_id_in(token) == mail_id and len(token) == 43
    assert LINKS.is_valid(token, CITY, "leader", sent + VALID)
    assert not LINKS.is_valid(token, CITY, "leader", sent + VALID + timedelta(seconds=1))
    assert not LINKS.is_valid(token, CITY, "coordinator", sent)
    assert not LINKS.is_valid(token, ROADS, "leader", sent)
    assert not Links(link_key(bytes(31) + b"x"), "").is_valid(token, CITY, "leader", sent)
    assert "leader" not in token and CITY not in token


@pytest.mark.parametrize(
    ("given", "begins"),
    [
        ({"port": 8123}, "http://127.0.0.1:8123/"),
        ({"port": 8123, "public_url": "https://tanggap.example.go.id/"}, "https://tanggap.example.go.id/"),
    ],
)
async def test_a_link_begins_with_the_port_unless_an_address_is_configured(
    make_service: ServiceMaker, given: dict[str, Any], begins: str
) -> None:
    service = await make_service("notify", **given)
    link = service.state.links.link(UUID(str(uuid7())), CITY, "leader")
    assert link.startswith(f"{begins}notify/pages/acknowledgements/")


@given(st.text(max_size=60))
def test_no_other_text_is_a_valid_link(text: str) -> None:
    assert not LINKS.is_valid(text, CITY, "leader", datetime(2025, 7, 7, tzinfo=UTC))


@given(st.integers(0, 31), st.integers(1, 255))
def test_a_link_with_one_changed_byte_is_not_valid(place: int, change: int) -> None:
    mail_id = UUID(str(uuid7()))
    raw = bytearray(base64.urlsafe_b64decode(token_of(mail_id) + "="))
    raw[place] ^= change
    changed = base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
    assert not LINKS.is_valid(changed, CITY, "leader", datetime(1970, 1, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("role", "agency", "seat_role", "may"),
    [
        ("leader", CITY, "leader", True),
        ("leader", CITY, "coordinator", True),
        ("coordinator", CITY, "coordinator", True),
        ("coordinator", CITY, "liaison", True),
        ("coordinator", CITY, "leader", False),
        ("leader", ROADS, "leader", False),
        ("leader", None, "leader", False),
        ("liaison", CITY, "liaison", False),
    ],
)
def test_a_leader_speaks_for_the_agency_and_a_coordinator_not_for_the_leader(
    role: str, agency: str | None, seat_role: str, may: bool
) -> None:
    assert may_acknowledge(role, agency, seat_role, CITY) == may


# By the link of the mail


async def escalate(service: RunningService, *numbers: int) -> None:
    complaints = [filed(number) for number in numbers or (1,)]
    steps = [make.escalated(each.complaint_id, 2, make.seat(CITY)) for each in complaints]
    await make.hear(service, *complaints, *steps)
    await send_all(service)


def path_in(mailbox: RefusingMailbox, to: str) -> str:
    """The path of the link in the mail to this address."""
    [mail] = mails_to(mailbox, to)
    found = LINK.search(text_of(mail))
    assert found
    return found[1]


async def test_only_the_button_acknowledges_for_mail_scanners_follow_links(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    await escalate(service)
    path = path_in(mailbox, address(CITY))
    async with client_of(service) as client:
        for method in ("GET", "HEAD", "GET"):
            answer = await client.request(method, path)
        assert answer.status_code == 200 and BUTTON in answer.text and "no-store" in answer.headers["cache-control"]
        assert f"Pimpinan Instansi {CITY}" in answer.text and "TG-25-0001" in answer.text
        assert {row.acknowledged_at for row in await ledger(service)} == {None}
        done = await client.post(path)
        assert (done.status_code, done.headers["location"]) == (303, path)
        after = await client.get(path)
    assert "Sudah dikonfirmasi pada 7 Juli 2025 pukul 09.00 WIB" in after.text and BUTTON not in after.text
    [row] = await ledger(service, recipient=MAYOR)
    assert (row.state, row.outcome, row.acknowledged_at) == ("sent", "acknowledged", service.now())
    assert await outcomes(service) == [(MAYOR, "sent", None), (MAYOR, "acknowledged", None)]


async def test_a_second_acknowledgement_says_nothing_and_keeps_the_first_moment(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    await escalate(service)
    path = path_in(mailbox, address(CITY))
    async with client_of(service) as client:
        assert [(await client.post(path)).status_code for _ in range(3)] == [303] * 3
    assert len(await outcomes(service)) == 2


async def test_two_replicas_say_one_acknowledgement(
    service: RunningService, make_service: Any, mailbox: RefusingMailbox
) -> None:
    other = await make_service("notify", smtp_port=mailbox.port, **SENDER)
    await escalate(service, 1, 2)
    token = path_in(mailbox, address(CITY)).rpartition("/")[2]
    given = [each.submit(acknowledgements.acknowledge_mails, token) for each in (service, other, service, other)]
    assert len(set(await asyncio.gather(*given))) == 1
    assert [(fact.outcome, len(fact.notices)) for fact in await settled(service)] == [("sent", 2), ("acknowledged", 2)]


async def test_a_joined_mail_is_acknowledged_as_a_whole_in_one_event(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    await escalate(service, 1, 2, 3)
    path = path_in(mailbox, address(CITY))
    async with client_of(service) as client:
        assert "3 pemberitahuan" in (await client.get(path)).text
        await client.post(path)
    [_, said] = await settled(service)
    assert (said.outcome, len(said.notices)) == ("acknowledged", 3)
    assert {notice.cause for notice in said.notices} == {"ComplaintEscalated"}


async def test_the_page_of_a_mail_leads_to_the_page_of_each_complaint_that_has_one(
    service: RunningService, mailbox: RefusingMailbox
) -> None:
    public, confidential = filed(1), filed(2, confidential=True)
    climbs = [make.escalated(each.complaint_id, 2, make.seat(CITY)) for each in (public, confidential)]
    await make.hear(service, public, confidential, *climbs)
    await send_all(service)
    async with client_of(service) as client:
        shown = (await client.get(path_in(mailbox, address(CITY)))).text
    page = service.state.settings.timeline_of("TG-25-0001", False)
    assert f'<a href="{page}">TG-25-0001</a>' in shown
    assert "<li>TG-25-0002</li>" in shown


async def test_a_mail_without_such_a_notice_has_no_link(service: RunningService, mailbox: RefusingMailbox) -> None:
    await file_complaint(service)
    await send_all(service)
    for to in (SITI, address(ROADS), address(ROADS, "liaison")):
        assert not LINK.search(text_of(mails_to(mailbox, to)[0]))
    assert LINK.search(text_of(mails_to(mailbox, address(CITY, "coordinator"))[0]))


async def test_a_false_or_old_link_is_refused_on_a_page_and_changes_nothing(
    service: RunningService, mailbox: RefusingMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await escalate(service)
    path, mail_id = path_in(mailbox, address(CITY)), (await ledger(service, recipient=MAYOR))[0].mail_id
    folder = path.rpartition("/")[0]
    false = [
        "x",
        token_of(mail_id),
        token_of(mail_id, service.state.links, role="coordinator"),
        token_of(uuid4(), service.state.links),
    ]
    async with client_of(service) as client:
        for method in ("GET", "POST"):
            for token in false:
                answer = await client.request(method, f"{folder}/{token}")
                assert answer.status_code == 404 and "Tautan tidak berlaku" in answer.text
        monkeypatch.setattr(acknowledgements, "REAL", LateClock())
        assert (await client.post(path)).status_code == 404
    assert len(await outcomes(service)) == 1


class LateClock:
    """A clock of the day after the last one on which a link is valid."""

    def now(self) -> datetime:
        return written_at(UUID(str(uuid7()))) + VALID + timedelta(days=1)


@pytest.mark.parametrize(
    "change", ["complaint_id = NULL", "role = 'duke'", "agency = NULL", "outcome = 'x'", "template = 'received'"]
)
async def test_a_damaged_notice_loses_no_acknowledgement_of_its_mail(service: RunningService, change: str) -> None:
    bad, good = filed(1), filed(2)
    steps = [make.escalated(each.complaint_id, 2, make.seat(CITY)) for each in (bad, good)]
    await make.hear(service, bad, good, *steps)
    await send_all(service)
    [mail_id] = {row.mail_id for row in await ledger(service, template="escalation")}
    await damage(service, bad.complaint_id, "escalation", change)
    token = service.state.links.link(mail_id, CITY, "leader").rpartition("/")[2]
    async with service.begin() as tx:
        assert (await acknowledgements.show_mail(tx, token)).messages == 2
    await service.submit(acknowledgements.acknowledge_mails, token)
    known = [fact for fact in await settled(service) if fact.outcome == "acknowledged"]
    assert good.complaint_id in [notice.complaint_id for fact in known for notice in fact.notices]


# By an official's own system


async def test_an_officials_own_system_acknowledges_a_message(service: RunningService) -> None:
    await escalate(service, 1, 2)
    first, second = await ledger(service, recipient=MAYOR)
    async with client_of(service) as client:
        path, head = f"/notify/messages/{first.id}/acknowledgement", bearer(service, "leader", CITY)
        answers = [await client.post(path, headers=head) for _ in range(2)]
        assert {answer.status_code for answer in answers} == {200}
        assert answers[0].json() == answers[1].json()
        assert datetime.fromisoformat(answers[0].json()["acknowledged_at"]) == service.now()
        rows = (await client.get("/notify/messages", headers=bearer(service, "operator"))).json()["items"]
    seen = {row["id"]: (row["outcome"], row["acknowledged_at"]) for row in rows if row["agency"] == CITY}
    assert seen[first.id][0] == "acknowledged" and seen[first.id][1] and seen[second.id] == ("sent", None)
    [_, said] = await settled(service)
    assert [notice.complaint_id for notice in said.notices] == [first.complaint_id]


@pytest.mark.parametrize(
    ("role", "agency", "status"),
    [
        ("leader", ROADS, 403),
        ("leader", None, 403),
        ("coordinator", CITY, 403),
        ("admin", None, 403),
        ("leader", CITY, 200),
    ],
)
async def test_only_the_seat_or_its_leader_acknowledges(
    service: RunningService, role: str, agency: str | None, status: int
) -> None:
    await escalate(service)
    [row] = await ledger(service, recipient=MAYOR)
    async with client_of(service) as client:
        answer = await client.post(f"/notify/messages/{row.id}/acknowledgement", headers=bearer(service, role, agency))
    assert answer.status_code == status


async def test_a_reporters_message_and_an_unknown_one_are_not_found(service: RunningService) -> None:
    await file_complaint(service)
    [row] = await ledger(service, recipient="reporter")
    async with client_of(service) as client:
        for id in (row.id, 10**12):
            answer = await client.post(
                f"/notify/messages/{id}/acknowledgement", headers=bearer(service, "leader", CITY)
            )
            assert answer.status_code == 404


async def test_what_need_not_reach_anyone_is_acknowledged_in_the_ledger_alone(service: RunningService) -> None:
    await file_complaint(service)
    await send_all(service)
    said = len(await settled(service))
    [row] = await ledger(service, template="for_leader")
    async with client_of(service) as client:
        await client.post(f"/notify/messages/{row.id}/acknowledgement", headers=bearer(service, "leader", ROADS))
    [row] = await ledger(service, template="for_leader")
    assert row.acknowledged_at and row.outcome is None
    assert len(await settled(service)) == said
