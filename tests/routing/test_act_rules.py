"""Which official may do and see what in which state, compared with a second, plainer implementation."""

from dataclasses import replace
from itertools import product
from typing import get_args
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.acts import Act, allowed_acts, transition_of
from services.routing.domain.afters import case_after
from services.routing.domain.appeals import DECISIONS
from services.routing.domain.cases import Actor, Case, may_see
from services.routing.domain.contests import JUDGEMENTS
from services.routing.domain.refusals import RefusalReason
from shared.lifecycle.acts import ActKind
from shared.lifecycle.clocks import CLOCKS_IN
from shared.lifecycle.transitions import Transition
from shared.vocabulary import STATE_LABELS, ApproverRole, OfficialRole, State

MAIN = UUID(int=1)
KINDS, STATES = tuple(ActKind), get_args(State)
ROLES: tuple[OfficialRole, ...] = get_args(OfficialRole)
# Two cities of one province, each with two units; a unit of the other city has a unit of its own.
PARENT = {"N": None, "P": "N", "C": "P", "D": "P", "C1": "C", "C2": "C", "D1": "D", "D2": "D", "D11": "D1"}
CODES = (*PARENT, "gone", None)
PROMISES = frozenset({ActKind.PROMISE, ActKind.FULFILMENT, ActKind.POSTPONEMENT})
REVIEWS = frozenset({ActKind.ENDORSEMENT, ActKind.REMAND})
NOT_OFFICIAL = frozenset(
    ActKind(name)
    for name in [
        "withdrawal",
        "acceptance",
        "dispute",
        "reopening",
        "appeal",
        "contest",
        "consent",
        "rating",
        "reply",
        "closing",
        "contact-request",
    ]
)
# What can still be done once the Ombudsman has the complaint as well.
BESIDE_THE_OMBUDSMAN = frozenset(
    {ActKind.FOLLOW_UP, ActKind.ANSWER, ActKind.DRAFT, ActKind.APPROVAL, ActKind.REJECTION, ActKind.PROMISE}
) | {ActKind.VERIFICATION, ActKind.OBSTACLE, ActKind.ORDER, ActKind.ACKNOWLEDGEMENT}
BENEATH = {ActKind.VERIFICATION: "AWAITING_FOLLOW_UP", ActKind.FOLLOW_UP: "IN_PROGRESS"}
QUIET = frozenset(
    {ActKind.NOTE, ActKind.OBSTACLE, ActKind.INTERIM, ActKind.ORDER, ActKind.ACKNOWLEDGEMENT, ActKind.CORRECTION}
) | {
    ActKind.URGENCY,
    ActKind.ALL_CLEAR,
    *(SECRECY := (ActKind.SENSITIVITY, ActKind.DISCLOSURE)),
}


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


def may(act: Act, case: Case, actor: Actor, approver: str | None) -> str:
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
    if act.kind in DECISIONS:
        above = case.appellate and (actor.agency == case.appellate or is_above(actor.agency, case.appellate))
        return "yes" if actor.role == "admin" or (above and actor.role in ("coordinator", "leader")) else "no"
    if act.kind in JUDGEMENTS:
        above = case.judge and (actor.agency == case.judge or is_above(actor.agency, case.judge))
        return "yes" if actor.role == "admin" or (above and actor.role in ("coordinator", "leader")) else "no"
    if act.kind == ActKind.HANDOVER:
        hands = actor.role == "coordinator" and (over_verifier or over_holder)
        return "yes" if actor.role == "admin" or hands else "no"
    if act.kind in REVIEWS:
        return "yes" if actor.role == "coordinator" and is_above(actor.agency, case.holder) else "no"
    if act.kind == ActKind.FORWARD:
        if actor.role == "admin":
            return "yes"
        usual = (actor.role == "coordinator" and over_holder) or (
            actor.role == "liaison" and actor.agency == case.holder
        )
        if case.transfers + case.earlier_passes >= 3:
            last = actor.role == "coordinator" and is_above(actor.agency, case.verifier)
            return "yes" if last else "too many" if usual else "no"
        if usual and actor.role == "liaison" and act.agency is not None and act.agency != case.verifier:
            return "only back"
        return "yes" if usual else "no"
    if act.kind == ActKind.CONTRIBUTION:
        return "no"  # Nobody was asked to contribute to these cases.
    if act.kind == ActKind.COMPLETION:
        return "no"  # An official never answers a question for the reporter.
    if act.kind in (ActKind.MERGER, ActKind.SEPARATION):
        return "yes" if actor.role == "admin" or (actor.role == "coordinator" and over_verifier) else "no"
    if act.kind == ActKind.SPLIT:
        return (
            "yes" if actor.role == "admin" or (actor.role == "coordinator" and (over_verifier or over_holder)) else "no"
        )
    if act.kind in (ActKind.HOLDING, ActKind.RESUMPTION):
        if actor.role == "admin" or (actor.role == "coordinator" and (over_verifier or over_holder)):
            return "yes"
        return "yes" if actor.agency == case.holder and actor.role in ("liaison", "leader") else "no"
    if act.kind in QUIET:
        return "yes" if may_quietly(act, actor, over_holder, over_verifier, actor.agency == case.holder) else "no"
    handles = actor.role == "coordinator" and over_holder
    handles |= actor.role in ("liaison", "leader") and actor.agency == case.holder
    if act.kind in (ActKind.FOLLOW_UP, ActKind.CONTRIBUTION_REQUEST, *PROMISES):
        return "yes" if handles else "no"
    publishes = may_publish(case, actor, approver) if approver else handles
    may_do = {ActKind.ANSWER: handles and publishes, ActKind.DRAFT: handles and not publishes}
    return "yes" if may_do.get(act.kind, publishes) else "no"


def may_publish(case: Case, actor: Actor, approver: str) -> bool:
    """Whether this is the approver, somebody higher at the holder, or a front desk or leader above."""
    if actor.agency == case.holder:
        return actor.role == "leader" or actor.role == approver == "coordinator"
    return actor.role in ("coordinator", "leader") and is_above(actor.agency, case.holder)


def may_quietly(act: Act, actor: Actor, over_holder: bool, over_verifier: bool, holds: bool) -> bool:
    if act.kind == ActKind.ORDER:
        return actor.role == "leader" and over_holder
    if act.kind == ActKind.CORRECTION:
        return actor.role == "admin" or (actor.role == "coordinator" and over_verifier)
    if actor.role == "coordinator" and over_holder:
        return True
    if act.kind == ActKind.ACKNOWLEDGEMENT:
        return actor.role == "liaison" and holds
    if act.kind in (ActKind.URGENCY, ActKind.ALL_CLEAR, *SECRECY):
        verifies = actor.role == "coordinator" and over_verifier
        return (
            (actor.role == "admin" and act.kind != ActKind.DISCLOSURE)
            or verifies
            or (actor.role in ("liaison", "leader") and holds)
        )
    if act.kind in (ActKind.OBSTACLE, ActKind.INTERIM):
        return actor.role in ("liaison", "leader") and holds
    verifies, leads = actor.role == "coordinator" and over_verifier, actor.role == "leader" and over_holder
    return actor.role == "admin" or verifies or leads or (actor.role == "liaison" and holds)


def reason_to_refuse(act: Act, case: Case, actor: Actor, approver: ApproverRole | None = None) -> RefusalReason | None:
    found = transition_of(act, case, actor, chain, approver)
    return None if isinstance(found, Transition) else found


def expected(act: Act, case: Case, actor: Actor, approver: str | None = None) -> RefusalReason | None:
    answer = may(act, case, actor, approver)
    if answer != "yes":
        return {
            "no": RefusalReason.NOT_YOUR_CASE,
            "too many": RefusalReason.TOO_MANY_TRANSFERS,
            "only back": RefusalReason.ONLY_GIVES_BACK,
        }[answer]
    if act.kind == ActKind.NOTE:
        return None
    if act.kind in DECISIONS:
        return None if case.state == "APPEALED" else RefusalReason.NO_APPEAL
    if act.kind in JUDGEMENTS:
        waits = case.contested_at and case.state in ("IN_PROGRESS", "ON_HOLD", "MERGED")
        return None if waits else RefusalReason.NO_CONTEST
    if act.kind == ActKind.HANDOVER:
        if case.state != "REFERRED":
            return RefusalReason.NOT_REFERRED
        return RefusalReason.HANDED_OVER if case.handed_over else None
    if act.kind in SECRECY:
        refusal = RefusalReason.ALREADY_SENSITIVE if case.sensitive else RefusalReason.NOT_SENSITIVE
        return refusal if case.sensitive == (act.kind == ActKind.SENSITIVITY) else None
    if act.kind in REVIEWS:
        is_due = case.state in ("ANSWERED", "CLOSED") and case.review_open
        return None if is_due else RefusalReason.NOT_SAMPLED
    if act.kind == ActKind.CONTACT:
        asked = case.state == "ANSWERED" and case.contact_open
        return None if asked else RefusalReason.NO_CONTACT_ASKED
    if case.state == "ARCHIVED":
        return RefusalReason.ALREADY_ARCHIVED
    if case.state == "WITHDRAWN":
        return RefusalReason.ALREADY_WITHDRAWN
    dangers = act.kind in (ActKind.URGENCY, ActKind.ALL_CLEAR)
    if dangers and case.state not in ("ANSWERED", "CLOSED", "SPLIT", "APPEALED"):
        declares = act.kind == ActKind.URGENCY
        refusal = RefusalReason.ALREADY_URGENT if declares else RefusalReason.NOT_URGENT
        return refusal if case.urgent == declares else None
    if act.kind == ActKind.CORRECTION and case.state not in (
        "ANSWERED",
        "CLOSED",
        "MERGED",
        "SPLIT",
        "APPEALED",
    ):
        # A class is first given by the verification.
        return RefusalReason.NOT_VERIFIED if act.classification and not case.classification else None
    if act.kind == ActKind.RESUMPTION and case.state not in ("ANSWERED", "CLOSED"):
        if case.state != "ON_HOLD":
            return RefusalReason.NOT_ON_HOLD
        asks = actor.role == "admin" or (actor.role == "coordinator" and is_above(actor.agency, case.verifier))
        asks = asks or (actor.role == "coordinator" and actor.agency == case.verifier)
        return None if asks or case.classification else RefusalReason.NOT_VERIFIED
    keeps = act.kind in (ActKind.FULFILMENT, ActKind.POSTPONEMENT)
    if act.kind == ActKind.SEPARATION and case.state not in ("ANSWERED", "CLOSED"):
        return None if case.state == "MERGED" else RefusalReason.NOT_MERGED
    if case.state == "REFERRED" and not keeps and act.kind not in BESIDE_THE_OMBUDSMAN:
        return RefusalReason.REFERRED
    if case.state == "REFERRED" and act.kind == ActKind.FOLLOW_UP and not case.classification:
        return RefusalReason.NOT_VERIFIED
    if case.state == "REFERRED" and act.kind == ActKind.VERIFICATION:
        return RefusalReason.ALREADY_VERIFIED if case.classification else None
    if act.kind == ActKind.ACKNOWLEDGEMENT and case.state in ("ON_HOLD", "MERGED"):
        return None if case.order_open else RefusalReason.NO_OPEN_ORDER
    if case.state == "APPEALED" and not keeps:
        return RefusalReason.APPEALED
    if case.state == "SPLIT" and not keeps:
        return RefusalReason.SPLIT
    if case.state == "MERGED" and not keeps:
        return RefusalReason.MERGED
    if case.state == "ON_HOLD" and not keeps:
        return None if act.kind == ActKind.ARCHIVING else RefusalReason.ON_HOLD
    if act.kind == ActKind.HOLDING and case.state not in ("ANSWERED", "CLOSED"):
        return reason_not_to_ask(case, actor)
    if act.kind == ActKind.VERIFICATION and case.state != "UNVERIFIED":
        return RefusalReason.ALREADY_VERIFIED
    over_verifier = actor.agency == case.verifier or is_above(actor.agency, case.verifier)
    if act.kind == ActKind.SPLIT and case.state == "UNVERIFIED" and (actor.role == "admin" or over_verifier):
        return None
    if act.kind not in (ActKind.VERIFICATION, ActKind.ARCHIVING, ActKind.MERGER) and case.state == "UNVERIFIED":
        return RefusalReason.NOT_VERIFIED
    if act.kind != ActKind.VERIFICATION and not keeps and case.state == "ANSWERED":
        return RefusalReason.ALREADY_ANSWERED
    if act.kind != ActKind.VERIFICATION and not keeps and case.state == "CLOSED":
        return RefusalReason.ALREADY_CLOSED
    if act.kind == ActKind.FORWARD and (act.agency or case.verifier) == case.holder:
        return RefusalReason.SAME_HOLDER
    if act.kind == ActKind.ACKNOWLEDGEMENT and not case.order_open:
        return RefusalReason.NO_OPEN_ORDER
    if act.kind == ActKind.INTERIM and (case.interim_given or case.resolution_missed):
        return RefusalReason.INTERIM_GIVEN if case.interim_given else RefusalReason.RESOLUTION_LATE
    if keeps and not case.open_commitments:
        return RefusalReason.NO_OPEN_PROMISE
    if act.kind == ActKind.DRAFT and case.draft_by:
        return RefusalReason.DRAFT_WAITS
    if act.kind in (ActKind.APPROVAL, ActKind.REJECTION) and not case.draft_by:
        return RefusalReason.NO_SUCH_DRAFT
    return RefusalReason.KNOWN_TO_FEW if case.sensitive and act.kind == ActKind.CONTRIBUTION_REQUEST else None


def reason_not_to_ask(case: Case, actor: Actor) -> RefusalReason | None:
    """Until the verification the verifier asks, then whoever handles the case; each once, if anybody can be reached."""
    coordinates, admin = actor.role == "coordinator", actor.role == "admin"
    if case.state == "UNVERIFIED":
        if not admin and not (coordinates and (actor.agency == case.verifier or is_above(actor.agency, case.verifier))):
            return RefusalReason.NOT_VERIFIED
    elif admin or (coordinates and actor.agency != case.holder and not is_above(actor.agency, case.holder)):
        return RefusalReason.ALREADY_VERIFIED
    if not case.reachable:
        return RefusalReason.NO_CONTACT
    return RefusalReason.ASKED_ENOUGH if case.asked_in_turn or case.holds > 1 else None


acts = st.builds(Act, st.sampled_from(KINDS), st.just("complaint"), st.sampled_from((*PARENT, None)))


AT_WORK = ("AWAITING_FOLLOW_UP", "IN_PROGRESS", "ON_HOLD", "MERGED", "REFERRED")


def consistent(case: Case) -> Case:
    """A case that knows from where it is on hold, and only then; a draft, an order or a call only where it can be."""
    case = replace(case, order_open=case.order_open and case.state in AT_WORK)
    case = replace(case, contact_open=case.contact_open and case.state == "ANSWERED")
    # What was never verified has no limit for its answer.
    case = replace(case, resolution_missed=case.resolution_missed and case.state != "UNVERIFIED")
    if case.state not in ("AWAITING_FOLLOW_UP", "IN_PROGRESS", "REFERRED"):
        case = replace(case, draft_by=None)
    if case.state == "MERGED":
        return replace(case, merged_into=MAIN)
    return case if case.state in ("ON_HOLD", "REFERRED") else replace(case, held_from=None)


cases = st.builds(
    Case,
    holder=st.sampled_from((*PARENT, "gone")),
    verifier=st.sampled_from(("N", "P", "C", "D")),
    state=st.sampled_from(STATES),
    transfers=st.integers(0, 5),
    earlier_passes=st.integers(0, 3),
    step_missed=st.booleans(),
    resolution_missed=st.booleans(),
    order_open=st.booleans(),
    contact_open=st.booleans(),
    next_date=st.dates() | st.none(),
    reachable=st.booleans(),
    holds=st.integers(0, 2),
    held_from=st.sampled_from(("UNVERIFIED", "AWAITING_FOLLOW_UP", "IN_PROGRESS")),
    asked_in_turn=st.booleans(),
    draft_by=st.sampled_from((None, "liaison", "coordinator")),
    open_commitments=st.integers(0, 2),
    urgent=st.booleans(),
    interim_given=st.booleans(),
    review_open=st.booleans(),
    sensitive=st.booleans(),
    appellate=st.sampled_from((None, *PARENT)),
    handed_over=st.booleans(),
).map(consistent)
approvers = st.sampled_from((None, *get_args(ApproverRole)))
actors = st.builds(Actor, st.sampled_from(ROLES), st.sampled_from(CODES))


@given(acts, cases, actors, approvers)
def test_the_right_to_act_is_that_of_the_reference(
    act: Act, case: Case, actor: Actor, approver: ApproverRole | None
) -> None:
    assert reason_to_refuse(act, case, actor, approver) == expected(act, case, actor, approver)


def test_every_role_agency_and_state_agrees_with_the_reference() -> None:
    named = (None, *get_args(ApproverRole))
    for kind, state, role, code, transfers, approver in product(KINDS, STATES, ROLES, CODES, (0, 3), named):
        act, actor = Act(kind, "complaint", None), Actor(role, code)
        case = Case("C1", "C", state, transfers=transfers)
        assert reason_to_refuse(act, case, actor, approver) == expected(act, case, actor, approver), (act, case, actor)


@given(acts, cases, actors, approvers)
def test_an_act_that_was_not_refused_never_ends_in_an_impossible_case(
    act: Act, case: Case, actor: Actor, approver: ApproverRole | None
) -> None:
    row = transition_of(act, case, actor, chain, approver)
    if isinstance(row, RefusalReason):
        return
    if act.kind == ActKind.DRAFT:
        act = replace(act, draft="sealed", author="liaison")
    then = case_after(row, act, case)
    # A draft waits from its writing until it is decided, the case goes on to another holder, or ends.
    asks = act.kind == ActKind.CONTRIBUTION_REQUEST
    goes_on = asks or act.kind in (*QUIET, *PROMISES, ActKind.FOLLOW_UP, ActKind.HANDOVER)
    assert then.draft_by == ("liaison" if act.kind == ActKind.DRAFT else case.draft_by if goes_on else None)
    assert then.drafts == case.drafts + (act.kind == ActKind.DRAFT)
    # A promise is open until it is kept; an archive makes it void, and an answer does not.
    change = {ActKind.PROMISE: 1, ActKind.FULFILMENT: -1}.get(act.kind, 0)
    void = act.kind == ActKind.ARCHIVING
    assert then.open_commitments == (0 if void else case.open_commitments + change)
    assert then.commitments == case.commitments + (act.kind == ActKind.PROMISE)
    drafts = {"draft": case.draft, "draft_by": case.draft_by, "drafts": case.drafts}
    # An alarm stands until somebody has acted on it, there is no danger, or the case ends.
    averts = (ActKind.ALL_CLEAR, ActKind.FOLLOW_UP, ActKind.ANSWER, ActKind.APPROVAL, ActKind.ARCHIVING, ActKind.SPLIT)
    declares = act.kind == ActKind.URGENCY
    assert then.urgent == (declares or (case.urgent and act.kind not in averts))
    assert then.urgencies == case.urgencies + declares
    then = replace(then, urgent=case.urgent, urgencies=case.urgencies)
    assert then.sensitive == (act.kind == ActKind.SENSITIVITY if act.kind in SECRECY else case.sensitive)
    then = replace(then, sensitive=case.sensitive)
    promises = {"commitments": case.commitments, "open_commitments": case.open_commitments}
    then = replace(then, **drafts, **promises)
    assert then.verifier == case.verifier
    assert len(then.support) == len(then.supporting) == asks
    then = replace(then, support=case.support, supporting=case.supporting)
    if act.kind == ActKind.HANDOVER:
        assert then == replace(case, classification="complaint", handed_over=True)
        return
    if asks or act.kind in (*QUIET, *PROMISES, ActKind.DRAFT, ActKind.REJECTION):
        # Nothing that a clock or a worklist goes by has changed.
        then, orders = replace(then, order_open=case.order_open, orders=0, ordered_by=()), then
        assert then == replace(case, classification="complaint")
        gives = act.kind == ActKind.ORDER
        assert orders.order_open == (gives or (case.order_open and act.kind != ActKind.ACKNOWLEDGEMENT))
        assert orders.orders == len(orders.ordered_by) == gives
        return
    if act.kind in (ActKind.MERGER, ActKind.SEPARATION):
        # So does a merger.
        merges = act.kind == ActKind.MERGER
        assert then.handling == case.handling and (then.state == "MERGED") == merges
        assert then.mergers == case.mergers + merges and then.merged_into == act.merged_into
        of_merger = {name: getattr(case, name) for name in ("state", "held_from", "mergers", "merged_into")}
        assert replace(then, **of_merger) == replace(case, classification="complaint")
        return
    if act.kind in (ActKind.HOLDING, ActKind.RESUMPTION):
        # A hold interrupts the handling and changes nothing of it.
        asks = act.kind == ActKind.HOLDING
        assert then.handling == case.handling and (then.state == "ON_HOLD") == asks
        assert then.holds == case.holds + asks and then.asked_in_turn == (case.asked_in_turn or asks)
        of_hold = {name: getattr(case, name) for name in ("state", "held_from", "holds", "asked_in_turn")}
        assert replace(then, **of_hold) == replace(case, classification="complaint")
        return
    if case.state == "REFERRED" and act.kind in BENEATH:
        # The handling goes on beside the Ombudsman.
        assert (then.state, then.handling, then.step_missed) == ("REFERRED", BENEATH[act.kind], False)
        return
    assert then.held_from is None
    assert then.windows == case.windows + (act.kind in (ActKind.ANSWER, ActKind.CONTACT)) and not then.contact_open
    if act.kind == ActKind.CONTACT:
        assert then.state == "ANSWERED" and then.reached
        return
    states = {ActKind.FOLLOW_UP: "IN_PROGRESS", ActKind.ANSWER: "ANSWERED", ActKind.ARCHIVING: "ARCHIVED"}
    states |= {ActKind.APPROVAL: "ANSWERED", ActKind.SPLIT: "SPLIT"}
    assert then.state == states.get(act.kind, "AWAITING_FOLLOW_UP") and not then.step_missed
    assert then.transfers == case.transfers + (act.kind == ActKind.FORWARD)
    assert then.holder == case.holder or act.kind in (ActKind.VERIFICATION, ActKind.FORWARD)
    ends = (ActKind.ANSWER, ActKind.APPROVAL, ActKind.ARCHIVING, ActKind.SPLIT)
    assert then.resolution_missed == (case.resolution_missed and act.kind not in ends)
    assert then.next_date is None
    # An order was for this holder, as long as the complaint is open.
    assert then.order_open == (case.order_open and act.kind not in (ActKind.FORWARD, *ends))


@given(cases, actors, approvers)
def test_what_is_allowed_is_what_some_act_of_the_kind_would_not_be_refused(
    case: Case, actor: Actor, approver: ApproverRole | None
) -> None:
    named = [Act(kind, about, to) for kind in KINDS for about in (None, "complaint") for to in (None, *PARENT)]
    possible = {act.kind for act in named if not expected(act, case, actor, approver)}
    assert allowed_acts(case, actor, chain, approver) == [kind for kind in KINDS if kind in possible]


@given(cases, st.booleans(), actors)
def test_a_confidential_case_is_seen_by_holder_verifier_who_decides_an_appeal_and_those_above(
    case: Case, confidential: bool, actor: Actor
) -> None:
    concerned = any(actor.agency == code or is_above(actor.agency, code) for code in case.concerned)
    everywhere = actor.role == "admin" or (actor.role == "overseer" and not confidential)
    assert may_see(actor, case, confidential, chain) == (everywhere or (concerned and actor.role != "overseer"))


def test_every_state_has_its_official_label() -> None:
    assert set(STATE_LABELS) == set(STATES) == set(CLOCKS_IN)
