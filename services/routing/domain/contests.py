"""Contests: which follow-up a reporter contests, who judges it, and what is left of the follow-ups of a turn."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.routing.domain.agencies import Directory
from services.routing.domain.cases import Actor, Case, Chain
from services.routing.domain.windows import ANEW
from shared.lifecycle.acts import ActKind
from shared.lifecycle.transitions import Transition
from shared.vocabulary import AWAITING_FOLLOW_UP, CONTEST, FOLLOW_UP, IN_PROGRESS, ROOT, State

JUDGEMENTS = frozenset({ActKind.ANNULMENT, ActKind.CONFIRMATION})
_ANSWERS = frozenset({ActKind.ANSWER, ActKind.APPROVAL})
# What stops the limit of a follow-up.
FOLLOWING_UP = frozenset({ActKind.FOLLOW_UP, *_ANSWERS})
_TURNS = frozenset({ActKind.VERIFICATION, ActKind.FORWARD, *ANEW})


def judge_of(case: Case, directory: Directory) -> str:
    """The agency above the holder, or above the successor of one that has left; the root judges for itself."""
    holder = directory.present(case.holder)
    return (holder.parent if holder else None) or ROOT


def judges(actor: Actor, case: Case, chain: Chain) -> bool:
    """Whether an official judges the contests of a case, or leads or coordinates above whoever does."""
    return bool(case.judge and actor.role in ("coordinator", "leader") and actor.agency in chain(case.judge))


def can_contest(case: Case) -> bool:
    """Whether there is a follow-up that was not contested, and no contest that waits."""
    return case.state == IN_PROGRESS and bool(case.contestable) and case.contested_at is None


def at_stake(case: Case, asked_at: datetime) -> datetime:
    """The follow-up that a reporter contests: the last one that the reporter can have read by then."""
    read = [moment for moment in case.contestable if moment <= asked_at]
    return max(read, default=min(case.contestable))


def returns_to(row: Transition, case: Case) -> State | None:
    """The state that an interruption, an appeal or a contest gives back to the case."""
    if row.act == ActKind.ANNULMENT:
        return None if _standing(case) else AWAITING_FOLLOW_UP
    return case.returns_to


def contest_after(row: Transition, act: Any, case: Case, ended: frozenset[Any]) -> dict[str, Any]:
    """The fields of follow-ups and contests after an act; a turn begins without any follow-up."""
    if row.act in _TURNS and row.after == AWAITING_FOLLOW_UP:
        return {"follow_ups": [], "contestable": [], "contested_at": None, "was_late": False}
    if row.act == ActKind.CONTEST:
        moment = at_stake(case, act.wished_at)
        later = [one for one in case.contestable if one > moment]
        return {"contests": case.contests + 1, "contested_at": moment, "contestable": later, "judge": act.appellate}
    if row.act == ActKind.ANNULMENT:
        return {"follow_ups": _standing(case), "contested_at": None}
    was_late = case.was_late or (FOLLOW_UP in ended and case.step_missed and not case.follow_ups)
    return {"contested_at": None if CONTEST in ended else case.contested_at, "was_late": was_late}


def left_after_annulment(case: Case) -> dict[str, Any]:
    """The fields of a case without a follow-up that stands: the limit goes on as if nobody had, and so its delay."""
    if _standing(case):
        return {}
    held_from = AWAITING_FOLLOW_UP if case.held_from else None
    return {"next_date": None, "held_from": held_from, "step_missed": case.was_late, "was_late": False}


def _standing(case: Case) -> list[datetime]:
    return [moment for moment in case.follow_ups if moment != case.contested_at]


def followed_up(kind: str, at: datetime, case: Case) -> Mapping[str, Any]:
    """The fields of a case that an act of this kind changes by its moment."""
    if kind not in FOLLOWING_UP:
        return {}
    contestable = [*case.contestable, at] if kind == ActKind.FOLLOW_UP else []
    return {"follow_ups": [*case.follow_ups, at], "contestable": contestable}
