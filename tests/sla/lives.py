"""A case as routing's pure rules decide it, and what each of its acts tells: both sides act, and Tanggap itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.routing.domain.acts import Act, allowed_acts, transition_of
from services.routing.domain.afters import case_after
from services.routing.domain.cases import Actor, Case
from services.routing.domain.contests import followed_up
from services.routing.domain.deadlines import after_offer
from services.routing.domain.holds import act_at_the_end, row_at_the_end, with_outcome
from services.routing.domain.reporters import transition_of as row_of_reporter
from services.routing.domain.splits import act_of_whole, row_of_whole
from services.routing.domain.windows import act_of_lapse, after_notice
from shared.events import ContributionGiven, ContributionRequested, Fact
from shared.lifecycle.acts import BY_SYSTEM, ActKind
from shared.lifecycle.clocks import CLOCKS_IN, CONTINUED_IN, PAUSED_IN
from shared.lifecycle.table import transitions_of
from shared.lifecycle.transitions import Transition
from shared.reporters import ReporterAct
from shared.vocabulary import (
    ACKNOWLEDGEMENT,
    ANSWERED,
    APPROVAL,
    ARCHIVED,
    CLOSED,
    COMMITMENT,
    CONTACT,
    CONTEST,
    ENDED,
    IN_PROGRESS,
    MERGED,
    REFERRAL,
    REFERRED,
    SPLIT,
    UNVERIFIED,
    ApproverRole,
    Classification,
    OfficialRole,
    State,
)
from tests import make
from tests.make import CITY, HEALTH, ROADS, TREE, ref
from tests.sla.cases import COMPLAINT, FILED, filed, routed

TICK, DAY = timedelta(microseconds=1), timedelta(days=1)
HOLDERS = ROADS, HEALTH
# The leader of this holder approves its answers.
APPROVERS: Mapping[str, ApproverRole] = {ROADS: "leader"}
ROLES: tuple[OfficialRole, ...] = ("liaison", "coordinator", "leader")
ACTORS = (
    *(Actor(role, agency) for agency in (CITY, "91.71", *HOLDERS) for role in ROLES),
    Actor("admin", None),
    Actor("coordinator", "35"),
    Actor("leader", "35"),
)
Told = tuple[Fact, datetime]


def chain(code: str) -> tuple[str, ...]:
    parent = TREE[code][0]
    return (code, *(chain(parent) if parent else ()))


@dataclass(slots=True)
class CaseOfRules:
    """A case, what was told of it so far, and the promises that are open: the moment and the day of each."""

    case: Case = field(default_factory=lambda: Case(ROADS, CITY))
    now: datetime = FILED
    told: list[Told] = field(default_factory=lambda: [(filed(COMPLAINT), FILED), (routed(COMPLAINT), FILED)])
    promises: dict[int, tuple[datetime, date]] = field(default_factory=dict)
    states: list[str] = field(default_factory=lambda: [UNVERIFIED])

    @property
    def clocks(self) -> tuple[set[str], set[str]]:
        """The clocks that belong to the case, and those among them that pause."""
        case = self.case
        begun: dict[str, Any] = {APPROVAL: case.draft_by, COMMITMENT: case.open_commitments}
        begun |= {CONTACT: case.contact_open, CONTEST: case.contested_at, ACKNOWLEDGEMENT: case.order_open}
        begun |= {REFERRAL: case.state == REFERRED and not case.handed_over}
        ran = CLOCKS_IN[case.held_from] if case.held_from else frozenset()
        paused, going_on = (set(ran & of.get(case.state, frozenset())) for of in (PAUSED_IN, CONTINUED_IN))
        return {
            *CLOCKS_IN[case.state],
            *paused,
            *going_on,
            *(name for name, is_open in begun.items() if is_open),
        }, paused

    def allowed(self) -> list[tuple[ActKind, Actor]]:
        """All acts that officials may do now."""
        case, approver = self.case, APPROVERS.get(self.case.holder)
        return [(kind, actor) for actor in ACTORS for kind in allowed_acts(case, actor, chain, approver)]

    def does(self, kind: ActKind, actor: Actor, receiver: str, due_on: date, number: int = 0) -> bool:
        """An official tries something; whether the table lets this happen."""
        forwards = kind in (ActKind.VERIFICATION, ActKind.UPHOLDING) or (
            kind == ActKind.FORWARD and actor.role != "liaison"
        )
        is_draft = kind == ActKind.DRAFT
        if kind == ActKind.CONTRIBUTION:
            number = number or next((n for n in range(1, 1 + len(self.case.support)) if self._is_asked(actor, n)), 1)
        act = Act(
            kind,
            classification=self._class(kind),
            agency=receiver if forwards else None,
            number=number or (self.case.drafts if kind in (ActKind.APPROVAL, ActKind.REJECTION) else None),
            draft="sealed" if is_draft else None,
            author="liaison" if is_draft else None,
            merged_into=UUID(int=1) if kind == ActKind.MERGER else None,
            reason=receiver if kind == ActKind.CONTRIBUTION_REQUEST else None,  # type: ignore[arg-type]
            asked_at=(self.now + TICK).isoformat() if kind == ActKind.CONTRIBUTION_REQUEST else None,
            given_by=actor.agency,
            due_on=due_on
            if kind in (ActKind.CONTRIBUTION_REQUEST, ActKind.PROMISE, ActKind.POSTPONEMENT, ActKind.INTERIM)
            else None,
        )
        row = transition_of(act, self.case, actor, chain, APPROVERS.get(self.case.holder))
        if isinstance(row, Transition):
            self._apply(row, act)
        return isinstance(row, Transition)

    def _is_asked(self, actor: Actor, number: int) -> bool:
        unit = self.case.support[str(number)]["agency"]
        return actor.agency == unit or (actor.role == "coordinator" and actor.agency in chain(unit))

    def _class(self, kind: ActKind) -> Classification | None:
        """A correction of what is verified takes a question for what is under supervision, and back."""
        if kind == ActKind.CORRECTION and (known := self.case.classification):
            return "information" if known == "supervisory" else "supervisory"
        return "complaint" if kind == ActKind.VERIFICATION else None

    def asks(self, act: ReporterAct, asked_at: datetime) -> bool:
        """The reporter wants something done, since this moment."""
        row = row_of_reporter(act, self.case, asked_at)
        if isinstance(row, Transition):
            decider = CITY if row.act in (ActKind.APPEAL, ActKind.CONTEST) else None
            self._apply(row, Act(row.act, appellate=decider, wished_at=asked_at), asked_at)
        return isinstance(row, Transition)

    def is_offered(self) -> None:
        self.case = after_offer(self.case)

    def hold_is_over(self, cycle: int) -> None:
        if act := act_at_the_end(self.case, cycle):
            self._apply(row_at_the_end(act, self.case), act)

    def merger_is_over(self, cycle: int) -> None:
        if self.case.state == MERGED and cycle == self.case.mergers:
            [row] = transitions_of(ActKind.SEPARATION, [BY_SYSTEM])
            self._apply(row, Act(row.act))

    def window_is_over(self, window: int) -> None:
        if kind := act_of_lapse(self.case, window):
            [row] = transitions_of(kind, [BY_SYSTEM])
            self._apply(row, Act(kind))

    def parts_are_done(self, answered: bool) -> None:
        """The last part of the whole is answered, or has ended in the archive."""
        self._turns_whole(ANSWERED if answered else ARCHIVED)

    def part_is_open_again(self) -> None:
        if self.is_whole:
            self._turns_whole(IN_PROGRESS)

    def _turns_whole(self, part: State) -> None:
        if act := act_of_whole(self.case.state, [part]):
            self._apply(row_of_whole(act, self.case.state), act)

    @property
    def is_whole(self) -> bool:
        return SPLIT in self.states

    def notice(self, arrived: bool) -> None:
        """What became of the last mail to the reporter is known."""
        told = with_outcome(self.case, self.case.holds, "sent" if arrived else "failed")
        self.case = after_notice(told, told.windows, arrived)

    def _apply(self, row: Transition, act: Act, asked_at: datetime | None = None) -> None:
        assert self.case.state in row.before
        self.now += TICK
        before, self.case = self.case, case_after(row, act, self.case)
        self.case = replace(self.case, **followed_up(row.act, self.now, self.case))
        if row.act in (ActKind.ARCHIVING, ActKind.CLOSING) and before.state != SPLIT:
            closed_at = self.now if row.act == ActKind.CLOSING else None
            self.case = replace(self.case, closed_at=closed_at, reopen_until=self.now + 14 * DAY)
        if row.act in (ActKind.ANSWER, ActKind.APPROVAL):
            self.case = replace(self.case, review_open=True)
        self.states.append(self.case.state)
        if not self.case.open_commitments and row.act != ActKind.FULFILMENT:
            self.promises.clear()  # An end without an answer makes them void.
        facts = [*self._facts(row.act, act, before), *self._returned(row.act, before)]
        self.told += [(fact, self.now) for fact in facts]

    def _returned(self, kind: ActKind, before: Case) -> list[Fact]:
        goes_back = before.draft_by and not self.case.draft_by and kind != ActKind.APPROVAL
        return [make.draft_returned(COMPLAINT, before.holder, before.drafts)] if goes_back else []

    def _facts(self, kind: ActKind, act: Act, before: Case) -> list[Fact]:
        """The events of an act that begin or stop clocks."""
        after, holder = self.case, self.case.holder
        asking = after.unverified_by or holder
        facts = {
            ActKind.VERIFICATION: lambda: [
                make.verified(COMPLAINT), make.forwarded(COMPLAINT, holder, after.transfers)
            ],
            ActKind.FORWARD: lambda: [make.forwarded(COMPLAINT, holder, after.transfers)],
            ActKind.FOLLOW_UP: lambda: [make.followed_up(COMPLAINT, holder)],
            ActKind.CORRECTION: lambda: [make.corrected(COMPLAINT, holder, classification=act.classification)],
            ActKind.INTERIM: lambda: [make.interim_replied(COMPLAINT, holder, str(act.due_on))],
            ActKind.ANSWER: lambda: [
                make.answered(COMPLAINT, holder, window=after.windows if after.state == ANSWERED else 0)
            ],
            ActKind.CONTRIBUTION_REQUEST: lambda: [ContributionRequested(**self._support(len(after.support)))],
            ActKind.CONTRIBUTION: lambda: [ContributionGiven(**self._support(act.number or 0))],
            ActKind.SPLIT: lambda: [
                make.split(COMPLAINT, holder, reopened=before.state in ENDED)
            ],
            ActKind.APPROVAL: lambda: [make.answered(COMPLAINT, holder, window=after.windows)],
            ActKind.ARCHIVING: lambda: [make.archived(COMPLAINT, holder)],
            ActKind.WITHDRAWAL: lambda: [make.taken_back(COMPLAINT, holder)],
            ActKind.HOLDING: lambda: [make.held(COMPLAINT, after.holds, before.state, asking)],
            ActKind.RESUMPTION: lambda: [make.resumed(COMPLAINT, after.holds, after.state, holder)],
            ActKind.COMPLETION: lambda: [make.completed(COMPLAINT, after.holds, after.state, holder)],
            ActKind.MERGER: lambda: [make.merged(COMPLAINT, after.mergers, before.state, asking)],
            ActKind.SEPARATION: lambda: [make.separated(COMPLAINT, after.mergers, after.state, holder)],
            ActKind.DRAFT: lambda: [make.drafted(COMPLAINT, holder, after.drafts)],
            ActKind.PROMISE: lambda: self._promised(act),
            ActKind.FULFILMENT: lambda: self._kept(act),
            ActKind.POSTPONEMENT: lambda: self._moved(act),
            ActKind.CONTACT: lambda: [make.contacted(COMPLAINT, holder, after.windows)],
            ActKind.CONTACT_REQUEST: lambda: [make.contact_requested(COMPLAINT, holder, after.windows)],
            ActKind.ACCEPTANCE: lambda: [make.closed(COMPLAINT, holder, accepted=True)],
            ActKind.CLOSING: lambda: [make.closed(COMPLAINT, holder)],
            ActKind.REPLY: lambda: self._replied(before),
            ActKind.DISPUTE: self._reopened,
            ActKind.REOPENING: self._reopened,
            ActKind.REMAND: self._reopened,
            ActKind.APPEAL: lambda: [make.appealed(COMPLAINT, CITY, holder)],
            ActKind.ORDER: lambda: [make.ordered(COMPLAINT, holder, number=after.orders)],
            ActKind.ACKNOWLEDGEMENT: lambda: [make.acknowledged(COMPLAINT, holder, number=after.orders)],
            ActKind.CONSENT: lambda: [make.referred(COMPLAINT, asking, number=after.referrals)],
            ActKind.HANDOVER: lambda: [make.handed_over(COMPLAINT, asking, after.referrals)],
            ActKind.CONTEST: lambda: [make.contested(COMPLAINT, CITY, holder, **self._contest(self.case))],
            ActKind.ANNULMENT: lambda: [make.judged(COMPLAINT, holder, **self._contest(before), upheld=True)],
            ActKind.CONFIRMATION: lambda: [make.judged(COMPLAINT, holder, **self._contest(before), upheld=False)],
            ActKind.DISMISSAL: lambda: [make.decided(COMPLAINT, holder, state=after.state)],
            ActKind.UPHOLDING: self._upheld,
        }  # fmt: skip
        return facts.get(kind, list)()  # type: ignore[return-value]

    def _replied(self, before: Case) -> list[Fact]:
        """A word about an answer begins a new window, and undoes a closing that came later."""
        window = self.case.windows if self.case.state == ANSWERED else 0
        undoes = before.state == CLOSED
        return [make.replied(COMPLAINT, self.case.holder, window=window, closing_taken_back=undoes)]

    def _contest(self, case: Case) -> dict[str, Any]:
        return {"number": case.contests, "followed_up_at": case.contested_at}

    def _support(self, number: int) -> dict[str, Any]:
        asked = self.case.support[str(number)]
        of_unit = {"complaint_id": COMPLAINT, "agency": ref(asked["agency"]), "holder": self.case.holder}
        return {**of_unit, "number": number, "asked_at": asked["asked_at"], "due_on": asked["due_on"]}

    def _reopened(self) -> list[Fact]:
        after, verifies = self.case, self.case.state == UNVERIFIED
        cycle = after.verifications if verifies else after.cycle
        more = {"verifier": ref(after.verifier) if verifies else None, "transfers": after.transfers}
        return [make.reopened(COMPLAINT, after.holder, state=after.state, cycle=cycle, **more)]

    def _upheld(self) -> list[Fact]:
        [told] = self._reopened()
        anew = told.model_dump(include={"state", "cycle", "transfers", "standing", "verifier"})
        return [make.upheld(COMPLAINT, self.case.holder, **anew)]

    def _promised(self, act: Act) -> list[Fact]:
        assert act.due_on is not None
        self.promises[self.case.commitments] = self.now, act.due_on
        return [make.promised(COMPLAINT, self.case.holder, self.case.commitments, str(act.due_on))]

    def _kept(self, act: Act) -> list[Fact]:
        made_at, due_on = self.promises.pop(act.number or 0)
        return [make.promise_kept(COMPLAINT, made_at, self.case.holder, number=act.number, due_on=due_on)]

    def _moved(self, act: Act) -> list[Fact]:
        assert act.due_on is not None
        number = act.number or 0
        made_at, previous = self.promises[number]
        self.promises[number] = made_at, act.due_on
        days = {"due_on": act.due_on, "previous": previous}
        return [make.promise_moved(COMPLAINT, made_at, self.case.holder, number=number, **days)]
