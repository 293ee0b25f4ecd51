"""Sends what is due: claim (a transaction), hand over (none), record (a transaction)."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row
from uuid_utils.compat import uuid7

from services.notify.channels.letters import Line, Mail
from services.notify.channels.post import Outcome
from services.notify.domain.hearing import URGENCY
from services.notify.domain.sending import (
    ARRIVING,
    ATTEMPTS_EXHAUSTED,
    Reach,
    obstacle,
    pause_seconds,
)
from services.notify.domain.words import ROLES, words_for
from services.notify.state import State
from shared.clock import RealClock
from shared.db.transaction import Tx
from shared.language import JAKARTA
from shared.service import RunningService
from shared.telemetry import log
from shared.vault import Unopenable, Vault

# Real time, whatever the service's clock: a simulated one may run 300,000 times as fast.
REAL = RealClock()
CLAIM_ROWS, CLAIM_MAILS = 1_000, 200
SEND_SECONDS = 8.0  # Well under the lease, so that nobody else takes over a mail that is being handed over.
LEASE = timedelta(seconds=90)

# A government or ministry has no seat of a liaison, but a coordinator at its front desk, who hears in its place.
FOUND = """
SELECT m.id, m.kind, m.agency, m.template, m.details, m.about, m.attempts, m.mail_id,
       c.id IS NOT NULL AS complaint_known, c.reference, c.reporter_ref,
       o.code IS NOT NULL AS agency_known, o.name AS office, s.email, coalesce(s.role, m.role) AS seat, k.sealed,
       a.name AS about_name, a.zone AS about_zone
FROM messages m
LEFT JOIN complaints c ON c.id = m.complaint_id
LEFT JOIN agencies o ON o.code = m.agency
LEFT JOIN LATERAL (
    SELECT role, email FROM seats WHERE seats.agency = m.agency
    AND (seats.role = m.role OR (m.role = 'liaison' AND seats.role = 'coordinator'))
    ORDER BY seats.role = m.role DESC LIMIT 1
) s ON true
LEFT JOIN contacts k ON m.kind = 'reporter' AND k.reporter_ref = c.reporter_ref
LEFT JOIN agencies a ON a.code = m.about
"""
FRESH = (
    FOUND + "WHERE m.state = 'waiting' AND m.mail_id IS NULL AND m.next_try_at <= :now"
    " ORDER BY m.next_try_at, m.id LIMIT :rows FOR UPDATE OF m SKIP LOCKED"
)
# A mail is tried again as it was, so all its rows are taken or none: those who come second wait, then find none due.
AGAIN = (
    FOUND + "WHERE m.state IN ('waiting', 'sending') AND m.next_try_at <= :now AND m.mail_id IN ("
    "SELECT mail_id FROM messages WHERE state IN ('waiting', 'sending') AND mail_id IS NOT NULL"
    " AND next_try_at <= :now GROUP BY mail_id ORDER BY min(next_try_at) LIMIT :mails)"
    " ORDER BY m.id FOR UPDATE OF m"
)
CLAIM = """
UPDATE messages m SET state = r.state, reason = r.reason, attempts = m.attempts + 1, next_try_at = r.next_try_at,
       claimed_until = r.claimed_until, mail_id = r.mail_id, reference = r.reference, reporter_ref = r.reporter_ref,
       template_version = r.version, role = r.role
FROM unnest(CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:reasons AS text[]),
            CAST(:tries AS timestamptz[]), CAST(:leases AS timestamptz[]), CAST(:mails AS uuid[]),
            CAST(:references AS text[]), CAST(:reporters AS uuid[]), CAST(:versions AS text[]), CAST(:roles AS text[]))
     AS r(id, state, reason, next_try_at, claimed_until, mail_id, reference, reporter_ref, version, role)
WHERE m.id = r.id
"""
# What was sent is recorded even if the lease has ended meanwhile; all else only by its holder.
RECORD = """
UPDATE messages m SET state = r.state, reason = r.reason, smtp_code = r.smtp_code, next_try_at = r.next_try_at,
       claimed_until = NULL, sent_at = CASE r.state WHEN 'sent' THEN CAST(:at AS timestamptz) END,
       attempts = m.attempts - r.untried
FROM unnest(CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:reasons AS text[]), CAST(:codes AS int[]),
            CAST(:tries AS timestamptz[]), CAST(:untried AS int[]))
     AS r(id, state, reason, smtp_code, next_try_at, untried)
WHERE m.id = r.id AND m.state = 'sending' AND (r.state = 'sent' OR m.claimed_until = :lease)
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A ledger row under the claim, with the way to its recipient: an address, or what is in the way."""

    row: Row[Any]
    email: str | None
    why: str | None

    @property
    def attempts(self) -> int:
        return int(self.row.attempts) + 1


@dataclass(frozen=True, slots=True)
class Claim:
    """What one step has taken: the mails to send, the rows each of them carries, and how many rows in all."""

    lease: datetime
    mails: Sequence[Mail]
    carried: Mapping[UUID, Sequence[Due]]
    rows: int


async def send_once(service: RunningService[State]) -> int:
    """Send what is due, oldest first; how many ledger rows moved on, 0 when nothing is due or the server is away."""
    post = service.state.post
    if post.troubled and not await post.reach():
        return 0
    claim = await claim_due(service)
    outcomes = await post.send(claim.mails, service.state.letters.write, SEND_SECONDS)
    return claim.rows - await record(service, claim, outcomes)


async def claim_due(service: RunningService[State]) -> Claim:
    """Take the rows that are due, find the way to their recipients, and join what goes to one seat."""
    now = REAL.now()
    async with service.begin() as tx:
        again = (await tx.execute(AGAIN, {"now": now, "mails": CLAIM_MAILS})).all()
        fresh = (await tx.execute(FRESH, {"now": now, "rows": CLAIM_ROWS})).all()
        due = [_resolve(service, row) for row in (*again, *fresh)]
        carried = _joined([each for each in due if each.why is None])
        claim = Claim(now + LEASE, [_mail(id, group) for id, group in carried.items()], carried, len(due))
        await _write_claim(tx, claim, [each for each in due if each.why], now)
    return claim


def _resolve(service: RunningService[State], row: Row[Any]) -> Due:
    email = row.email if row.kind == "seat" else _email_of(service.state.vault, row)
    expected, known = row.reporter_ref is not None, row.sealed is not None
    why = obstacle(Reach(row.kind, row.complaint_known, row.agency_known, expected, known, email))
    # Only a row whose sender died again and again comes here with its attempts used up.
    return Due(
        row, email, ATTEMPTS_EXHAUSTED if row.attempts >= service.state.settings.mail_attempts and why is None else why
    )


def _email_of(vault: Vault, row: Row[Any]) -> str | None:
    if row.sealed is None:
        return None
    try:
        contact = orjson.loads(vault.open(row.sealed, str(row.reporter_ref)))
        email = contact.get("email")
    except (Unopenable, ValueError, AttributeError):
        log.error("contact cannot be opened", reporter_ref=str(row.reporter_ref))
        return None
    return email if isinstance(email, str) else None


def _joined(ready: Sequence[Due]) -> Mapping[UUID, Sequence[Due]]:
    """The rows by mail: as they were, where a mail is tried again; else one for a reporter's row, one for a seat.

    What was tried equally often shares a mail, so that its rows are given up together.
    """
    groups: dict[object, list[Due]] = defaultdict(list)
    for each in ready:
        row = each.row
        groups[row.mail_id or ((row.agency, row.seat, row.attempts) if row.kind == "seat" else row.id)].append(each)
    return {key if isinstance(key, UUID) else uuid7(): _urgent_first(group) for key, group in groups.items()}


def _urgent_first(group: Sequence[Due]) -> Sequence[Due]:
    if len(group) == 1:
        return group
    return sorted(group, key=lambda each: (URGENCY.index(each.row.template), each.row.id))


def _mail(mail_id: UUID, group: Sequence[Due]) -> Mail:
    first = group[0].row
    lines = [Line(each.row.template, _words(each.row)) for each in group]
    return Mail(mail_id, str(group[0].email), lines, _office(first))


def _office(row: Row[Any]) -> str:
    return f"{ROLES.get(row.seat, row.seat)} {row.office}" if row.kind == "seat" else ""


def _words(row: Row[Any]) -> dict[str, Any]:
    details = orjson.loads(row.details) if isinstance(row.details, str) else row.details
    about = details.get("name") or row.about_name or row.about
    words = words_for(details, details.get("zone") or row.about_zone or JAKARTA)
    return words | {"reference": row.reference, "agency": about, "office": _office(row)}


async def _write_claim(tx: Tx[State], claim: Claim, hindered: Sequence[Due], now: datetime) -> None:
    letters = tx.state.letters
    values: list[tuple[Any, ...]] = [
        (each.row, "sending", None, claim.lease, claim.lease, id, letters.version(each.row.template, len(group) > 1))
        for id, group in claim.carried.items()
        for each in group
    ]
    most = tx.state.settings.mail_attempts
    values += [(each.row, *_hindered(each, most, now), None, each.row.mail_id, None) for each in hindered]
    if not values:
        return
    rows, states, reasons, tries, leases, mails, versions = map(list, zip(*values, strict=True))
    found = {"ids": [row.id for row in rows], "references": [row.reference for row in rows]}
    found["roles"] = [row.seat for row in rows]
    found["reporters"] = [row.reporter_ref if row.kind == "reporter" else None for row in rows]
    written = {"states": states, "reasons": reasons, "tries": tries, "leases": leases, "mails": mails}
    await tx.execute(CLAIM, {**found, **written, "versions": versions})


def _hindered(due: Due, most: int, now: datetime) -> tuple[str, str | None, datetime]:
    """State, reason and next try of a row that cannot be sent now."""
    if due.why in ARRIVING and due.attempts < most:
        return "waiting", due.why, _later(now, due.attempts)
    return "failed" if due.why == ATTEMPTS_EXHAUSTED else "skipped", due.why, now


def _later(now: datetime, attempts: int) -> datetime:
    return now + timedelta(seconds=pause_seconds(attempts, random.random()))


async def record(service: RunningService[State], claim: Claim, outcomes: Mapping[UUID, Outcome]) -> int:
    """Write down what became of the mails; how many rows were given back untried."""
    now, most = REAL.now(), service.state.settings.mail_attempts
    # Drawn once for each mail: with pauses of their own its rows would be tried again apart, under one Message-ID.
    recorded = {id: _recorded(claim.carried[id][0], outcome, most, now) for id, outcome in outcomes.items()}
    values = [(each.row.id, *of_mail) for id, of_mail in recorded.items() for each in claim.carried[id]]
    if not values:
        return 0
    ids, states, reasons, codes, tries, untried = map(list, zip(*values, strict=True))
    async with service.begin() as tx:
        found = {"ids": ids, "lease": claim.lease, "at": tx.now}
        written = {"states": states, "reasons": reasons, "codes": codes, "tries": tries, "untried": untried}
        await tx.execute(RECORD, {**found, **written})
    return sum(untried)


def _recorded(
    due: Due, outcome: Outcome, most: int, now: datetime
) -> tuple[str, str | None, int | None, datetime, int]:
    """State, reason, SMTP code, next try, and 1 if nobody tried."""
    if outcome.state == "unsent":
        return "waiting", None, None, now, 1
    if outcome.state == "waiting" and due.attempts >= most:
        return "failed", ATTEMPTS_EXHAUSTED, outcome.smtp_code, now, 0
    return outcome.state, outcome.reason, outcome.smtp_code, _later(now, due.attempts), 0
