"""The scenes of the stories: an act of somebody in a state of a complaint, and what they say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.calendar import ZONES, Calendar
from shared.clock import TICK

LIAISON, COORDINATOR, LEADER, REPORTER = "liaison", "coordinator", "leader", "reporter"
UNVERIFIED, AWAITING, IN_PROGRESS = "UNVERIFIED", "AWAITING_FOLLOW_UP", "IN_PROGRESS"
ON_HOLD, ANSWERED, APPEALED, CLOSED, REFERRED = "ON_HOLD", "ANSWERED", "APPEALED", "CLOSED", "REFERRED"


@dataclass(frozen=True, slots=True)
class Stage:
    """What somebody knows who acts: the case as routing shows it, the moment, and the complaints of other stories."""

    case: Mapping[str, Any]
    now: datetime
    calendar: Calendar
    zone: str
    ids: Mapping[str, str]

    @property
    def today(self) -> date:
        return self.day_of(self.now)

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(ZONES[self.zone])).date()


Body = Callable[[Stage], Mapping[str, Any]]
CLASSIFIED = {"classification": "complaint"}


@dataclass(frozen=True, slots=True)
class Scene:
    """An act of a role, once the case is in this state, so many working days after the scene before.

    `act` is the last part of its path, in which {draft} stands for the number of the draft that waits; `event` is what
    the timeline must then tell. The case must have a value in the field that the scene `needs`. Where another `unit` of
    the region acts than the holder, its code has this ending.
    """

    role: str
    act: str
    state: str
    days: float
    event: str
    body: Body
    needs: str = ""
    unit: str = ""


def words(field: str, text: str, **more: Any) -> Body:
    """A body with words that name the complaint: routing refuses an agency's text that it has given to many."""
    return lambda stage: {field: text.format(reference=stage.case["reference"]), **more}


def until(days: int, **said: str) -> Body:
    """A body with the working day that ends so many working days from now."""
    return lambda stage: {**said, "due_on": _day(stage, days)}


def _day(stage: Stage, days: int) -> str:
    return stage.day_of(stage.calendar.due_at(stage.now, days) - TICK).isoformat()


def duplicate_of(story: str) -> Body:
    return lambda stage: {"merged_into": stage.ids[story], "reason": "Lampu dan jalan yang sama, dilaporkan dua warga."}


def in_parts(stage: Stage) -> Mapping[str, Any]:
    """The holders of the parts act as they always do."""
    roads = _part(stage, "DPUPR", "Jalan berlubang di depan pasar", "Lubang sedalam 20 cm di depan pintu timur pasar.")
    waste = _part(stage, "DLH", "Sampah pasar tidak diangkut", "Sampah menumpuk di belakang pasar sejak sepekan.")
    return {"parts": [roads, waste], "reason": "Laporan menyangkut dua hal yang ditangani dua dinas."}


def _part(stage: Stage, unit: str, title: str, text: str) -> Mapping[str, Any]:
    return {**CLASSIFIED, "agency": f"{stage.case['verifier']}.{unit}", "title": title, "text": text}


def verified(days: float = 1) -> Scene:
    return Scene(COORDINATOR, "verifications", UNVERIFIED, days, "ComplaintVerified", lambda stage: CLASSIFIED)


def followed_up(text: str, state: str = AWAITING, days: float = 1) -> Scene:
    return Scene(LIAISON, "follow-ups", state, days, "FollowUpRecorded", words("text", text))


def answered(text: str, days: float = 2, state: str = IN_PROGRESS) -> Scene:
    return Scene(LIAISON, "answers", state, days, "ComplaintAnswered", words("text", text))


def accepted(days: float = 1) -> Scene:
    return Scene(REPORTER, "acceptances", ANSWERED, days, "ComplaintClosed", lambda stage: {})


def drafted(text: str) -> Scene:
    return Scene(LIAISON, "answers", IN_PROGRESS, 1, "AnswerDrafted", words("text", text))


def asked(unit: str, days: int, text: str) -> Scene:
    """The holder asks another unit of the region to contribute within so many working days."""

    def body(stage: Stage) -> Mapping[str, Any]:
        return {"agency": f"{stage.case['verifier']}.{unit}", "due_on": _day(stage, days), "text": text}

    return Scene(LIAISON, "contribution-requests", IN_PROGRESS, 0.5, "ContributionRequested", body)


def contributed(unit: str, text: str) -> Scene:
    act = "contribution-requests/1/contributions"
    return Scene(LIAISON, act, IN_PROGRESS, 2, "ContributionGiven", words("text", text), unit=unit)
