"""Random people, faults and clocks: whatever both sides do, and however the news arrives, no open complaint is silent.

The rules of routing decide, the rules of sla hear what was told: late, out of order, again. The clocks take their steps
while time leaps by hours or weeks.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.routing.domain.acts import allowed_acts
from services.routing.domain.cases import Actor
from services.sla.domain import lifecycle
from services.sla.domain.announcements import take_step
from services.sla.domain.clocks import FURTHEST, Clock, Key, settled
from services.sla.domain.complaints import Complaint
from services.sla.domain.ladder import Ladder
from services.sla.domain.settlements import settle
from shared.lifecycle.acts import ActKind
from shared.lifecycle.table import TRANSITIONS
from shared.reporters import ReporterAct
from shared.vocabulary import ARCHIVED, ENDED, HOLD, LIFE, MERGER, OVER_HANDLING, WINDOW, EventType
from tests.sla.cases import COMPLAINT, RULES
from tests.sla.lives import ACTORS, APPROVERS, HOLDERS, CaseOfRules, Told, chain
from tests.sla.test_order import after
from tests.sla.test_situations import DIRECTORY

LADDER = Ladder(DIRECTORY)
# An act that ends a complaint, or that changes no clock, is done once in so many times; else histories are short.
CHANCE, RARE = st.integers(0, 9), 5
TELLING = frozenset(
    row.act for row in TRANSITIONS if (row.after or row.begins or row.ends or row.returns) and row.after != ARCHIVED
) | {ActKind.INTERIM, ActKind.CORRECTION}
# What a reporter usually wants in each state.
OF_REPORTER: Mapping[str, Sequence[ReporterAct]] = {
    "ON_HOLD": ("completion", "completion", "consent"),
    "MERGED": ("withdrawal", "consent"),
    "REFERRED": ("reply",),
    "ANSWERED": ("dispute", "dispute", "acceptance", "reply", "appeal"),
    "CLOSED": ("reopening", "reply", "appeal"),
    "ARCHIVED": ("reopening", "appeal"),
    "IN_PROGRESS": ("contest", "contest", "consent"),
    **dict.fromkeys(("UNVERIFIED", "AWAITING_FOLLOW_UP"), ("dispute", "consent")),
}
STATES = {(state, after) for row in TRANSITIONS for state in row.before for after in row.afters_from(state)}
SPANS = st.sampled_from([timedelta(hours=1), timedelta(hours=30), timedelta(days=4), timedelta(days=11)])
# Whatever a step leaves as it was: when a clock runs, for whom, and until when.
SAME = "agency", "zone", "started_at", "limit_days", "due_at", "stopped_at", "outcome", "pauses", "paused_at", "floor"


class Sla:
    """What sla's rules make of events, in the order in which they come."""

    def __init__(self) -> None:
        self.complaint: Complaint | None = None
        self.clocks: dict[Key, Clock] = {}

    def hear(self, told: Told) -> None:
        fact, at = told
        if self.complaint is None:
            unknown = Complaint(COMPLAINT, at)
            self.complaint, _ = after(RULES, unknown, (), fact, at)
            alive = settled(RULES, self.complaint, lifecycle.life(RULES, self.complaint))
            self.clocks, self.complaint = {alive.key: alive}, unknown
        known = tuple(self.clocks.values())
        self.complaint, changes = after(RULES, self.complaint, known, fact, at)
        settled_changes = settle(RULES, self.complaint, known, changes)
        self.clocks = {clock.key: clock for clock in settled_changes.applied_to(known)}

    @property
    def running(self) -> list[Clock]:
        return [clock for clock in self.clocks.values() if clock.stopped_at is None]

    def summary(self) -> Any:
        clocks = {key: [getattr(clock, name) for name in SAME] for key, clock in self.clocks.items()}
        return self.complaint, clocks


class Lives(RuleBasedStateMachine):
    """One complaint; `arrived` are the places of what sla has heard of what was told, in the order of arrival."""

    def __init__(self) -> None:
        super().__init__()
        self.case, self.sla = CaseOfRules(), Sla()
        self.arrived: list[int] = []
        self.is_away = False
        self.steps: set[tuple[Key, int, int]] = set()
        self._hear_all()

    @property
    def _waiting(self) -> list[int]:
        return [place for place in range(len(self.case.told)) if place not in self.arrived]

    def _hear_all(self) -> None:
        for place in [] if self.is_away else self._waiting:
            self._hear(place)

    def _hear(self, place: int) -> None:
        self.arrived.append(place)
        self.sla.hear(self.case.told[place])

    @initialize(begins=st.sampled_from(["unverified", "verified", "answered", "answered"]))
    def most_complaints_are_verified_and_many_answered(self, begins: str) -> None:
        acts = (ActKind.VERIFICATION, Actor("admin", None)), (ActKind.ANSWER, Actor("leader", HOLDERS[0]))
        for kind, actor in acts[: ["unverified", "verified", "answered"].index(begins)]:
            assert self.case.does(kind, actor, HOLDERS[0], self.case.now.date())
        self._hear_all()

    @precondition(lambda self: self.case.allowed())
    @rule(data=st.data(), receiver=st.sampled_from(HOLDERS), days=st.integers(1, 40), chance=CHANCE)
    def an_official_acts(self, data: st.DataObject, receiver: str, days: int, chance: int) -> None:
        allowed = [(kind, actor) for kind, actor in self.case.allowed() if kind in TELLING or chance == RARE]
        kind = data.draw(st.sampled_from(sorted({kind for kind, _ in allowed} or {ActKind.NOTE})))
        actor = data.draw(st.sampled_from([actor for each, actor in self.case.allowed() if each == kind]))
        number = 0
        if kind in (ActKind.FULFILMENT, ActKind.POSTPONEMENT):
            number = data.draw(st.sampled_from(sorted(self.case.promises)))
        self.case.does(kind, actor, receiver, (self.case.now + timedelta(days=days)).date(), number)
        self._hear_all()

    @rule(kind=st.sampled_from(ActKind), actor=st.sampled_from(ACTORS), arrived=st.booleans())
    def a_mail_arrives_or_not_and_nobody_does_what_is_not_allowed(
        self, kind: ActKind, actor: Any, arrived: bool
    ) -> None:
        self.case.notice(arrived)
        before = self.case.case
        if kind not in allowed_acts(before, actor, chain, APPROVERS.get(before.holder)):
            assert not self.case.does(kind, actor, HOLDERS[1], self.case.now.date(), 1)
            assert self.case.case == before

    @rule(data=st.data(), ago=st.sampled_from([timedelta(), timedelta(days=2)]), chance=CHANCE)
    def the_reporter_acts(self, data: st.DataObject, ago: timedelta, chance: int) -> None:
        acts = OF_REPORTER.get(self.case.case.state, ("withdrawal",))
        self.case.asks("withdrawal" if chance == RARE else data.draw(st.sampled_from(acts)), self.case.now - ago)
        self._hear_all()

    @precondition(lambda self: self.case.is_whole)
    @rule(answered=st.booleans(), again=st.booleans())
    def the_parts_of_a_whole_are_done_or_one_is_open_again(self, answered: bool, again: bool) -> None:
        self.case.parts_are_done(answered)
        if again:
            self.case.part_is_open_again()
        self._hear_all()

    @rule(is_away=st.booleans(), data=st.data())
    def sla_goes_away_or_hears_all_that_waits_in_some_order(self, is_away: bool, data: st.DataObject) -> None:
        self.is_away = is_away
        for place in [] if is_away else data.draw(st.permutations(self._waiting)):
            self._hear(place)

    @precondition(lambda self: self._waiting)
    @rule(data=st.data())
    def something_comes_out_of_order(self, data: st.DataObject) -> None:
        self._hear(data.draw(st.sampled_from(self._waiting)))

    @rule(data=st.data())
    def something_comes_again(self, data: st.DataObject) -> None:
        before = self.sla.summary()
        self.sla.hear(self.case.told[data.draw(st.sampled_from(self.arrived))])
        assert self.sla.summary() == before

    @rule(span=SPANS)
    def time_passes(self, span: timedelta) -> None:
        """The sweep takes no step of which it might not know the act."""
        self.case.now += span
        while not self._waiting and (due := self._due()):
            self._take(due[0])

    def _due(self) -> list[Clock]:
        found = [clock for clock in self.sla.running if clock.next_at and clock.next_at <= self.case.now]
        return sorted(found, key=lambda clock: clock.next_at or self.case.now)

    def _take(self, clock: Clock) -> None:
        is_watched = len(self.sla.running) > 1
        taken = take_step(RULES, LADDER, clock, self.case.now, is_watched)
        self.sla.clocks[clock.key] = taken.after
        if not taken.announcements:
            return
        step = clock.key, taken.step, taken.after.round
        assert step not in self.steps, "a step is taken once"
        self.steps.add(step)
        events = {announcement.event for announcement in taken.announcements}
        if EventType.OMBUDSMAN_OFFERED in events:
            self.case.is_offered()
        if clock.name == HOLD and EventType.DEADLINE_MISSED in events:
            self.case.hold_is_over(clock.cycle)
        if clock.name == MERGER:
            self.case.merger_is_over(clock.cycle)
        if clock.name == WINDOW and EventType.WINDOW_LAPSED in events:
            self.case.window_is_over(clock.cycle)
        self._hear_all()

    @invariant()
    def a_case_has_one_holder_and_only_states_of_the_table(self) -> None:
        case = self.case.case
        assert case.holder in (*HOLDERS, "35.78") and case.verifier
        assert (case.held_from is not None) == (case.state in OVER_HANDLING)
        states = self.case.states
        assert all(step in STATES for step in pairwise(states))

    @invariant()
    def an_open_complaint_has_an_end_in_sight(self) -> None:
        """By all that sla has heard: a next step that is not far, and an end of each pause."""
        now: datetime = self.case.now
        for clock in self.sla.running:
            assert clock.next_at is not None and clock.next_at <= now + FURTHEST
            assert (clock.paused_at is None) == (clock.paused_until is None)
        if not self._waiting:
            self._agrees_with_routing()

    def _agrees_with_routing(self) -> None:
        assert self.sla.complaint is not None
        case, running = self.case.case, self.sla.running
        names = sorted(clock.name for clock in running)
        belongs, pauses = self.case.clocks
        belongs_often = sorted(
            [
                *(belongs - {"promise", "acknowledgement"}),
                *["promise"] * case.open_commitments,
                *["acknowledgement"] * len(case.ordered_by),
                *["contribution"] * len(case.supporting),
            ]
        )
        assert (names, {clock.name for clock in running if clock.paused_at}) == (belongs_often, pauses)
        assert (case.state in ENDED) == (LIFE not in names)
        [alive] = [clock for clock in self.sla.clocks.values() if clock.name == LIFE]
        assert self.sla.complaint.holder == alive.agency == case.holder

    def teardown(self) -> None:
        """In any order of arrival the clocks are those of the right order."""
        self.is_away = False
        self._hear_all()
        heard, in_order = Sla(), Sla()
        for place in self.arrived:
            heard.hear(self.case.told[place])
        for told in self.case.told:
            in_order.hear(told)
        assert heard.summary() == in_order.summary() == self.sla.summary()


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=1_000, stateful_step_count=30, deadline=None)
