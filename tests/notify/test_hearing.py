"""Every fact is heard or deliberately unheard, and each by those who should hear it."""

from typing import Any
from uuid import uuid4

from services.notify.channels.letters import FOLDER, JOINED
from services.notify.domain.hearing import HEARD, REPORTER, UNHEARD, URGENCY, notices_of
from services.notify.handlers import HANDLERS
from shared.events import FACTS

WORKS = {"code": "35.78.pu", "name": "PU", "zone": "Asia/Jakarta"}
OFFICE = {"code": "35.78.kominfo", "name": "Kominfo", "zone": "Asia/Jakarta"}


def heard(name: str, **fact: Any) -> list[tuple[str, str]]:
    return [(notice.recipient, notice.template) for notice in notices_of(name, {"complaint_id": uuid4(), **fact})]


def test_every_fact_is_handled_or_deliberately_unheard() -> None:
    handled = {fact.__name__ for fact in HANDLERS}
    assert handled | UNHEARD.keys() == FACTS.keys()
    assert not handled & UNHEARD.keys()
    assert all(UNHEARD.values())
    assert HEARD.keys() <= handled


def test_every_template_exists_and_every_seat_template_has_its_urgency() -> None:
    hearers = [hearer for hearers in HEARD.values() for hearer in hearers]
    assert {path.stem for path in FOLDER.glob("*.txt")} == {hearer.template for hearer in hearers} | {JOINED}
    assert set(URGENCY) == {hearer.template for hearer in hearers if hearer.field != REPORTER}


def test_a_routed_complaint_is_heard_by_reporter_verifier_liaison_and_leader() -> None:
    assert heard("ComplaintRouted", agency=WORKS, verifier=OFFICE) == [
        ("reporter", "received"),
        ("35.78.kominfo/coordinator", "to_verify"),
        ("35.78.pu/liaison", "assigned"),
        ("35.78.pu/leader", "for_leader"),
    ]


def test_the_leader_hears_of_a_forwarded_complaint_only_if_the_agency_is_new_to_it() -> None:
    assert heard("ComplaintForwarded", agency=WORKS, previous=None) == [
        ("reporter", "forwarded"),
        ("35.78.pu/liaison", "to_follow_up"),
    ]
    moved = heard("ComplaintForwarded", agency=WORKS, previous="35.78.kominfo")
    assert moved[2:] == [("35.78.pu/leader", "for_leader")]


def test_an_escalation_is_heard_by_each_named_seat_once_and_by_the_reporter() -> None:
    mayor = {"agency": "35.78", "role": "leader"}
    told = heard("ComplaintEscalated", agency="35.78.pu", recipients=[mayor, mayor])
    assert told == [("35.78/leader", "escalation"), ("reporter", "escalated")]
