"""What must happen by the events that routing published: which clocks run, from when to when, and when they pause."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from shared.events import (
    AnswerDrafted,
    AnswerReturned,
    AppealDecided,
    ComplaintAnswered,
    ComplaintAppealed,
    ComplaintArchived,
    ComplaintClosed,
    ComplaintCompleted,
    ComplaintFiled,
    ComplaintForwarded,
    ComplaintHeld,
    ComplaintMerged,
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
    Event,
    FollowUpContested,
    FollowUpRecorded,
    InterimReplied,
    OrderAcknowledged,
    OrderGiven,
    PartOpened,
    PromiseKept,
    PromiseMade,
    PromiseMoved,
    ReferralHandedOver,
    ReporterContacted,
    ReporterReplied,
    UrgencyDeclared,
    UrgencyLifted,
)
from tests.silence.expected import ALARM, DAY, HOLD, HOUR, MERGER, OMBUDSMAN, PAUSING, WINDOW, Count, Expected

LIMITS: Mapping[str, int] = {"information": 5, "aspiration": 5, "complaint": 14, "supervisory": 60}
VERIFICATION, FOLLOW_UP, RESOLUTION, LIFE = "verification", "follow_up", "resolution", "life"
APPROVAL, PROMISE, CONTACT = "approval", "promise", "contact"
APPEAL, CONTEST, REFERRAL, ACKNOWLEDGEMENT = "appeal", "contest", "referral", "acknowledgement"
PAUSABLE = frozenset({VERIFICATION, FOLLOW_UP, RESOLUTION, OMBUDSMAN})
# Whoever waits for another's answer keeps the way to the Ombudsman.
PAUSED_BY: Mapping[str, frozenset[str]] = {HOLD: PAUSABLE, MERGER: PAUSABLE - {OMBUDSMAN}}
OF_THE_HOLDER = frozenset({RESOLUTION, OMBUDSMAN, PROMISE, ALARM, REFERRAL})
AFTER_ANSWER = frozenset({WINDOW, CONTACT})
# What each act stops. The end of a promise and a forwarding need more than a name.
STOPS: Mapping[type[Any], frozenset[str]] = {
    ComplaintVerified: frozenset({VERIFICATION}),
    FollowUpRecorded: frozenset({FOLLOW_UP, ALARM}),
    UrgencyLifted: frozenset({ALARM}),
    ComplaintForwarded: frozenset({FOLLOW_UP, CONTEST, ACKNOWLEDGEMENT}),
    # A merged complaint may share an answer before its verification.
    ComplaintAnswered: PAUSABLE | {APPROVAL, HOLD, MERGER, ALARM, CONTEST, REFERRAL, ACKNOWLEDGEMENT},
    # The limits of a whole go on in its parts; a promise that was made for it stays.
    ComplaintSplit: PAUSABLE | PAUSING | {APPROVAL, ALARM, CONTEST, ACKNOWLEDGEMENT},
    AnswerReturned: frozenset({APPROVAL}),
    ComplaintCompleted: frozenset({HOLD}),
    ComplaintResumed: frozenset({HOLD}),
    ComplaintSeparated: frozenset({MERGER}),
    ReporterContacted: AFTER_ANSWER,
    ReporterReplied: AFTER_ANSWER,
    ComplaintReopened: AFTER_ANSWER,
    ComplaintAppealed: AFTER_ANSWER,
    AppealDecided: frozenset({APPEAL}),
    # Whatever had interrupted the handling, it goes on beside the Ombudsman.
    ComplaintReferred: PAUSING,
    ReferralHandedOver: frozenset({REFERRAL}),
    ContestJudged: frozenset({CONTEST}),
    OrderAcknowledged: frozenset({ACKNOWLEDGEMENT}),
    # A promise survives the answer and its acceptance.
    ComplaintClosed: AFTER_ANSWER,
    **dict.fromkeys(
        (ComplaintArchived, ComplaintWithdrawn),
        PAUSABLE | PAUSING | AFTER_ANSWER | {APPROVAL, PROMISE, ALARM, APPEAL, CONTEST, REFERRAL, ACKNOWLEDGEMENT},
    ),
}  # fmt: skip
COUNTED = Count()
Key = tuple[str, int]  # name and cycle


@dataclass(slots=True)
class Course:
    """The clocks of one complaint while its events are gone through, with its class and the turn of its holder."""

    clocks: dict[Key, Expected] = field(default_factory=dict)
    kind: str = "complaint"
    turn: int = 0
    said: list[datetime] = field(default_factory=list)  # The follow-ups.

    def begin(self, name: str, cycle: int, at: datetime, days: float, zone: str, **more: Any) -> None:
        self.clocks.setdefault((name, cycle), Expected(at, days, zone, name=name, **more))

    def stop(self, fact: Any, at: datetime) -> None:
        self.stop_each(STOPS.get(type(fact), frozenset()), at)

    def awaken_offer(self, at: datetime) -> None:
        if (OMBUDSMAN, 1) in self.clocks:
            self.clocks[OMBUDSMAN, 1].awakened(at)

    def stop_each(self, names: Collection[str], at: datetime) -> None:
        for (name, _), clock in self.clocks.items():
            clock.stop = clock.stop or (at if name in names else None)

    def extend(self, at: datetime, until: datetime) -> None:
        """An interim reply of this moment names a day that ends then."""
        for (name, _), clock in self.clocks.items():
            if name == RESOLUTION and clock.stop is None:
                clock.interims.append((at, until))

    def turned(self, zone: str, turn: int, at: datetime, floor: int = 0) -> None:
        """A turn of a holder begins, who then has what runs for the whole case."""
        self.turn = turn
        self.begin(FOLLOW_UP, turn, at, 5, zone, floor=floor)
        for (name, _), clock in self.clocks.items():
            if name in OF_THE_HOLDER and clock.stop is None:
                clock.moves.append((at, zone))


def reopens(fact: Any) -> bool:
    """Whether a complaint that had ended is open again: its reporter reopened it, or a part, or replied before it."""
    if isinstance(fact, ComplaintSplit):
        return fact.reopened
    return isinstance(fact, ComplaintReopened | ComplaintAppealed) or getattr(fact, "closing_taken_back", False)


def ends(fact: Any) -> bool:
    """Whether a complaint ended: a whole with the answer to its last part, which begins no window."""
    if isinstance(fact, ComplaintAnswered):
        return not fact.window
    if isinstance(fact, AppealDecided):
        return not fact.upheld
    return isinstance(fact, ComplaintClosed | ComplaintArchived | ComplaintWithdrawn)


def expected_clocks(events: Sequence[Event[Any]]) -> dict[Key, Expected]:
    """The clocks of one complaint by its events in the order of their moments; none before its routing."""
    course = Course()
    for event in sorted(events, key=lambda event: event.time):  # Those of one moment stay as they were published.
        course.stop(event.fact, event.time)
        _apply(course, event.fact, event.time)
    for clock in course.clocks.values():
        _finish(clock, [pause for pause in course.clocks.values() if clock.name in PAUSED_BY.get(pause.name, ())])
    return course.clocks


def _apply(course: Course, fact: Any, at: datetime) -> None:
    match fact:
        case ComplaintFiled(kind=kind):
            course.kind = kind
        case ComplaintRouted(filed_at=filed_at, verifier=verifier, agency=agency):
            # Of a complaint that routing took up late its step cannot be taken before.
            course.begin(VERIFICATION, 1, filed_at, 3, verifier.zone, asleep=[(filed_at, at)])
            course.begin(OMBUDSMAN, 1, filed_at, 60, agency.zone, is_calendar=True)
        case ComplaintVerified(classification=classification):
            course.kind = classification
        case ComplaintForwarded(agency=agency, transfers=transfers):
            # A whole that was split before any forwarding has no first resolution when it is opened again.
            if not any(name == RESOLUTION for name, _ in course.clocks):
                course.begin(RESOLUTION, 1, at, LIMITS[course.kind], agency.zone)
            course.turned(agency.zone, transfers + 1, at)
        case PartOpened():
            _open_part(course, fact, at)
        case ComplaintHeld(agency=agency, cycle=cycle):
            course.begin(HOLD, cycle, at, 30, agency.zone, is_calendar=True)
        case ComplaintMerged(agency=agency, cycle=cycle):
            course.begin(MERGER, cycle, at, 90, agency.zone, is_calendar=True)
        case UrgencyDeclared(agency=agency, number=number, since=since):
            course.begin(ALARM, number, since, 6 * HOUR, agency.zone, is_calendar=True)
        case AnswerDrafted(agency=agency, number=number):
            course.begin(APPROVAL, number, at, 2, agency.zone)
        case InterimReplied(agency=agency, due_on=day):
            course.extend(at, datetime.combine(day + DAY, time(), ZoneInfo(agency.zone)))
        case PromiseMade() | PromiseKept() | PromiseMoved():
            _promise(course, fact, at)
        case ComplaintReopened():
            _reopen(course, fact, at)
        case ComplaintReferred(agency=agency, number=number):
            course.begin(REFERRAL, number, at, 5, agency.zone)
        case FollowUpContested(agency=agency, number=number):
            course.begin(CONTEST, number, at, 3, agency.zone)
        case OrderGiven(number=number, zone=zone):
            course.begin(ACKNOWLEDGEMENT, number, at, 2, zone)
        case FollowUpRecorded():
            course.said.append(at)
        case ContestJudged(upheld=True, followed_up_at=moment):
            _annul(course, moment, at)
        case ComplaintAppealed() | AppealDecided():
            _appeal(course, fact, at)
        case _:
            _after_answer(course, fact, at)


def _open_part(course: Course, fact: PartOpened, at: datetime) -> None:
    """A part has a turn of its own, and goes on with the limits of its whole where they were."""
    course.kind, zone = fact.classification, fact.agency.zone
    first = next((turn.agency.zone for turn in fact.held), zone)
    since, limit, interims = fact.resolution_since, LIMITS[course.kind], [*fact.interims]
    course.begin(RESOLUTION, 1, since, limit, first, interims=interims, floor=fact.standing)
    course.begin(OMBUDSMAN, 1, fact.filed_at, 60, zone, is_calendar=True)
    for name, days, spans in ((HOLD, 30, fact.holds), (MERGER, 90, fact.mergers)):
        for cycle, (start, end) in enumerate(spans, start=1):
            course.begin(name, cycle, start, days, zone, is_calendar=True, stop=end)
    if fact.urgent_since:
        course.begin(ALARM, 1, fact.urgent_since, 6 * HOUR, zone, is_calendar=True)
    for (name, _), clock in course.clocks.items():
        # What its whole was told before nobody tells the part.
        clock.asleep.append((clock.start, at))
        if name in (RESOLUTION, OMBUDSMAN, ALARM):
            clock.moves += [(turn.since, turn.agency.zone) for turn in fact.held]
    course.turned(zone, 1, at)


def _after_answer(course: Course, fact: Any, at: datetime) -> None:
    match fact:
        case ComplaintAnswered(window=window, zone=zone) if window:
            course.begin(WINDOW, window, at, 10, zone)
        case ReporterContacted(window=window, zone=zone) | ReporterReplied(window=window, zone=zone) if window:
            course.begin(WINDOW, window, at, 10, zone)
        case ContactRequested(window=window, zone=zone):
            course.begin(CONTACT, window, at, 3, zone)


def _promise(course: Course, fact: Any, at: datetime) -> None:
    if isinstance(fact, PromiseMade):
        course.begin(PROMISE, fact.number, at, 0, fact.agency.zone)
    if clock := course.clocks.get((PROMISE, fact.number)):
        clock.former += [clock.day] if clock.day and clock.day != fact.due_on else []
        clock.day = fact.due_on
        if isinstance(fact, PromiseKept):
            clock.stop = clock.stop or at


def _appeal(course: Course, fact: ComplaintAppealed | AppealDecided, at: datetime) -> None:
    """The way to the Ombudsman goes on during an appeal; its dismissal leaves the end, and its success a new cycle."""
    if isinstance(fact, ComplaintAppealed):
        course.begin(APPEAL, fact.number, at, 10, fact.agency.zone)
        course.awaken_offer(at)
    elif fact.upheld:
        _reopen(course, fact, at)
    else:
        course.stop_each(frozenset({OMBUDSMAN}), at)


def _annul(course: Course, moment: datetime, at: datetime) -> None:
    """The follow-up of this moment stopped nothing; a later one may have done so."""
    clock = course.clocks[FOLLOW_UP, course.turn]
    if clock.stop == moment:
        later = next((one for one in course.said if one > moment), None)
        clock.awakened(later or at)
        clock.stop = later


def _reopen(course: Course, fact: ComplaintReopened | AppealDecided, at: datetime) -> None:
    """Another cycle; the offer of the ombudsman stands where it stood."""
    course.awaken_offer(at)
    if fact.verifier and fact.state == "UNVERIFIED":
        return course.begin(VERIFICATION, fact.cycle, at, 3, fact.verifier.zone, floor=fact.standing)
    course.begin(RESOLUTION, fact.cycle, at, LIMITS[course.kind], fact.agency.zone, floor=fact.standing)
    if fact.state == "AWAITING_FOLLOW_UP":
        course.turned(fact.agency.zone, fact.transfers + 1, at, fact.standing)


def _finish(clock: Expected, pausing: Sequence[Expected]) -> None:
    """The days of a promise, and the pauses: one that nobody ends pauses nothing for more than a day after its end."""
    if clock.day:
        clock.days = COUNTED.days_until(clock.start, clock.day, clock.west)
        clock.earlier = [COUNTED.days_until(clock.start, day, clock.west) for day in clock.former]
    for pause in sorted(pausing, key=lambda each: each.start):
        last = pause.start + DAY * (pause.days + 1)
        end = min(pause.stop or last, last)
        if end > clock.start and (clock.stop is None or pause.start < clock.stop):
            clock.pauses.append((pause.start, end))
    clock.extend(COUNTED)
