"""Evidence of complaints with acts that keep every promise."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from deploy.demo.checks import acts
from deploy.demo.checks.units import SENT_BACK
from deploy.demo.mails import REPORTERS, Mail
from deploy.demo.moments import moment
from deploy.demo.records import Clock, ComplaintRecord, Event, Evidence, Hidden, Played
from services.intake.domain.sentences import ACCEPTED
from shared.vocabulary import STATE_LABELS
from tests.deploy.evidence import at, clock_of, evidence, message
from tests.services import MONDAY


def record(
    number: int, events: Mapping[str, Sequence[float]], clocks: Sequence[Clock], state: str = "CLOSED"
) -> ComplaintRecord:
    """A complaint with these events, each on its days, and every mail that follows from an act."""
    told = [mail for kind, days in events.items() for _ in days for mail in acts.TOLD.get(kind, ())]
    messages = [
        replace(message(template), kind="reporter" if roles == acts.REPORTER else "seat", role=seat(roles))
        for roles, template in told
    ]
    found = sorted((Event(at(day), kind, "") for kind, days in events.items() for day in days), key=lambda e: e.at)
    return ComplaintRecord(
        id=str(number),
        reference=f"TG-{number}",
        read_at=at(70),
        filed_at=MONDAY,
        has_email=True,
        status=STATE_LABELS[state],
        timeline=found,
        case={"holder": "35.78.DLH", "state": state, "kind": "complaint", "acts": []},
        holder={"code": "35.78.DLH", "name": "", "tier": "unit"},
        clocks=clocks,
        messages=messages,
    )


def seat(roles: frozenset[str]) -> str | None:
    return None if roles == acts.REPORTER else sorted(roles)[-1]


def ran(name: str, days: tuple[float, float | None], limit: int, climbs: int = 0, **more: object) -> Clock:
    begin, end = days
    return clock_of(name, at(begin), limit, None if end is None else at(end), climbs, **more)


def asked() -> ComplaintRecord:
    clocks = [ran("follow_up", (1, 8), 5), ran("hold", (2, 6), 30, unit="calendar")]
    found = record(1, {"ComplaintHeld": [2], "ComplaintCompleted": [6], "ComplaintAnswered": [9]}, clocks, "ANSWERED")
    return replace(found, clocks=[replace(clocks[0], due_at=moment(found, clocks[0], 5)), clocks[1]])


def drafted() -> ComplaintRecord:
    events = {"AnswerDrafted": [3, 5], "AnswerReturned": [4], "ComplaintAnswered": [6]}
    clocks = [ran("resolution", (1, 6), 14), ran("approval", (3, 4), 2), ran("approval", (5, 6), 2, cycle=2)]
    return record(2, events, clocks, "ANSWERED")


def promised() -> ComplaintRecord:
    events = {"PromiseMade": [1], "ComplaintAnswered": [2], "PromiseKept": [9], "ComplaintClosed": [30]}
    found = record(3, events, [ran("promise", (1, 9), 3, climbs=1), ran("window", (2, 30), 10)])
    return replace(found, messages=[*found.messages, replace(message("escalation"), role="leader")])


def merged() -> list[ComplaintRecord]:
    main = record(4, {"ComplaintAnswered": [9]}, [], "ANSWERED")
    other = record(5, {"ComplaintMerged": [2], "ComplaintAnswered": [9], "RatingGiven": [10]}, [], "ANSWERED")
    case = {**other.case, "acts": [{"kind": "answer", "merged_into": None}, {"kind": "merger", "merged_into": "4"}]}
    return [main, replace(other, case=case)]


def disputed() -> ComplaintRecord:
    events = {"ComplaintAnswered": [3, 9], "ComplaintReopened": [5], "InterimReplied": [7], "ComplaintClosed": [12]}
    clocks = [ran("window", (3, 5), 10), ran("window", (9, 12), 10, cycle=2), ran("ombudsman", (0, 9), 60)]
    again = ran("resolution", (5, 9), 14, cycle=2, extended_days=3)
    found = record(6, events, [*clocks, ran("resolution", (1, 3), 14), again])
    return replace(found, timeline=[*found.timeline[:-1], Event(at(12), "ComplaintClosed", ACCEPTED)])


def danger() -> ComplaintRecord:
    clocks = [ran("alarm", (0, 1), 6, unit="hours", due_at=at(0.25))]
    return record(7, {"UrgencyDeclared": [0.1], "ComplaintAnswered": [2]}, clocks, "ANSWERED")


def whole() -> ComplaintRecord:
    events = {"ComplaintSplit": [2], "ComplaintAnswered": [9]}
    return record(8, events, [ran("resolution", (1, 2), 14)])


def part(number: int, answered: float) -> ComplaintRecord:
    clocks = [ran("follow_up", (2, 3), 5), ran("resolution", (1, answered), 14)]
    found = record(number, {"PartOpened": [2], "ComplaintAnswered": [answered]}, clocks, "ANSWERED")
    return replace(found, case={**found.case, "part_of": "8", "holder": f"35.78.{number}"})


def appealed() -> ComplaintRecord:
    events = {"ComplaintAnswered": [3, 12], "ComplaintAppealed": [5], "AppealDecided": [7]}
    clocks = [ran("appeal", (5, 7), 10, agency="35.78"), ran("follow_up", (7, 8), 5), ran("resolution", (7, 12), 14)]
    found = record(12, events, clocks, "ANSWERED")
    return replace(found, case={**found.case, "holder": "35.78.DLH"})


def joint() -> ComplaintRecord:
    events = {"ContributionRequested": [2], "ContributionGiven": [4], "ComplaintAnswered": [6]}
    return record(13, events, [ran("contribution", (2, 4), 5, agency="35.78.DISHUB")], "ANSWERED")


def sent_back() -> ComplaintRecord:
    clocks = [ran("resolution", (4, 6), 14, cycle=2), ran("ombudsman", (0, 6), 60)]
    found = record(14, {"ComplaintAnswered": [3, 6], "ComplaintReopened": [4]}, clocks, "ANSWERED")
    looked = {"kind": "remand", "agency": "35.78", "merged_into": None}
    timeline = [replace(event, sentence=f"Kota {SENT_BACK}") for event in found.timeline]
    return replace(found, timeline=timeline, case={**found.case, "acts": [looked]})


def contested() -> ComplaintRecord:
    events = {"FollowUpRecorded": [2, 5], "FollowUpContested": [3], "ContestJudged": [4], "ComplaintAnswered": [7]}
    clocks = [ran("follow_up", (1, 5), 5), ran("contest", (3, 4), 3, agency="35.78")]
    return record(15, events, clocks, "ANSWERED")


def referred() -> ComplaintRecord:
    events = {
        "OmbudsmanOffered": [60],
        "ComplaintReferred": [61],
        "ReferralHandedOver": [63],
        "ComplaintAnswered": [65],
    }
    clocks = [ran("resolution", (1, 65), 14), ran("referral", (61, 63), 5)]
    return record(16, events, clocks, "ANSWERED")


ASKED, DRAFTED, PROMISED, MAIN, DUPLICATE, DISPUTED, DANGER, WHOLE, APPEALED, JOINT, SENT = range(11)
CONTESTED, REFERRED = 11, 12


def good() -> Evidence:
    records = [
        asked(),
        drafted(),
        promised(),
        *merged(),
        disputed(),
        danger(),
        whole(),
        appealed(),
        joint(),
        sent_back(),
        contested(),
        referred(),
    ]
    hidden = Hidden("TG-11", "Terdisposisi Selesai", "CLOSED", ())
    mails = [Mail(f"<{to}>", to, "", ("TG-11",)) for to in (f"tini{REPORTERS}", "pimpinan@x.example")]
    return replace(
        evidence(),
        records=records,
        hidden=[hidden],
        mails=mails,
        parts=[part(9, 5), part(10, 9)],
        played=[Played("TG-1", "holdings", "ComplaintHeld", at(2))],
    )
