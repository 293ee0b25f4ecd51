"""The state of all services at the end, read through their APIs, for the promises and the summary."""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from deploy.demo.api import Api, for_each
from deploy.demo.complaints import Filed
from deploy.demo.installation import NAMES, Installation
from deploy.demo.mails import Mails
from deploy.demo.records import Clock, ComplaintRecord, Event, Evidence, Json, Message, Step

METRIC = re.compile(r'^(tanggap_\w+)\{service="(\w+)"[^}]*\} ([0-9.e+-]+)$', re.MULTILINE)
PAGE = 500
CASES = 200
LOOK_SECONDS = 0.5
# The real time that a sweep or a delivery may take on a busy machine.
SLACK_SECONDS = 3.0


def metrics(text: str) -> dict[tuple[str, str], float]:
    """The value of each metric that has one per service."""
    return {(name, service): float(value) for name, service, value in METRIC.findall(text)}


async def read_metrics(api: Api) -> dict[tuple[str, str], float]:
    """The metrics of all processes."""
    found: dict[tuple[str, str], float] = {}
    for text in await asyncio.gather(*(api.text(name, "/metrics") for name in NAMES)):
        found |= metrics(text)
    return found


async def settled(api: Api, seconds: float = 15) -> bool:
    """Wait until no event and no message is waiting; false if some still are in the end."""
    for _ in range(int(seconds / LOOK_SECONDS)):
        found = await read_metrics(api)
        waiting = sum(
            v for (name, _), v in found.items() if name in ("tanggap_outbox_waiting", "tanggap_inbox_lag_events")
        )
        counts: Counter[str] = Counter()
        for row in await api.get("/notify/summary", role="operator"):
            counts[row["state"]] += row["messages"]
        if not waiting and not counts["waiting"] and not counts["sending"]:
            return True
        await asyncio.sleep(LOOK_SECONDS)
    return False


async def collect(
    installation: Installation, api: Api, filed: Sequence[Filed], repeated: Sequence[tuple[Json, Json]], mails: Mails
) -> Evidence:
    """Read every complaint from every service."""
    agencies: dict[str, Json] = {}

    async def record(one: Filed) -> ComplaintRecord:
        read_at = installation.clock.now()
        case = await api.get(f"/routing/complaints/{one.id}", role="admin")
        if case["holder"] not in agencies:
            agencies[case["holder"]] = await api.get(f"/routing/agencies/{case['holder']}")
        public = await api.get(f"/intake/complaints/{one.reference}/timeline")
        clocks = await api.get(f"/sla/complaints/{one.id}/clocks", role="admin")
        messages = await api.get("/notify/messages", role="operator", complaint_id=one.id, limit=PAGE)
        return _record(one, read_at, public, case, agencies[case["holder"]], clocks, messages["items"])

    records = await for_each(record, filed)
    parts = await for_each(record, await _parts(api, filed))
    ledger = await _ledger(api)
    mails.read()
    found = await read_metrics(api)
    parked = {service: int(value) for (name, service), value in found.items() if name == "tanggap_parked_events"}
    return Evidence(
        slack=timedelta(seconds=installation.speed * SLACK_SECONDS),
        records=records,
        parts=parts,
        mails=mails.all,
        ledger=ledger,
        repeated_answers=repeated,
        repeated_mails=installation.mailbox.repeated,
        parked=parked,
    )


async def _parts(api: Api, filed: Sequence[Filed]) -> list[Filed]:
    """The parts of the complaints that were split, which have the contact of their whole."""
    wholes = {one.id: one for one in filed}
    cases = (await api.get("/routing/complaints", role="admin", limit=CASES))["items"]
    return [
        Filed(wholes[case["part_of"]].complaint, {"id": case["id"], "tracking_reference": case["reference"]})
        for case in cases
        if case["part_of"]
    ]


async def _ledger(api: Api) -> list[Message]:
    rows: list[Message] = []
    place: Json = {}
    while True:
        page = await api.get("/notify/messages", role="operator", limit=PAGE, **place)
        rows += map(_message, page["items"])
        if page["next"] is None:
            return rows
        place = {"after": page["next"]}


def _record(
    one: Filed, read_at: datetime, public: Json, case: Json, holder: Json, clocks: Any, rows: Sequence[Json]
) -> ComplaintRecord:
    contact = one.complaint.body.get("contact") or {}
    return ComplaintRecord(
        id=one.id,
        reference=one.reference,
        read_at=read_at,
        filed_at=datetime.fromisoformat(public["filed_at"]),
        has_email=bool(contact.get("email")),
        status=public["status"],
        timeline=[
            Event(datetime.fromisoformat(e["at"]), e["type"], e["sentence"], e["words"]) for e in public["timeline"]
        ],
        case=case,
        holder=holder,
        clocks=[_clock(clock) for clock in clocks],
        messages=[_message(row) for row in rows],
    )


def _clock(row: Json) -> Clock:
    stopped = row["stopped_at"]
    return Clock(
        name=row["name"],
        cycle=row["cycle"],
        agency=row["agency"],
        zone=row["zone"],
        unit=row["unit"],
        started_at=datetime.fromisoformat(row["started_at"]),
        limit_days=row["limit_days"],
        extended_days=row["extended_days"],
        due_at=datetime.fromisoformat(row["due_at"]),
        stopped_at=stopped and datetime.fromisoformat(stopped),
        state=row["state"],
        steps=tuple(
            Step(step["escalation"], datetime.fromisoformat(step["fired_at"]), step["round"]) for step in row["steps"]
        ),
        next_at=row["next_at"] and datetime.fromisoformat(row["next_at"]),
    )


def _message(row: Json) -> Message:
    return Message(row["reference"], row["kind"], row["role"], row["template"], row["state"], row["reason"])
