"""A case after its holder or its verifier has left the directory: it is in the hands of those that took over."""

from collections.abc import Mapping
from dataclasses import replace

from services.routing.domain.agencies import Agency, verifier_of
from services.routing.domain.cases import Case
from services.routing.domain.orders import NO_ORDER
from shared.vocabulary import ANSWERED, APPEALED, AWAITING_FOLLOW_UP, ENDED, ON_HOLD, SPLIT, UNVERIFIED

Successors = Mapping[str, str]


def has_left(case: Case, successors: Successors) -> bool:
    """Whether this is an open case of an agency that has left, as its holder or its verifier.

    An answer stays with the agency that gave it, also during an appeal; once it is disputed, the case goes on. The
    parts of a whole go on by themselves, and nobody acts on the whole.
    """
    stays = case.state in ENDED | {ANSWERED, APPEALED, SPLIT}
    return not stays and (case.holder in successors or case.verifier in successors)


def after_departure(case: Case, successors: Successors, by_code: Mapping[str, Agency]) -> Case:
    """The case with the successors of its holder and its verifier; one that has ended stays as it is.

    A verified case begins a new turn, as at any pass-on. It counts as a transfer, because turns are counted by
    transfers, but not against the limit of transfers: nobody has passed the case on.
    """
    if not has_left(case, successors):
        return case
    holder = successors.get(case.holder, case.holder)
    if case.handling == UNVERIFIED:
        return replace(case, holder=holder, verifier=_verifier(case, holder, successors, by_code))
    case = replace(case, verifier=_present_verifier(case, successors, by_code))
    return _in_a_new_turn(case, holder) if holder != case.holder else case


def _in_a_new_turn(case: Case, holder: str) -> Case:
    transfers, departures = case.transfers + 1, case.departures + 1
    return replace(
        case,
        # A question stays with the reporter, and its answer is for the successor; so do a merger and a referral.
        state=case.state if case.held_from else AWAITING_FOLLOW_UP,
        held_from=AWAITING_FOLLOW_UP if case.held_from else None,
        asked_in_turn=case.state == ON_HOLD,
        holder=holder,
        transfers=transfers,
        departures=departures,
        step_missed=False,
        next_date=None,
        **NO_ORDER,
        draft=None,
        draft_by=None,
        follow_ups=(),
        contestable=(),
        contested_at=None,
        was_late=False,
    )


def _verifier(case: Case, holder: str, successors: Successors, by_code: Mapping[str, Agency]) -> str:
    """The verifier of an unverified case: that of a new holder, since it knows its own units."""
    return _present_verifier(case, successors, by_code) if holder == case.holder else verifier_of(by_code, holder)


def _present_verifier(case: Case, successors: Successors, by_code: Mapping[str, Agency]) -> str:
    if case.verifier not in successors:
        return case.verifier
    return verifier_of(by_code, successors[case.verifier])
