"""Evidence of one ignored complaint that keeps every promise."""

from datetime import datetime, timedelta

from deploy.demo import moments
from deploy.demo.mails import REPORTERS, Mail
from deploy.demo.records import Clock, ComplaintRecord, Event, Evidence, Message, Step
from shared.calendar import calendar_for
from tests.services import MONDAY

REFERENCE = "TG-AAAAA-BBBBB"
RECEIPT = {"id": "1", "tracking_reference": REFERENCE, "pin": "12345678"}


def at(days: float) -> datetime:
    return MONDAY + timedelta(days=days)


def clock_of(name: str, started: datetime, limit: int, stopped: datetime | None, climbs: int, **more: object) -> Clock:
    calendar = calendar_for("WIB")
    due_at = [calendar.due_at(started, limit + days) for days in moments.CLIMBS[:climbs]]
    fired = tuple(Step(nth, moment + timedelta(hours=3)) for nth, moment in enumerate(due_at, 1))
    if climbs == len(moments.CLIMBS):
        fired += (Step(3, at(69), round=4),)
    due = calendar.due_at(started, limit)
    state = "overdue" if stopped is None else ("missed" if stopped > due else "met")
    values = {"name": name, "cycle": 1, "agency": "35.78", "zone": "WIB", "unit": "working", "state": state}
    return Clock(
        **{
            **values,
            "started_at": started,
            "limit_days": limit,
            "due_at": due,
            "stopped_at": stopped,
            "steps": fired,
            "next_at": None if stopped else at(72),
            **more,
        }
    )  # type: ignore[arg-type]


def ombudsman() -> Clock:
    offered = (Step(0, at(60.1)),)
    return clock_of("ombudsman", MONDAY, 60, None, 0, unit="calendar", due_at=at(60), steps=offered)


def message(template: str, kind: str = "seat", state: str = "sent", reason: str | None = None) -> Message:
    return Message(REFERENCE, kind, None, template, state, reason)


def ignored() -> ComplaintRecord:
    """A complaint that was verified in time, then ignored by all, also at a vacant seat, up to the Ombudsman."""
    types = ["ComplaintFiled", "ComplaintRouted", "ComplaintVerified", "ComplaintForwarded"]
    types += ["ComplaintEscalated"] * (6 + 2 * 4) + ["SeatFoundVacant"]
    timeline = [Event(at(1), kind, "") for kind in types] + [Event(at(60.1), "OmbudsmanOffered", "")]
    informed = [message(template, "reporter") for template in ("received", "ombudsman")]
    return ComplaintRecord(
        id="1",
        reference=REFERENCE,
        read_at=at(70),
        filed_at=MONDAY,
        has_email=True,
        status="Terdisposisi Belum Ditindaklanjuti",
        timeline=timeline,
        case={"holder": "35.78.DLH", "state": "AWAITING_FOLLOW_UP", "kind": "complaint", "acts": []},
        holder={"code": "35.78.DLH", "name": "Dinas Lingkungan Hidup", "tier": "unit"},
        clocks=[
            clock_of("verification", MONDAY, 3, at(1), 0),
            clock_of("follow_up", at(1), 5, None, 3),
            clock_of("resolution", at(1), 14, None, 3),
            ombudsman(),
            clock_of("life", MONDAY, 1, None, 0),
        ],
        messages=[*informed, *[message("escalation")] * 14, message("seat_vacant")],
    )


def evidence(record: ComplaintRecord | None = None) -> Evidence:
    record = record or ignored()
    mails = [Mail(f"<{n}@x>", "pimpinan@x.example", "", (REFERENCE,)) for n in range(15)]
    mails += [Mail(f"<r{n}@x>", f"siti{REPORTERS}", "", (REFERENCE,)) for n in range(2)]
    parked = dict.fromkeys(("intake", "routing", "sla", "notify"), 0)
    return Evidence(timedelta(days=2), [record], mails, list(record.messages), [(RECEIPT, dict(RECEIPT))], 0, parked)
