"""Orders of leaders (arahan): how many a case has had, and which of them still wait to be acknowledged."""

from typing import Any

from services.routing.domain.cases import Case
from shared.lifecycle.acts import ActKind
from shared.lifecycle.transitions import Transition
from shared.vocabulary import ACKNOWLEDGEMENT, ROOT, ClockName

NO_ORDER: dict[str, Any] = {"order_open": False, "ordered_by": ()}


def orders_after(row: Transition, act: Any, case: Case, ended: frozenset[ClockName]) -> dict[str, Any]:
    """The fields of orders after an act; one acknowledgement, like the end of the turn, is for all that are open."""
    if row.act == ActKind.ORDER:
        return {"order_open": True, "orders": case.orders + 1, "ordered_by": [*case.ordered_by, act.given_by or ROOT]}
    return NO_ORDER if ACKNOWLEDGEMENT in ended else {}
