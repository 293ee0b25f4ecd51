"""The officials of the demo: each agency has one behaviour, and all behaviours are shown."""

import subprocess
import sys
from dataclasses import replace

import pytest

from deploy.demo import installation, officials
from deploy.demo.complaints import complaints
from services.routing.domain.agencies import directory_of, verifier_of
from services.routing.domain.assignments import assign
from services.routing.domain.directories import read_agencies
from services.routing.domain.lexicons import read_lexicon

AGENCIES = {agency.code: agency for agency in read_agencies(overlay=installation.OVERLAY)}


def test_each_agency_behaves_the_same_in_every_process() -> None:
    names = "print(holder('35.78.DLH').name, coordinator('35.78').name)"
    code = f"from deploy.demo.officials import coordinator, holder; {names}"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.split("\n")[0] == f"{officials.holder('35.78.DLH').name} {officials.coordinator('35.78').name}"


def test_every_behaviour_is_shown() -> None:
    directory, words_known = directory_of(AGENCIES.values()), read_lexicon()
    coordinators, holders = set(), set()
    for complaint in complaints():
        body = complaint.body
        text = f"{body['title']}\n{body['text']}"
        assigned = assign(directory, words_known, text=text, region=body.get("region"), named_agency=body.get("agency"))
        coordinator = officials.coordinator(verifier_of(AGENCIES, assigned.agency))
        coordinators.add(coordinator.name)
        if coordinator.verifies is not None:
            holders.add(officials.holder(assigned.agency).name)
    assert coordinators == {behaviour.name for behaviour in officials.COORDINATORS}
    assert holders == {behaviour.name for behaviour in officials.HOLDERS}


def test_the_overlay_leaves_leader_seats_vacant_at_silent_agencies_and_names_an_approver() -> None:
    shipped = {agency.code: agency for agency in read_agencies()}
    changed = [agency for code, agency in AGENCIES.items() if agency != shipped[code]]
    assert {agency.code for agency in changed} == {"11.71.DPUPR", "33.74", "34.02.DINKES"}
    assert AGENCIES["34.02.DINKES"] == replace(shipped["34.02.DINKES"], approver="leader")
    for agency in (AGENCIES["11.71.DPUPR"], AGENCIES["33.74"]):
        assert [seat.role for seat in agency.seats if seat.email is None] == ["leader"]
        assert [seat.title for seat in agency.seats] == [seat.title for seat in shipped[agency.code].seats]
    assert officials.holder("11.71.DPUPR").follows_up is None
    assert officials.coordinator("33.74").verifies is None


CASE = {"reference": "TG-1", "kind": "complaint", "confidential": False, "verifier": "35.78", "transfers": 0}
HOLDER = {behaviour.name: behaviour for behaviour in officials.HOLDERS}


def case_of(state: str, holder: str = "35.78.DLH", **more: object) -> dict[str, object]:
    return {**CASE, "state": state, "holder": holder, **more}


@pytest.mark.parametrize(
    ("behaviour", "state", "more", "worked", "done"),
    [
        ("rajin", "AWAITING_FOLLOW_UP", {}, 0.9, None),
        ("rajin", "AWAITING_FOLLOW_UP", {}, 1, ("follow-ups", "liaison", "35.78.DLH")),
        ("rajin", "IN_PROGRESS", {}, 2, ("answers", "liaison", "35.78.DLH")),
        ("rajin", "ANSWERED", {}, 99, None),
        ("menggantung", "IN_PROGRESS", {}, 99, None),
        ("diam", "AWAITING_FOLLOW_UP", {}, 99, None),
        ("menolak", "AWAITING_FOLLOW_UP", {}, 1, ("forwards", "liaison", "35.78.DLH")),
        ("menolak", "AWAITING_FOLLOW_UP", {"transfers": 2}, 1, ("follow-ups", "liaison", "35.78.DLH")),
        ("diam", "AWAITING_FOLLOW_UP", {"holder": "35.78", "transfers": 1}, 1, ("forwards", "coordinator", "35.78")),
    ],
)
def test_a_holder_acts_by_its_behaviour(
    monkeypatch: pytest.MonkeyPatch,
    behaviour: str,
    state: str,
    more: dict[str, object],
    worked: float,
    done: tuple[str, str, str] | None,
) -> None:
    monkeypatch.setattr(officials, "holder", lambda agency: HOLDER[behaviour])
    act = officials.next_act(case_of(state, **more), "liaison", worked)  # type: ignore[arg-type]
    assert (act and (act.kind, act.role, act.agency)) == done


@pytest.mark.parametrize(
    ("kind", "confidential", "made"),
    [
        ("complaint", False, "complaint"),
        ("complaint", True, "supervisory"),
        ("information", True, "information"),
        ("aspiration", False, "aspiration"),
    ],
)
def test_a_coordinator_classifies_by_kind_and_confidentiality(kind: str, confidential: bool, made: str) -> None:
    assert officials.classification({"kind": kind, "confidential": confidential}) == made


def test_a_silent_coordinator_never_verifies() -> None:
    assert officials.next_act(case_of("UNVERIFIED", verifier="33.74"), "liaison", 99) is None
