"""The cast: the people of the stories, each of whom acts when their turn has come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from deploy.demo.api import Api
from deploy.demo.complaints import Filed
from deploy.demo.records import Json, Played
from deploy.demo.scenes import COORDINATOR, REPORTER, Scene, Stage
from deploy.demo.secrecy import case_of, reported
from deploy.demo.stories import STORIES
from shared.calendar import calendar_for

# The path of a reporter's act, and its name among those that intake allows.
OFFERED = {"completions": "completion", "acceptances": "acceptance", "disputes": "dispute", "ratings": "rating",
           "replies": "reply", "appeals": "appeal", "withdrawals": "withdrawal",
           "contests": "contest", "consents": "consent"}  # fmt: skip


@dataclass(slots=True)
class Cast:
    """How far each story has come; `played` are its acts so far."""

    api: Api
    played: list[Played] = field(default_factory=list)
    _filed: dict[str, Filed] = field(default_factory=dict)
    _scene: dict[str, int] = field(default_factory=dict)
    _since: dict[str, datetime] = field(default_factory=dict)

    def join(self, filed: Filed) -> None:
        """A complaint was filed; it may be one of a story."""
        if filed.complaint.story:
            self._filed[filed.id] = filed

    async def hidden_cases(self) -> list[Json]:
        """The cases that are in no worklist of the administrator."""
        hidden = [one for one in self._filed.values() if one.complaint.is_sensitive]
        return [case for one in hidden if (case := await case_of(self.api, one))]

    def has(self, id: str) -> bool:
        return id in self._filed

    @property
    def unplayed(self) -> list[str]:
        """The scenes that nobody has played."""
        return [
            f"{filed.reference}, {scene.role}: {scene.act}"
            for id, filed in self._filed.items()
            for scene in STORIES[str(filed.complaint.story)][self._scene.get(id, 0) :]
        ]

    async def play(self, case: Json, agency: Json, now: datetime) -> None:
        """The next scene of this case's story, if its turn has come."""
        filed = self._filed[case["id"]]
        scenes = STORIES[str(filed.complaint.story)][self._scene.get(filed.id, 0) :]
        calendar = calendar_for(agency["zone"])
        since = self._since.setdefault(filed.id, now)
        stage = Stage(case, now, calendar, agency["zone"], self._ids)
        if not scenes or not _is_due(scenes[0], stage, since):
            return
        if await self._act(filed, scenes[0], stage):
            self._scene[filed.id] = self._scene.get(filed.id, 0) + 1
            self._since[filed.id] = now
            self.played.append(Played(filed.reference, scenes[0].act, scenes[0].event, now))

    @property
    def _ids(self) -> Mapping[str, str]:
        return {str(filed.complaint.story): id for id, filed in self._filed.items()}

    async def _act(self, filed: Filed, scene: Scene, stage: Stage) -> bool:
        """Whether it could be done: a reporter does what intake allows, as its page does."""
        if scene.role == REPORTER:
            return await self._act_as_reporter(filed, scene, stage)
        agency = stage.case["verifier" if scene.role == COORDINATOR else "holder"]
        agency = f"{stage.case['verifier']}.{scene.unit}" if scene.unit else agency
        path = f"/routing/complaints/{filed.id}/{scene.act.format(draft=stage.case['draft'])}"
        await self.api.post(path, scene.body(stage), self.api.bearer(scene.role, agency))
        return True

    async def _act_as_reporter(self, filed: Filed, scene: Scene, stage: Stage) -> bool:
        if OFFERED[scene.act] not in (await reported(self.api, filed))["allowed"]:
            return False
        await self.api.post(f"/intake/complaints/{filed.reference}/{scene.act}", scene.body(stage), filed.pin)
        return True


def _is_due(scene: Scene, stage: Stage, since: datetime) -> bool:
    """Officials act on working days, and against a danger on any day."""
    case, calendar = stage.case, stage.calendar
    at_work = scene.role == REPORTER or case["urgent"] or calendar.is_working_day(stage.today)
    ready = case["state"] == scene.state and (not scene.needs or case[scene.needs])
    return bool(at_work and ready and calendar.working_days_between(since, stage.now) >= scene.days)
