"""The ladder: a table of who is reached, and any chain with any vacant seats against a naive reference."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla.domain.ladder import UNKNOWN_ROOT, Agency, Seat, chain_of, climb, reach, remind
from services.sla.domain.steps import steps

UNIT, FRONT = ("liaison", "leader"), ("coordinator", "leader")


def chain(*vacant: Seat) -> tuple[Agency, ...]:
    """A unit, its city, its province and the root."""
    tree = {"unit": ("city", UNIT), "city": ("prov", FRONT), "prov": ("NAS", FRONT), "NAS": (None, FRONT)}
    agencies = {
        code: Agency(code, parent, "WIB", {role: (code, role) not in vacant for role in roles})
        for code, (parent, roles) in tree.items()
    }
    return chain_of(agencies, "unit")


ROOT_SEATS = (("NAS", "coordinator"), ("NAS", "leader"))


@pytest.mark.parametrize(
    ("vacant", "escalation", "told", "passed_over"),
    [
        ((), 1, [("unit", "leader")], []),
        ((), 2, [("city", "leader")], []),
        ((), 3, [("prov", "leader"), *ROOT_SEATS], []),
        ([("unit", "leader")], 1, [("city", "leader")], [("unit", "leader")]),
        ([("unit", "leader")], 2, [("city", "leader")], []),
        ([("city", "leader")], 2, [("prov", "leader")], [("city", "leader")]),
        ([("prov", "leader")], 3, [("NAS", "leader"), ("NAS", "coordinator")], [("prov", "leader")]),
        ([("NAS", "leader")], 3, [("prov", "leader"), ("NAS", "coordinator")], [("NAS", "leader")]),
        (
            [(code, "leader") for code in ("unit", "city", "prov", "NAS")],
            1,
            [("city", "coordinator")],
            [(code, "leader") for code in ("unit", "city", "prov", "NAS")],
        ),
        (
            [("prov", "leader"), ("NAS", "leader"), ("prov", "coordinator"), ("NAS", "coordinator")],
            3,
            [("city", "leader")],
            [("prov", "leader"), ("NAS", "leader"), ("prov", "coordinator"), ("NAS", "coordinator")],
        ),
    ],
)
def test_a_climb_passes_vacant_seats(
    vacant: Sequence[Seat], escalation: int, told: list[Seat], passed_over: list[Seat]
) -> None:
    reached = climb(chain(*vacant), escalation)
    assert (list(reached.told), list(reached.vacant)) == (told, passed_over)


@pytest.mark.parametrize(
    ("vacant", "roles", "told", "passed_over"),
    [
        ((), ("liaison",), [("unit", "liaison")], []),
        ((), ("liaison", "coordinator"), [("unit", "liaison"), ("city", "coordinator")], []),
        ([("unit", "liaison")], ("liaison",), [("city", "coordinator")], [("unit", "liaison")]),
        ([("city", "coordinator")], ("coordinator",), [("prov", "coordinator")], [("city", "coordinator")]),
    ],
)
def test_a_reminder_reaches_the_front_desk(
    vacant: Sequence[Seat], roles: tuple[str, ...], told: list[Seat], passed_over: list[Seat]
) -> None:
    reached = remind(chain(*vacant), roles)
    assert (list(reached.told), list(reached.vacant)) == (told, passed_over)


def test_a_government_has_no_liaison_to_miss() -> None:
    reached = remind(chain()[1:], ("liaison", "coordinator"))
    assert (reached.told, reached.vacant) == ((("city", "coordinator"),), ())


def test_a_ministry_climbs_to_the_root_and_stays_there() -> None:
    ministry = (Agency("K1", "NAS", "WIB", dict.fromkeys(FRONT, True)), chain()[-1])
    assert [climb(ministry, step).told for step in (1, 2)] == [(("K1", "leader"),), (("NAS", "leader"),)]
    assert set(climb(ministry, 3).told) == set(ROOT_SEATS)


@pytest.mark.parametrize("parents", [{"a": "b", "b": "a"}, {"a": "gone"}, {"a": None}, {}])
def test_a_chain_that_breaks_off_goes_on_at_the_root(parents: dict[str, str | None]) -> None:
    agencies = {code: Agency(code, parent, "WIB", {}) for code, parent in parents.items()}
    climbed = chain_of(agencies, "a")
    assert [agency.code for agency in climbed] == [*parents, "NAS"]
    assert climbed[-1] is UNKNOWN_ROOT


# --- any chain, any vacancies

presence = st.sampled_from([None, False, True])
agencies = st.fixed_dictionaries({role: presence for role in ("liaison", "coordinator", "leader")})
chains = st.lists(agencies, min_size=1, max_size=8).map(
    lambda found: tuple(
        Agency(f"a{n}", f"a{n + 1}", "WIB", {role: filled for role, filled in seats.items() if filled is not None})
        for n, seats in enumerate(found)
    )
)


def naive_climb(found: Sequence[Agency], escalation: int) -> str | None:
    """The agency whose seat a climb must reach, spelled out."""
    start = min(escalation - 1, len(found) - 1)
    for role in ("leader", "coordinator"):
        for agency in found[start:]:
            if agency.seats.get(role):
                return agency.code
    for agency in reversed(found[:start]):
        if agency.seats.get("leader") or agency.seats.get("coordinator"):
            return agency.code
    return None


@given(chains, st.integers(1, 3))
def test_a_climb_reaches_whom_the_reference_reaches(found: tuple[Agency, ...], escalation: int) -> None:
    told = climb(found, escalation).told
    expected = naive_climb(found, escalation)
    assert (told[0][0] if told else None) == expected


@given(chains)
def test_somebody_is_reached_as_long_as_anybody_is_there(found: tuple[Agency, ...]) -> None:
    anybody = any(agency.filled(role) for agency in found for role in ("leader", "coordinator"))
    for step in steps(5):
        for clock in ("verification", "follow_up", "resolution"):
            assert reach(found, clock, step).told or not anybody


@given(chains)
def test_a_later_climb_never_reaches_lower(found: tuple[Agency, ...]) -> None:
    heights = [[int(code[1:]) for code, _ in climb(found, step).told] for step in (1, 2, 3)]
    reached = [max(height) for height in heights if height]
    assert reached == sorted(reached) and len(reached) in (0, 3)


@given(chains)
def test_only_filled_seats_are_told_and_only_vacant_ones_reported(found: tuple[Agency, ...]) -> None:
    by_code = {agency.code: agency for agency in found}
    for step in steps(14):
        reached = reach(found, "resolution", step)
        assert all(by_code[code].filled(role) for code, role in reached.told)
        assert not any(by_code[code].filled(role) for code, role in reached.vacant)
        assert len(set(reached.told)) == len(reached.told) and len(set(reached.vacant)) == len(reached.vacant)
