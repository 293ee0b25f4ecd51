"""The table of the lifecycle is whole, and what other rooms say of it agrees."""

from itertools import product
from typing import cast, get_args

import pytest

from deploy import lifecycle as document
from services.notify.domain.recipients import RECIPIENTS, REPORTER, RecipientRule
from shared.lifecycle import (
    ACT_LABELS,
    ASKED_IN,
    CLOCKS_IN,
    PARTY_LABELS,
    TRANSITIONS,
    ActKind,
    Audience,
    Party,
    started_by,
    stopped_by,
    transitions_of,
)
from shared.vocabulary import ENDED, LIFE, STATE_LABELS, UNVERIFIED, ClockName, EventType, Role, State

STATES = get_args(State)


def test_every_state_act_and_standing_stands_in_the_table_and_has_a_name() -> None:
    assert set(CLOCKS_IN) == set(STATE_LABELS) == set(STATES)
    assert {row.act for row in TRANSITIONS} == set(ActKind) == set(ACT_LABELS)
    assert set().union(*(row.by for row in TRANSITIONS)) == set(get_args(Party)) == set(PARTY_LABELS)
    assert set().union(*CLOCKS_IN.values(), *ASKED_IN.values()) == set(get_args(ClockName))


def test_every_state_is_reached_and_every_open_state_is_left_by_an_act() -> None:
    reached, more = {UNVERIFIED}, True
    while more:
        new = {row.after_from(state) for row in TRANSITIONS for state in row.before & reached} - reached
        reached, more = reached | new, bool(new)
    assert reached == set(STATES)
    for state in STATES:
        can_leave = any(state in row.before and row.after_from(state) != state for row in TRANSITIONS)
        assert (state not in ENDED) == (LIFE in CLOCKS_IN[state])
        # Only its reporter leads a complaint back from its end, and what was withdrawn stays so.
        left_by = {by for row in TRANSITIONS if state in row.before and row.after_from(state) != state for by in row.by}
        assert left_by == {"reporter"} if state in ENDED and can_leave else can_leave == (state != "WITHDRAWN")


def test_no_two_rows_of_an_act_disagree_for_one_person_and_one_case() -> None:
    for party in get_args(Party):
        for act in ActKind:
            rows = transitions_of(act, [party])
            for state in STATES:
                of_state = [(row.passes, row.verified) for row in rows if state in row.before]
                one = [[], *([(passes, "any")] for passes in ("any", "few", "many"))]
                assert of_state in (*one, [("any", "yes"), ("any", "no")]), (party, act, state)


def test_what_starts_and_stops_follows_from_the_states() -> None:
    [verification] = transitions_of(ActKind.VERIFICATION, ["admin"])
    assert (stopped_by(verification), started_by(verification)) == ({"verification"}, {"follow_up", "resolution"})
    [forward] = transitions_of(ActKind.FORWARD, ["admin"])
    assert (stopped_by(forward), started_by(forward)) == (set(), {"follow_up"})
    [follow_up] = transitions_of(ActKind.FOLLOW_UP, ["leader"])
    assert (stopped_by(follow_up), started_by(follow_up)) == ({"follow_up"}, set())
    [answer] = transitions_of(ActKind.ANSWER, ["liaison"])
    assert (stopped_by(answer), started_by(answer)) == ({"follow_up", "resolution", "ombudsman"}, {"window"})
    [archiving] = transitions_of(ActKind.ARCHIVING, ["verifier"])
    of_answers = {"window", "contact"}
    assert (stopped_by(archiving), started_by(archiving)) == (set(get_args(ClockName)) - of_answers, set())
    [closing] = transitions_of(ActKind.CLOSING, ["system"])
    assert (stopped_by(closing), started_by(closing)) == ({"life", *of_answers}, set())
    [dispute] = transitions_of(ActKind.DISPUTE, ["reporter"])
    assert (stopped_by(dispute), started_by(dispute)) == (of_answers, {"resolution", "ombudsman"})
    [contact] = transitions_of(ActKind.CONTACT, ["liaison"])
    assert (stopped_by(contact), started_by(contact)) == ({"contact"}, {"window"})


# Who may do each act in which states; all else is refused. Of an official's parties one is enough.
OPEN, VERIFIED = {"UNVERIFIED", "AWAITING_FOLLOW_UP", "IN_PROGRESS"}, {"AWAITING_FOLLOW_UP", "IN_PROGRESS"}
HANDLERS = {"coordinator", "liaison", "leader"}
ALLOWED = {
    "verification": ({"admin", "verifier"}, {"UNVERIFIED"}),
    "forward": ({"admin", "above_verifier", "coordinator", "liaison"}, VERIFIED),
    "follow-up": (HANDLERS, VERIFIED),
    "answer": (HANDLERS, VERIFIED),
    "archiving": ({"admin", "verifier"}, OPEN),
    "withdrawal": ({"reporter"}, OPEN),
    "note": ({"admin", "verifier", "leader_over", *HANDLERS}, set(STATES)),
    "obstacle": (HANDLERS, VERIFIED),
    "order": ({"leader_over"}, VERIFIED),
    "acknowledgement": ({"coordinator", "liaison"}, VERIFIED),
    "correction": ({"admin", "verifier"}, OPEN),
    "acceptance": ({"reporter"}, {"ANSWERED"}),
    "dispute": ({"reporter"}, {"ANSWERED"}),
    "reopening": ({"reporter"}, {"CLOSED", "ARCHIVED"}),
    "closing": ({"system"}, {"ANSWERED"}),
    "contact-request": ({"system"}, {"ANSWERED"}),
    "contact": ({"coordinator", "liaison"}, {"ANSWERED"}),
}


@pytest.mark.parametrize("act", ActKind)
def test_every_act_is_for_these_parties_in_these_states_and_for_nobody_else(act: ActKind) -> None:
    parties, states = ALLOWED[act]
    for party, state in product(get_args(Party), STATES):
        can = any(state in row.before for row in transitions_of(act, [party]))
        assert can == (party in parties and state in states), (act, party, state)


def test_an_act_that_changes_no_state_touches_no_clock() -> None:
    quiet = [row for row in TRANSITIONS if row.after is None]
    assert {row.act for row in quiet} == {
        *("note", "obstacle", "order", "acknowledgement", "correction", "contact-request")
    }
    touched = {row.act for row in quiet if stopped_by(row) or started_by(row)}
    # Whoever asks for a call sets its limit.
    assert touched == {"contact-request"}


def test_whom_an_act_tells_is_whom_the_rules_of_notify_tell() -> None:
    for events in {row.events for row in TRANSITIONS}:
        rules = [rule for event in events for rule in RECIPIENTS.get(EventType(event), ())]
        of_events = [row.tells for row in TRANSITIONS if row.events == events]
        assert {audience_of(rule) for rule in rules} == set().union(*of_events), events


def audience_of(rule: RecipientRule) -> Audience:
    if rule.field == REPORTER:
        return ("reporter", None)
    return ("verifier" if rule.field == "verifier" else "holder", cast(Role, rule.role))


def test_the_document_is_that_of_the_table() -> None:
    assert document.FILE.read_text() == document.document(), "run `python -m deploy.lifecycle`"
