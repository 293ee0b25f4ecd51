"""Complaints: a batch is filed with one statement per table, and each complaint once for its idempotency key."""

import hmac
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, bindparam, select
from uuid_utils.compat import uuid7

from services.intake.actions.filings import Filing, NewContact, canonical, contact_of, narrative_of
from services.intake.domain.references import REFERENCE_BYTES, reference_from
from services.intake.models import Complaint, Reporter
from services.intake.state import State
from shared.db.transaction import Tx
from shared.errors import KeyReused
from shared.events import ComplaintFiled, ContactStored, Fact

# Only a known key is skipped. A taken reference raises an error, and the group commit calls again for another draw.
BY_KEY = "(idempotency_key) WHERE idempotency_key IS NOT NULL"
HOLDERS = select(
    Complaint.idempotency_key, Complaint.id, Complaint.reference, Complaint.filed_at, Complaint.fingerprint
).where(Complaint.idempotency_key == any_(bindparam("keys", type_=ARRAY(Text))))


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the reporter keeps: with reference and PIN the complaint can be followed."""

    id: UUID
    tracking_reference: str
    pin: str
    filed_at: datetime


@dataclass(frozen=True, slots=True)
class StoredComplaint:
    """As much of a stored complaint as its receipt needs; `fingerprint` is empty without a key."""

    id: UUID
    reference: str
    filed_at: datetime
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """A complaint before it is stored, and its contact, which is stored apart from it."""

    filing: Filing
    stored: StoredComplaint
    sealed: str
    contact: ContactStored | None

    @property
    def reporter_ref(self) -> UUID | None:
        return self.contact.reporter_ref if self.contact else None


Holders = Mapping[str, StoredComplaint]


def receipt_of(state: State, complaint_id: UUID, reference: str, filed_at: datetime) -> Receipt:
    return Receipt(complaint_id, reference, state.pin(complaint_id), filed_at)


async def file_complaints(tx: Tx[State], batch: Sequence[Filing]) -> Sequence[Receipt | Exception]:
    """File each complaint once for its key: a receipt, or KeyReused for that complaint alone.

    The first try treats every key as new and only inserts, which is one statement. If a key is known, the unique index
    refuses the batch, and the group commit calls again with `tx.is_retry`; that try looks for known keys first.
    """
    drafts = [_draft(tx.state, filing, tx.now) for filing in batch]
    unique = _unique(drafts)
    holders = await _insert_unknown(tx, unique) if tx.is_retry else await _insert_all(tx, unique)
    await _publish(tx, [draft for draft in unique if _holder(draft, holders) is draft.stored])
    return [_outcome(tx.state, draft, _holder(draft, holders)) for draft in drafts]


async def file_lists(tx: Tx[State], batch: Sequence[Sequence[Filing]]) -> Sequence[list[Receipt]]:
    """File lists of complaints, each list as a whole or not at all.

    Raises KeyReused with the place of the complaint, and writes nothing; the group commit then tries list by list.
    """
    outcomes = iter(await file_complaints(tx, [filing for filings in batch for filing in filings]))
    return [[_filed(next(outcomes), place) for place, _ in enumerate(filings)] for filings in batch]


def _filed(outcome: Receipt | Exception, place: int) -> Receipt:
    if isinstance(outcome, Exception):
        raise KeyReused(field=f"complaints.{place}.idempotency_key") from outcome
    return outcome


def _draft(state: State, filing: Filing, now: datetime) -> Draft:
    new, complaint_id = filing.new, uuid7()
    fingerprint = state.fingerprint(canonical(new)) if filing.key else b""
    sealed = state.narrative.seal(narrative_of(new), str(complaint_id))
    contact = _contact(state, new.contact) if new.contact else None
    return Draft(filing, StoredComplaint(complaint_id, _new_reference(), now, fingerprint), sealed, contact)


def _contact(state: State, contact: NewContact) -> ContactStored:
    reporter_ref = uuid7()
    sealed = state.contacts.seal(contact_of(contact), str(reporter_ref))
    return ContactStored(reporter_ref=reporter_ref, sealed=sealed)


def _new_reference() -> str:
    return reference_from(os.urandom(REFERENCE_BYTES))


def _unique(drafts: Iterable[Draft]) -> list[Draft]:
    """The drafts without a key, and the first draft of each key."""
    unique: dict[str | UUID, Draft] = {}
    for draft in drafts:
        unique.setdefault(draft.filing.key or draft.stored.id, draft)
    return list(unique.values())


async def _insert_all(tx: Tx[State], drafts: Sequence[Draft]) -> Holders:
    """Insert these complaints as if every key were new; a known key fails at the commit."""
    await tx.insert(Complaint, _rows(drafts))
    return {draft.filing.key: draft.stored for draft in drafts if draft.filing.key}


async def _insert_unknown(tx: Tx[State], drafts: Sequence[Draft]) -> Holders:
    """Insert the complaints whose key is new or absent; for each key the complaint that holds it."""
    keyed = [draft for draft in drafts if draft.filing.key]
    inserted = set(await tx.insert(Complaint, _rows(keyed), skip_known=BY_KEY, returning=Complaint.id))
    known = await _holders(tx, [draft.filing.key for draft in keyed if draft.stored.id not in inserted])
    await tx.insert(Complaint, _rows(draft for draft in drafts if not draft.filing.key))
    return {**{draft.filing.key: draft.stored for draft in keyed if draft.filing.key}, **known}


async def _holders(tx: Tx[State], keys: Sequence[str | None]) -> Holders:
    """The stored complaints that hold these keys."""
    if not keys:
        return {}
    rows = await tx.execute(HOLDERS, {"keys": keys})
    return {
        key: StoredComplaint(id, reference, filed_at, fingerprint or b"")
        for key, id, reference, filed_at, fingerprint in rows
        if key
    }


def _holder(draft: Draft, holders: Holders) -> StoredComplaint:
    """The complaint that holds the key of this draft; without a key the draft itself."""
    return holders[draft.filing.key] if draft.filing.key else draft.stored


async def _publish(tx: Tx[State], drafts: Sequence[Draft]) -> None:
    """Insert the reporters of these complaints, and stage the events of both."""
    contacts = [draft.contact for draft in drafts if draft.contact]
    await tx.insert(Reporter, [{"reporter_ref": c.reporter_ref, "sealed": c.sealed} for c in contacts])
    tx.stage(*(event for draft in drafts for event in _events(draft)))


def _rows(drafts: Iterable[Draft]) -> list[dict[str, Any]]:
    # Sorted, so that two replicas with the same keys wait for one another instead of locking each other out.
    return [_row(draft) for draft in sorted(drafts, key=lambda draft: draft.filing.key or "")]


def _row(draft: Draft) -> dict[str, Any]:
    new, stored = draft.filing.new, draft.stored
    return {
        "id": stored.id,
        "reference": stored.reference,
        "filed_at": stored.filed_at,
        "kind": new.kind,
        "channel": new.channel,
        "region": new.region,
        "agency": new.agency,
        "anonymous": new.anonymous,
        "confidential": new.confidential,
        "urgent": new.urgent,
        "sensitive": new.sensitive,
        "reporter_ref": draft.reporter_ref,
        "sealed": draft.sealed,
        "idempotency_key": draft.filing.key,
        "fingerprint": stored.fingerprint or None,
    }


def _events(draft: Draft) -> Iterable[Fact]:
    if draft.contact:
        yield draft.contact
    new, stored = draft.filing.new, draft.stored
    yield ComplaintFiled(
        complaint_id=stored.id,
        reference=stored.reference,
        filed_at=stored.filed_at,
        kind=new.kind,
        channel=new.channel,
        region=new.region,
        agency=new.agency,
        anonymous=new.anonymous,
        confidential=new.confidential,
        urgent=new.urgent,
        sensitive=new.sensitive,
        reporter_ref=draft.reporter_ref,
        sealed=draft.sealed,
    )


def _outcome(state: State, draft: Draft, holder: StoredComplaint) -> Receipt | Exception:
    if not hmac.compare_digest(holder.fingerprint, draft.stored.fingerprint):
        return KeyReused(field="idempotency_key")
    return receipt_of(state, holder.id, holder.reference, holder.filed_at)
