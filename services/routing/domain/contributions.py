"""Joint handling: which supporting units the holder has asked to contribute, and what an act makes of it."""

from collections.abc import Mapping
from typing import Any

from services.routing.domain.cases import Actor, Case, Chain
from services.routing.domain.refusals import RefusalReason
from shared.lifecycle.acts import ActKind
from shared.lifecycle.transitions import Transition

# So many units contribute to one complaint at once.
MOST_OPEN = 10


def supports(actor: Actor, case: Case, chain: Chain) -> bool:
    """Whether an official belongs to a unit that was asked to contribute, or coordinates above one."""
    return any(_acts_for(actor, asked["agency"], chain) for asked in case.support.values())


def _acts_for(actor: Actor, unit: str, chain: Chain) -> bool:
    if actor.role == "coordinator":
        return actor.agency in chain(unit)
    return actor.role in ("liaison", "leader") and actor.agency == unit


def refusal_of_contribution(
    kind: ActKind, number: int | None, case: Case, actor: Actor, chain: Chain
) -> RefusalReason | None:
    """Why nobody is asked any more, or why this official does not contribute under this number."""
    if kind == ActKind.CONTRIBUTION_REQUEST and case.sensitive:
        return RefusalReason.KNOWN_TO_FEW
    if kind == ActKind.CONTRIBUTION_REQUEST:
        return RefusalReason.ASKED_ENOUGH_UNITS if len(case.supporting) >= MOST_OPEN else None
    if kind != ActKind.CONTRIBUTION or number is None:
        return None
    asked = case.support.get(str(number))
    if asked is None:
        return RefusalReason.NO_SUCH_REQUEST
    return None if _acts_for(actor, asked["agency"], chain) else RefusalReason.NOT_YOUR_CASE


def support_after(row: Transition, act: Any, case: Case, ends: bool) -> dict[str, Any]:
    """The fields of joint handling after an act, which `ends` what is open."""
    if row.act == ActKind.CONTRIBUTION_REQUEST:
        asked = {"agency": act.reason, "due_on": str(act.due_on), "asked_at": act.asked_at, "open": True}
        return _fields({**case.support, str(len(case.support) + 1): asked})
    if row.act == ActKind.CONTRIBUTION:
        return _fields(_closed(case.support, str(act.number)))
    return _fields({key: {**asked, "open": False} for key, asked in case.support.items()}) if ends else {}


def _closed(support: Mapping[str, Any], number: str) -> Mapping[str, Any]:
    return {**support, number: {**support[number], "open": False}} if number in support else support


def _fields(support: Mapping[str, Any]) -> dict[str, Any]:
    return {"support": support, "supporting": [asked["agency"] for asked in support.values() if asked["open"]]}
