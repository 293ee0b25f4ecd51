"""Which official may do and see what in which state, compared with a second, plainer implementation."""

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
    if act.kind == ActKind.WITHDRAWAL:
        return "no"  # An official never takes a complaint back for its reporter.
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
    if actor.role == "coordinator" and over_holder:
        return "yes"
    return "yes" if actor.agency == case.holder and actor.role in ("liaison", "leader") else "no"


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
    if case.state == "ARCHIVED":
        return RefusalReason.ALREADY_ARCHIVED
    if case.state == "WITHDRAWN":
        return RefusalReason.ALREADY_WITHDRAWN
    if act.kind == ActKind.VERIFICATION and case.state != "UNVERIFIED":
        return RefusalReason.ALREADY_VERIFIED
    if act.kind not in (ActKind.VERIFICATION, ActKind.ARCHIVING) and case.state == "UNVERIFIED":
        return RefusalReason.NOT_VERIFIED
    if act.kind != ActKind.VERIFICATION and case.state == "ANSWERED":
        return RefusalReason.ALREADY_ANSWERED
    if act.kind == ActKind.FORWARD and (act.agency or case.verifier) == case.holder:
        return RefusalReason.SAME_HOLDER
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
    assert (
        then.state
        == {
            ActKind.VERIFICATION: "AWAITING_FOLLOW_UP",
            ActKind.FORWARD: "AWAITING_FOLLOW_UP",
            ActKind.FOLLOW_UP: "IN_PROGRESS",
            ActKind.ANSWER: "ANSWERED",
            ActKind.ARCHIVING: "ARCHIVED",
        }[act.kind]
    )
    assert then.verifier == case.verifier and not then.step_missed
    assert then.transfers == case.transfers + (act.kind == ActKind.FORWARD)
    assert then.holder == case.holder or act.kind in (ActKind.VERIFICATION, ActKind.FORWARD)
    assert then.resolution_missed == (case.resolution_missed and act.kind not in (ActKind.ANSWER, ActKind.ARCHIVING))


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
