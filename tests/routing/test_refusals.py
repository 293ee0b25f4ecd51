"""Refusals: each reason has an error of its own, with the field of the request that it concerns."""

from services.routing.actions.refusals import REFUSALS, refusal_for
from services.routing.domain.refusals import RefusalReason


def test_every_reason_has_a_refusal() -> None:
    assert REFUSALS.keys() == set(RefusalReason)
    refused = refusal_for(RefusalReason.SAME_HOLDER)
    assert (type(refused).__name__, refused.field) == ("SameHolder", "agency")
