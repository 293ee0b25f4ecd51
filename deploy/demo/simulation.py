"""The simulation: citizens file complaints, officials act or stay silent, and the screen shows the result."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from deploy.demo import labels, officials
from deploy.demo.api import Api, for_each
from deploy.demo.cast import Cast
from deploy.demo.complaints import Complaint, Filed
from deploy.demo.evidence import collect, settled
from deploy.demo.installation import Installation
from deploy.demo.mails import Mails
from deploy.demo.records import Evidence
from deploy.demo.screen import NewsItem, OverdueComplaint, Screen, SentMail, View
from deploy.demo.secrecy import looked_for
from shared.calendar import calendar_for

PAGE = 200
# Timelines read at each look, besides those of changed cases.
OTHERS_PER_LOOK = 4
Case = Mapping[str, Any]


class Simulation:
    """One run; `filed` and `repeated` hold intake's answers."""

    def __init__(self, installation: Installation, api: Api, screen: Screen, complaints: Sequence[Complaint]) -> None:
        self.installation, self.api, self.screen = installation, api, screen
        self.clock = installation.clock
        self.begins, self.ends = installation.begins, installation.ends
        self.filed: list[Filed] = []
        self.repeated: list[tuple[Any, Any]] = []
        self.mails = Mails(installation.mails)
        self.cast = Cast(api)
        self.view = View(self.clock.now(), planned=len(complaints))
        self._not_filed = list(complaints)
        self._agencies: dict[str, Mapping[str, Any]] = {}
        self._since: dict[tuple[Any, ...], datetime] = {}
        self._last_cases: dict[str, Case] = {}
        self._shown: dict[str, int] = {}
        self._labels: dict[str, str] = {}
        self._cases: dict[str, Case] = {}
        self._round = 0

    async def run(self) -> None:
        """From the first Monday to the last day. Raises InstallationError, ApiError."""
        try:
            async with asyncio.TaskGroup() as group:
                for step, rest in ((self._file_due, 0.05), (self._act, 0.1), (self._look, 0.25)):
                    group.create_task(self._repeat(step, rest))
        except ExceptionGroup as errors:
            self.installation.check()  # the log of an ended process says more than a refused connection
            raise errors.exceptions[0] from None

    async def evidence(self) -> Evidence:
        """The state of all services after the last day."""
        await settled(self.api)
        hidden = [await looked_for(self.api, one) for one in self.filed if one.complaint.is_sensitive]
        evidence = await collect(self.installation, self.api, self._public, self.repeated, self.mails)
        return replace(evidence, hidden=hidden, played=self.cast.played, unplayed=self.cast.unplayed)

    @property
    def _public(self) -> list[Filed]:
        return [one for one in self.filed if not one.complaint.is_sensitive]

    async def _repeat(self, step: Any, rest: float) -> None:
        while (now := self.clock.now()) < self.ends:
            self.installation.check()
            await step(now)
            await asyncio.sleep(rest)

    async def _file_due(self, now: datetime) -> None:
        due = [complaint for complaint in self._not_filed if self.begins + timedelta(days=complaint.day) <= now]
        if not due:
            return
        self._not_filed = self._not_filed[len(due) :]
        letters = [complaint for complaint in due if complaint.body["channel"] == "letter"]
        if len(letters) > 1:
            await self._file_batch(letters)
            due = [complaint for complaint in due if complaint not in letters]
        self.filed += await for_each(self._file, due)
        if not self.repeated and self.filed:
            again = await self._file(self.filed[0].complaint)
            self.repeated.append((self.filed[0].receipt, again.receipt))

    async def _file(self, complaint: Complaint) -> Filed:
        receipt = await self.api.post("/intake/complaints", complaint.body, {"Idempotency-Key": complaint.key})
        filed = Filed(complaint, receipt)
        self.cast.join(filed)
        return filed

    async def _file_batch(self, letters: Sequence[Complaint]) -> None:
        """File paper letters in one batch, as staff do."""
        body = {"complaints": [{**letter.body, "idempotency_key": letter.key} for letter in letters]}
        receipts = await self.api.post("/intake/complaints:batch", body, self.api.bearer("integration"))
        self.filed += [Filed(letter, receipt) for letter, receipt in zip(letters, receipts, strict=True)]

    async def _act(self, now: datetime) -> None:
        """Every official reads the worklist and acts according to their behaviour."""
        cases = (await self.api.get("/routing/complaints", role="admin", limit=PAGE))["items"]
        of_stories = [case for case in cases if self._is_of_story(case)] + await self.cast.hidden_cases()
        await for_each(self._agency, sorted({case["holder"] for case in (*cases, *of_stories)} - self._agencies.keys()))
        await for_each(lambda case: self.cast.play(case, self._agencies[case["holder"]], self.clock.now()), of_stories)
        acts = [(case, act) for case in cases if not self._is_of_story(case) and (act := self._next_act(case, now))]
        await for_each(self._do, acts)
        self._show_cases(cases)

    def _is_of_story(self, case: Case) -> bool:
        return self.cast.has(case["id"])

    def _next_act(self, case: Case, now: datetime) -> officials.Act | None:
        since = self._since.setdefault((case["id"], case["state"], case["holder"]), now)
        agency = self._agencies[case["holder"]]
        calendar = calendar_for(agency["zone"])
        if not calendar.is_working_day(now.astimezone(labels.zone(agency["zone"])).date()):
            return None
        roles = {seat["role"] for seat in agency["seats"]}
        role = "liaison" if "liaison" in roles else "coordinator"
        return officials.next_act(case, role, calendar.working_days_between(since, now))

    async def _do(self, case_and_act: tuple[Case, officials.Act]) -> None:
        case, act = case_and_act
        bearer = self.api.bearer(act.role, act.agency)
        await self.api.post(f"/routing/complaints/{case['id']}/{act.kind}", act.body, bearer)

    async def _agency(self, code: str) -> None:
        self._agencies[code] = await self.api.get(f"/routing/agencies/{code}")

    def _show_cases(self, cases: Sequence[Case]) -> None:
        self.view.overdue = [self._overdue(case) for case in cases if case["overdue"] and case["ladder_step"]]
        self._cases = {case["reference"]: case for case in cases}

    def _overdue(self, case: Case) -> OverdueComplaint:
        name = self._agencies.get(case["holder"], {}).get("name", case["holder"])
        return OverdueComplaint(case["reference"], name, case["ladder_step"], case["ombudsman_offered"])

    async def _look(self, now: datetime) -> None:
        """Read new timeline entries and mails, and show them."""
        parts = await for_each(self._news, self._changed_references())
        fresh = sorted((news for part in parts for news in part), key=lambda news: news.at)
        self.view.news.extend(fresh)
        sent = [SentMail(mail.to, mail.subject) for mail in self.mails.read()]
        self.view.sent_mails.extend(sent)
        self.view.labels = Counter(self._labels.values())
        self.view.now, self.view.filed, self.view.mails = now, len(self.filed), len(self.mails.all)
        self.screen.show(self.view, fresh)

    def _changed_references(self) -> list[str]:
        """References of cases that changed since the last look, and a few others in turn."""
        moved = [reference for reference, case in self._cases.items() if self._last_cases.get(reference) != case]
        self._last_cases = self._cases
        others = [one.reference for one in self._public]
        turn = [others[(self._round + n) % len(others)] for n in range(min(OTHERS_PER_LOOK, len(others)))]
        self._round += OTHERS_PER_LOOK
        return list(dict.fromkeys([*moved, *turn]))

    async def _news(self, reference: str) -> list[NewsItem]:
        public = await self.api.get(f"/intake/complaints/{reference}/timeline")
        timeline, self._labels[reference] = public["timeline"], public["status"]
        known = self._shown.get(reference, 0)
        self._shown[reference] = len(timeline)
        case = self._cases.get(reference, {})
        tier = self._agencies.get(case.get("holder", ""), {}).get("tier", "")
        return [
            NewsItem(datetime.fromisoformat(e["at"]), reference, e["type"], e["sentence"], tier)
            for e in timeline[known:]
        ]
