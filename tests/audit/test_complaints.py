"""One complaint as three services know it: what is wrong with it, and what is only on its way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.audit.domain.accounts import Case, Clock, Complaint, Filed, Timed
from services.audit.domain.complaints import SETTLING, violations_of
from tests.make import CITY, HEALTH, ROADS
from tests.services import MONDAY

NOW = MONDAY + timedelta(days=1)
SOON = NOW + timedelta(days=3)
STATES = {
    "UNVERIFIED": ("life", "verification", "ombudsman"),
    "AWAITING_FOLLOW_UP": ("life", "follow_up", "resolution", "ombudsman"),
    "IN_PROGRESS": ("life", "resolution", "ombudsman"),
    "ANSWERED": ("life", "window"),
    "CLOSED": (),
    "ARCHIVED": (),
    "WITHDRAWN": (),
}
ALL_CLOCKS = ("life", "verification", "follow_up", "resolution", "ombudsman", "hold", "window")


def clock(name: str, runs: bool = True, **changes) -> Clock:
    agency = CITY if name == "verification" else ROADS
    stopped_at, next_at = (None, SOON) if runs else (MONDAY, None)
    return replace(Clock(name, 1, agency, MONDAY, next_at, stopped_at), **changes)


def complaint(state: str = "AWAITING_FOLLOW_UP") -> Complaint:
    """A sound complaint in this state."""
    filed = Filed(MONDAY, state, ROADS, "PU", "PU")
    clocks = tuple(clock(name, name in STATES[state]) for name in ALL_CLOCKS)
    ends = {"is_answered": state in ("ANSWERED", "CLOSED"), "is_ended": state in ("ARCHIVED", "WITHDRAWN")}
    return Complaint(UUID(int=7), filed, Case(state, ROADS, CITY, MONDAY), Timed(MONDAY, clocks, holder=ROADS, **ends))


def checks(found: Complaint) -> set[str]:
    return {violation.check for violation in violations_of(found, NOW)}


@pytest.mark.parametrize("state", STATES)
def test_a_sound_complaint_breaks_no_law(state: str) -> None:
    assert checks(complaint(state)) == set()


def on_hold(held_from: str) -> Complaint:
    """A sound complaint that is on hold since it was in this state."""
    found = complaint(held_from)
    assert found.filed and found.case and found.timed
    clocks = tuple(
        replace(each, is_paused=each.runs and each.name != "life") if each.name != "hold" else clock("hold")
        for each in found.timed.clocks
    )
    case = replace(found.case, state="ON_HOLD", held_from=held_from)
    filed = replace(found.filed, state="ON_HOLD")
    return replace(found, filed=filed, case=case, timed=replace(found.timed, clocks=clocks))


@pytest.mark.parametrize("held_from", ["UNVERIFIED", "AWAITING_FOLLOW_UP", "IN_PROGRESS"])
def test_a_clock_pauses_on_hold_and_only_then(held_from: str) -> None:
    sound = on_hold(held_from)
    assert sound.case and sound.timed and sound.filed and checks(sound) == set()
    clocks = tuple(replace(each, is_paused=False) for each in sound.timed.clocks)
    assert checks(replace(sound, timed=replace(sound.timed, clocks=clocks))) == {"pause_differs"}
    case, filed = replace(sound.case, state=held_from, held_from=None), replace(sound.filed, state=held_from)
    assert checks(replace(sound, case=case, filed=filed)) == {"pause_differs", "state_differs"}


FAR_AHEAD = NOW + timedelta(days=3000)


def test_a_moment_of_the_future_is_wrong_and_excuses_no_difference() -> None:
    sound = complaint()
    assert sound.filed and sound.case and sound.timed
    acted = replace(sound, case=replace(sound.case, holder=HEALTH, changed_at=FAR_AHEAD))
    assert checks(acted) == {"dated_ahead", "holder_differs", "kept_holder_differs", "named_holder_differs"}
    assert checks(replace(sound, filed=replace(sound.filed, filed_at=FAR_AHEAD), case=None)) == {
        "dated_ahead",
        "filing_differs",
        "no_case",
    }
    assert checks(replace(sound, timed=replace(sound.timed, silent_since=FAR_AHEAD))) == {"dated_ahead"}
    assert all(violation.since <= NOW for violation in violations_of(acted, NOW))


@pytest.mark.parametrize("moment", [datetime.max, datetime.min, datetime.max.replace(tzinfo=UTC)])
def test_a_complaint_that_cannot_be_compared_is_wrong_itself(moment: datetime) -> None:
    sound = complaint()
    assert sound.case
    assert checks(replace(sound, case=replace(sound.case, changed_at=moment))) == {"unreadable"}


@pytest.mark.parametrize("said", STATES)
@pytest.mark.parametrize("state", STATES)
def test_another_state_at_routing_is_a_difference_to_both_hearers(said: str, state: str) -> None:
    sound, owner = complaint(said), complaint(state)
    found = checks(replace(sound, case=owner.case))
    assert ("status_differs" in found) is (said != state)
    # Whether it was archived or withdrawn makes no difference to time.
    same_in_time = said == state or {said, state} == {"ARCHIVED", "WITHDRAWN"}
    assert bool(found & {"state_differs", "life_ended", "life_goes_on", "end_differs"}) is not same_in_time


def test_states_with_one_label_are_told_apart_in_words() -> None:
    sound = complaint("ARCHIVED")
    [found] = violations_of(replace(sound, case=complaint("WITHDRAWN").case), NOW)
    assert found.detail == "Masyarakat melihat Arsip (ARCHIVED), padahal yang benar Arsip (WITHDRAWN)."


@pytest.mark.parametrize(("age", "is_told"), [(SETTLING - timedelta(seconds=1), False), (SETTLING, True)])
def test_a_case_that_changed_within_the_last_minutes_is_left_out(age: timedelta, is_told: bool) -> None:
    sound = complaint()
    assert sound.case
    moved = replace(sound, case=replace(sound.case, holder=HEALTH, changed_at=NOW - age))
    assert (checks(moved) == {"holder_differs", "kept_holder_differs", "named_holder_differs"}) is is_told
    assert bool(checks(moved)) is is_told


@pytest.mark.parametrize(("minutes", "found"), [(59, set()), (61, {"no_case", "no_clock"})])
def test_a_filing_has_a_case_and_a_clock_after_an_hour(minutes: int, found: set[str]) -> None:
    filed = Filed(NOW - timedelta(minutes=minutes))
    assert checks(Complaint(UUID(int=7), filed, None, None)) == found


@pytest.mark.parametrize(
    ("minutes", "decided", "is_told"), [(9, (), False), (11, (), True), (11, ("withdrawal",), False)]
)
def test_what_a_reporter_asks_for_is_decided_within_minutes(minutes: int, decided: tuple, is_told: bool) -> None:
    sound = complaint()
    assert sound.filed and sound.case
    asked = replace(sound.filed, acts=frozenset({"withdrawal"}), acted_at=NOW - timedelta(minutes=minutes))
    found = replace(sound, filed=asked, case=replace(sound.case, decided=frozenset(decided)))
    assert checks(found) == ({"act_undecided"} if is_told else set())


@pytest.mark.parametrize(("minutes", "found"), [(59, set()), (61, {"no_case", "no_clock"})])
def test_the_hour_is_one_of_real_time_on_an_accelerated_clock_too(minutes: int, found: set[str]) -> None:
    filed = Filed(NOW - timedelta(minutes=minutes) * 1_440)
    violations = violations_of(Complaint(UUID(int=7), filed, None, None), NOW, 1_440)
    assert {one.check for one in violations} == found


def test_what_intake_does_not_know_was_never_filed() -> None:
    assert checks(replace(complaint(), filed=None)) == {"never_filed"}
    assert checks(replace(complaint(), filed=None, case=None)) == {"never_filed"}


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"next_at": None}, "no_next_step"),
        ({"next_at": NOW + timedelta(days=151)}, "no_next_step"),
        ({"moved_at": NOW + timedelta(hours=2)}, "moved_ahead"),
        ({"moved_at": None}, "moved_ahead"),
        ({"is_muted": True}, "step_muted"),
        ({"started_at": NOW + timedelta(hours=2)}, "dated_ahead"),
        ({"hidden_pause": True}, "pause_differs"),
        ({"agency": ""}, "no_agency"),
        ({"agency": HEALTH}, "holder_differs"),
    ],
)
@pytest.mark.parametrize("name", STATES["AWAITING_FOLLOW_UP"])
def test_every_clock_that_runs_is_looked_at(name: str, changes: dict, check: str) -> None:
    sound = complaint()
    assert sound.timed
    clocks = tuple(replace(each, **changes) if each.name == name else each for each in sound.timed.clocks)
    assert checks(replace(sound, timed=Timed(MONDAY, clocks, holder=ROADS))) == {check}


def test_of_two_turns_that_run_at_once_both_are_looked_at() -> None:
    sound = complaint()
    assert sound.timed
    first, *others = sound.timed.clocks
    for agency, found in ((ROADS, {"state_differs"}), (HEALTH, {"state_differs", "holder_differs"})):
        twice = (first, clock("follow_up", agency=agency), *(replace(each, cycle=2) for each in others))
        assert checks(replace(sound, timed=Timed(MONDAY, twice, holder=ROADS))) == found


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"is_answered": True}, "end_differs"),
        ({"is_ended": True}, "end_differs"),
        ({"confidential": True}, "filing_differs"),
        ({"kind": "aspiration"}, "filing_differs"),
        ({"filed_at": NOW}, "filing_differs"),
    ],
)
def test_sla_knows_a_complaint_as_it_was_filed_and_as_it_ended(changes: dict, check: str) -> None:
    sound = complaint()
    assert sound.timed
    assert checks(replace(sound, timed=replace(sound.timed, **changes))) == {check}


@pytest.mark.parametrize(("name", "field"), [("approval", "draft_waits"), ("promise", "open_promises")])
def test_the_clock_of_an_act_runs_exactly_while_routing_waits_for_it(name: str, field: str) -> None:
    sound = complaint()
    assert sound.case and sound.timed
    waiting = replace(sound, case=replace(sound.case, **{field: 1}))
    running = replace(sound.timed, clocks=(*sound.timed.clocks, clock(name)))
    assert checks(waiting) == checks(replace(sound, timed=running)) == {"state_differs"}
    assert checks(replace(waiting, timed=running)) == set()


def test_a_promise_runs_on_after_the_answer() -> None:
    sound = complaint("ANSWERED")
    assert sound.case and sound.timed
    promised = replace(sound.timed, clocks=(*sound.timed.clocks, clock("promise")))
    assert checks(replace(sound, case=replace(sound.case, open_promises=1), timed=promised)) == set()
    assert checks(replace(sound, timed=promised)) == {"state_differs"}


@pytest.mark.parametrize(
    ("kept", "case", "is_wrong"),
    [((None, False), 0, False), ((None, False), 1, False), ((0, True), 0, False), ((2, True), 2, False),
     ((None, True), 0, True), ((0, True), 1, True), ((2, True), 1, True), ((0, False), 1, True)],
)  # fmt: skip
def test_turns_are_compared_from_the_first_one_on(kept: tuple[int | None, bool], case: int, is_wrong: bool) -> None:
    sound = complaint()
    assert sound.timed and sound.case
    timed = replace(sound.timed, transfers=kept[0], is_verified=kept[1])
    assert checks(replace(sound, timed=timed, case=replace(sound.case, transfers=case))) == (
        {"transfers_differ"} if is_wrong else set()
    )
