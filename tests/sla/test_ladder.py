"""The ladder: a table of recipients, and any chain with any vacant seats against a plain reference."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla.domain.directory import UNKNOWN_ROOT, Agency, Directory, Seat
from services.sla.domain.ladder import recipients_of, recipients_of_climb, recipients_of_reminder
from services.sla.domain.steps import CLIMB, steps_of
from shared.vocabulary import FOLLOW_UP, RESOLUTION, VERIFICATION, Role
from tests.make import FRONT, UNIT
from tests.policies import POLICIES

[POLICY] = POLICIES
LEADERS: tuple[Role, ...] = ("leader", "coordinator")


def chain(*vacant: tuple[str, str]) -> tuple[Agency, ...]:
    """A unit, its city, its province and the root."""
    tree = {"unit": ("city", UNIT), "city": ("prov", FRONT), "prov": ("NAS", FRONT), "NAS": (None, FRONT)}
    agencies = {
        code: Agency(code, parent, "WIB", {role: (code, role) not in vacant for role in roles})
        for code, (parent, roles) in tree.items()
    }
    return tuple(Directory(1, agencies).chain_of("unit"))


ROOT_SEATS = (("NAS", "coordinator"), ("NAS", "leader"))


@pytest.mark.parametrize(
    ("vacant", "escalation", "reached", "passed_over"),
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
    vacant: Sequence[tuple[str, str]], escalation: int, reached: list[Seat], passed_over: list[Seat]
) -> None:
    found = recipients_of_climb(chain(*vacant), escalation)
    assert (list(found.reached), list(found.vacant)) == (reached, passed_over)


@pytest.mark.parametrize(
    ("vacant", "roles", "reached", "passed_over"),
    [
        ((), ("liaison",), [("unit", "liaison")], []),
        ((), ("liaison", "coordinator"), [("unit", "liaison"), ("city", "coordinator")], []),
        ([("unit", "liaison")], ("liaison",), [("city", "coordinator")], [("unit", "liaison")]),
        ([("city", "coordinator")], ("coordinator",), [("prov", "coordinator")], [("city", "coordinator")]),
    ],
)
def test_a_reminder_reaches_the_front_desk(
    vacant: Sequence[tuple[str, str]], roles: tuple[Role, ...], reached: list[Seat], passed_over: list[Seat]
) -> None:
    found = recipients_of_reminder(chain(*vacant), roles)
    assert (list(found.reached), list(found.vacant)) == (reached, passed_over)


def test_a_government_without_liaison_reports_no_vacancy() -> None:
    found = recipients_of_reminder(chain()[1:], ("liaison", "coordinator"))
    assert (found.reached, found.vacant) == ((("city", "coordinator"),), ())


def test_a_ministry_climbs_to_the_root_and_stays_there() -> None:
    ministry = (Agency("K1", "NAS", "WIB", dict.fromkeys(FRONT, True)), chain()[-1])
    assert [recipients_of_climb(ministry, step).reached for step in (1, 2)] == [
        (("K1", "leader"),),
        (("NAS", "leader"),),
    ]
    assert set(recipients_of_climb(ministry, 3).reached) == set(ROOT_SEATS)


@pytest.mark.parametrize("parents", [{"a": "b", "b": "a"}, {"a": "gone"}, {"a": None}, {}])
def test_a_broken_chain_goes_on_at_the_root(parents: dict[str, str | None]) -> None:
    agencies = {code: Agency(code, parent, "WIB", {}) for code, parent in parents.items()}
    climbed = Directory(1, agencies).chain_of("a")
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
def test_a_climb_reaches_the_same_agency_as_the_reference(found: tuple[Agency, ...], escalation: int) -> None:
    reached = recipients_of_climb(found, escalation).reached
    expected = naive_climb(found, escalation)
    assert (reached[0].agency if reached else None) == expected


@given(chains)
def test_somebody_is_reached_if_any_seat_is_filled(found: tuple[Agency, ...]) -> None:
    anybody = any(agency.is_filled(role) for agency in found for role in LEADERS)
    for step in steps_of(POLICY, FOLLOW_UP, 5):
        for clock in (VERIFICATION, FOLLOW_UP, RESOLUTION):
            assert recipients_of(found, clock, step).reached or not anybody


@given(chains)
def test_a_later_climb_never_reaches_lower(found: tuple[Agency, ...]) -> None:
    heights = [[int(code[1:]) for code, _ in recipients_of_climb(found, step).reached] for step in (1, 2, 3)]
    reached = [max(height) for height in heights if height]
    assert reached == sorted(reached) and len(reached) in (0, 3)


@given(chains)
def test_only_filled_seats_are_reached_and_only_vacant_ones_reported(found: tuple[Agency, ...]) -> None:
    by_code = {agency.code: agency for agency in found}
    for step in steps_of(POLICY, RESOLUTION, 14):
        recipients = recipients_of(found, RESOLUTION, step)
        if step.kind == CLIMB and not any(agency.is_filled(role) for agency in found for role in LEADERS):
            # Mails may arrive at the root again, which is tried in each round.
            assert recipients.reached == ((found[-1].code, "coordinator"), (found[-1].code, "leader"))
            continue
        assert all(by_code[code].is_filled(role) for code, role in recipients.reached)
        assert not any(by_code[code].is_filled(role) for code, role in recipients.vacant)
        assert len(set(recipients.reached)) == len(recipients.reached)
        assert len(set(recipients.vacant)) == len(recipients.vacant)
