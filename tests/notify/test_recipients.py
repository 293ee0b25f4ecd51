"""Recipients: every event is handled or ignored on purpose, and its messages go to the right people."""

from typing import Any
from uuid import uuid4

import pytest

from services.notify.channels.mails import FOLDER, JOINED
from services.notify.domain.details import details_of
from services.notify.domain.priorities import SYSTEM, URGENCY
from services.notify.domain.recipients import RECIPIENTS, REPORTER, messages_about
from services.notify.handlers import HANDLERS, UNHEARD
from shared.events import FACTS
from shared.vocabulary import EventType
from tests.services import MONDAY

ROADS = {"code": "35.78.pu", "name": "PU", "zone": "Asia/Jakarta"}
VERIFIER = {"code": "35.78.kominfo", "name": "Kominfo", "zone": "Asia/Jakarta"}


def messages(event_type: EventType, **fact: Any) -> list[tuple[str, str]]:
    found = messages_about(event_type, {"complaint_id": uuid4(), **fact})
    return [(message.recipient, message.template) for message in found]


def test_every_event_is_handled_or_ignored_on_purpose() -> None:
    handled = {fact.__name__ for fact in HANDLERS}
    assert handled | UNHEARD.keys() == {name for name, fact in FACTS.items() if fact.source != "notify"}
    assert not handled & UNHEARD.keys()
    assert all(UNHEARD.values())
    assert RECIPIENTS.keys() <= handled


def test_every_template_exists_and_every_template_for_seats_has_its_urgency() -> None:
    rules = [rule for rules in RECIPIENTS.values() for rule in rules]
    above = {rule.above for rule in rules if rule.above}
    assert {path.stem for path in FOLDER.glob("*.txt")} == {rule.template for rule in rules} | above | {*SYSTEM, JOINED}
    assert set(URGENCY) == {rule.template for rule in rules if rule.field != REPORTER} | above | {*SYSTEM}


def test_a_routing_is_announced_to_reporter_verifier_liaison_and_leader() -> None:
    assert messages(EventType.COMPLAINT_ROUTED, agency=ROADS, verifier=VERIFIER) == [
        ("reporter", "received"),
        ("35.78.kominfo/coordinator", "to_verify"),
        ("35.78.pu/liaison", "assigned"),
        ("35.78.pu/leader", "for_leader"),
    ]


def test_a_reassignment_is_announced_like_a_routing_but_to_the_agency_only_if_it_is_new() -> None:
    moved = messages(EventType.COMPLAINT_REASSIGNED, agency=ROADS, verifier=VERIFIER, previous="35.78.gone", duty=())
    assert moved == [
        ("reporter", "reassigned"),
        ("35.78.kominfo/coordinator", "to_verify"),
        ("35.78.pu/liaison", "assigned"),
        ("35.78.pu/leader", "for_leader"),
    ]
    verifier_only = messages(EventType.COMPLAINT_REASSIGNED, agency=ROADS, verifier=VERIFIER, previous=None, duty=())
    assert verifier_only == [("reporter", "reassigned"), ("35.78.kominfo/coordinator", "to_verify")]


def test_a_verification_is_announced_to_the_leader_unless_told_before_and_a_transfer_always() -> None:
    for previous, once in ((None, True), ("35.78.kominfo", False)):
        fact = {"complaint_id": uuid4(), "agency": ROADS, "previous": previous, "duty": []}
        found = list(messages_about(EventType.COMPLAINT_FORWARDED, fact))
        assert [(message.recipient, message.template, message.once) for message in found] == [
            ("reporter", "forwarded", False),
            ("35.78.pu/liaison", "to_follow_up", False),
            ("35.78.pu/leader", "for_leader", once),
        ]


def test_an_offer_goes_to_the_reporter_and_to_the_leader_of_the_holder() -> None:
    found = messages(EventType.OMBUDSMAN_OFFERED, agency="35.78.pu")
    assert found == [("reporter", "ombudsman"), ("35.78.pu/leader", "ombudsman_for_leader")]


def test_the_ledger_keeps_clock_cycle_step_and_round() -> None:
    step = {"clock": "resolution", "cycle": 2, "step": 3, "round": 4}
    details = details_of({"agency": "35.78", "complaint_id": uuid4(), **step}, MONDAY)
    assert {name: details[name] for name in step} == step


def test_an_escalation_is_announced_to_each_named_seat_once_and_to_the_reporter() -> None:
    mayor = {"agency": "35.78", "role": "leader"}
    found = messages(EventType.COMPLAINT_ESCALATED, agency="35.78.pu", recipients=[mayor, mayor])
    assert found == [("35.78/leader", "escalation"), ("reporter", "escalated")]


@pytest.mark.parametrize(
    ("repetition", "hears"),
    [
        ({"clock": "resolution", "round": 1}, False),
        ({"clock": "verification", "instead_of": [{"agency": "35.78", "role": "leader"}]}, False),
        ({"clock": "ombudsman", "round": 1}, True),
        ({"clock": "life", "round": 1}, True),
        ({"clock": "resolution", "round": 0}, True),
    ],
)
def test_of_the_climbs_that_repeat_a_reporter_hears_those_of_the_whole_complaint(
    repetition: dict[str, Any], hears: bool
) -> None:
    mayor = {"agency": "35", "role": "leader"}
    found = messages(EventType.COMPLAINT_ESCALATED, agency="35.78.pu", recipients=[mayor], **repetition)
    assert found == [("35/leader", "escalation"), *[("reporter", "escalated")] * hears]
