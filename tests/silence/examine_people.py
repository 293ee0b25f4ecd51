"""Checks of who was reached: escalations, offers, and the leaders of those who hold a complaint."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.events import ComplaintForwarded, ComplaintSplit, Event, PartOpened
from tests.silence.expectations import ends, reopens
from tests.silence.expected import Count
from tests.silence.house import DAY, IDLE_TURN, House
from tests.silence.outages import Conditions, Outage, away_between
from tests.silence.report import Report
from tests.silence.scene import Scene
from tests.silence.withdrawals import takes_back

# An escalation that reached nobody must have gone to the next seat up before this many working days are over.
GRACE_DAYS, ZONE = 2, "Asia/Jakarta"
ENDS = ("ComplaintClosed", "ComplaintArchived", "ComplaintWithdrawn")
REOPENED = "ComplaintReopened"
ACTS = (
    "ComplaintVerified", "ComplaintForwarded", "FollowUpRecorded", "ComplaintAnswered", "ComplaintHeld",
    "ComplaintMerged", "ComplaintSplit", "ComplaintAppealed", "AppealDecided", "ReferralHandedOver", "AnswerReturned",
    "PromiseKept", "PromiseMoved", "ContestJudged", "OrderAcknowledged", "ReporterContacted", REOPENED, *ENDS,
)  # fmt: skip
MUST_REACH = ("ComplaintEscalated", "OmbudsmanOffered")
ALSO_SENT = ("DeadlineNear", "SeatFoundVacant")
# The ledger's door does not name the event, so its rows are read. What an act has overtaken need not reach anyone.
LEDGER = """
SELECT event_id,
       bool_or(reason = 'overtaken' OR state = 'sent' AND (kind = 'seat' OR template LIKE 'ombudsman%')) AS reached,
       string_agg(DISTINCT coalesce(reason, state), ', ') AS why, count(*) AS messages,
       array_agg(agency || '/' || role) AS seats
FROM messages GROUP BY event_id
"""
# A leader is told once a message was sent; the address of some refuses every mail.
LEADERS = """
SELECT complaint_id, agency, bool_or(state = 'sent') AS told, bool_or(reason IN ('rejected', 'bounced')) AS refused
FROM messages WHERE role = 'leader' AND complaint_id IS NOT NULL GROUP BY complaint_id, agency
"""
Ledger = Mapping[UUID, Any]
# Who says that a seat was not reached, and who then tells the next one.
PASSES_ON = ("notify", "sla")


class Grace:
    """The time within which somebody must have been reached; after an outage that cuts it short it begins anew."""

    def __init__(self, outages: Sequence[Outage]) -> None:
        self._counted, self._outages = Count(), sorted(outages, key=lambda outage: outage.start)

    def end(self, said_at: datetime) -> datetime:
        ends = self._counted.due(said_at, GRACE_DAYS, ZONE)
        for outage in self._outages:
            if outage.start < ends and said_at < outage.end:
                ends = self._counted.due(outage.end, GRACE_DAYS, ZONE)
        return ends


async def examine_people(house: House, scene: Scene, outages: Sequence[Outage], report: Report) -> None:
    """Report which announcements reached nobody, and which leaders were never written to."""
    ledger = {UUID(str(row.event_id)): row for row in await house.rows("notify", LEDGER)}
    grace = Grace([each for each in outages if each.service in PASSES_ON])
    for kind in (*MUST_REACH, *ALSO_SENT):
        _examine_kind(scene, ledger, kind, grace, report)
    report.zero("seats of an announcement without a message", sum(1 for _ in _unwritten(scene, ledger)))
    twice = sum(number > 1 for number in house.post.accepted.values())
    report.note("mails accepted", len(house.post.accepted))
    # A sender that dies before it records a mail hands it over again: notices are at least once (decision 6).
    (report.note if house.faults.count["died before a commit"] else report.zero)("mails accepted twice", twice)
    await _examine_leaders(house, scene, report)


def _examine_kind(scene: Scene, ledger: Ledger, kind: str, grace: Grace, report: Report) -> None:
    events, nobody = 0, 0
    reasons: Counter[str] = Counter()
    shown = ""
    for of_complaint in scene.events.values():
        mine = [event for event in of_complaint if type(event.fact).__name__ == kind]
        events += len(mine)
        for event in mine:
            if not _reached(scene, ledger, of_complaint, event, grace):
                nobody += 1
                reasons[ledger[event.id].why if event.id in ledger else "no message"] += 1
                later = [(type(each.fact).__name__, each.time) for each in of_complaint if each.time >= event.time]
                shown = shown or f"{event.fact} at {event.time}; from then on {later[:6]}"
    report.note(f"{kind} said", events)
    (report.zero if kind in MUST_REACH else report.note)(f"{kind} that reached nobody", nobody)
    for reason, number in reasons.most_common(3):
        report.note("  because", f"{reason} ({number})")
    if shown and kind in MUST_REACH:
        report.note("  such as", shown)


def _unwritten(scene: Scene, ledger: Ledger) -> Iterator[tuple[Event[Any], str]]:
    """The seats that an announcement names and that the ledger has no message to, sent or not."""
    for event in (event for events in scene.events.values() for event in events):
        if type(event.fact).__name__ in (*MUST_REACH, *ALSO_SENT):
            named = getattr(event.fact, "recipients", getattr(event.fact, "reported_to", ()))
            seats = ledger[event.id].seats if event.id in ledger else ()
            yield from ((event, seat.role) for seat in named if f"{seat.agency}/{seat.role}" not in seats)


def _reached(scene: Scene, ledger: Ledger, events: Sequence[Event[Any]], event: Event[Any], grace: Grace) -> bool:
    """Whether somebody was reached by it, or in its place in time, or may be yet; or it was needless or wrong."""
    ends = grace.end(event.time)
    if ends > scene.now or any(type(e.fact).__name__ in ACTS and event.time <= e.time <= ends for e in events):
        return True
    if any(takes_back(events, other, event) for other in events):
        return True
    in_its_place = [other for other in events if other is event or _is_later_climb(event, other, ends)]
    return any(ledger[other.id].reached for other in in_its_place if other.id in ledger)


def _is_later_climb(event: Event[Any], other: Event[Any], ends: datetime) -> bool:
    return type(other.fact).__name__ == "ComplaintEscalated" and event.time <= other.time <= ends


async def _examine_leaders(house: House, scene: Scene, report: Report) -> None:
    rows = {(UUID(str(row.complaint_id)), row.agency): row for row in await house.rows("notify", LEADERS)}
    told = {key for key, row in rows.items() if row.told}
    refused = {key for key, row in rows.items() if row.refused} - told
    # An end that came before the verification leaves its holder's leader nothing to know.
    forwarded = {
        id for id in scene.cases if any(isinstance(e.fact, ComplaintForwarded | PartOpened) for e in scene.events[id])
    }
    verified = {id: case for id, case in scene.cases.items() if id in forwarded}
    with_leader = {id: case for id, case in verified.items() if scene.has_seat(case["holder"], "leader")}
    holders = {id: (id, case["holder"]) for id, case in with_leader.items()}
    never = [id for id, key in holders.items() if key not in told | refused]
    report.zero(f"verified, whose holder's leader was never written to, of {len(with_leader)}", len(never))
    report.note("verified, whose holder's leader refuses mail", sum(key in refused for key in holders.values()))
    report.note("  of which have ended", sum(not scene.is_open(id) for id in never))
    report.note("verified, whose holder has no leader", len(verified) - len(with_leader))


def gaps(scene: Scene, conditions: Conditions | None = None) -> Mapping[UUID, float]:
    """The longest silence of each complaint while it was open, in days; outages and the last leap do not count."""
    longest: dict[UUID, float] = defaultdict(float)
    for id in scene.filed:
        for sooner, later in _silences(sorted(scene.events[id], key=lambda event: event.time), scene.now):
            silence = later - sooner
            if conditions:
                silence -= away_between(conditions.outages, sooner, later)
                silence -= IDLE_TURN if later > conditions.idle_since else DAY * 0
            longest[id] = max(longest[id], silence.total_seconds() / 86_400)
    return longest


def _silences(events: Sequence[Event[Any]], now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The spans between two events while a complaint was open, and the last up to now; of a whole its parts speak."""
    is_open = True
    for event, following in zip(events, (*(later.time for later in events[1:]), now), strict=True):
        is_open = reopens(event.fact) or (is_open and not ends(event.fact))
        is_open = is_open and not isinstance(event.fact, ComplaintSplit)
        if is_open:
            yield event.time, following
