"""A case from verification to answer: which act fits which state, and which official may do it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from services.routing.domain.directory import ROOT, Agency, BrokenChain, chain

VERIFICATION, FORWARD, FOLLOW_UP, ANSWER = KINDS = ("verification", "forward", "follow-up", "answer")
UNVERIFIED, AWAITING_FOLLOW_UP, IN_PROGRESS, ANSWERED = STATES = (
    "UNVERIFIED",
    "AWAITING_FOLLOW_UP",
    "IN_PROGRESS",
    "ANSWERED",
)
# The official labels (SP4N-LAPOR!), which public counts must map onto.
LABELS: Mapping[str, str] = {
    UNVERIFIED: "Belum Terverifikasi",
    AWAITING_FOLLOW_UP: "Terdisposisi Belum Ditindaklanjuti",
    IN_PROGRESS: "Terdisposisi Sedang Diproses",
    ANSWERED: "Terdisposisi Selesai",
}
# Which states a missed clock says something about; in any other the act it waited for has been done.
RUNNING_IN: Mapping[str, frozenset[str]] = {
    "verification": frozenset({UNVERIFIED}),
    "follow_up": frozenset({AWAITING_FOLLOW_UP}),
    "resolution": frozenset({AWAITING_FOLLOW_UP, IN_PROGRESS}),
}
MOST_TRANSFERS = 3

Chain = Callable[[str], Sequence[str]]


class Refused(Enum):
    """Why an act is refused."""

    NOT_YOUR_CASE = "another agency's case"
    NOT_VERIFIED = "not verified yet"
    ALREADY_VERIFIED = "verified already"
    ALREADY_ANSWERED = "answered already"
    TOO_MANY_TRANSFERS = "passed on too often"
    ONLY_GIVES_BACK = "a liaison names no agency"
    SAME_HOLDER = "it would stay where it is"


@dataclass(frozen=True, slots=True)
class Officer:
    """Who acts: a role (liaison, coordinator, leader, admin, overseer), and the agency whose seat it is."""

    role: str
    agency: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """What changes in the life of a case, and the verifier, which does not; agencies are codes."""

    holder: str
    verifier: str
    state: str = UNVERIFIED
    classification: str | None = None
    transfers: int = 0
    step_missed: bool = False
    resolution_missed: bool = False
    ladder_step: int = 0
    ombudsman_offered: bool = False

    @property
    def overdue(self) -> bool:
        return self.step_missed or self.resolution_missed


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be done, one of KINDS; `agency` is where the case goes."""

    kind: str
    classification: str | None = None
    agency: str | None = None


def verifier_of(agencies: Mapping[str, Agency], code: str) -> str:
    """The nearest agency, from this one upward, that has a coordinator."""
    try:
        climbed = chain(agencies, code)
    except BrokenChain:
        return ROOT
    return next((step for step in climbed if any(s.role == "coordinator" for s in agencies[step].seats)), ROOT)


def refused(act: Act, case: Case, by: Officer, chain: Chain) -> Refused | None:
    """Why this officer cannot do this now, or None; a stranger learns nothing of the state."""
    return _may_not(act, case, by, chain) or _does_not_fit(act, case)


def after(act: Act, case: Case) -> Case:
    """The case after an act that was not refused."""
    if act.kind == VERIFICATION:
        holder = act.agency or case.holder
        return replace(
            case, state=AWAITING_FOLLOW_UP, holder=holder, classification=act.classification, step_missed=False
        )
    if act.kind == FORWARD:
        # The new holder has its own time for a follow-up; the limit of the whole case goes on.
        return replace(
            case,
            state=AWAITING_FOLLOW_UP,
            holder=_goes_to(act, case),
            transfers=case.transfers + 1,
            step_missed=False,
        )
    if act.kind == FOLLOW_UP:
        return replace(case, state=IN_PROGRESS, step_missed=False)
    return replace(case, state=ANSWERED, step_missed=False, resolution_missed=False)


def missed(case: Case, clock: str, cycle: int) -> Case:
    """The case after one of its limits has passed; a clock that was stopped meanwhile changes nothing.

    Each forwarding begins a cycle of the follow-up.
    """
    if case.state not in RUNNING_IN.get(clock, ()) or (clock == "follow_up" and cycle <= case.transfers):
        return case
    return replace(case, resolution_missed=True) if clock == "resolution" else replace(case, step_missed=True)


def may_see(by: Officer, case: Case, confidential: bool, chain: Chain) -> bool:
    """Holder, verifier and those above them, and the administrator; overseers see all that is not confidential."""
    if by.role == "admin" or (by.role == "overseer" and not confidential):
        return True
    return by.role != "overseer" and (by.agency in chain(case.holder) or by.agency in chain(case.verifier))


def _may_not(act: Act, case: Case, by: Officer, chain: Chain) -> Refused | None:
    if act.kind == VERIFICATION:
        allowed = by.role == "admin" or (by.role == "coordinator" and by.agency in chain(case.verifier))
        return None if allowed else Refused.NOT_YOUR_CASE
    if act.kind == FORWARD:
        return _may_not_forward(act, case, by, chain)
    own = by.agency == case.holder and by.role in ("liaison", "coordinator", "leader")
    return None if own or _coordinates(by, case.holder, chain) else Refused.NOT_YOUR_CASE


def _may_not_forward(act: Act, case: Case, by: Officer, chain: Chain) -> Refused | None:
    if by.role == "admin":
        return None
    gives_back = by.role == "liaison" and by.agency == case.holder
    allowed = gives_back or _coordinates(by, case.holder, chain)
    if case.transfers >= MOST_TRANSFERS:
        if by.role == "coordinator" and by.agency in tuple(chain(case.verifier))[1:]:
            return None
        return Refused.TOO_MANY_TRANSFERS if allowed else Refused.NOT_YOUR_CASE
    if gives_back and act.agency not in (None, case.verifier):
        return Refused.ONLY_GIVES_BACK
    return None if allowed else Refused.NOT_YOUR_CASE


def _coordinates(by: Officer, agency: str, chain: Chain) -> bool:
    return by.role == "coordinator" and by.agency in chain(agency)


def _does_not_fit(act: Act, case: Case) -> Refused | None:
    if act.kind == VERIFICATION:
        return None if case.state == UNVERIFIED else Refused.ALREADY_VERIFIED
    if case.state == UNVERIFIED:
        return Refused.NOT_VERIFIED
    if case.state == ANSWERED:
        return Refused.ALREADY_ANSWERED
    if act.kind == FORWARD and _goes_to(act, case) == case.holder:
        return Refused.SAME_HOLDER
    return None


def _goes_to(act: Act, case: Case) -> str:
    return act.agency or case.verifier
