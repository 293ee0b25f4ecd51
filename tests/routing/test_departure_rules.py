"""What becomes of a case whose agency has left, against a plain reference."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.agencies import Agency, Departed, Seat, directory_of
from services.routing.domain.cases import Case
from services.routing.domain.departures import after_departure
from shared.vocabulary import ROOT, Role, State

# A tree of agencies; the roles of their seats say who can verify.
TREE: dict[str, tuple[str | None, Sequence[Role]]] = {
    ROOT: (None, ("coordinator",)),
    "P": (ROOT, ("coordinator",)),
    "C": ("P", ("coordinator",)),
    "D": ("P", ()),
    "C1": ("C", ("liaison",)),
    "D1": ("D", ("liaison",)),
}
BY_CODE = {
    code: Agency(code, code, "unit", parent, None, "WIB", None, tuple(Seat(role, role, None) for role in roles))
    for code, (parent, roles) in TREE.items()
}
GONE = ("X", "Y")
known = st.sampled_from((*TREE, *GONE))


def plainly(case: Case, successors: dict[str, str]) -> Case:
    """The reference: what becomes of a case, written out state by state."""

    def verifies(code: str) -> str:
        while "coordinator" not in TREE[code][1]:
            code = str(TREE[code][0])
        return code

    holder_left, verifier_left = case.holder in successors, case.verifier in successors
    if case.state in ("ANSWERED", "APPEALED", "SPLIT", "CLOSED", "ARCHIVED", "WITHDRAWN"):
        return case
    if holder_left and case.state == "UNVERIFIED":
        new = successors[case.holder]
        return replace(case, holder=new, verifier=verifies(new))
    if verifier_left:
        case = replace(case, verifier=verifies(successors[case.verifier]))
    if holder_left:
        changes: dict[str, Any] = {"holder": successors[case.holder], "state": "AWAITING_FOLLOW_UP"}
        changes |= {"transfers": case.transfers + 1, "departures": case.departures + 1, "step_missed": False}
        # A question that stays with the reporter counts as that of the new turn.
        case = replace(case, **changes, asked_in_turn=case.state == "ON_HOLD")
    return case


@given(
    st.builds(
        Case,
        holder=known,
        verifier=known,
        state=st.sampled_from(get_args(State)),
        transfers=st.integers(0, 5),
        departures=st.integers(0, 2),
        step_missed=st.booleans(),
        resolution_missed=st.booleans(),
        ladder_step=st.integers(0, 3),
    ),
    st.dictionaries(st.sampled_from(GONE), st.sampled_from(tuple(TREE))),
)
def test_what_becomes_of_a_case_is_that_of_the_reference(case: Case, successors: dict[str, str]) -> None:
    moved = after_departure(case, successors, BY_CODE)
    assert moved == plainly(case, successors)
    assert after_departure(moved, successors, BY_CODE) == moved, "done twice changes nothing"
    assert moved.passes == case.passes


@given(st.dictionaries(st.sampled_from("UVXYZ"), st.sampled_from((*"UVXYZ", "C1", "nowhere"))))
def test_every_agency_that_left_has_a_successor_that_is_there(left: dict[str, str]) -> None:
    directory = directory_of(BY_CODE.values(), [Departed(code, code, successor) for code, successor in left.items()])
    assert directory.successors.keys() == left.keys()
    assert set(directory.successors.values()) <= {"C1", ROOT}
    for code in left:
        assert directory.present(code) == BY_CODE[directory.successors[code]]
