"""Clocks do not depend on the order of a complaint's events, nor on parked or repeated ones: rules and database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.sla.actions.windows import opening_of
from services.sla.domain import appeals, complaints, contests, corrections, extensions, lifecycle, parts, referrals
from services.sla.domain.clocks import Clock, Key, settled
from services.sla.domain.commitments import Promise, promised
from services.sla.domain.complaints import Complaint
from services.sla.domain.lifecycle import AgencyOf, Changes
from services.sla.domain.policies import Limit
from services.sla.domain.rules import Rules
from services.sla.domain.settlements import settle
from services.sla.state import calendars
from shared.clock import ManualClock
from shared.events import (
    AnswerDrafted,
    AnswerReturned,
    AppealDecided,
    ComplaintAnswered,
    ComplaintAppealed,
    ComplaintArchived,
    ComplaintClosed,
    ComplaintCompleted,
    ComplaintCorrected,
    ComplaintFiled,
    ComplaintForwarded,
    ComplaintHeld,
    ComplaintMerged,
    ComplaintReassigned,
    ComplaintReferred,
    ComplaintReopened,
    ComplaintResumed,
    ComplaintRouted,
    ComplaintSeparated,
    ComplaintSplit,
    ComplaintVerified,
    ComplaintWithdrawn,
    ContactRequested,
    ContestJudged,
    ContributionGiven,
    ContributionRequested,
    Fact,
    FollowUpContested,
    FollowUpRecorded,
    InterimReplied,
    OrderAcknowledged,
    OrderGiven,
    PromiseKept,
    PromiseMade,
    PromiseMoved,
    ReferralHandedOver,
    ReporterContacted,
    ReporterReplied,
    SensitivityDeclared,
    SensitivityLifted,
    UrgencyDeclared,
    UrgencyLifted,
)
from shared.service import RunningService
from shared.vocabulary import ALARM, APPEAL, APPROVAL, CONTACT, LIFE, OMBUDSMAN, REFERRAL, ROOT, SUPPORT, WINDOW
from tests.conftest import ServiceMaker
from tests.make import (
    CITY,
    EAST,
    EAST_CITY,
    HEALTH,
    ROADS,
    all_clear,
    answered,
    appealed,
    archived,
    closed,
    completed,
    contact_requested,
    contacted,
    decided,
    declared_sensitive,
    declared_urgent,
    disclosed,
    draft_returned,
    drafted,
    followed_up,
    forwarded,
    handed_over,
    held,
    merged,
    reassigned,
    ref,
    referred,
    reopened,
    replied,
    resumed,
    separated,
    split,
    taken_back,
    upheld,
    verified,
)
from tests.policies import POLICIES
from tests.sla.cases import (
    COMPLAINT,
    FILED,
    RULES,
    SECOND,
    clock_rows,
    filed,
    hear,
    ignored_complaint,
    receive,
    routed,
)
from tests.sla.test_situations import DIRECTORY


def _limit(clock: Any, days: int, classification: str | None = None, kind: str | None = None) -> Limit:
    return Limit(clock, classification, days, "working", "x", kind)


HOLDERS = (ROADS, EAST, HEALTH)
Life = Sequence[tuple[Fact, datetime]]
KNOWN = """
SELECT filed_at, kind, confidential, classification, holder, transfers, reassigned_at, verified_at, answered_at,
       ended_at, silent_since, answers, contacts, closings, ends, reopenings, follow_ups, resumptions, draft_returns,
       separations, all_clears, revivals, interims, appeals, dismissals, handovers, sensitive, sensitive_at,
       corrections, splits
FROM complaints WHERE id = :id
"""

# Policies of places and classes, of which some begin within a life.
_ladder = replace(POLICIES[0], effective_on=date(2025, 8, 1))
LOCAL = Rules(
    (
        *POLICIES,
        replace(_ladder, version=2, limits=(_limit("follow_up", 3, "supervisory"), _limit("resolution", 10))),
        replace(_ladder, version=3, limits=(_limit("resolution", 4),), agency=ROADS),
        replace(_ladder, version=4, limits=(_limit("follow_up", 2, kind="information"),), region="91"),
        replace(_ladder, version=5, limits=(_limit("follow_up", 1),), agency=EAST, effective_on=date(2025, 9, 5)),
        replace(_ladder, version=6, limits=(_limit("verification", 2, kind="aspiration"),)),
    ),
    calendars(None),
    DIRECTORY,
)


@st.composite
def lives(draw: st.DrawFn, *steps: timedelta) -> Life:
    """Filed, routed, maybe reassigned, verified and forwarded; then follow-ups, transfers, holds, and maybe an end.

    The archive and the withdrawal may also end it before its verification.
    """
    kind = draw(st.sampled_from(["complaint", "information", "aspiration"]))
    step = draw(st.sampled_from([timedelta(microseconds=1), timedelta(hours=7), timedelta(days=3), *steps]))
    holder, transfers = draw(st.sampled_from(HOLDERS)), 0
    filing = filed(COMPLAINT, kind=kind, confidential=draw(st.booleans()), sensitive=draw(st.booleans()))
    verification = verified(COMPLAINT, draw(st.sampled_from(["complaint", "information", "supervisory"])))
    acts: list[Sequence[Fact]] = [(filing, routed(COMPLAINT, kind=kind))]
    referrals = 0
    for heir in draw(st.lists(st.sampled_from(HOLDERS), max_size=2)):
        verifier = draw(st.sampled_from((CITY, EAST_CITY)))
        acts.append([reassigned(COMPLAINT, heir, verifier, FILED, kind=kind)])
    holds = draw(st.sampled_from((0, 1)))
    if holds:
        acts += draw(hold(holds, "UNVERIFIED", CITY))
    mergers = draw(st.sampled_from((0, 0, 1)))
    if mergers:
        acts += draw(merger(mergers, "UNVERIFIED", holder))
    end = draw(st.sampled_from([None, answered, archived, taken_back]))
    # Merged into another, it may be answered unverified.
    is_verified = end is None or draw(st.booleans())
    if is_verified:
        acts.append((verification, forwarded(COMPLAINT, holder)))
    drafts, waits = 0, False
    alarms = draw(st.sampled_from((0, 1)))
    if alarms:
        acts[0] = (*acts[0], declared_urgent(COMPLAINT, number=1, since=FILED, reason="words"))
    kinds = st.lists(st.sampled_from(["pass on", "follow up", "hold", "draft", "alarm", "merge", "refer"]), max_size=7)
    for act in draw(kinds) if is_verified else ():
        back = (
            [draft_returned(COMPLAINT, holder, drafts)] if waits and act not in ("follow up", "alarm", "refer") else []
        )
        if act == "hold":
            holds += 1
            asked, *rest = draw(hold(holds, "AWAITING_FOLLOW_UP", holder))
            acts += [[*asked, *back], *rest]
        elif act == "merge":
            mergers += 1
            waiting, *rest = draw(merger(mergers, "AWAITING_FOLLOW_UP", holder))
            acts += [[*waiting, *back], *rest]
        elif act == "pass on":
            holder, transfers = draw(st.sampled_from([other for other in HOLDERS if other != holder])), transfers + 1
            acts.append([forwarded(COMPLAINT, holder, transfers), *back])
        elif act == "alarm":
            alarms = max(alarms, 1) + 1
            acts.append([declared_urgent(COMPLAINT, holder, alarms)])
            if draw(st.booleans()):
                acts.append([all_clear(COMPLAINT, holder, alarms)])
        elif act == "refer":
            referrals += 1
            acts += draw(referral(referrals, holder))
        elif act == "follow up":
            acts.append([followed_up(COMPLAINT, holder)])
        elif back:
            acts.append(back)
        else:
            drafts += 1
            acts.append([drafted(COMPLAINT, holder, drafts)])
        waits = (waits and not back) or (act == "draft" and not back)
    if not is_verified and draw(st.booleans()):
        # In the last of its holds or mergers, too.
        acts += draw(referral(1, CITY))
    if end and draw(st.booleans()) and end != answered:
        # Whoever ends it may do so while its reporter is asked.
        back = [draft_returned(COMPLAINT, holder, drafts)] if waits else []
        acts.append([held(COMPLAINT, holds + 1, agency=holder), *back])
        waits = False
    elif end and draw(st.booleans()):
        # Whoever is merged into another shares its answer or its archiving, or is taken back by the reporter.
        back = [draft_returned(COMPLAINT, holder, drafts)] if waits else []
        acts.append([merged(COMPLAINT, mergers + 1, agency=holder), *back])
        waits = False
    if end:
        back = [draft_returned(COMPLAINT, holder, drafts)] if waits and end is not answered else []
        acts.append([end(COMPLAINT, holder), *back])
    elif draw(st.booleans()):
        back = [draft_returned(COMPLAINT, holder, drafts)] if waits else []
        acts += [[split(COMPLAINT, holder), *back], *draw(wholes(holder))]
    if end in (answered, archived):
        acts += draw(spells(holder, transfers, end, is_verified))
    for word in draw(st.lists(st.sampled_from([declared_sensitive, disclosed]), max_size=3)):
        acts.insert(draw(st.integers(1, len(acts))), [word(COMPLAINT)])
    return [
        (_dated(fact, FILED + place * step), FILED + place * step) for place, facts in enumerate(acts) for fact in facts
    ]


def _dated(fact: Fact, at: datetime) -> Fact:
    """What an official declares begins at its own moment."""
    return fact.model_copy(update={"since": at}) if isinstance(fact, UrgencyDeclared | SensitivityDeclared) else fact


@st.composite
def hold(draw: st.DrawFn, cycle: int, state: str, agency: str) -> list[Sequence[Fact]]:
    """The reporter is asked, and some time later the hold ends."""
    end = draw(st.sampled_from([completed, resumed]))
    asked: list[Sequence[Fact]] = [[held(COMPLAINT, cycle, state, agency)]]
    return [*asked, *[[]] * draw(st.integers(0, 3)), [end(COMPLAINT, cycle, state, agency)]]


@st.composite
def merger(draw: st.DrawFn, cycle: int, state: str, agency: str) -> list[Sequence[Fact]]:
    """The complaint waits for the answer to another, and some time later goes on by itself."""
    waits: list[Sequence[Fact]] = [[merged(COMPLAINT, cycle, state, agency)]]
    return [*waits, *[[]] * draw(st.integers(0, 3)), [separated(COMPLAINT, cycle, state, agency)]]


@st.composite
def referral(draw: st.DrawFn, number: int, agency: str) -> list[Sequence[Fact]]:
    """The Ombudsman gets the complaint, and some time later perhaps its file."""
    acts: list[Sequence[Fact]] = [[referred(COMPLAINT, agency, number=number)], *[[]] * draw(st.integers(0, 2))]
    return [*acts, [handed_over(COMPLAINT, agency, number)]] if draw(st.booleans()) else acts


@st.composite
def wholes(draw: st.DrawFn, holder: str) -> list[Sequence[Fact]]:
    """What follows a split: the whole ends with its last part, and is opened again by one."""
    acts: list[Sequence[Fact]] = []
    for _ in range(draw(st.integers(0, 2))):
        ends = draw(st.sampled_from([answered(COMPLAINT, holder, window=0), archived(COMPLAINT, holder)]))
        acts += [[ends], [split(COMPLAINT, holder, reopened=True)]]
    return acts[: draw(st.integers(0, 4))]


@st.composite
def spells(draw: st.DrawFn, holder: str, transfers: int, end: Any, is_verified: bool) -> list[Sequence[Fact]]:
    """What follows a first answer or archiving: calls, closings, disputes, an appeal, and the next cycle."""
    acts: list[Sequence[Fact]] = []
    window, cycle, verifications, appeals = int(end is answered), 1, 1, 0
    for _ in range(draw(st.integers(0, 3))):
        if end is answered and draw(st.booleans()):
            acts.append([contact_requested(COMPLAINT, holder, window)])
            if draw(st.booleans()):
                window += 1
                acts.append([draw(st.sampled_from([contacted, replied]))(COMPLAINT, holder, window)])
        if end is answered and draw(st.booleans()):
            acts.append([closed(COMPLAINT, holder)])
        if not draw(st.booleans()):
            break
        opening: dict[str, Any] = {"standing": draw(st.integers(0, 3)), "transfers": transfers}
        if not is_verified:
            verifications += 1
            opening |= {"state": "UNVERIFIED", "verifier": ref(CITY), "cycle": verifications}
        else:
            cycle += 1
            transfers += end is archived
            opening |= {"state": "AWAITING_FOLLOW_UP" if end is archived else "IN_PROGRESS", "cycle": cycle}
        if not appeals and draw(st.booleans()):
            appeals = 1
            acts.append([appealed(COMPLAINT, holder=holder)])
            if draw(st.booleans()):
                acts.append([decided(COMPLAINT, holder, state="ARCHIVED" if end is archived else "CLOSED")])
                break
            turns = is_verified and end is answered
            transfers += turns
            opening |= {"state": "AWAITING_FOLLOW_UP"} if is_verified else {}
            acts.append([upheld(COMPLAINT, holder, **{**opening, "transfers": transfers})])
        else:
            acts.append([reopened(COMPLAINT, holder, **{**opening, "transfers": transfers})])
        if not is_verified:
            is_verified = True
            acts.append((verified(COMPLAINT, "complaint"), forwarded(COMPLAINT, holder)))
        if draw(st.booleans()):
            holder, transfers = draw(st.sampled_from([other for other in HOLDERS if other != holder])), transfers + 1
            acts.append([forwarded(COMPLAINT, holder, transfers)])
        end = draw(st.sampled_from([answered, archived]))
        window += end is answered
        acts.append([answered(COMPLAINT, holder, window=window) if end is answered else archived(COMPLAINT, holder)])
    return acts


@st.composite
def orders(draw: st.DrawFn, life: Life) -> tuple[list[int], list[int]]:
    """The places of a life's events in some order, and those that are repeated after it.

    Missing events are still parked; repeated ones are delivered again after the inbox has forgotten them.
    """
    places = range(len(life))
    # While neither filing nor routing is known, the moment of the filing is a guess; and without a reopening, or
    # the turn before it, nothing that follows makes sense.
    anew = ComplaintReopened, ComplaintAppealed, AppealDecided
    needed: tuple[type[Fact], ...] = ()
    if any(isinstance(fact, anew) for fact, _ in life):
        needed = (*anew, ComplaintForwarded)
    may_miss = [n for n in places if not isinstance(life[n][0], needed)]
    parked = draw(st.sets(st.sampled_from(may_miss), max_size=2).filter(lambda parked: not parked >= {0, 1}))
    order = [n for n in draw(st.permutations(places)) if n not in parked]
    return order, draw(st.lists(st.sampled_from(order), max_size=3))


@settings(max_examples=2_000, deadline=None)
@given(life=lives(timedelta(days=17)), data=st.data(), rules=st.sampled_from([RULES, LOCAL]))
def test_the_rules_give_the_same_clocks_for_any_order_of_events(life: Life, data: st.DataObject, rules: Rules) -> None:
    order, again = data.draw(orders(life))
    assert ruled(rules, life, order + again) == ruled(rules, life, sorted(order))


def test_an_alarm_that_stopped_before_the_first_known_turn_has_one_holder_whichever_was_heard_first() -> None:
    """The routing, or an earlier turn, is still parked."""
    day = timedelta(days=1)
    alarm = _dated(declared_urgent(COMPLAINT, CITY, 1), FILED)
    life = [(alarm, FILED), (all_clear(COMPLAINT, CITY, 1), FILED + day), (forwarded(COMPLAINT), FILED + 2 * day)]
    assert ruled(RULES, life, [0, 1, 2]) == ruled(RULES, life, [0, 2, 1])


def ruled(rules: Rules, life: Life, order: Sequence[int]) -> tuple[Complaint, Mapping[Key, Clock]]:
    """The complaint and clocks that the rules give for these events of a life."""
    unknown = Complaint(COMPLAINT, life[order[0]][1])
    complaint, clocks = unknown, dict[Key, Clock]()
    alive = lifecycle.life(rules, after(rules, unknown, (), *life[order[0]])[0])
    clocks[alive.key] = settled(rules, after(rules, unknown, (), *life[order[0]])[0], alive)
    for fact, at in (life[n] for n in order):
        known = tuple(clocks.values())
        complaint, changes = after(rules, complaint, known, fact, at)
        changes = settle(rules, complaint, known, changes)
        assert all(clock.key in clocks for clock in changes.changed)
        clocks |= {clock.key: clock for clock in changes.changed}
        clocks = {clock.key: clock for clock in changes.begun} | clocks
    [alive] = [clock for clock in clocks.values() if clock.name == LIFE]
    assert alive.agency == (complaint.holder or ROOT)
    assert (alive.started_at, alive.stopped_at) == (complaint.filed_at, end_of([life[n] for n in sorted(order)]))
    for clock in clocks.values():
        assert clock.outcome == outcome(complaint, clock)
    return complaint, clocks


def end_of(life: Life) -> datetime | None:
    """When a complaint came to the end that stands: walked through, event by event."""
    end = None
    for fact, at in life:
        if isinstance(fact, ComplaintReopened | ComplaintAppealed | ComplaintSplit):
            end = None
        elif isinstance(fact, ComplaintAnswered):
            end = end if fact.window else end or at
        elif isinstance(fact, ComplaintClosed | ComplaintArchived | ComplaintWithdrawn | AppealDecided):
            if isinstance(fact, AppealDecided) and fact.upheld:
                continue
            end = end or at
    return end


def outcome(complaint: Complaint, clock: Clock) -> str | None:
    """The outcome of a clock, told by the act at whose moment it stopped."""
    acts = *complaint.answers, *complaint.ends, complaint.verified_at, *complaint.follow_ups, *complaint.resumptions
    acts = (*acts, *complaint.separations, *complaint.splits)
    acts = (*acts, *complaint.draft_returns) if clock.name == APPROVAL else acts
    acts = (*acts, *complaint.all_clears) if clock.name == ALARM else acts
    if clock.stopped_at is None:
        return None
    if clock.name == LIFE:
        return "ended" if clock.stopped_at in complaint.ends else "answered"
    if clock.name == WINDOW:
        return "ended"
    if clock.name in (CONTACT, APPEAL):
        acts = clock.stopped_at, *acts
    acts = (*acts, *complaint.handovers) if clock.name == REFERRAL else acts
    if clock.name == OMBUDSMAN:
        acts = *acts, *complaint.dismissals
    if clock.stopped_at not in acts:
        return "transferred"
    if clock.stopped_at > clock.due_at:
        return "missed"
    return "ended" if clock.stopped_at in (*complaint.ends, *complaint.splits) else "met"


def after(rules: Rules, old: Complaint, clocks: Sequence[Clock], fact: Fact, at: datetime) -> tuple[Complaint, Changes]:
    """What the rules make of one event."""
    match fact:
        case ComplaintFiled():
            new = complaints.filed(old, fact.filed_at, fact.kind, fact.confidential, fact.reference)
            new = complaints.sensitive(new, True, fact.filed_at) if fact.sensitive else new
            return new, lifecycle.filed(rules, new, clocks)
        case ComplaintRouted():
            new = complaints.routed(old, fact.filed_at, fact.kind, fact.agency.code)
            return new, lifecycle.routed(rules, new, clocks, fact.verifier, fact.agency)
        case ComplaintReassigned():
            new = complaints.reassigned(old, fact.filed_at, fact.kind, fact.agency.code, at)
            return new, lifecycle.reassigned(rules, new, clocks, fact.verifier, fact.agency, at)
        case UrgencyDeclared():
            return old, lifecycle.declared_urgent(rules, old, fact.agency, fact.number, fact.since)
        case SensitivityDeclared() | SensitivityLifted():
            is_declared = isinstance(fact, SensitivityDeclared)
            return complaints.sensitive(old, is_declared, fact.since if is_declared else at), Changes()
        case UrgencyLifted():
            return complaints.all_clear(old, at), Changes()
        case ComplaintVerified():
            new = complaints.verified(old, fact.classification, at)
            new = corrections.verified(new, new.verified_at or at, fact.classification)
            return new, lifecycle.verified(rules, new, clocks)
        case ComplaintForwarded():
            new = complaints.forwarded(old, fact.agency.code, fact.transfers)
            return new, lifecycle.forwarded(rules, new, clocks, fact.agency, fact.transfers + 1, at)
        case ComplaintCorrected():
            return corrections.corrected(old, at, fact.kind, fact.classification), Changes()
        case InterimReplied():
            return extensions.interim_replied(old, at, extensions.end_of(fact.due_on, fact.agency.zone)), Changes()
        case FollowUpRecorded():
            return complaints.followed_up(old, at), Changes()
        case ComplaintAnswered():
            new = complaints.answered(old, at, fact.window)
            return new, lifecycle.after_answer(rules, new, WINDOW, AgencyOf(fact.agency, fact.zone), fact.window, at)
        case ComplaintHeld():
            return old, lifecycle.held(rules, old, fact.agency, fact.cycle, at)
        case ComplaintMerged():
            return old, lifecycle.merged(rules, old, fact.agency, fact.cycle, at)
        case ContributionRequested() | ContributionGiven():
            is_new = isinstance(fact, ContributionRequested)
            asked = Promise(fact.number, fact.asked_at, fact.due_on, None if is_new else at, is_new=is_new)
            return old, promised(rules, old, clocks, fact.agency, asked, SUPPORT)
        case ComplaintSplit():
            return parts.split(old, at), Changes()
        case ComplaintSeparated():
            return complaints.separated(old, at), Changes()
        case ComplaintCompleted() | ComplaintResumed():
            return complaints.resumed(old, at), Changes()
        case AnswerDrafted():
            return old, lifecycle.drafted(rules, old, fact.agency, fact.number, at)
        case AnswerReturned():
            return complaints.draft_returned(old, at), Changes()
        case ContactRequested():
            return old, lifecycle.after_answer(rules, old, CONTACT, AgencyOf(fact.agency, fact.zone), fact.window, at)
        case ReporterContacted() | ReporterReplied():
            revives = isinstance(fact, ReporterReplied) and fact.closing_taken_back
            new = complaints.replied(old, at, revives) if fact.window else old
            return new, lifecycle.after_answer(rules, new, WINDOW, AgencyOf(fact.agency, fact.zone), fact.window, at)
        case PromiseMade() | PromiseKept() | PromiseMoved():
            kept_at = at if isinstance(fact, PromiseKept) else None
            made_at = at if isinstance(fact, PromiseMade) else fact.made_at
            promise = Promise(fact.number, made_at, fact.due_on, kept_at, is_new=isinstance(fact, PromiseMade))
            return old, promised(rules, old, clocks, fact.agency, promise)
        case ComplaintClosed():
            return complaints.closed(old, at), Changes()
        case ComplaintAppealed():
            new = appeals.appealed(old, at)
            return new, lifecycle.appealed(rules, new, fact.agency, fact.number, at)
        case ComplaintReferred():
            new = referrals.referred(old, at)
            return new, referrals.to_hand_over(rules, new, fact.agency, fact.number, at)
        case ReferralHandedOver():
            return referrals.handed_over(old, at), Changes()
        case FollowUpContested():
            return old, lifecycle.contested(rules, old, fact.agency, fact.number, at)
        case OrderGiven():
            return old, lifecycle.ordered(rules, old, lifecycle.AgencyOf(fact.agency, fact.zone), fact.number, at)
        case OrderAcknowledged():
            return complaints.acknowledged(old, at), Changes()
        case ContestJudged():
            return contests.judged(old, at, fact.followed_up_at if fact.upheld else None), Changes()
        case AppealDecided() if not fact.upheld:
            return appeals.dismissed(old, at), Changes()
        case ComplaintReopened() | AppealDecided():
            opening = opening_of(fact)
            new = complaints.reopened(old, at, fact.agency.code, opening.transfers)
            return new, lifecycle.reopened(rules, new, clocks, opening, at)
        case ComplaintArchived() | ComplaintWithdrawn():
            return complaints.ended(old, at), Changes()
    raise AssertionError(f"{fact} is no event of a life")


@pytest.fixture
async def service(make_service: ServiceMaker, clock: ManualClock) -> RunningService:
    # No event is far ahead of the clock: the law measures the way to the next step from now.
    clock.advance_to(FILED + timedelta(days=60))
    return await make_service("sla")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(life=lives(), data=st.data(), size=st.integers(1, 4))
async def test_the_database_keeps_the_same_for_any_order_of_events(
    service: RunningService, life: Life, data: st.DataObject, size: int
) -> None:
    order, again = data.draw(orders(life))
    assert await kept(service, life, order + again, size) == await kept(service, life, sorted(order), len(life))


async def kept(service: RunningService, life: Life, order: Sequence[int], size: int) -> list[Any]:
    """All that is kept of a new complaint after these events, `size` in each batch, but its id and times of writing."""
    complaint = uuid4()
    for batch in (order[first : first + size] for first in range(0, len(order), size)):
        await receive(service, ((life[n][0].model_copy(update={"complaint_id": complaint}), life[n][1]) for n in batch))
    async with service.begin() as tx:
        known = (await tx.execute(KNOWN, {"id": complaint})).one()
    clocks = [row._asdict() for row in await clock_rows(service) if row.complaint_id == complaint]
    return [known, *({**clock, "complaint_id": None, "moved_at": None} for clock in clocks)]


@pytest.mark.parametrize("late", [filed, routed])
async def test_a_late_kind_changes_the_limit_of_a_running_resolution(
    service: RunningService, late: Callable[..., Fact]
) -> None:
    await hear(service, forwarded(COMPLAINT), late(COMPLAINT, kind="information"))
    assert [row.limit_days for row in await clock_rows(service) if row.name == "resolution"] == [5]


async def test_a_late_first_forwarding_restarts_the_resolution_under_the_policy_of_its_day(
    service: RunningService,
) -> None:
    service.state.rules = replace(service.state.rules, policies=(*service.state.rules.policies, SECOND))
    await hear(service, filed(COMPLAINT), routed(COMPLAINT), verified(COMPLAINT))
    await hear(service, forwarded(COMPLAINT, HEALTH, 1), at=FILED + timedelta(days=4))
    await hear(service, forwarded(COMPLAINT))
    [resolution] = [row for row in await clock_rows(service) if row.name == "resolution"]
    assert (resolution.started_at, resolution.policy_version, resolution.limit_days) == (FILED, 1, 14)


async def test_a_transfer_timed_by_a_slow_machine_moves_the_limits_of_the_whole_case(service: RunningService) -> None:
    await ignored_complaint(service, COMPLAINT)
    await hear(service, forwarded(COMPLAINT, HEALTH, 1), at=FILED - timedelta(milliseconds=50))
    holders = {row.name: row.agency for row in await clock_rows(service)}
    assert (holders["resolution"], holders["ombudsman"]) == (HEALTH, HEALTH)
