"""All four services as one system: people act through HTTP, the test moves the clock, and everything can be read."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import cycle
from typing import Any

import httpx

from shared.bus import Message
from shared.clock import ManualClock
from shared.events import PartOpened, decode
from shared.local.mailbox import Mailbox, read_mail
from shared.runtime import Runtime
from shared.service import RunningService
from tests.make import CITY, ROADS, answer_text, follow_up_text
from tests.services import bearer

COORDINATOR, MAYOR = "koordinator@35-78.go.example", "pimpinan@35-78.go.example"
LIAISON, HEAD = "penghubung.dpupr@35-78.go.example", "pimpinan.dpupr@35-78.go.example"
GOVERNOR = "pimpinan@35.go.example"
NATIONAL_ADMIN, MINISTER = "koordinator@nas.go.example", "pimpinan@nas.go.example"
SITI = "siti@warga.example"
# Ends the real time for which a message waits for missing facts, such as a contact on another topic.
END_WAITING = "UPDATE messages SET next_try_at = '2000-01-01Z' WHERE state = 'waiting' AND next_try_at > now()"

Filed = Mapping[str, Any]


class System:
    """One or more replicas of all services on one bus, with one clock and one mail server."""

    def __init__(self, runtimes: Sequence[Runtime], clock: ManualClock, mailbox: Mailbox) -> None:
        self.runtimes, self.clock, self.mailbox = runtimes, clock, mailbox
        self.published: list[Message] = []
        self.received: dict[int, Counter[str]] = {index: Counter() for index in range(len(runtimes))}
        self.clients = [self._client(runtime) for runtime in runtimes]
        self._next = cycle(self.clients)
        self._numbers: dict[str, int] = {}
        for index, runtime in enumerate(runtimes):
            self._record_published(runtime)
            self._count_received(runtime, self.received[index])

    def _client(self, runtime: Runtime) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=runtime.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://tanggap")

    def _record_published(self, runtime: Runtime) -> None:
        publish = runtime.bus.publish

        async def recorded(messages: Sequence[Message]) -> None:
            await publish(messages)
            self.published.extend(messages)

        runtime.bus.publish = recorded  # type: ignore[method-assign]

    def _count_received(self, runtime: Runtime, received: Counter[str]) -> None:
        """Count the events that each service of this replica takes from the bus."""
        poll = runtime.bus.poll_once

        async def counted(group: str) -> int:
            taken = await poll(group)
            received[group] += taken
            return taken

        runtime.bus.poll_once = counted  # type: ignore[method-assign]

    async def close(self) -> None:
        for client in self.clients:
            await client.aclose()

    def service(self, name: str) -> RunningService:
        return self.runtimes[0].services[name]

    async def settle(self) -> None:
        """Run all replicas side by side until nothing waits."""
        for _ in range(3):
            while sum(await asyncio.gather(*(runtime.turn() for runtime in self.runtimes))):
                pass
            if not await self._end_waiting():
                return

    async def _end_waiting(self) -> int:
        notify = self.service("notify")
        async with notify.begin() as tx:
            return (await tx.execute(END_WAITING)).rowcount

    async def advance_to(self, moment: datetime) -> None:
        """Move the clock to this moment and do everything that is due."""
        self.clock.advance_to(moment)
        await self.settle()

    async def request(self, method: str, path: str, role: str = "", agency: str | None = None, **more: Any) -> Any:
        """The JSON answer to a request, from an official if a role is given; a refusal fails the test."""
        token = bearer(self.service("routing"), role, agency) if role else {}
        headers = {**token, **more.pop("headers", {})}
        answer = await next(self._next).request(method, path, headers=headers, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def file(self, *, email: str | None = SITI, key: str = "", **new: Any) -> Filed:
        """A complaint about a road, filed by Siti; her receipt."""
        contact = {"contact": {"name": "Siti Rahayu", "email": email}} if email else {}
        body = {"title": "Jalan rusak", "text": "Jalan berlubang di depan sekolah", "agency": ROADS, **contact, **new}
        headers = {"Idempotency-Key": key} if key else {}
        filed: Filed = await self.request("POST", "/intake/complaints", json=body, headers=headers)
        return filed

    def about(self, filed: Filed) -> str:
        """What tells the words on this complaint from those on others, the same in each run of a test."""
        return f"Laporan {self._numbers.setdefault(filed['id'], len(self._numbers) + 1)}."

    async def post_act(self, kind: str, filed: Filed, role: str, acting: str | None, /, **body: Any) -> Any:
        """An official of the `acting` agency does something with a case; `kind` is the last part of the path."""
        return await self.request("POST", f"/routing/complaints/{filed['id']}/{kind}", role, acting, json=body)

    async def verify(self, filed: Filed, classification: str = "complaint", **body: Any) -> Any:
        body["classification"] = classification
        return await self.post_act("verifications", filed, "coordinator", CITY, **body)

    async def follow_up(self, filed: Filed, text: str = "", agency: str = ROADS) -> Any:
        return await self.post_act(
            "follow-ups", filed, "liaison", agency, text=text or follow_up_text(self.about(filed))
        )

    async def answer(self, filed: Filed, text: str = "", agency: str = ROADS) -> Any:
        return await self.post_act("answers", filed, "liaison", agency, text=text or answer_text(self.about(filed)))

    async def archive(self, filed: Filed, text: str = "Persoalan ini diputus oleh pengadilan.", **body: Any) -> Any:
        body = {"reason": "before_a_court", **body}
        return await self.post_act("archivings", filed, "coordinator", CITY, text=text, **body)

    async def react(self, filed: Filed, door: str, **body: Any) -> Any:
        """The reporter accepts or disputes an answer, or reopens a complaint."""
        path, headers = f"/intake/complaints/{filed['tracking_reference']}/{door}", {"Tracking-Pin": filed["pin"]}
        return await self.request("POST", path, json=body, headers=headers)

    async def withdraw(self, filed: Filed, **body: Any) -> Any:
        """The reporter takes the complaint back with the PIN."""
        path, headers = f"/intake/complaints/{filed['tracking_reference']}/withdrawals", {"Tracking-Pin": filed["pin"]}
        return await self.request("POST", path, headers=headers, json=body)

    async def public(self, filed: Filed) -> Any:
        """What everyone sees."""
        return await self.request("GET", f"/intake/complaints/{filed['tracking_reference']}/timeline")

    async def private(self, filed: Filed) -> Any:
        """What the reporter sees with the PIN."""
        headers = {"Tracking-Pin": filed["pin"]}
        return await self.request("GET", f"/intake/complaints/{filed['tracking_reference']}", headers=headers)

    async def types(self, filed: Filed) -> list[str]:
        return [entry["type"] for entry in (await self.public(filed))["timeline"]]

    async def case(self, filed: Filed, role: str = "coordinator", agency: str | None = CITY) -> Any:
        """The case as officials see it."""
        return await self.request("GET", f"/routing/complaints/{filed['id']}", role, agency)

    async def clocks(self, filed: Filed) -> dict[tuple[str, int], Any]:
        """The clocks of a complaint by name and cycle."""
        found = await self.request("GET", f"/sla/complaints/{filed['id']}/clocks")
        return {(clock["name"], clock["cycle"]): clock for clock in found}

    async def ledger(self, filed: Filed, state: str = "sent", reason: str = "") -> list[tuple[str, str]]:
        """The recipients and templates of the messages in this state, or only those for this reason, sorted."""
        query = {"complaint_id": filed["id"], "limit": 500}
        rows = (await self.request("GET", "/notify/messages", "operator", params=query))["items"]
        messages = [row for row in rows if row["state"] == state and reason in ("", row["reason"])]
        return sorted(
            (f"{row['agency']}/{row['role']}" if row["role"] else "reporter", row["template"]) for row in messages
        )

    def mails(self, address: str = "") -> list[str]:
        """The mails to this address, or all: subject and body, oldest first."""
        caught = [mail for mail in read_mail(self.mailbox.folder) if address in ("", mail["Delivered-To"])]
        return [f"{mail['Subject']}\n{(mail.get_payload(decode=True) or b'').decode()}" for mail in caught]  # type: ignore[union-attr]

    def subjects(self, address: str) -> list[str]:
        return [mail.split("\n")[0] for mail in self.mails(address)]

    def opened(self, filed: Filed) -> list[Any]:
        """The published openings of the parts of a complaint, in order."""
        events = [event for message in self.published if message.value and (event := decode(message.value))]
        once = {event.id: event.fact for event in events if isinstance(event.fact, PartOpened)}
        return [fact for fact in once.values() if str(fact.part_of) == filed["id"]]

    def facts(self, filed: Filed) -> list[Any]:
        """The published facts of a complaint, each event once, in order."""
        events = [event for message in self.published if message.value and (event := decode(message.value))]
        once = {event.id: event.fact for event in events if event.subject == filed["id"]}
        return list(once.values())


async def rows(service: RunningService, statement: str, **values: Any) -> list[Any]:
    async with service.begin() as tx:
        return list((await tx.execute(statement, values)).all())
