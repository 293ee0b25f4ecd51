"""The ledger of violations: new, lasting, told once a day, over; and what a part of an audit says nothing about."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.audit.domain.digests import Looks, differing
from services.audit.domain.violations import Findings, Ledger, Violation
from tests.services import MONDAY

GRACE, HOUR = timedelta(minutes=15), timedelta(hours=1)
LATE = frozenset({"late"})


def late(subject: str, since=MONDAY) -> Violation:
    return Violation("late", subject, since, "Terlambat.")


def found(*subjects: str, among: set[str] | None = None) -> Findings:
    return Findings(LATE, [late(subject) for subject in subjects], frozenset(among) if among is not None else None)


def test_a_violation_is_new_once_and_keeps_its_first_moment() -> None:
    ledger = Ledger()
    assert ledger.take(found("a"), MONDAY) == [late("a")]
    assert ledger.take(Findings(LATE, [late("a", MONDAY + HOUR)]), MONDAY + HOUR) == []
    assert [one.violation.since for one in ledger.open.values()] == [MONDAY]


def test_what_was_not_looked_at_goes_on_standing() -> None:
    ledger = Ledger()
    ledger.take(found("a", "b"), MONDAY)
    ledger.take(found(among={"b"}), MONDAY)
    ledger.take(Findings(frozenset({"other"})), MONDAY)
    assert ledger.open.keys() == {("late", "a")}


def test_only_what_has_lasted_is_told_and_once_a_day() -> None:
    ledger = Ledger()
    ledger.take(found("a"), MONDAY)
    assert ledger.due_reports(GRACE, MONDAY) == []
    due = ledger.due_reports(GRACE, MONDAY + GRACE)
    assert [one.violation.subject for one in due] == ["a"]
    ledger.note_reported(due, MONDAY.date())
    assert ledger.due_reports(GRACE, MONDAY + HOUR) == []
    assert ledger.due_reports(GRACE, MONDAY + timedelta(days=1)) != []


def test_the_end_is_told_only_of_what_was_told() -> None:
    ledger = Ledger()
    ledger.take(found("a", "b"), MONDAY)
    ledger.note_reported([ledger.open["late", "a"]], MONDAY.date())
    ledger.take(found(), MONDAY + HOUR)
    assert ledger.over.keys() == {("late", "a")}
    # It is back before its end was told: nothing has ended.
    ledger.take(found("a"), MONDAY + HOUR)
    assert not ledger.over
    assert ledger.due_reports(GRACE, MONDAY + HOUR) == []


@given(st.lists(st.sets(st.integers(0, 5)), max_size=6))
def test_only_buckets_that_differ_twice_in_a_row_are_looked_into(rounds: list[set[int]]) -> None:
    looks, owner = Looks(), dict.fromkeys(range(6), (1, 7))
    before: set[int] = set()
    for damaged in rounds:
        hearer = {bucket: (1, 8) if bucket in damaged else value for bucket, value in owner.items() if bucket != 5}
        now = damaged | {5}
        assert looks.twice("sla", differing(owner, hearer)) == before & now
        before = now
