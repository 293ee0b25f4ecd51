"""Which official may do and see what in which state, compared with a second, plainer implementation."""

from dataclasses import replace
from itertools import product
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.acts import Act, RefusalReason, allowed_acts, case_after, transition_of
from services.routing.domain.cases import Actor, Case, may_see
from shared.lifecycle import CLOCKS_IN, ActKind, Transition
from shared.vocabulary import STATE_LABELS, OfficialRole, State

KINDS, STATES = tuple(ActKind), get_args(State)
ROLES: tuple[OfficialRole, ...] = get_args(OfficialRole)
# Two cities of one province, each with two units; a unit of the other city has a unit of its own.
PARENT = {"N": None, "P": "N", "C": "P", "D": "P", "C1": "C", "C2": "C", "D1": "D", "D2": "D", "D11": "D1"}
CODES = (*PARENT, "gone", None)
NOT_OFFICIAL = frozenset(
    ActKind(name) for name in ["withdrawal", "acceptance", "dispute", "reopening", "closing", "contact-request"]
)
QUIET = frozenset({ActKind.NOTE, ActKind.OBSTACLE, ActKind.ORDER, ActKind.ACKNOWLEDGEMENT, ActKind.CORRECTION})


def chain(code: str) -> tuple[str, ...]:
    above = PARENT.get(code, "N")
    return (code, *chain(above)) if above else (code,)


def is_above(agency: str | None, code: str) -> bool:
    """Whether an agency is above another; the reference climbs by itself, without the chain under test."""
    step = PARENT.get(code, "N")
    while step is not None:
        if step == agency:
            return True
        step = PARENT[step]
    return False


def may(act: Act, case: Case, actor: Actor) -> str:
    """Whether the process permits this: yes, no, or a reason other than the state."""
    over_holder = actor.agency == case.holder or is_above(actor.agency, case.holder)
    over_verifier = actor.agency == case.verifier or is_above(actor.agency, case.verifier)
    if act.kind == ActKind.VERIFICATION:
        return "yes" if actor.role == "admin" or (actor.role == "coordinator" and over_verifier) else "no"
    if act.kind == ActKind.ARCHIVING:
        return "yes" if actor.role == "admin" or (actor.role == "coordinator" and over_verifier) else "no"
    if act.kind in NOT_OFFICIAL:
        return "no"  # An official never acts for the reporter or the system.
    if act.kind == ActKind.CONTACT:
        holds = actor.role == "liaison" and actor.agency == case.holder
        return "yes" if holds or (actor.role == "coordinator" and over_holder) else "no"
    if act.kind == ActKind.FORWARD:
        if actor.role == "admin":
            return "yes"
        usual = (actor.role == "coordinator" and over_holder) or (
            actor.role == "liaison" and actor.agency == case.holder
        )
        if case.transfers >= 3:
            last = actor.role == "coordinator" and is_above(actor.agency, case.verifier)
            return "yes" if last else "too many" if usual else "no"
        if usual and actor.role == "liaison" and act.agency is not None and act.agency != case.verifier:
            return "only back"
        return "yes" if usual else "no"
    if act.kind in QUIET:
        return "yes" if may_quietly(act, actor, over_holder, over_verifier, actor.agency == case.holder) else "no"
    if actor.role == "coordinator" and over_holder:
        return "yes"
    return "yes" if actor.agency == case.holder and actor.role in ("liaison", "leader") else "no"


def may_quietly(act: Act, actor: Actor, over_holder: bool, over_verifier: bool, holds: bool) -> bool:
    if act.kind == ActKind.ORDER:
        return actor.role == "leader" and over_holder
    if act.kind == ActKind.CORRECTION:
        return actor.role == "admin" or (actor.role == "coordinator" and over_verifier)
    if actor.role == "coordinator" and over_holder:
        return True
    if act.kind == ActKind.ACKNOWLEDGEMENT:
        return actor.role == "liaison" and holds
    if act.kind == ActKind.OBSTACLE:
        return actor.role in ("liaison", "leader") and holds
    verifies, leads = actor.role == "coordinator" and over_verifier, actor.role == "leader" and over_holder
    return actor.role == "admin" or verifies or leads or (actor.role == "liaison" and holds)


def reason_to_refuse(act: Act, case: Case, actor: Actor) -> RefusalReason | None:
    found = transition_of(act, case, actor, chain)
    return None if isinstance(found, Transition) else found


def expected(act: Act, case: Case, actor: Actor) -> RefusalReason | None:
    answer = may(act, case, actor)
    if answer != "yes":
        return {
            "no": RefusalReason.NOT_YOUR_CASE,
            "too many": RefusalReason.TOO_MANY_TRANSFERS,
            "only back": RefusalReason.ONLY_GIVES_BACK,
        }[answer]
    if act.kind == ActKind.NOTE:
        return None
    if act.kind == ActKind.CONTACT:
        asked = case.state == "ANSWERED" and case.contact_open
        return None if asked else RefusalReason.NO_CONTACT_ASKED
    if case.state == "ARCHIVED":
        return RefusalReason.ALREADY_ARCHIVED
    if case.state == "WITHDRAWN":
        return RefusalReason.ALREADY_WITHDRAWN
    if act.kind == ActKind.CORRECTION and case.state not in ("ANSWERED", "CLOSED"):
        return None
    if act.kind == ActKind.VERIFICATION and case.state != "UNVERIFIED":
        return RefusalReason.ALREADY_VERIFIED
    if act.kind not in (ActKind.VERIFICATION, ActKind.ARCHIVING) and case.state == "UNVERIFIED":
        return RefusalReason.NOT_VERIFIED
    if act.kind != ActKind.VERIFICATION and case.state == "ANSWERED":
        return RefusalReason.ALREADY_ANSWERED
    if act.kind != ActKind.VERIFICATION and case.state == "CLOSED":
        return RefusalReason.ALREADY_CLOSED
    if act.kind == ActKind.FORWARD and (act.agency or case.verifier) == case.holder:
        return RefusalReason.SAME_HOLDER
    if act.kind == ActKind.ACKNOWLEDGEMENT and not case.order_open:
        return RefusalReason.NO_OPEN_ORDER
    return None


acts = st.builds(Act, st.sampled_from(KINDS), st.just("complaint"), st.sampled_from((*PARENT, None)))
cases = st.builds(
    Case,
    holder=st.sampled_from((*PARENT, "gone")),
    verifier=st.sampled_from(("N", "P", "C", "D")),
    state=st.sampled_from(STATES),
    transfers=st.integers(0, 5),
    step_missed=st.booleans(),
    resolution_missed=st.booleans(),
    order_open=st.booleans(),
    contact_open=st.booleans(),
    next_date=st.dates() | st.none(),
)
actors = st.builds(Actor, st.sampled_from(ROLES), st.sampled_from(CODES))


@given(acts, cases, actors)
def test_the_right_to_act_is_that_of_the_reference(act: Act, case: Case, actor: Actor) -> None:
    assert reason_to_refuse(act, case, actor) == expected(act, case, actor)


def test_every_role_agency_and_state_agrees_with_the_reference() -> None:
    for kind, state, role, code, transfers in product(KINDS, STATES, ROLES, CODES, (0, 3)):
        act, actor = Act(kind, "complaint", None), Actor(role, code)
        case = Case("C1", "C", state, transfers=transfers)
        assert reason_to_refuse(act, case, actor) == expected(act, case, actor), (act, case, actor)


@given(acts, cases, actors)
def test_an_act_that_was_not_refused_never_ends_in_an_impossible_case(act: Act, case: Case, actor: Actor) -> None:
    row = transition_of(act, case, actor, chain)
    if isinstance(row, RefusalReason):
        return
    then = case_after(row, act, case)
    assert then.verifier == case.verifier
    if act.kind in QUIET:
        # Nothing that a clock or a worklist goes by has changed.
        assert replace(then, order_open=case.order_open) == replace(case, classification="complaint")
        assert then.order_open == {ActKind.ORDER: True, ActKind.ACKNOWLEDGEMENT: False}.get(act.kind, case.order_open)
        return
    assert then.windows == case.windows + (act.kind in (ActKind.ANSWER, ActKind.CONTACT)) and not then.contact_open
    if act.kind == ActKind.CONTACT:
        assert then.state == "ANSWERED" and then.reached
        return
    states = {ActKind.FOLLOW_UP: "IN_PROGRESS", ActKind.ANSWER: "ANSWERED", ActKind.ARCHIVING: "ARCHIVED"}
    assert then.state == states.get(act.kind, "AWAITING_FOLLOW_UP") and not then.step_missed
    assert then.transfers == case.transfers + (act.kind == ActKind.FORWARD)
    assert then.holder == case.holder or act.kind in (ActKind.VERIFICATION, ActKind.FORWARD)
    ends = (ActKind.ANSWER, ActKind.ARCHIVING)
    assert then.resolution_missed == (case.resolution_missed and act.kind not in ends)
    assert then.next_date is None
    # An order was for this holder, as long as the complaint is open.
    assert then.order_open == (case.order_open and act.kind not in (ActKind.FORWARD, *ends))


@given(cases, actors)
def test_what_is_allowed_is_what_some_act_of_the_kind_would_not_be_refused(case: Case, actor: Actor) -> None:
    named = (None, *PARENT)
    possible = [kind for kind in KINDS if any(not expected(Act(kind, "complaint", to), case, actor) for to in named)]
    assert allowed_acts(case, actor, chain) == possible


@given(cases, st.booleans(), actors)
def test_a_confidential_case_is_seen_by_holder_verifier_and_those_above(
    case: Case, confidential: bool, actor: Actor
) -> None:
    concerned = any(actor.agency == code or is_above(actor.agency, code) for code in (case.holder, case.verifier))
    everywhere = actor.role == "admin" or (actor.role == "overseer" and not confidential)
    assert may_see(actor, case, confidential, chain) == (everywhere or (concerned and actor.role != "overseer"))


def test_every_state_has_its_official_label() -> None:
    assert set(STATE_LABELS) == set(STATES) == set(CLOCKS_IN)
