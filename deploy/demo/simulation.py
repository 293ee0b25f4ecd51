"""The months themselves: citizens file, officials act or do not, and what the services say of it is shown."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from deploy.demo import cast, words
from deploy.demo.complaints import Complaint
from deploy.demo.doors import Doors, together
from deploy.demo.evidence import Evidence, Filed, gather, settled
from deploy.demo.mails import Mails
from deploy.demo.processes import START, Stage
from deploy.demo.promises import judge
from deploy.demo.screen import Climber, Letter, News, Screen, View
from shared.calendar import calendar_for

PAGE = 200
# Timelines asked for at each look besides those of complaints that have visibly moved.
LOOK_ROUND = 4
READINGS = 3
Case = Mapping[str, Any]


class Play:
    """One performance; `filed` and `repeated` are what intake answered."""

    def __init__(self, stage: Stage, doors: Doors, screen: Screen, complaints: Sequence[Complaint], days: int) -> None:
        self.stage, self.doors, self.screen = stage, doors, screen
        self.clock = stage.clock
        self.begins = first_day(self.clock.now())
        self.ends = self.begins + timedelta(days=days)
        self.filed: list[Filed] = []
        self.repeated: list[tuple[Any, Any]] = []
        self.mails = Mails(stage.mails)
        self.view = View(self.clock.now(), planned=len(complaints))
        self._coming = list(complaints)
        self._agencies: dict[str, Mapping[str, Any]] = {}
        self._since: dict[tuple[Any, ...], datetime] = {}
        self._looked: dict[str, Case] = {}
        self._told: dict[str, int] = {}
        self._labels: dict[str, str] = {}
        self._cases: dict[str, Case] = {}
        self._round = 0

    async def run(self) -> None:
        """From the first Monday to the last day. Raises StageError, DoorError."""
        try:
            async with asyncio.TaskGroup() as group:
                for step, rest in ((self._file_due, 0.05), (self._act, 0.1), (self._look, 0.25)):
                    group.create_task(self._repeat(step, rest))
        except ExceptionGroup as errors:
            self.stage.check()  # a process that has ended says more than a connection that was refused
            raise errors.exceptions[0] from None

    async def evidence(self) -> Evidence:
        """What all services say now that the time is over.

        Their clock runs on while they are asked, so what is merely on its way is given a moment to arrive.
        """
        for _ in range(READINGS):
            await settled(self.doors)
            evidence = await gather(self.stage, self.doors, self.filed, self.repeated, self.mails)
            if all(verdict.held for verdict in judge(evidence)):
                break
        return evidence

    async def _repeat(self, step: Any, rest: float) -> None:
        while (now := self.clock.now()) < self.ends:
            self.stage.check()
            await step(now)
            await asyncio.sleep(rest)

    async def _file_due(self, now: datetime) -> None:
        due = [complaint for complaint in self._coming if self.begins + timedelta(days=complaint.day) <= now]
        if not due:
            return
        self._coming = self._coming[len(due) :]
        letters = [complaint for complaint in due if complaint.body["channel"] == "letter"]
        if len(letters) > 1:
            await self._file_together(letters)
            due = [complaint for complaint in due if complaint not in letters]
        self.filed += await together(self._file, due)
        if not self.repeated and self.filed:
            again = await self._file(self.filed[0].complaint)
            self.repeated.append((self.filed[0].receipt, again.receipt))

    async def _file(self, complaint: Complaint) -> Filed:
        receipt = await self.doors.post("/intake/complaints", complaint.body, {"Idempotency-Key": complaint.key})
        return Filed(complaint, receipt)

    async def _file_together(self, letters: Sequence[Complaint]) -> None:
        """Letters that came by post, typed in by staff."""
        body = {"complaints": [{**letter.body, "idempotency_key": letter.key} for letter in letters]}
        receipts = await self.doors.post("/intake/complaints:batch", body, self.doors.bearer("integration"))
        self.filed += [Filed(letter, receipt) for letter, receipt in zip(letters, receipts, strict=True)]

    async def _act(self, now: datetime) -> None:
        """Every official looks at the desk and does what their manner tells them to."""
        cases = (await self.doors.get("/routing/complaints", role="admin", limit=PAGE))["items"]
        await together(self._agency, sorted({case["holder"] for case in cases} - self._agencies.keys()))
        acts = [(case, act) for case in cases if (act := self._next_act(case, now))]
        await together(self._do, acts)
        self._count(cases)

    def _next_act(self, case: Case, now: datetime) -> cast.Act | None:
        since = self._since.setdefault((case["id"], case["state"], case["holder"]), now)
        agency = self._agencies[case["holder"]]
        calendar = calendar_for(agency["zone"])
        if not calendar.is_working_day(now.astimezone(words.zone(agency["zone"])).date()):
            return None
        roles = {seat["role"] for seat in agency["seats"]}
        role = "liaison" if "liaison" in roles else "coordinator"
        return cast.next_act(case, role, calendar.working_days_between(since, now))

    async def _do(self, what: tuple[Case, cast.Act]) -> None:
        case, act = what
        bearer = self.doors.bearer(act.role, act.agency)
        await self.doors.post(f"/routing/complaints/{case['id']}/{act.kind}", act.body, bearer)

    async def _agency(self, code: str) -> None:
        self._agencies[code] = await self.doors.get(f"/routing/agencies/{code}")

    def _count(self, cases: Sequence[Case]) -> None:
        self.view.climbers = [self._climber(case) for case in cases if case["overdue"] and case["ladder_step"]]
        self._cases = {case["reference"]: case for case in cases}

    def _climber(self, case: Case) -> Climber:
        name = self._agencies.get(case["holder"], {}).get("name", case["holder"])
        return Climber(case["reference"], name, case["ladder_step"], case["ombudsman_offered"])

    async def _look(self, now: datetime) -> None:
        """Read what is new in timelines and mailbox, and show it."""
        heard = await together(self._news, self._worth_a_look())
        fresh = sorted((news for part in heard for news in part), key=lambda news: news.at)
        self.view.news.extend(fresh)
        letters = [Letter(mail.to, mail.subject) for mail in self.mails.read()]
        self.view.letters.extend(letters)
        self.view.labels = Counter(self._labels.values())
        self.view.now, self.view.filed, self.view.mails = now, len(self.filed), len(self.mails.all)
        self.screen.show(self.view, fresh)

    def _worth_a_look(self) -> list[str]:
        """References whose case has changed since the last look, and a few others in turn."""
        moved = [reference for reference, case in self._cases.items() if self._looked.get(reference) != case]
        self._looked = self._cases
        others = [one.reference for one in self.filed]
        turn = [others[(self._round + n) % len(others)] for n in range(min(LOOK_ROUND, len(others)))]
        self._round += LOOK_ROUND
        return list(dict.fromkeys([*moved, *turn]))

    async def _news(self, reference: str) -> list[News]:
        public = await self.doors.get(f"/intake/complaints/{reference}/timeline")
        timeline, self._labels[reference] = public["timeline"], public["status"]
        known = self._told.get(reference, 0)
        self._told[reference] = len(timeline)
        case = self._cases.get(reference, {})
        tier = self._agencies.get(case.get("holder", ""), {}).get("tier", "")
        return [
            News(datetime.fromisoformat(e["at"]), reference, e["type"], e["sentence"], tier) for e in timeline[known:]
        ]


def first_day(now: datetime) -> datetime:
    """The Monday, 08:00 in Jakarta, on which the first complaints are filed: START or the first one after now."""
    weeks = -((START - now) // timedelta(weeks=1)) if now > START else 0
    return START + timedelta(weeks=weeks)
