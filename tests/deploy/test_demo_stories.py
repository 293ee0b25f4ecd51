"""The stories of the demo: the table of the lifecycle allows each act, its door takes each body, and its words pass."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from deploy.demo.cast import OFFERED, Cast
from deploy.demo.complaints import Complaint, Filed, complaints
from deploy.demo.scenes import REPORTER, Scene, Stage
from deploy.demo.stories import STORIES
from services.intake.actions import ratings, replies, reporters
from services.routing.api import (
    acts,
    appeals,
    commitments,
    contests,
    contributions,
    drafts,
    holds,
    mergers,
    notes,
    referrals,
    reviews,
    splits,
)
from services.routing.domain.substance import gap_in, read_gate
from shared.calendar import calendar_for
from shared.http.fields import Body
from shared.lifecycle.table import TRANSITIONS
from shared.vocabulary import EventType
from tests.services import MONDAY

ID = "018f0000-0000-7000-8000-000000000000"
CASE = {"id": ID, "reference": "TG-AAAAA-BBBBB", "holder": "33.72.DPUPR", "verifier": "33.72", "draft": 1}
# The body of each path, and the kind of its act in the table.
DOORS: dict[str, tuple[type[BaseModel] | None, str]] = {
    "verifications": (acts.Verification, "verification"),
    "follow-ups": (acts.FollowUp, "follow-up"),
    "answers": (acts.Answer, "answer"),
    "holdings": (holds.Holding, "holding"),
    "mergers": (mergers.Merger, "merger"),
    "splits": (splits.Split, "split"),
    "appeals": (reporters.NewReason, "appeal"),
    "contests": (reporters.NewReason, "contest"),
    "annulments": (contests.Annulment, "annulment"),
    "consents": (reporters.NewConsent, "consent"),
    "handovers": (referrals.Handover, "handover"),
    "upholdings": (appeals.Upholding, "upholding"),
    "contribution-requests": (contributions.ContributionRequest, "contribution-request"),
    "contribution-requests/1/contributions": (contributions.Contribution, "contribution"),
    "remands": (reviews.Remand, "remand"),
    "interim-replies": (commitments.InterimReply, "interim-reply"),
    "promises": (commitments.Promise, "promise"),
    "promises/1/fulfilments": (commitments.Fulfilment, "fulfilment"),
    "drafts/{draft}/rejections": (drafts.Rejection, "rejection"),
    "drafts/{draft}/approvals": (None, "approval"),
    "contacts": (notes.Contact, "contact"),
    "completions": (reporters.NewCompletion, "completion"),
    "acceptances": (reporters.NewAcceptance, "acceptance"),
    "disputes": (reporters.NewReason, "dispute"),
    "withdrawals": (reporters.NewWithdrawal, "withdrawal"),
    "replies": (replies.NewReply, "reply"),
    "ratings": (ratings.NewRating, "rating"),
}
SCENES = [(name, scene) for name, scenes in STORIES.items() for scene in scenes]


def stage(**case: Any) -> Stage:
    return Stage({**CASE, "urgent": False, **case}, MONDAY, calendar_for("WIB"), "WIB", dict.fromkeys(STORIES, ID))


def test_each_story_has_one_complaint() -> None:
    assert sorted(filter(None, (complaint.story for complaint in complaints()))) == sorted(STORIES)


@pytest.mark.parametrize(("story", "scene"), SCENES)
def test_its_door_takes_each_body(story: str, scene: Scene) -> None:
    model, _ = DOORS[scene.act]
    (model or Body).model_validate(scene.body(stage()))
    assert scene.event in set(EventType)
    assert scene.role != REPORTER or scene.act in OFFERED


@pytest.mark.parametrize(("story", "scene"), SCENES)
def test_the_table_allows_each_act_and_its_event(story: str, scene: Scene) -> None:
    kind = DOORS[scene.act][1]
    kinds = {"draft"} if scene.event == "AnswerDrafted" else {kind}
    rows = [row for row in TRANSITIONS if row.act.value in kinds and scene.state in row.before]
    assert any(scene.event in row.events for row in rows)


def test_no_text_of_an_agency_is_empty_or_said_twice() -> None:
    texts = [scene.body(stage())["text"] for _, scene in SCENES if scene.act in ("follow-ups", "answers")]
    assert [text for text in texts if gap_in(read_gate(), text)] == []
    assert len({*texts}) == len(texts)


@dataclass
class Doors:
    """Takes what the cast posts; a reporter may do what is `allowed`."""

    allowed: list[str] = field(default_factory=list)
    posted: list[tuple[str, Any, Any]] = field(default_factory=list)

    def bearer(self, role: str, agency: str) -> dict[str, str]:
        return {"role": role, "agency": agency}

    async def get(self, path: str, headers: Any) -> Any:
        return {"allowed": self.allowed}

    async def post(self, path: str, body: Any, headers: Any) -> None:
        self.posted.append((path, body, headers))


def cast_of(story: str, doors: Doors) -> Cast:
    cast = Cast(doors)  # type: ignore[arg-type]
    receipt = {"id": ID, "tracking_reference": CASE["reference"], "pin": "12345678"}
    cast.join(Filed(Complaint(1, 0, {}, story), receipt))
    return cast


def noons() -> Iterator[Any]:
    yield from (MONDAY + timedelta(days=days) for days in range(60))


async def test_the_cast_plays_a_story_scene_by_scene_and_only_what_a_reporter_may() -> None:
    doors = Doors()
    cast = cast_of("withdrawal", doors)
    assert len(cast.unplayed) == 2
    for now in noons():
        await cast.play({**CASE, "urgent": False, "state": "UNVERIFIED"}, {"zone": "WIB"}, now)
    [(path, _, headers)] = doors.posted
    assert path.endswith("/verifications") and headers == {"role": "coordinator", "agency": "33.72"}
    for doors.allowed in ([], ["withdrawal"]):
        for now in noons():
            await cast.play({**CASE, "urgent": False, "state": "AWAITING_FOLLOW_UP"}, {"zone": "WIB"}, now)
        assert len(doors.posted) == 1 + len(doors.allowed)
    assert doors.posted[1][2] == {"Tracking-Pin": "12345678"}
    assert [played.event for played in cast.played] == ["ComplaintVerified", "ComplaintWithdrawn"]
    assert cast.unplayed == []


@pytest.mark.parametrize(("days", "urgent", "acts"), [(0, False, 0), (1, False, 1), (5, False, 0), (5, True, 1)])
async def test_officials_act_on_working_days_when_their_turn_has_come_and_at_any_time_against_a_danger(
    days: int, urgent: bool, acts: int
) -> None:
    """The fifth day after a Monday is a Saturday."""
    doors = Doors()
    cast = cast_of("withdrawal", doors)
    await cast.play({**CASE, "urgent": urgent, "state": "ON_HOLD"}, {"zone": "WIB"}, MONDAY)
    case = {**CASE, "urgent": urgent, "state": "UNVERIFIED"}
    await cast.play(case, {"zone": "WIB"}, MONDAY + timedelta(days=days))
    assert len(doors.posted) == acts
