"""The terms that hold in a situation, against a naive look at every row; and never laxer than the country's."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla.domain.acceptances import problem_of
from services.sla.domain.directory import Agency, Directory
from services.sla.domain.policies import CAPITAL, Limit, Policy, Recurrence, Reminder
from services.sla.domain.rules import Rules
from services.sla.domain.situations import situation_at, terms_in
from services.sla.domain.steps import moment_of, recurring_step, steps_of
from services.sla.domain.terms import Terms
from services.sla.state import calendars
from tests.make import CITY, EAST, HEALTH, NATIONAL, PROVINCE, ROADS, TREE
from tests.policies import POLICIES

REGIONS = {code: ".".join(part for part in code.split(".") if part.isdigit()) or None for code in TREE}
AGENCIES = {
    code: Agency(code, parent, zone, {}, tier=tier, region=REGIONS[code])
    for code, (parent, tier, zone, _) in TREE.items()
}
DIRECTORY = Directory(1, AGENCIES)
TODAY = datetime(2026, 1, 1, tzinfo=UTC)
[SEED] = POLICIES
CLOCKS = "follow_up", "resolution"
CLASSES, KINDS = (None, "complaint", "supervisory", "information"), (None, "complaint", "information")
REGION = REGIONS[CITY]

LIMITS = st.builds(
    Limit,
    st.sampled_from(CLOCKS),
    st.sampled_from(CLASSES),
    st.integers(1, 60),
    st.sampled_from(["working", "working", "working", "calendar"]),
    st.just("x"),
    st.sampled_from(KINDS),
)
REMINDERS = st.lists(
    st.tuples(st.integers(10, 95), st.sampled_from([("liaison",), ("liaison", "coordinator")])),
    max_size=3,
    unique_by=lambda pair: pair[0],
).map(lambda pairs: tuple(Reminder(*pair) for pair in sorted(pairs)))
PLACES = st.sampled_from(
    [
        *[{}] * 3,
        {"tier": "unit"},
        {"agency": ROADS},
        {"agency": CITY},
        {"agency": PROVINCE},
        {"agency": CITY, "tier": "unit"},
        {"region": REGION},
        {"region": str(REGION).split(".", maxsplit=1)[0]},
    ]
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    limits = draw(st.lists(LIMITS, min_size=1, max_size=3, unique_by=lambda o: (o.clock, o.classification, o.kind)))
    second = draw(st.integers(1, 8))
    return Policy(
        version=0,
        effective_on=date(2026, 1, 3) + timedelta(days=draw(st.integers(0, 20))),
        source="x",
        limits=tuple(limits),
        reminders=draw(st.one_of(st.just(SEED.reminders), REMINDERS)),
        climbs=(0, second, second + draw(st.integers(1, 8))),
        recurrence=Recurrence(draw(st.integers(1, 7)), 7),
        **draw(PLACES),
    )


@st.composite
def likely(draw: st.DrawFn) -> Policy:
    """A policy of the first follow-up that may well be accepted, and then overtaken by a stricter one above it."""
    place = draw(PLACES)
    second = draw(st.integers(3, 5))
    return replace(
        SEED,
        effective_on=date(2026, 1, 3) + timedelta(days=draw(st.integers(0, 10))),
        limits=(Limit("follow_up", draw(st.sampled_from(CLASSES)), draw(st.integers(1, 5)), "working", "x"),),
        climbs=(0, second, second + draw(st.integers(3, 5))),
        recurrence=Recurrence(draw(st.integers(3, 5)), 7),
        **place,
    )


def accepted(new: Iterable[Policy], *, all_of_them: bool = False) -> Rules:
    """The rules with those of these policies that are accepted, one after the other."""
    rules = Rules(POLICIES, calendars(None), DIRECTORY)
    for policy in new:
        if all_of_them or problem_of(rules, DIRECTORY, policy, TODAY) is None:
            rules = replace(rules, policies=(*rules.policies, replace(policy, version=rules.newest + 1)))
    return rules


def chain(code: str) -> list[str]:
    parent = TREE[code][0]
    return [code, *(chain(parent) if parent else [])]


def naive(rows: Sequence[Policy], at: datetime, clock: str, classification: str, kind: str, agency: str) -> Terms:
    """The rule as its page says it, looking at every row for every place."""
    above = chain(agency)
    regions = (REGIONS[agency] or "").split(".")
    inwards: list[tuple[str, str | None]] = [("country", None)]
    inwards += [("region", ".".join(regions[:n])) for n in range(1, len(regions) + 1) if REGIONS[agency]]
    inwards += [("agency", code) for code in reversed(above)]
    chosen: Terms | None = None
    for sort, name in inwards:
        best: tuple[Any, Terms] | None = None
        for row in rows:
            own = "agency" if row.agency else "region" if row.region else "country"
            if own != sort or (row.agency or row.region) != name or row.tier not in (None, TREE[agency][1]):
                continue
            if datetime.combine(row.effective_on, datetime.min.time(), CAPITAL) > at:
                continue
            for limit in row.limits:
                if (
                    limit.clock == clock
                    and limit.classification in (None, classification)
                    and limit.kind in (None, kind)
                ):
                    given = bool(row.tier), limit.classification is not None, limit.kind is not None
                    weight = (*given, row.effective_on, row.version)
                    if best is None or weight > best[0]:
                        best = weight, Terms(row, limit)
        if best and (chosen is None or no_later(best[1], chosen)):
            chosen = best[1]
    assert chosen is not None
    return chosen


def no_later(ours: Terms, theirs: Terms) -> bool:
    """Whether no step of ours is later than its like of theirs, by the steps that the sweep takes."""
    if ours.limit.unit != theirs.limit.unit or ours.limit.days > theirs.limit.days:
        return False
    mine, others = (steps_of(one.policy, "follow_up", one.limit.days) for one in (ours, theirs))
    rest = sorted((step for step in mine if step.percent), key=lambda step: -step.days)
    for needed in sorted((step for step in others if step.percent), key=lambda step: -step.days):
        found = [step for step in rest if step.days <= needed.days and {*step.roles} >= {*needed.roles}]
        if not found:
            return False
        rest.remove(found[0])
    climbs = ([step.days for step in steps if step.escalation] for steps in (mine, others))
    if any(own > other for own, other in zip(*climbs, strict=True)):
        return False
    return ours.policy.recurrence.days(ours.limit.unit) <= theirs.policy.recurrence.days(theirs.limit.unit)


MOMENTS = st.integers(0, 30).map(lambda days: TODAY + timedelta(days=days))
SITUATIONS = st.tuples(
    st.sampled_from(CLOCKS),
    st.sampled_from(["complaint", "supervisory", "information"]),
    st.sampled_from(["complaint", "information"]),
    st.sampled_from([ROADS, HEALTH, CITY, PROVINCE, EAST, NATIONAL]),
)


@settings(max_examples=1_000, deadline=None)
@given(st.lists(st.one_of(likely(), policies()), max_size=8), MOMENTS, SITUATIONS, st.booleans())
def test_the_terms_are_those_of_a_naive_look_at_every_row(
    new: list[Policy], at: datetime, where: tuple[Any, str, str, str], all_of_them: bool
) -> None:
    rules = accepted(new, all_of_them=all_of_them)
    found = terms_in(rules.in_force(at), situation_at(DIRECTORY, *where))
    assert found == naive(rules.policies, at, *where)


@settings(max_examples=1_000, deadline=None)
@given(st.lists(st.one_of(likely(), likely(), policies()), max_size=8), MOMENTS, SITUATIONS)
def test_no_accepted_policies_make_a_local_limit_or_step_later_than_the_countrys(
    new: list[Policy], at: datetime, where: tuple[Any, str, str, str]
) -> None:
    rules = accepted(new)
    national = [policy for policy in rules.in_force(at) if not policy.is_local]
    ours = terms_in(rules.in_force(at), situation_at(DIRECTORY, *where))
    theirs = terms_in(national, situation_at(DIRECTORY, *where))
    calendar, unit = calendars(None)("WIB"), ours.limit.unit
    assert unit == theirs.limit.unit
    last = [
        [moment_of(unit, calendar, at, step.days) for step in (*steps_of(p, "follow_up", o.days)[-3:],)]
        + [moment_of(unit, calendar, at, recurring_step(p, "follow_up", o.days).days + p.recurrence.days(unit))]
        for p, o in (ours, theirs)
    ]
    assert all(own <= other for own, other in zip(*last, strict=True))
    assert no_later(ours, theirs)


@settings(max_examples=300, deadline=None)
@given(st.one_of(likely(), policies()), st.sampled_from([ROADS, CITY, PROVINCE]))
def test_what_is_accepted_counts_at_once_where_it_holds(new: Policy, agency: str) -> None:
    """A local policy that is accepted beside national ones is nowhere set aside on its first day."""
    local = replace(new, agency=agency, region=None, tier=None)
    rules = accepted([local])
    if rules.newest == 1:
        return
    for limit in local.limits:
        where = situation_at(
            DIRECTORY, limit.clock, limit.classification or "complaint", limit.kind or "complaint", agency
        )
        assert terms_in(rules.in_force(local.effective_at), where).policy.version == 2
