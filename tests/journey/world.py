"""All four services, worked by hand: people's acts at the doors, a clock that is moved, and what came of it."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import cycle
from typing import Any

import httpx

from shared.bus import Message
from shared.clock import ManualClock
from shared.events import decode
from shared.local.mailbox import Mailbox, read_mail
from shared.runtime import Runtime
from shared.service import RunningService
from tests.services import bearer

CITY, PROVINCE, NATIONAL = "35.78", "35", "NAS"
ROADS, TRANSPORT = "35.78.DPUPR", "35.78.DISHUB"
COORDINATOR, MAYOR = "koordinator@35-78.go.example", "pimpinan@35-78.go.example"
LIAISON, HEAD = "penghubung.dpupr@35-78.go.example", "pimpinan.dpupr@35-78.go.example"
GOVERNOR = "pimpinan@35.go.example"
NATIONAL_ADMIN, MINISTER = "koordinator@nas.go.example", "pimpinan@nas.go.example"
SITI = "siti@warga.example"
# Real time that a message waits for what is still on its way, such as a contact on another topic: it is over.
OVER = "UPDATE messages SET next_try_at = '2000-01-01Z' WHERE state = 'waiting' AND next_try_at > now()"

Filed = Mapping[str, Any]


class World:
    """One or more replicas of all services on one bus, with one clock and one mail server."""

    def __init__(self, houses: Sequence[Runtime], clock: ManualClock, box: Mailbox) -> None:
        self.houses, self.clock, self.box = houses, clock, box
        self.published: list[Message] = []
        self.work: dict[int, Counter[str]] = {index: Counter() for index in range(len(houses))}
        self.clients = [self._client(house) for house in houses]
        self._next = cycle(self.clients)
        for index, house in enumerate(houses):
            self._listen(house)
            self._count(house, self.work[index])

    def _client(self, house: Runtime) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=house.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://tanggap")

    def _listen(self, house: Runtime) -> None:
        publish = house.bus.publish

        async def heard(messages: Sequence[Message]) -> None:
            await publish(messages)
            self.published.extend(messages)

        house.bus.publish = heard  # type: ignore[method-assign]

    def _count(self, house: Runtime, work: Counter[str]) -> None:
        """How many events each service of this replica has taken from the bus."""
        poll = house.bus.poll_once

        async def counted(group: str) -> int:
            taken = await poll(group)
            work[group] += taken
            return taken

        house.bus.poll_once = counted  # type: ignore[method-assign]

    async def close(self) -> None:
        for client in self.clients:
            await client.aclose()

    def service(self, name: str) -> RunningService:
        return self.houses[0].services[name]

    async def settle(self) -> None:
        """Work everything empty, all replicas side by side."""
        for _ in range(3):
            while sum(await asyncio.gather(*(house.turn() for house in self.houses))):
                pass
            if not await self._hasten():
                return

    async def _hasten(self) -> int:
        notify = self.service("notify")
        async with notify.begin() as tx:
            return (await tx.execute(OVER)).rowcount

    async def until(self, moment: datetime) -> None:
        """Let time pass to this moment, and everything be done that was due by then."""
        self.clock.advance_to(moment)
        await self.settle()

    async def ask(self, method: str, path: str, role: str = "", agency: str | None = None, **more: Any) -> Any:
        """The JSON answer of a door, asked by an official if a role is given; refusals fail the test."""
        given = bearer(self.service("routing"), role, agency) if role else {}
        headers = {**given, **more.pop("headers", {})}
        answer = await next(self._next).request(method, path, headers=headers, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def file(self, *, email: str | None = SITI, key: str = "", **new: Any) -> Filed:
        """A complaint about a road, filed by Siti; her receipt."""
        contact = {"contact": {"name": "Siti Rahayu", "email": email}} if email else {}
        body = {"title": "Jalan rusak", "text": "Jalan berlubang di depan sekolah", "agency": ROADS, **contact, **new}
        headers = {"Idempotency-Key": key} if key else {}
        filed: Filed = await self.ask("POST", "/intake/complaints", json=body, headers=headers)
        return filed

    async def act(self, kind: str, filed: Filed, role: str, office: str | None, **body: Any) -> Any:
        return await self.ask("POST", f"/routing/complaints/{filed['id']}/{kind}", role, office, json=body)

    async def verify(self, filed: Filed, classification: str = "complaint", **body: Any) -> Any:
        body["classification"] = classification
        return await self.act("verifications", filed, "coordinator", CITY, **body)

    async def follow_up(self, filed: Filed, text: str = "Regu perbaikan datang besok", agency: str = ROADS) -> Any:
        return await self.act("follow-ups", filed, "liaison", agency, text=text)

    async def answer(self, filed: Filed, text: str = "Lubang telah ditutup", agency: str = ROADS) -> Any:
        return await self.act("answers", filed, "liaison", agency, text=text)

    async def public(self, filed: Filed) -> Any:
        """What everyone may see."""
        return await self.ask("GET", f"/intake/complaints/{filed['tracking_reference']}/timeline")

    async def private(self, filed: Filed) -> Any:
        """What the reporter sees."""
        headers = {"Tracking-Pin": filed["pin"]}
        return await self.ask("GET", f"/intake/complaints/{filed['tracking_reference']}", headers=headers)

    async def types(self, filed: Filed) -> list[str]:
        return [entry["type"] for entry in (await self.public(filed))["timeline"]]

    async def desk(self, filed: Filed, role: str = "coordinator", agency: str | None = CITY) -> Any:
        return await self.ask("GET", f"/routing/complaints/{filed['id']}", role, agency)

    async def clocks(self, filed: Filed) -> dict[tuple[str, int], Any]:
        """The clocks of a complaint by name and cycle."""
        found = await self.ask("GET", f"/sla/complaints/{filed['id']}/clocks")
        return {(clock["name"], clock["cycle"]): clock for clock in found}

    async def ledger(self, filed: Filed, state: str = "sent") -> list[tuple[str, str]]:
        """Who was told by which template, in no order."""
        asked = {"complaint_id": filed["id"], "limit": 500}
        rows = await self.ask("GET", "/notify/messages", "operator", params=asked)
        told = [row for row in rows if row["state"] == state]
        return sorted(
            (f"{row['agency']}/{row['role']}" if row["role"] else "reporter", row["template"]) for row in told
        )

    def mails(self, address: str = "") -> list[str]:
        """The mails to this address or to all: subject and body as a person reads them, oldest first."""
        caught = [mail for mail in read_mail(self.box.folder) if address in ("", mail["Delivered-To"])]
        return [f"{mail['Subject']}\n{(mail.get_payload(decode=True) or b'').decode()}" for mail in caught]  # type: ignore[union-attr]

    def subjects(self, address: str) -> list[str]:
        return [mail.split("\n")[0] for mail in self.mails(address)]

    def facts(self, filed: Filed) -> list[Any]:
        """What was published of a complaint, each event once, in order."""
        events = [event for message in self.published if message.value and (event := decode(message.value))]
        once = {event.id: event.fact for event in events if event.subject == filed["id"]}
        return list(once.values())


async def rows(service: RunningService, statement: str, **values: Any) -> list[Any]:
    async with service.begin() as tx:
        return list((await tx.execute(statement, values)).all())
