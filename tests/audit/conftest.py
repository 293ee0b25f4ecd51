"""A whole system with complaints in every state, made through the services' doors, and an auditor of its databases."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from services.audit.actions import audits
from services.audit.domain.violations import Violation
from services.audit.state import Pass, State, state_of
from services.settings import Settings
from shared.clock import ManualClock
from shared.events import ComplaintEscalated, NoticesSettled, decode
from shared.local.mailbox import Mailbox
from shared.runtime import ALL, running
from tests.journey.system import System
from tests.make import CITY, HEALTH, ROADS, TRANSPORT, hear, offered
from tests.services import definition

UNVERIFIED, VERIFIED, ELSEWHERE, FORWARDED, FOLLOWED_UP, ANSWERED, CLOSED = range(7)
# Only some tests have complaints of these kinds.
DIVIDED, APPEALED, ASSISTED, REFERRED, CONTESTED, ORDERED = range(7, 13)
PARTS = [
    {"agency": ROADS, "classification": "complaint", "title": "Jalan berlubang", "text": "Lubang di depan sekolah."},
    {"agency": TRANSPORT, "classification": "complaint", "title": "Lampu padam", "text": "Lampu lalu lintas padam."},
]
REQUEST = {"agency": TRANSPORT, "due_on": "2025-08-08", "text": "Mohon data lampu lalu lintas di lokasi."}


@dataclass(frozen=True)
class Country:
    """A system with its complaints by what was done with them, and its database as the superuser sees it."""

    system: System
    complaints: dict[int, list[str]]
    superuser: str
    settings: Settings

    async def damage(self, *statements: str) -> None:
        """Change the databases behind the back of the services and of the law."""
        engine = create_async_engine(self.superuser, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text("SET session_replication_role = replica"))
            for statement in statements:
                await connection.execute(text(statement))
        await engine.dispose()


CountryMaker = Callable[..., Awaitable[Country]]
AuditorMaker = Callable[[Country], State]


@pytest.fixture
async def system(settings: Settings, clock: ManualClock, tmp_path: Path) -> AsyncIterator[System]:
    """All four services on the memory bus, with a mail server of their own."""
    mailbox = Mailbox(tmp_path / "mail")
    mailbox.start()
    own = settings.model_copy(update={"smtp_port": mailbox.port})
    async with running([definition(name) for name in ALL], own, clock, loops=False) as runtime:
        system = System([runtime], clock, mailbox)
        await system.settle()
        yield system
        await system.close()
    mailbox.stop()


@pytest.fixture
def make_country(system: System) -> CountryMaker:
    """Makes a country with so many complaints of each kind; some of them have climbed and reached their leaders."""

    async def make(each: int, kinds: Sequence[int] = range(7)) -> Country:
        complaints = {kind: [await _complaint(system, kind) for _ in range(each)] for kind in kinds}
        await system.settle()
        await system.advance_to(system.clock.now() + timedelta(days=9))
        await _reach_everyone(system)
        await system.advance_to(system.clock.now() + timedelta(minutes=11))
        url = system.service("sla").settings.database_url("sla")
        return Country(system, complaints, url.replace("//sla@", "//postgres@"), audited(system))

    return make


def audited(system: System) -> Settings:
    """The settings of this system with the addresses that its auditor needs."""
    settings = system.service("sla").settings
    urls = {f"audit_{name}_database_url": settings.database_url(name).replace("//", "//audit_", 1) for name in ALL}
    found: Settings = settings.model_copy(update=urls)  # type: ignore[assignment]
    return found


async def _complaint(system: System, kind: int) -> str:
    filed = await system.file(email=None)
    await system.settle()
    if kind != UNVERIFIED:
        await system.verify(filed, **({"agency": HEALTH} if kind == ELSEWHERE else {}))
    if kind == FORWARDED:
        await system.post_act("forwards", filed, "coordinator", CITY, agency=TRANSPORT, reason="Kewenangan lain")
    if kind in (FOLLOWED_UP, CONTESTED):
        await system.follow_up(filed)
    if kind == CONTESTED:
        await system.settle()
        await system.react(filed, "contests", reason="Tidak disebut apa yang dikerjakan di depan sekolah.")
    if kind == ASSISTED:
        await system.post_act("contribution-requests", filed, "liaison", ROADS, **REQUEST)
    if kind == ORDERED:
        await system.post_act("orders", filed, "leader", CITY, text="Selesaikan pekan ini")
    if kind == DIVIDED:
        await system.post_act("splits", filed, "coordinator", CITY, parts=PARTS, reason="Dua pokok bagi dua instansi.")
    if kind in (ANSWERED, CLOSED, APPEALED):
        await system.answer(filed)
    if kind == APPEALED:
        await system.settle()
        await system.react(filed, "appeals", reason="Lubangnya masih ada di depan sekolah.")
    if kind == REFERRED:
        await system.settle()
        for service in ("routing", "intake"):
            await hear(system.service(service), offered(UUID(str(filed["id"]))))
        await system.react(filed, "consents")
    if kind == CLOSED:
        await system.settle()
        await system.react(filed, "acceptances")
    return str(filed["id"])


async def _reach_everyone(system: System) -> None:
    """Every climb so far has reached its recipients, as the mail server says."""
    events = [event for message in system.published if message.value and (event := decode(message.value))]
    climbs = [event for event in events if isinstance(event.fact, ComplaintEscalated)]
    assert climbs
    await hear(system.service("sla"), *(_settled(event) for event in climbs))


def _settled(event: Any) -> NoticesSettled:
    fact = event.fact
    names = ("complaint_id", "clock", "cycle", "step", "round")
    notice = {"cause": "ComplaintEscalated", "cause_id": event.id, **{name: getattr(fact, name) for name in names}}
    seat = fact.recipients[0]
    return NoticesSettled.model_validate(
        {"agency": seat.agency, "role": seat.role, "outcome": "sent", "notices": [notice]}
    )


@pytest.fixture
async def auditor() -> AsyncIterator[AuditorMaker]:
    """Makes the auditor of a country."""
    made: list[State] = []

    def make(country: Country) -> State:
        made.append(state_of(country.settings, country.system.clock))
        return made[-1]

    yield make
    for state in made:
        await state.databases.close()


async def audit(state: State) -> Sequence[Violation]:
    """Look at everything now; all that is wrong."""
    state.way = Pass()
    while await audits.audit_once(state):
        pass
    return [one.violation for one in state.ledger.open.values()]


def told(violations: Sequence[Violation]) -> set[tuple[str, str]]:
    """Check and subject of each, the subject without the name of its clock."""
    return {(violation.check, violation.subject.split("/")[0]) for violation in violations}
