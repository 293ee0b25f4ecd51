"""Filing: all complaints of a batch are stored and staged with one statement per table."""

import hmac
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.intake.actions.narrative import Filing, canonical, contact_of, narrative_of
from services.intake.domain.references import REFERENCE_BYTES, reference_from
from services.intake.models import tables
from services.intake.state import State
from shared.db.transaction import Tx
from shared.errors import Conflict
from shared.events import ComplaintFiled, ContactStored

Row = dict[str, Any]
COMPLAINTS, REPORTERS = tables.tables["complaints"], tables.tables["reporters"]
KNOWN = """
SELECT id, reference, filed_at, idempotency_key, fingerprint
  FROM complaints WHERE idempotency_key = ANY(CAST(:keys AS text[]))
"""
# A taken reference is no known complaint, but an error that has the group commit draw another.
BY_KEY = "(idempotency_key) WHERE idempotency_key IS NOT NULL"


class IdempotencyKeyReused(Conflict):
    """This Idempotency-Key was used for another complaint."""

    indonesian = "Idempotency-Key ini telah dipakai untuk laporan lain."


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the reporter keeps: with reference and PIN the complaint can be followed."""

    id: UUID
    tracking_reference: str
    pin: str
    filed_at: datetime


@dataclass(slots=True)
class Draft:
    """A complaint before it is stored, and the contact that is stored apart from it."""

    row: Row
    contact: Row | None

    @property
    def key(self) -> str | None:
        key: str | None = self.row["idempotency_key"]
        return key


def receipt(keys: State, complaint_id: UUID, reference: str, filed_at: datetime) -> Receipt:
    return Receipt(complaint_id, reference, keys.pin(complaint_id), filed_at)


async def file_complaints(tx: Tx[State], batch: Sequence[Filing]) -> Sequence[Receipt | Exception]:
    """File each complaint once for its key: a receipt, or IdempotencyKeyReused for that complaint alone."""
    keys = tx.state
    drafts = [_draft(filing, keys, tx.now) for filing in batch]
    known = await _store(tx, list(_firsts(drafts)))
    return [_outcome(keys, draft, known) for draft in drafts]


async def file_together(tx: Tx[State], batch: Sequence[Sequence[Filing]]) -> Sequence[list[Receipt]]:
    """File lists of complaints, each list as a whole or not at all.

    Raises IdempotencyKeyReused, which names the complaint and leaves nothing written; the group commit then tries list
    by list.
    """
    outcomes = iter(await file_complaints(tx, [filing for filings in batch for filing in filings]))
    return [[_demanded(next(outcomes), place) for place, _ in enumerate(filings)] for filings in batch]


def _demanded(outcome: Receipt | Exception, place: int) -> Receipt:
    if isinstance(outcome, Exception):
        raise IdempotencyKeyReused(field=f"complaints.{place}.idempotency_key") from outcome
    return outcome


def _draft(filing: Filing, keys: State, now: datetime) -> Draft:
    new, complaint_id = filing.new, uuid7()
    contact = _contact(filing, keys)
    row = {
        "id": complaint_id,
        "reference": _new_reference(),
        "filed_at": now,
        "kind": new.kind,
        "channel": new.channel,
        "region": new.region,
        "agency": new.agency,
        "anonymous": new.anonymous,
        "confidential": new.confidential,
        "reporter_ref": contact and contact["reporter_ref"],
        "sealed": keys.narrative.seal(narrative_of(new), str(complaint_id)),
        "idempotency_key": filing.key,
        "fingerprint": keys.fingerprint(canonical(new)) if filing.key else None,
    }
    return Draft(row, contact)


def _contact(filing: Filing, keys: State) -> Row | None:
    if filing.new.contact is None:
        return None
    reporter_ref = uuid7()
    sealed = keys.contacts.seal(contact_of(filing.new.contact), str(reporter_ref))
    return {"reporter_ref": reporter_ref, "sealed": sealed}


def _new_reference() -> str:
    return reference_from(os.urandom(REFERENCE_BYTES))


def _firsts(drafts: Iterable[Draft]) -> Iterable[Draft]:
    """Those without a key, and of those that share a key the first."""
    seen: set[str] = set()
    for draft in drafts:
        if draft.key is None or draft.key not in seen:
            yield draft
        if draft.key is not None:
            seen.add(draft.key)


async def _store(tx: Tx[State], drafts: list[Draft]) -> dict[str, Row]:
    """Insert what is new, stage what it tells, and give for each key the row that holds it."""
    holders = await _claim(tx, [draft for draft in drafts if draft.key])
    new = [draft for draft in drafts if draft.key is None or holders[draft.key] is draft.row]
    await tx.insert(COMPLAINTS, [draft.row for draft in new if draft.key is None])
    await tx.insert(REPORTERS, [draft.contact for draft in new if draft.contact])
    tx.stage(*(fact for draft in new for fact in _facts(draft)))
    return holders


async def _claim(tx: Tx[State], drafts: list[Draft]) -> dict[str, Row]:
    """Insert those whose key is new; for each key the row that holds it, this one or an earlier one."""
    # Sorted, so that two replicas with the same keys wait for one another instead of locking each other out.
    rows = [draft.row for draft in sorted(drafts, key=lambda draft: draft.key or "")]
    new = set(await tx.insert(COMPLAINTS, rows, skip_known=BY_KEY, returning=COMPLAINTS.c.id))
    holders = {row["idempotency_key"]: row for row in rows if row["id"] in new}
    refused = [row["idempotency_key"] for row in rows if row["id"] not in new]
    if refused:
        found = (await tx.execute(KNOWN, {"keys": refused})).mappings()
        holders |= {row["idempotency_key"]: dict(row) for row in found}
    return holders


def _facts(draft: Draft) -> Iterable[ContactStored | ComplaintFiled]:
    if draft.contact:
        yield ContactStored(**draft.contact)
    row = draft.row
    yield ComplaintFiled(
        complaint_id=row["id"],
        reference=row["reference"],
        filed_at=row["filed_at"],
        kind=row["kind"],
        channel=row["channel"],
        region=row["region"],
        agency=row["agency"],
        anonymous=row["anonymous"],
        confidential=row["confidential"],
        reporter_ref=row["reporter_ref"],
        sealed=row["sealed"],
    )


def _outcome(keys: State, draft: Draft, known: dict[str, Row]) -> Receipt | Exception:
    row = known[draft.key] if draft.key else draft.row
    if draft.key and not hmac.compare_digest(row["fingerprint"], draft.row["fingerprint"]):
        return IdempotencyKeyReused(field="idempotency_key")
    return receipt(keys, row["id"], row["reference"], row["filed_at"])
