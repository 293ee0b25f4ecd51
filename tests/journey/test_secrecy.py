"""Whoever sits on no named seat finds a sensitive complaint by no door that reads, whichever doors there are."""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from services.audit import api as audit_api
from services.audit.actions import violations
from services.audit.domain.violations import Findings, Violation
from services.audit.state import state_of
from shared.http import home, parked
from shared.vocabulary import OFFICIAL_ROLES
from tests.audit.conftest import audited
from tests.journey.conftest import SystemMaker
from tests.journey.system import HEAD, LIAISON, SITI, Filed, System
from tests.make import CITY, PROVINCE, ROADS, TRANSPORT, hear, limit_set
from tests.services import MONDAY, bearer

WORDS = ("Kepala sekolah", "memukul murid", "Murid dibawa ke rumah aman", "Anak itu takut dikenali")
MORE = ("Pendamping menemui ibunya", "Kunjungan itu tidak pernah ada", "Perwakilan menerima berkas keluarga")
UNKNOWN = {"id": str(uuid4()), "tracking_reference": "TG-00000-00000"}
SEATS = (("liaison", ROADS), ("leader", TRANSPORT), ("coordinator", "35.79"), ("leader", "91"), ("liaison", CITY))
CALLERS = (None, *SEATS, *((role, None) for role in OFFICIAL_ROLES))
# Doors of machinery: an address of its own there says nothing of a complaint.
EXAMPLES = {"code": ROADS, "version": "1", "door": "ratings"}


@dataclass(frozen=True)
class Secrets:
    """Sensitive complaints, and the doors of an auditor that finds something wrong with them."""

    filed: Sequence[Filed]
    auditor: APIRouter


@pytest.fixture
async def system(make_system: SystemMaker) -> System:
    return await make_system("memory")


@pytest.fixture
async def secrets(system: System) -> AsyncIterator[Secrets]:
    """Three, late and wrong at the auditor: an official declares the second, the third is contested and referred."""
    text = f"{WORDS[0]} sering {WORDS[1]}"
    chosen = await system.file(sensitive=True, title=WORDS[0], text=text)
    declared = await system.file(title=WORDS[0], text=text, key="second")
    referred = await system.file(title=WORDS[0], text=text, key="third", sensitive=True)
    await system.settle()
    for filed in (chosen, declared, referred):
        await system.verify(filed, points=[WORDS[1]])
    await system.post_act("follow-ups", referred, "leader", ROADS, text=f"{MORE[0]} hari Senin di rumah aman.")
    await system.post_act("notes", declared, "liaison", ROADS, text=WORDS[2])
    await system.settle()
    await system.post_act("sensitivities", declared, "liaison", ROADS, reason=WORDS[3])
    await system.post_act("obstacles", chosen, "leader", ROADS, reason=WORDS[2])
    await system.settle()
    await system.react(referred, "contests", reason=f"{MORE[1]}, kami tetap takut.")
    await system.advance_to(MONDAY + timedelta(days=61))
    await system.react(referred, "consents")
    await system.settle()
    handed = {"reference": "0231/LM/SBY", "text": f"{MORE[2]} di Surabaya."}
    await system.post_act("handovers", referred, "coordinator", CITY, **handed)
    await system.settle()
    state, now = state_of(audited(system), system.clock), system.clock.now()
    wrong = [
        Violation("holder_differs", each["id"], now, "", UUID(each["id"])) for each in (chosen, declared, referred)
    ]
    await violations.note(state, Findings(frozenset({"holder_differs"}), wrong), now)
    system.runtimes[0].app.include_router(auditor := audit_api.findings(state))
    yield Secrets([chosen, declared, referred], auditor)
    await state.databases.close()


def doors(system: System, auditor: APIRouter) -> Iterator[tuple[str, APIRoute]]:
    """Every route that reads, of whichever service, with its path."""
    services = list(system.runtimes[0].services.values())
    routers = [(f"/{one.name}", router) for one in services for router in (*one.definition.routers, parked.router(one))]
    for prefix, router in (*routers, ("", home.router(services)), ("", auditor)):
        for route in router.routes:
            if isinstance(route, APIRoute) and "GET" in route.methods:
                yield f"{prefix}{route.path}", route


def asked(path: str, route: APIRoute, filed: Filed, token: str) -> tuple[str, dict[str, str]]:
    """The address and the query that ask this door for this complaint, by whatever it can be asked."""
    values = {**EXAMPLES, "id": filed["id"], "reference": filed["tracking_reference"], "token": token}
    path = re.sub(r"{(\w+)}", lambda found: values[found[1]], path)
    names = {field.alias for field in route.dependant.query_params} & {"complaint_id", "reference", "agency"}
    by = {"complaint_id": filed["id"], "reference": filed["tracking_reference"], "agency": ROADS}
    return path, {name: by[name] for name in names}


async def read(system: System, door: tuple[str, APIRoute], filed: Filed, who: object, token: str) -> httpx.Response:
    path, query = asked(*door, filed, token)
    headers = bearer(system.service("routing"), *who) if isinstance(who, tuple) else {"Tracking-Pin": "000000"}
    return await system.clients[0].get(path, params=query, headers=headers)


def anonymous(answer: httpx.Response, filed: Filed) -> tuple[int, str]:
    """The answer without what was asked for, and without keys that are drawn for each form."""
    text = answer.text.replace(filed["id"], "").replace(filed["tracking_reference"], "")
    return answer.status_code, re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}", "", text)


async def test_no_door_that_reads_tells_the_unnamed_more_than_of_an_unknown_complaint(
    system: System, secrets: Secrets
) -> None:
    *_, link = re.findall(r"/pages/acknowledgements/(\S+)", "\n".join(system.mails(HEAD)))
    walked, names = 0, [filed[name] for filed in secrets.filed for name in ("id", "tracking_reference")]
    for door in doors(system, secrets.auditor):
        for who in CALLERS:
            for filed in secrets.filed:
                shown, unknown = [await read(system, door, one, who, link) for one in (filed, UNKNOWN)]
                where = f"{door[0]} as {who}: {shown.status_code} {shown.text[:300]}"
                assert anonymous(shown, filed) == anonymous(unknown, UNKNOWN), where
                told = [name for name in (*names, *WORDS, *MORE) if name in anonymous(shown, filed)[1]]
                assert not told, where
                walked += shown.status_code == 200
    assert walked > 100


async def test_named_seats_find_it_and_read_it(system: System, secrets: Secrets) -> None:
    for role, agency in (("leader", ROADS), ("coordinator", CITY), ("leader", PROVINCE), ("coordinator", "NAS")):
        listed = await system.request("GET", "/routing/complaints", role, agency)
        assert [case["id"] for case in listed["items"]] == [filed["id"] for filed in secrets.filed]
        case = await system.case(secrets.filed[1], role, agency)
        assert WORDS[1] in case["text"] and {WORDS[2], WORDS[3]} <= {act["text"] for act in case["acts"]}
        told = " ".join(str(act["text"]) for act in (await system.case(secrets.filed[2], role, agency))["acts"])
        assert all(words in told for words in MORE)


async def test_no_mail_and_no_event_says_what_it_is_about_and_the_unnamed_hear_nothing(
    system: System, secrets: Secrets
) -> None:
    chosen, declared, referred = (filed["tracking_reference"] for filed in secrets.filed)
    published = b"".join(message.value or b"" for message in system.published).decode()
    assert not any(word in text for word in (*WORDS, *MORE) for text in (published, *system.mails()))
    assert not any(one in mail for one in (chosen, referred) for mail in system.mails(LIAISON))
    climbs = [mail for mail in system.mails(HEAD) if chosen in mail and "Eskalasi" in mail]
    assert climbs and not any(declared in mail for mail in climbs)
    assert any("ditangani sebagai laporan sensitif" in mail for mail in system.mails(SITI))
    # A limit that is set late finds no other reader either.
    await hear(system.service("notify"), limit_set(UUID(secrets.filed[0]["id"]), ROADS, "follow_up"))
    await system.settle()
    assert not any(chosen in mail for mail in system.mails(LIAISON))
