"""Replays past complaints through the API, three simulated hours at a time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import httpx

from deploy.replay.past_complaints import PastComplaint
from shared.clock import ManualClock
from shared.local.tokens import local_token
from shared.runtime import Runtime

# Complaints are verified at the end of the tick of their filing, so a follow-up seems faster by at most one tick.
TICK = timedelta(hours=3)
# Each names its complaint: routing refuses an agency's text that it has given to many.
FOLLOW_UP_WORDS = "Petugas telah memeriksa lokasi laporan {} dan menjadwalkan penanganannya."
ANSWER_WORDS = "Penanganan laporan {} telah selesai dikerjakan petugas di lokasi."


class Refused(Exception):
    """The API refused an act from the file."""


@dataclass
class Player:
    """Files, verifies and answers complaints, using only the API's answers."""

    runtime: Runtime
    api: httpx.AsyncClient
    clock: ManualClock
    filed: dict[str, str] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    _tokens: dict[tuple[str, str], str] = field(default_factory=dict)
    _early: list[PastComplaint] = field(default_factory=list)

    async def play(self, complaints: Sequence[PastComplaint]) -> AsyncIterator[int]:
        """Replay each tick with an act; yields the number of filed complaints."""
        filings = deque(complaints)
        answers = deque(sorted((past for past in complaints if past.answered_at), key=_answered_at))
        while filings or answers:
            moments = [filings[0].filed_at] if filings else []
            moments += [_answered_at(answers[0])] if answers else []
            end = _tick_end(min(moments))
            await self._tick(_taken(filings, end, _filed_at), _taken(answers, end, _answered_at), end)
            yield len(self.filed)

    async def _tick(self, filings: list[PastComplaint], answers: list[PastComplaint], end: datetime) -> None:
        acts = [(past.filed_at, False, past) for past in filings] + [
            (_answered_at(past), True, past) for past in answers
        ]
        acts.sort(key=lambda act: act[:2])
        for (moment, answering), group in groupby(acts, key=lambda act: act[:2]):
            self.clock.advance_to(moment)
            replay = self._answer_or_wait if answering else self._file
            await asyncio.gather(*(replay(past) for _, _, past in group))
        await self.runtime.settle()
        self.clock.advance_to(end)
        if filings:
            await asyncio.gather(*(self._verify(past) for past in filings))
            await self.runtime.settle()
        early, self._early = self._early, []
        if early:
            await asyncio.gather(*(self._answer(past) for past in early))
            await self.runtime.settle()

    async def _file(self, past: PastComplaint) -> None:
        body: dict[str, Any] = {"text": past.text, "region": past.region, "channel": "app"}
        body |= {"address": past.address} if past.address else {}
        body["contact"] = {"email": f"pelapor-{past.id}@warga.example"}
        answer = await self._post("/intake/complaints", body, {"Idempotency-Key": f"replay-{past.id}"})
        self.filed[past.id] = answer["id"]

    async def _verify(self, past: PastComplaint) -> None:
        path = f"/routing/complaints/{self.filed[past.id]}/verifications"
        done = await self._post(path, {"classification": "complaint"}, self._token("admin", ""))
        self.holders[past.id] = done["holder"]

    async def _answer_or_wait(self, past: PastComplaint) -> None:
        if past.id in self.holders:
            await self._answer(past)
        else:
            self._early.append(past)  # Answered within the tick of its filing, so before it was verified.

    async def _answer(self, past: PastComplaint) -> None:
        path, token = f"/routing/complaints/{self.filed[past.id]}", self._token("liaison", self.holders[past.id])
        await self._post(f"{path}/follow-ups", {"text": FOLLOW_UP_WORDS.format(past.id)}, token)
        await self._post(f"{path}/answers", {"text": ANSWER_WORDS.format(past.id)}, token)
        self.answered.add(past.id)

    async def _post(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        answer = await self.api.post(path, json=body, headers=headers)
        if answer.status_code != 201:
            raise Refused(f"{path}: {answer.status_code} {answer.text[:300]}")
        content: dict[str, Any] = answer.json()
        return content

    def _token(self, role: str, agency: str) -> dict[str, str]:
        key = (role, agency)
        if key not in self._tokens:
            self._tokens[key] = local_token(self.runtime.settings, role, agency or None, hours=48)
        return {"Authorization": f"Bearer {self._tokens[key]}"}


def _tick_end(moment: datetime) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + ((moment - midnight) // TICK + 1) * TICK


def _filed_at(past: PastComplaint) -> datetime:
    return past.filed_at


def _answered_at(past: PastComplaint) -> datetime:
    assert past.answered_at is not None
    return past.answered_at


def _taken(waiting: "deque[PastComplaint]", end: datetime, moment: Any) -> list[PastComplaint]:
    taken = []
    while waiting and moment(waiting[0]) < end:
        taken.append(waiting.popleft())
    return taken
