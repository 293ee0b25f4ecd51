"""The table of the lifecycle is whole, and what other rooms say of it agrees."""

from itertools import product
from typing import cast, get_args

import pytest

from deploy import lifecycle as document
from services.notify.domain.recipients import RECIPIENTS, REPORTER, RecipientRule
from shared.lifecycle.acts import ACT_LABELS, PARTY_LABELS, ActKind, Party
from shared.lifecycle.clocks import CLOCKS_IN, MAY_RUN_IN, PAUSABLE
from shared.lifecycle.effects import paused_by, resumed_by, started_by, stopped_by
from shared.lifecycle.table import TRANSITIONS, transitions_of
from shared.lifecycle.transitions import Audience
from shared.vocabulary import ENDED, LIFE, STATE_LABELS, UNVERIFIED, ClockName, EventType, Role, State

STATES = get_args(State)


def test_every_state_act_and_standing_stands_in_the_table_and_has_a_name() -> None:
    assert set(CLOCKS_IN) == set(STATE_LABELS) == set(STATES)
    assert {row.act for row in TRANSITIONS} == set(ActKind) == set(ACT_LABELS)
    assert set().union(*(row.by for row in TRANSITIONS)) == set(get_args(Party)) == set(PARTY_LABELS)
    assert set().union(*CLOCKS_IN.values()) | set(MAY_RUN_IN) == set(get_args(ClockName))
    # What an act begins, an act of the same kind of row ends, and no state has it.
    assert set(MAY_RUN_IN) == set().union(*(row.begins for row in TRANSITIONS))
    assert set(MAY_RUN_IN) <= set().union(*(row.ends for row in TRANSITIONS))
    assert set(MAY_RUN_IN).isdisjoint(set().union(*CLOCKS_IN.values()))


def test_every_state_is_reached_and_every_open_state_is_left_by_an_act() -> None:
    reached, more = {UNVERIFIED}, True
    while more:
        rows = [(row, state) for row in TRANSITIONS for state in row.before & reached]
        new = set().union(*(row.afters_from(state) for row, state in rows)) - reached
        reached, more = reached | new, bool(new)
    assert reached == set(STATES)
    for state in STATES:
        can_leave = any(state in row.before and row.afters_from(state) != {state} for row in TRANSITIONS)
        assert (state not in ENDED) == (LIFE in CLOCKS_IN[state])
        # Only its reporter leads a complaint back from its end, or the end of a whole with a part; what was withdrawn
        # stays so.
        left_by = {
            by for row in TRANSITIONS if state in row.before and row.afters_from(state) != {state} for by in row.by
        }
        # An agency above may send back an answer that is in its sample.
        left_by -= {"above_holder"} if state in ENDED else set()
        assert (
            left_by == {"reporter", "system"} if state in ENDED and can_leave else can_leave == (state != "WITHDRAWN")
        )


def test_no_two_rows_of_an_act_disagree_for_one_person_and_one_case() -> None:
    for party in get_args(Party):
        for act in ActKind:
            rows = transitions_of(act, [party])
            for state in STATES:
                of_state = [(row.passes, row.verified) for row in rows if state in row.before]
                one = [[], *([(passes, "any")] for passes in ("any", "few", "many"))]
                of_one = [[("any", "yes")], [("any", "no")], [("any", "yes"), ("any", "no")]]
                assert of_state in (*one, *of_one), (party, act, state)


def test_what_starts_and_stops_follows_from_the_states() -> None:
    [verification, _] = transitions_of(ActKind.VERIFICATION, ["admin"])
    assert (stopped_by(verification), started_by(verification)) == ({"verification"}, {"follow_up", "resolution"})
    [forward] = transitions_of(ActKind.FORWARD, ["admin"])
    assert (stopped_by(forward), started_by(forward)) == ({"approval", "contest", "acknowledgement"}, {"follow_up"})
    [follow_up, _] = transitions_of(ActKind.FOLLOW_UP, ["leader"])
    assert (stopped_by(follow_up), started_by(follow_up)) == ({"follow_up", "alarm"}, set())
    [answer] = transitions_of(ActKind.ANSWER, ["publisher"])
    ends = {"follow_up", "resolution", "ombudsman", "approval", "alarm", "contribution", "contest", "acknowledgement"}
    # Of what was referred to the Ombudsman before its verification, too.
    ends |= {"verification", "referral"}
    assert (stopped_by(answer), started_by(answer)) == (ends, {"window"})
    [draft] = transitions_of(ActKind.DRAFT, ["drafter"])
    assert (stopped_by(draft), started_by(draft)) == (set(), {"approval"})
    [rejection] = transitions_of(ActKind.REJECTION, ["approver"])
    assert (stopped_by(rejection), started_by(rejection)) == ({"approval"}, set())
    [approval] = transitions_of(ActKind.APPROVAL, ["approver"])
    assert stopped_by(approval) == ends
    [archiving] = transitions_of(ActKind.ARCHIVING, ["verifier"])
    of_answers = {"window", "contact"}
    assert (stopped_by(archiving), started_by(archiving)) == (
        set(get_args(ClockName)) - of_answers - {"merger", "appeal", "referral"},
        set(),
    )
    [closing] = transitions_of(ActKind.CLOSING, ["system"])
    assert (stopped_by(closing), started_by(closing)) == ({"life", *of_answers}, set())
    [dispute, unverified] = transitions_of(ActKind.DISPUTE, ["reporter"])
    # What was never verified has no promise, which would end there.
    of_unverified = {*of_answers, "promise"}, {"verification", "ombudsman"}
    assert (stopped_by(unverified), started_by(unverified)) == of_unverified
    assert (stopped_by(dispute), started_by(dispute)) == (of_answers, {"resolution", "ombudsman"})
    [of_answer, of_end] = transitions_of(ActKind.APPEAL, ["reporter"])
    assert (stopped_by(of_answer), started_by(of_answer)) == (of_answers, {"appeal", "ombudsman"})
    assert (stopped_by(of_end), started_by(of_end)) == (set(), {"life", "appeal", "ombudsman"})
    [upholding, _] = transitions_of(ActKind.UPHOLDING, ["appellate"])
    assert (stopped_by(upholding), started_by(upholding)) == ({"appeal"}, {"follow_up", "resolution"})
    [dismissal] = transitions_of(ActKind.DISMISSAL, ["appellate"])
    assert (stopped_by(dismissal), started_by(dismissal)) == ({"appeal", "life", "ombudsman"}, set())
    [contest] = transitions_of(ActKind.CONTEST, ["reporter"])
    assert (stopped_by(contest), started_by(contest)) == (set(), {"contest"})
    annulment, interrupted = transitions_of(ActKind.ANNULMENT, ["judge"])
    assert (stopped_by(annulment), started_by(annulment)) == ({"contest"}, {"follow_up"})
    assert (stopped_by(interrupted), started_by(interrupted)) == ({"contest"}, set())
    [contact] = transitions_of(ActKind.CONTACT, ["liaison"])
    assert (stopped_by(contact), started_by(contact)) == ({"contact"}, {"window"})


def test_a_hold_pauses_what_ran_and_its_end_resumes_it() -> None:
    [by_verifier] = transitions_of(ActKind.HOLDING, ["verifier"])
    [by_holder] = transitions_of(ActKind.HOLDING, ["liaison"])
    assert (stopped_by(by_holder), started_by(by_holder)) == ({"approval"}, {"hold"})
    assert paused_by(by_verifier) == {"verification", "ombudsman"}
    assert paused_by(by_holder) == {"follow_up", "resolution", "ombudsman"}
    for act, party in (
        (ActKind.COMPLETION, "reporter"),
        (ActKind.RESUMPTION, "leader"),
        (ActKind.RESUMPTION, "system"),
    ):
        [row] = transitions_of(act, [party])
        assert (stopped_by(row), started_by(row)) == ({"hold"}, set())
        assert resumed_by(row) == PAUSABLE and not paused_by(row)
    archiving = next(row for row in transitions_of(ActKind.ARCHIVING, ["system"]) if "ON_HOLD" in row.before)
    assert stopped_by(archiving) == set(get_args(ClockName)) - {"approval", "window", "contact", "appeal", "referral"}
    assert not resumed_by(archiving)


def test_a_referral_begins_one_clock_and_lets_the_others_go_on() -> None:
    [consent] = transitions_of(ActKind.CONSENT, ["reporter"])
    assert (stopped_by(consent), started_by(consent)) == ({"hold", "merger"}, {"referral"})
    assert resumed_by(consent) == PAUSABLE and not paused_by(consent)
    [handover] = transitions_of(ActKind.HANDOVER, ["admin"])
    assert (stopped_by(handover), started_by(handover)) == ({"referral"}, set())
    beside = next(row for row in transitions_of(ActKind.FOLLOW_UP, ["liaison"]) if "REFERRED" in row.before)
    assert (stopped_by(beside), started_by(beside)) == ({"follow_up", "alarm"}, set())
    beside = next(row for row in transitions_of(ActKind.VERIFICATION, ["admin"]) if "REFERRED" in row.before)
    assert stopped_by(beside) == {"verification", "approval", "acknowledgement"}
    assert started_by(beside) == {"follow_up", "resolution"}


def test_a_merger_pauses_the_handling_alone_and_its_end_resumes_it() -> None:
    [unverified, verified] = transitions_of(ActKind.MERGER, ["verifier"])
    assert (paused_by(unverified), paused_by(verified)) == ({"verification"}, {"follow_up", "resolution"})
    assert (stopped_by(verified), started_by(verified)) == ({"approval"}, {"merger"})
    [separation] = transitions_of(ActKind.SEPARATION, ["system"])
    assert (stopped_by(separation), started_by(separation)) == ({"merger"}, set())
    assert resumed_by(separation) == {"verification", "follow_up", "resolution"}


def test_a_split_ends_every_limit_and_the_whole_lives_until_its_last_part_is_done() -> None:
    unverified, verified = transitions_of(ActKind.SPLIT, ["verifier"])
    assert stopped_by(unverified) == {"verification", "ombudsman", "alarm"}
    assert stopped_by(verified) == {
        *("follow_up", "resolution", "ombudsman", "approval", "alarm", "contribution", "contest", "acknowledgement")
    }
    answer = next(row for row in transitions_of(ActKind.ANSWER, ["system"]) if "SPLIT" in row.before)
    [reopened] = transitions_of(ActKind.SPLIT, ["system"])
    assert (stopped_by(answer), started_by(answer)) == ({"life"}, set())
    assert (stopped_by(reopened), started_by(reopened)) == (set(), {"life"})


# Who may do each act in which states; all else is refused. Of an official's parties one is enough.
OPEN, VERIFIED = {"UNVERIFIED", "AWAITING_FOLLOW_UP", "IN_PROGRESS"}, {"AWAITING_FOLLOW_UP", "IN_PROGRESS"}
HANDLERS, ON_HOLD, MERGED, REFERRED = {"coordinator", "liaison", "leader"}, {"ON_HOLD"}, {"MERGED"}, {"REFERRED"}
ANSWERABLE = VERIFIED | REFERRED
ALLOWED = {
    "verification": ({"admin", "verifier"}, {"UNVERIFIED"} | REFERRED),
    "forward": ({"admin", "above_verifier", "coordinator", "liaison"}, VERIFIED),
    "follow-up": (HANDLERS, ANSWERABLE),
    "archiving": ({"admin", "verifier"}, OPEN | ON_HOLD),
    "withdrawal": ({"reporter"}, OPEN | ON_HOLD | MERGED | REFERRED),
    "consent": ({"reporter"}, OPEN | ON_HOLD | MERGED),
    "handover": ({"admin", "verifier", "coordinator"}, REFERRED),
    "note": ({"admin", "verifier", "leader_over", *HANDLERS}, set(STATES)),
    "obstacle": (HANDLERS, ANSWERABLE),
    "interim-reply": (HANDLERS, VERIFIED),
    "endorsement": ({"above_holder"}, {"ANSWERED", "CLOSED"}),
    "remand": ({"above_holder"}, {"ANSWERED", "CLOSED"}),
    "order": ({"leader_over"}, ANSWERABLE),
    "acknowledgement": ({"coordinator", "liaison"}, ANSWERABLE | ON_HOLD | MERGED),
    "correction": ({"admin", "verifier"}, OPEN | ON_HOLD | REFERRED),
    "completion": ({"reporter"}, ON_HOLD),
    "resumption": ({"admin", "verifier", "system", *HANDLERS}, ON_HOLD),
    "merger": ({"admin", "verifier"}, OPEN),
    "separation": ({"admin", "verifier", "system"}, MERGED),
    "acceptance": ({"reporter"}, {"ANSWERED"}),
    "dispute": ({"reporter"}, {"ANSWERED"}),
    "reopening": ({"reporter"}, {"CLOSED", "ARCHIVED"}),
    "appeal": ({"reporter"}, {"ANSWERED", "CLOSED", "ARCHIVED"}),
    "upholding": ({"admin", "appellate"}, {"APPEALED"}),
    "dismissal": ({"admin", "appellate"}, {"APPEALED"}),
    "contest": ({"reporter"}, {"IN_PROGRESS"}),
    "annulment": ({"admin", "judge"}, {"IN_PROGRESS"} | ON_HOLD | MERGED | REFERRED),
    "confirmation": ({"admin", "judge"}, {"IN_PROGRESS"} | ON_HOLD | MERGED | REFERRED),
    "closing": ({"system"}, {"ANSWERED"}),
    "contact-request": ({"system"}, {"ANSWERED"}),
    "urgency": ({"admin", "verifier", *HANDLERS}, OPEN | ON_HOLD | MERGED | REFERRED),
    "all-clear": ({"admin", "verifier", *HANDLERS}, OPEN | ON_HOLD | MERGED | REFERRED),
    "sensitivity": ({"admin", "verifier", *HANDLERS}, set(STATES)),
    "disclosure": ({"verifier", *HANDLERS}, set(STATES)),
    "contact": ({"coordinator", "liaison", "system"}, {"ANSWERED"}),
    "draft": ({"drafter"}, ANSWERABLE),
    "approval": ({"approver"}, ANSWERABLE),
    "rejection": ({"approver"}, ANSWERABLE),
    "promise": (HANDLERS, ANSWERABLE),
    "reply": ({"reporter"}, OPEN | REFERRED | {"ANSWERED", "CLOSED", "MERGED"}),
    "rating": ({"reporter"}, {"ANSWERED", "CLOSED"}),
    "fulfilment": (HANDLERS, ANSWERABLE | {"ANSWERED", "CLOSED", "SPLIT", "APPEALED"} | ON_HOLD | MERGED),
    "postponement": (HANDLERS, ANSWERABLE | {"ANSWERED", "CLOSED", "SPLIT", "APPEALED"} | ON_HOLD | MERGED),
}


# Until the verification the verifier asks, then the holder; only the system archives for want of an answer alone,
# and lets those share an answer that wait for it.
OF_TWO = {
    "holding": [({"admin", "verifier"}, {"UNVERIFIED"}), (HANDLERS, VERIFIED)],
    "archiving": [ALLOWED["archiving"], ({"system"}, ON_HOLD | MERGED | {"SPLIT"})],
    "answer": [({"publisher"}, ANSWERABLE), ({"system"}, MERGED | {"SPLIT"})],
    "contribution-request": [(HANDLERS, VERIFIED)],
    "contribution": [({"supporter"}, ANSWERABLE | ON_HOLD | MERGED)],
    "split": [
        ({"admin", "verifier"}, OPEN),
        ({"coordinator"}, VERIFIED),
        ({"system"}, {"CLOSED", "ARCHIVED"}),
    ],
}


@pytest.mark.parametrize("act", ActKind)
def test_every_act_is_for_these_parties_in_these_states_and_for_nobody_else(act: ActKind) -> None:
    rights = OF_TWO.get(act) or [ALLOWED[act]]
    for party, state in product(get_args(Party), STATES):
        can = any(state in row.before for row in transitions_of(act, [party]))
        assert can == any(party in parties and state in states for parties, states in rights), (act, party, state)


def test_an_act_that_changes_no_state_touches_no_clock() -> None:
    quiet = [row for row in TRANSITIONS if row.after is None and not row.returns]
    silent = {"rating", "reply", "note", "obstacle", "correction", "interim-reply"}
    silent |= {"sensitivity", "disclosure", "endorsement"}
    assert {row.act for row in quiet} == silent | {"draft", "rejection", "promise", "fulfilment", "postponement"} | {
        "contact-request",
        "handover",
        "contribution-request",
        "contribution",
        "urgency",
        "all-clear",
        "contest",
        "annulment",
        "confirmation",
        "order",
        "acknowledgement",
    }
    assert all((stopped_by(row), started_by(row)) == (row.ends, row.begins) for row in quiet)
    assert not any(row.ends or row.begins for row in quiet if row.act in silent)


def test_whom_an_act_tells_is_whom_the_rules_of_notify_tell() -> None:
    for events in {row.events for row in TRANSITIONS}:
        rules = [rule for event in events for rule in RECIPIENTS.get(EventType(event), ())]
        of_events = [row.tells for row in TRANSITIONS if row.events == events]
        assert {audience_of(rule) for rule in rules} == set().union(*of_events), events


# The fields of events that name seats themselves.
SEATS: dict[str, Audience] = {
    "approvers": ("approver", None),
    "authors": ("author", None),
    "duty": ("duty", None),
    "seats": ("named", None),
    "deciders": ("deciders", None),
    "judges": ("judges", None),
    "referrers": ("referrers", None),
    "leaders": ("orderers", None),
}


def audience_of(rule: RecipientRule) -> Audience:
    if rule.field == REPORTER:
        return ("reporter", None)
    if rule.template == "asked_to_contribute":
        return ("supporter", cast(Role, rule.role))
    if rule.field in SEATS:
        return SEATS[rule.field]
    return (rule.field if rule.field in ("verifier", "reviewer") else "holder", cast(Role, rule.role))


def test_the_document_is_that_of_the_table() -> None:
    assert document.FILE.read_text() == document.document(), "run `python -m deploy.lifecycle`"
