"""Which official may do what in which state, against a reference that says it in words."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain import case as rules
from services.routing.domain.case import (
    ANSWER,
    FOLLOW_UP,
    FORWARD,
    KINDS,
    LABELS,
    STATES,
    VERIFICATION,
    Act,
    Case,
    Officer,
    Refused,
    after,
    may_see,
    missed,
    refused,
    verifier_of,
)
from services.routing.domain.directory import Agency, Seat

# Two cities of one province, each with two units; a unit of the other city has a unit of its own.
PARENT = {"N": None, "P": "N", "C": "P", "D": "P", "C1": "C", "C2": "C", "D1": "D", "D2": "D", "D11": "D1"}
ROLES = ("admin", "coordinator", "liaison", "leader", "overseer", "integration", "operator")
CODES = (*PARENT, "gone", None)


def chain(code: str) -> tuple[str, ...]:
    above = PARENT.get(code, "N")
    return (code, *chain(above)) if above else (code,)


def is_above(agency: str | None, code: str) -> bool:
    """The reference's own way up, step by step."""
    step = PARENT.get(code, "N")
    while step is not None:
        if step == agency:
            return True
        step = PARENT[step]
    return False


def may(act: Act, case: Case, who: Officer) -> str:
    """yes, no, or a reason other than the state, as the process describes it."""
    over_holder = who.agency == case.holder or is_above(who.agency, case.holder)
    over_verifier = who.agency == case.verifier or is_above(who.agency, case.verifier)
    if act.kind == VERIFICATION:
        return "yes" if who.role == "admin" or (who.role == "coordinator" and over_verifier) else "no"
    if act.kind == FORWARD:
        if who.role == "admin":
            return "yes"
        usual = (who.role == "coordinator" and over_holder) or (who.role == "liaison" and who.agency == case.holder)
        if case.transfers >= 3:
            last = who.role == "coordinator" and is_above(who.agency, case.verifier)
            return "yes" if last else "too many" if usual else "no"
        if usual and who.role == "liaison" and act.agency is not None and act.agency != case.verifier:
            return "only back"
        return "yes" if usual else "no"
    if who.role == "coordinator" and over_holder:
        return "yes"
    return "yes" if who.agency == case.holder and who.role in ("liaison", "leader") else "no"


def expected(act: Act, case: Case, who: Officer) -> Refused | None:
    answer = may(act, case, who)
    if answer != "yes":
        return {
            "no": Refused.NOT_YOUR_CASE,
            "too many": Refused.TOO_MANY_TRANSFERS,
            "only back": Refused.ONLY_GIVES_BACK,
        }[answer]
    if act.kind == VERIFICATION and case.state != "UNVERIFIED":
        return Refused.ALREADY_VERIFIED
    if act.kind != VERIFICATION and case.state == "UNVERIFIED":
        return Refused.NOT_VERIFIED
    if act.kind != VERIFICATION and case.state == "ANSWERED":
        return Refused.ALREADY_ANSWERED
    if act.kind == FORWARD and (act.agency or case.verifier) == case.holder:
        return Refused.SAME_HOLDER
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
officers = st.builds(Officer, st.sampled_from(ROLES), st.sampled_from(CODES))


@given(acts, cases, officers)
def test_who_may_do_what_is_what_the_process_says(act: Act, case: Case, who: Officer) -> None:
    assert refused(act, case, who, chain) == expected(act, case, who)


def test_the_whole_table_of_role_scope_and_state_agrees_with_the_process() -> None:
    for kind, state, role, code, transfers in product(KINDS, STATES, ROLES, CODES, (0, 3)):
        act, who = Act(kind, "complaint", None), Officer(role, code)
        case = Case("C1", "C", state, transfers=transfers)
        assert refused(act, case, who, chain) == expected(act, case, who), (act, case, who)


@given(acts, cases, officers)
def test_an_act_that_was_not_refused_never_ends_in_an_impossible_case(act: Act, case: Case, who: Officer) -> None:
    if refused(act, case, who, chain):
        return
    then = after(act, case)
    assert (
        then.state
        == {
            VERIFICATION: "AWAITING_FOLLOW_UP",
            FORWARD: "AWAITING_FOLLOW_UP",
            FOLLOW_UP: "IN_PROGRESS",
            ANSWER: "ANSWERED",
        }[act.kind]
    )
    assert then.verifier == case.verifier and not then.step_missed
    assert then.transfers == case.transfers + (act.kind == FORWARD)
    assert then.holder == case.holder or act.kind in (VERIFICATION, FORWARD)
    assert then.resolution_missed == (case.resolution_missed and act.kind != ANSWER)


@given(cases, st.booleans(), officers)
def test_what_is_confidential_is_seen_by_holder_verifier_and_those_above(
    case: Case, confidential: bool, who: Officer
) -> None:
    concerned = any(who.agency == code or is_above(who.agency, code) for code in (case.holder, case.verifier))
    everywhere = who.role == "admin" or (who.role == "overseer" and not confidential)
    assert may_see(who, case, confidential, chain) == (everywhere or (concerned and who.role != "overseer"))


@pytest.mark.parametrize(
    ("state", "clock", "step", "resolution"),
    [
        ("UNVERIFIED", "verification", True, False),
        ("UNVERIFIED", "follow_up", False, False),
        ("AWAITING_FOLLOW_UP", "verification", False, False),
        ("AWAITING_FOLLOW_UP", "follow_up", True, False),
        ("AWAITING_FOLLOW_UP", "resolution", False, True),
        ("IN_PROGRESS", "follow_up", False, False),
        ("IN_PROGRESS", "resolution", False, True),
        ("IN_PROGRESS", "ombudsman", False, False),
        ("ANSWERED", "resolution", False, False),
        ("ANSWERED", "verification", False, False),
    ],
)
def test_a_missed_clock_counts_only_while_its_act_is_undone(
    state: str, clock: str, step: bool, resolution: bool
) -> None:
    case = Case("C1", "C", state)
    then = missed(case, clock, 1)
    assert then == replace(case, step_missed=step, resolution_missed=resolution)
    assert then.overdue == (step or resolution)


def test_a_limit_missed_by_the_agency_that_has_passed_it_on_is_not_the_new_holders() -> None:
    passed_on = Case("C1", "C", "AWAITING_FOLLOW_UP", transfers=2)  # and back to whom it was with first
    assert not missed(passed_on, "follow_up", 2).overdue
    assert missed(passed_on, "follow_up", 3).overdue
    assert missed(passed_on, "resolution", 1).overdue


def test_the_nearest_coordinator_upward_verifies() -> None:
    def agency(code: str, parent: str | None, *roles: str) -> Agency:
        return Agency(code, code, "unit", parent, None, "WIB", None, tuple(Seat(role, role, None) for role in roles))

    listed = (agency("NAS", None), agency("C", "NAS", "coordinator"), agency("C1", "C", "liaison"), agency("K", "NAS"))
    known = {each.code: each for each in listed}
    assert [verifier_of(known, code) for code in ("C1", "C", "K", "NAS", "gone")] == ["C", "C", "NAS", "NAS", "NAS"]


def test_every_state_has_its_official_label() -> None:
    assert set(LABELS) == set(STATES) == set().union(*rules.RUNNING_IN.values()) | {"ANSWERED"}
