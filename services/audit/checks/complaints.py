"""Complaints one by one: what intake, routing and sla know of each, and whether notify knows it, read for many."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.audit.checks.limits import OF_HOLD, SINGLE
from services.audit.checks.policies import PERMEN
from services.audit.databases import Databases
from services.audit.domain.accounts import Case, Clock, Complaint, Filed, Timed
from services.audit.domain.complaints import CHECKS, violations_of
from services.audit.domain.violations import Findings, Violation

FIRST, LAST = UUID(int=0), UUID(int=(1 << 128) - 1)
# The number of steps of the clock `c` that have a name; the one after them recurs.
OF_POLICY = "SELECT jsonb_array_length(p.reminders) + cardinality(p.climbs) FROM policies p"
NAMED = (
    f"CASE WHEN c.name IN {tuple(sorted(SINGLE))} THEN 1 WHEN c.name IN ('hold', 'window') THEN {len(OF_HOLD)}"
    f" ELSE coalesce(({OF_POLICY} WHERE p.version = c.policy_version), {PERMEN.reminders + len(PERMEN.climbs)}) END"
)
TABLES = {"intake": "complaints", "routing": "cases", "sla": "complaints"}
IDS = "SELECT id FROM {table} WHERE id > :after ORDER BY id LIMIT :most"
# Who holds the complaint, as the last entry of the timeline that names an agency says it.
HOLDERS = (
    "'ComplaintRouted', 'ComplaintForwarded', 'ComplaintReassigned', 'ComplaintReopened', 'PartOpened', 'AppealDecided'"
)
FILED = f"""
SELECT c.id, c.filed_at, c.kind, c.confidential, c.reference, s.state, s.agency_name,
       coalesce(s.sensitive, c.sensitive) AS sensitive,
       t.code AS holder, t.name AS holder_name,
       ARRAY(SELECT concat_ws(' ', act, nullif(greatest(number, stage), 0))
             FROM reporter_acts WHERE complaint_id = c.id) AS acts,
       (SELECT max(at) FROM reporter_acts WHERE complaint_id = c.id) AS acted_at
FROM complaints c LEFT JOIN standings s ON s.complaint_id = c.id
LEFT JOIN LATERAL (
    SELECT details->'agency'->>'code' AS code, details->'agency'->>'name' AS name FROM timeline
    WHERE complaint_id = c.id AND type IN ({HOLDERS}) ORDER BY at DESC, event_id DESC LIMIT 1
) t ON true
WHERE c.id = ANY(CAST(:ids AS uuid[]))
"""
# routing records an act of a reporter under a key of its own, also one that it refused.
# A note is told to no other service, so nothing about it can be under way.
CASES = """
SELECT c.id, c.state, c.holder, c.verifier, c.held_from, c.draft_by IS NOT NULL AS draft_waits, c.open_commitments,
       c.urgent, c.sensitive, cardinality(c.supporting) AS open_requests,
       c.state = 'REFERRED' AND NOT c.handed_over AS handover_open,
       EXISTS (SELECT FROM cases part WHERE part.part_of = c.id
               AND part.state NOT IN ('ANSWERED', 'CLOSED', 'ARCHIVED', 'WITHDRAWN')) AS has_open_part,
       c.appellate, c.judge, c.contested_at IS NOT NULL AS is_contested, c.transfers,
       cardinality(c.ordered_by) AS open_orders,
       ARRAY(SELECT substring(idempotency_key FROM '^reporter (.*)') FROM acts
             WHERE complaint_id = c.id AND role = 'reporter') AS decided,
       greatest(c.filed_at, (SELECT max(at) FROM acts
                             WHERE complaint_id = c.id
                             AND kind <> 'note')) AS changed_at
FROM cases c WHERE c.id = ANY(CAST(:ids AS uuid[]))
"""
TIMED = """
SELECT id, filed_at, kind, confidential, sensitive, reference, answered_at IS NOT NULL AS is_answered,
       ended_at IS NOT NULL AS is_ended, silent_since, holder, transfers, verified_at IS NOT NULL AS is_verified
FROM complaints WHERE id = ANY(CAST(:ids AS uuid[]))
"""
TOLD = "SELECT id FROM complaints WHERE id = ANY(CAST(:ids AS uuid[]))"
# A pause begins with a hold or a merger, and ends with it. One that nobody ends is over a day after its limit, which a
# decree may have moved.
HIDDEN_PAUSE = """
EXISTS (SELECT FROM unnest(c.pauses) WITH ORDINALITY pause (at, number) WHERE number % 2 = 1 AND NOT EXISTS (
    SELECT FROM clocks h WHERE h.complaint_id = c.complaint_id AND h.name IN ('hold', 'merger') AND h.started_at = at
    AND c.pauses[number + 1] <= coalesce(h.stopped_at, h.due_at + interval '31 days')))
"""
# Python has no infinite moment: such a one is none at all. Only what recurs may be taken again, in a later round.
CLOCKS = f"""
SELECT complaint_id, name, cycle, agency, zone, stopped_at, paused_at IS NOT NULL AS is_paused,
       {HIDDEN_PAUSE} AS hidden_pause,
       CASE WHEN isfinite(started_at) THEN started_at END AS started_at,
       CASE WHEN isfinite(moved_at) THEN moved_at END AS moved_at,
       CASE WHEN isfinite(next_at) THEN next_at END AS next_at,
       EXISTS (SELECT FROM fired f WHERE f.complaint_id = c.complaint_id AND f.clock = c.name AND f.cycle = c.cycle
               AND (f.step > c.next_step
               OR f.step = c.next_step AND (c.next_step <= {NAMED} OR f.round > c.round))) AS is_muted
FROM clocks c WHERE complaint_id = ANY(CAST(:ids AS uuid[])) ORDER BY complaint_id, name, cycle
"""


async def look_at(databases: Databases, ids: Collection[UUID], now: datetime, pace: float = 1.0) -> Findings:
    """Everything that is wrong with these complaints; `pace` is how fast the services' clock runs."""
    wanted = {"ids": [str(id) for id in ids]}
    filed, cases, (timed, clocks), told = await asyncio.gather(
        databases["intake"].rows(FILED, wanted),
        databases["routing"].rows(CASES, wanted),
        _timed(databases, wanted),
        databases["notify"].rows(TOLD, wanted),
    )
    # Tens of thousands are compared at once; the loop must go on meanwhile.
    found = await asyncio.to_thread(_compare, ids, (filed, cases, timed, clocks, told), now, pace)
    return Findings(CHECKS, found, frozenset(map(str, ids)))


async def ids_after(databases: Databases, after: UUID, most: int) -> tuple[list[UUID], UUID]:
    """The next complaints that any of the three services knows, in order of ids; and the id up to which they are all.

    That is the highest id of all once there are no more.
    """
    found = await asyncio.gather(
        *(
            databases[service].rows(IDS.format(table=table), {"after": str(after), "most": most})
            for service, table in TABLES.items()
        )
    )
    by_service = [[UUID(str(row.id)) for row in rows] for rows in found]
    up_to = min((ids[-1] for ids in by_service if len(ids) == most), default=LAST)
    return sorted({id for ids in by_service for id in ids if id <= up_to}), up_to


def _compare(ids: Collection[UUID], rows: Sequence[Sequence[Any]], now: datetime, pace: float) -> list[Violation]:
    filed, cases, timed = _filed(rows[0]), _cases(rows[1]), _with_clocks(rows[2], rows[3])
    told = {row.id for row in rows[4]}
    known = (Complaint(id, filed.get(id), cases.get(id), timed.get(id), id in told) for id in ids)
    return [violation for complaint in known for violation in violations_of(complaint, now, pace)]


async def _timed(databases: Databases, wanted: Mapping[str, Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    return await databases["sla"].rows(TIMED, wanted), await databases["sla"].rows(CLOCKS, wanted)


def _filed(rows: Sequence[Any]) -> dict[UUID, Filed]:
    return {
        row.id: Filed(
            row.filed_at,
            row.state,
            row.holder,
            row.holder_name,
            row.agency_name,
            row.kind,
            row.confidential,
            frozenset(row.acts),
            row.acted_at,
            row.reference,
            row.sensitive,
        )
        for row in rows
    }


def _cases(rows: Sequence[Any]) -> dict[UUID, Case]:
    return {
        row.id: Case(
            row.state,
            row.holder,
            row.verifier,
            row.changed_at,
            frozenset(row.decided),
            row.held_from,
            row.draft_waits,
            row.open_commitments,
            row.urgent,
            row.sensitive,
            row.has_open_part,
            row.appellate,
            row.open_requests,
            row.judge,
            row.is_contested,
            row.handover_open,
            row.transfers,
            row.open_orders,
        )
        for row in rows
    }


def _with_clocks(timed: Sequence[Any], clocks: Sequence[Any]) -> dict[UUID, Timed]:
    of_complaint: dict[UUID, list[Clock]] = defaultdict(list)
    for row in clocks:
        of_complaint[row.complaint_id].append(
            Clock(
                row.name,
                row.cycle,
                row.agency or "",
                row.moved_at,
                row.next_at,
                row.stopped_at,
                row.is_muted,
                row.is_paused,
                row.hidden_pause,
                row.started_at,
                row.zone,
            )
        )
    return {
        row.id: Timed(
            row.filed_at,
            tuple(of_complaint[row.id]),
            row.kind,
            row.confidential,
            row.is_answered,
            row.is_ended,
            row.silent_since,
            row.reference,
            row.sensitive,
            row.holder,
            row.transfers,
            row.is_verified,
        )
        for row in timed
    }
