"""The examination knows which mails were untrue, and what was taken back rightly, once, and by mail."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.events import event_of
from tests import make
from tests.make import (
    CITY,
    ROADS,
    answered,
    followed_up,
    forwarded,
    reassigned,
    routed,
)
from tests.services import MONDAY
from tests.silence.examine_mails import NOTHING, OVERTAKEN, PAST_NEAR, TWICE, UNSAID, Correspondence, Told, findings_of
from tests.silence.expected import Count
from tests.silence.withdrawals import takes_back, wrongly_taken_back

DAY = timedelta(days=1)


def correspondence(*facts: tuple[object, int]) -> Correspondence:
    """All of a complaint, said on these days; the liaison was mailed the last of it on the tenth."""
    events = [event_of(fact, MONDAY + DAY * day) for fact, day in facts]  # type: ignore[arg-type]
    kinds = {"DeadlineNear": "deadline_near", "ComplaintForwarded": "to_follow_up"}
    told = [
        Told(event, kinds[type(event.fact).__name__], LIAISON, MONDAY + DAY * 10)
        for event in events
        if type(event.fact).__name__ in kinds
    ]
    return Correspondence(events, told[-1:], {})


LIAISON = "seat", ROADS, "liaison"


def test_a_mail_is_untrue_once_its_limit_has_passed_or_an_act_has_come() -> None:
    id, seat = uuid4(), make.seat(ROADS, "liaison")
    near = make.near(id, seat, due_at=MONDAY + DAY * 12), 3
    late = make.near(id, seat, due_at=MONDAY + DAY * 9), 3
    handled = (followed_up(id), 5)

    def found(*facts: tuple[object, int]) -> list[str]:
        return [name for name, _ in findings_of(correspondence((routed(id), 0), *facts))]

    assert found((forwarded(id), 1)) == found((forwarded(id), 1), near) == []
    assert found((forwarded(id), 1), late) == [PAST_NEAR]
    assert found((forwarded(id), 1), handled) == found((forwarded(id), 1), near, handled) == [OVERTAKEN]
    assert found((forwarded(id), 1), (followed_up(id), 11)) == [], "the act came after the mail"


def test_what_is_taken_back_is_mailed_once_to_those_who_were_told() -> None:
    id = uuid4()
    near = make.near(id, make.seat(ROADS, "liaison"), clock="follow_up", due_at=MONDAY + DAY * 12)
    taken = make.withdrawn(id, reminders=(near.percent,), clock="follow_up", agency=near.agency)
    one = correspondence((routed(id), 0), (forwarded(id), 1), (followed_up(id), 2), (near, 3), (taken, 11))
    withdrawal = one.events[-1].id

    def found(*recipients: tuple[str, str, str]) -> list[str]:
        return [name for name, _ in findings_of(Correspondence(one.events, one.told, {withdrawal: recipients}))]

    assert (found(), found(LIAISON), found(LIAISON, LIAISON)) == ([UNSAID], [], [TWICE])
    assert found(LIAISON, ("seat", CITY, "leader")) == [NOTHING]


def test_an_offer_is_untrue_if_the_answer_had_come_before_it() -> None:
    id = uuid4()
    events = [
        event_of(fact, MONDAY + DAY * day) for fact, day in ((routed(id), 0), (forwarded(id), 1), (answered(id), 59))
    ]
    offer = event_of(make.offered(id), MONDAY + DAY * 61)
    told = Told(offer, "ombudsman", ("reporter", None, None), MONDAY + DAY * 61)
    assert [name for name, _ in findings_of(Correspondence([*events, offer], [told], {}))] == [OVERTAKEN]
    late = event_of(answered(id), MONDAY + DAY * 61)
    assert not list(findings_of(Correspondence([*events[:2], late, offer], [told], {}))), "the offer was due before"


@pytest.mark.parametrize(("day", "wrongly"), [(59, 0), (61, 1), (None, 1)])
def test_a_withdrawal_is_wrong_if_the_clock_ran_at_the_moment_of_its_step(day: int | None, wrongly: int) -> None:
    id = uuid4()
    facts = [(routed(id), 0), (forwarded(id), 1), (make.offered(id), 70)]
    facts += [(make.withdrawn(id, 0, clock="ombudsman"), 71)]
    facts += [(answered(id), day)] if day else []
    events = [event_of(fact, MONDAY + DAY * at) for fact, at in facts]  # type: ignore[arg-type]
    assert len(list(wrongly_taken_back(Count(), events))) == wrongly


@pytest.mark.parametrize(
    ("holder", "facts", "wrongly"),
    [
        (CITY, [(reassigned, "91.71.DINKES")], 1),  # The verifier still holds it.
        (CITY, [(forwarded, ROADS)], 0),
        (CITY, [(forwarded, CITY)], 1),
        (ROADS, [(forwarded, ROADS)], 1),
    ],
)
def test_a_withdrawal_is_wrong_if_its_agency_held_the_clock(
    holder: str, facts: list[tuple[Any, str]], wrongly: int
) -> None:
    id = uuid4()
    said = [(routed(id), 0), *((fact(id, agency), 40) for fact, agency in facts), (make.offered(id, holder), 61)]
    said += [(make.withdrawn(id, 0, clock="ombudsman", agency=holder), 62)]
    events = [event_of(fact, MONDAY + DAY * at) for fact, at in said]
    assert len(list(wrongly_taken_back(Count(), events))) == wrongly


def test_a_climb_that_was_passed_on_is_taken_back_with_its_step() -> None:
    id, other = uuid4(), make.seat(CITY)
    first = make.escalated(id, 1, make.seat(ROADS))
    again = make.escalated(id, 1, other, agency=CITY, instead_of=[make.seat(ROADS)])
    own = again.model_copy(update={"instead_of": ()})
    taken = make.withdrawn(id, 1, agency=ROADS)
    first_said, again_said, own_said, withdrawal = (event_of(fact, MONDAY) for fact in (first, again, own, taken))
    events = [first_said, again_said, withdrawal]
    assert takes_back(events, withdrawal, first_said) and takes_back(events, withdrawal, again_said)
    assert not takes_back(events, withdrawal, own_said)
