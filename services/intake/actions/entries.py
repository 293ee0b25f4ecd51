"""Entries: the events of complaints as the public, or their reporter, may read them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from services.intake.domain.sentences import UNKNOWN_EVENT
from services.intake.domain.wording import agency_names, agency_zones, recurrence, sentence, told_late
from services.intake.domain.words import are_public, open_since
from services.intake.models import TimelineEntry
from services.intake.state import State
from shared.db.transaction import Tx
from shared.telemetry import log, unusable_values
from shared.vocabulary import EventType

TIMELINE = (
    select(
        TimelineEntry.complaint_id,
        TimelineEntry.event_id,
        TimelineEntry.at,
        TimelineEntry.type,
        TimelineEntry.details,
        TimelineEntry.sealed,
    )
    .where(TimelineEntry.complaint_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(TimelineEntry.at, TimelineEntry.event_id)
)


class Shown(Protocol):
    """A complaint whose events are shown."""

    @property
    def id(self) -> UUID: ...
    @property
    def confidential(self) -> bool: ...
    @property
    def filed_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class EntryView:
    """One event of a complaint; `words` are an official's. A climb that recurred later was `said_again`."""

    at: datetime
    type: str
    sentence: str
    words: str | None
    said_again: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the timeline; its `details` are what the event said, if they are whole."""

    complaint_id: UUID
    event_id: UUID
    at: datetime
    type: str
    details: Any
    sealed: str | None

    @property
    def known(self) -> Mapping[str, Any]:
        return self.details if isinstance(self.details, Mapping) else {}


async def entries_of(
    tx: Tx[State], shown: Sequence[Shown], of_reporter: bool = False
) -> Mapping[UUID, Sequence[EntryView]]:
    """The events of these complaints, with every word if they are shown to the reporter."""
    found: dict[UUID, list[Entry]] = defaultdict(list)
    for entry in await tx.records(Entry, TIMELINE, {"ids": [one.id for one in shown]}) if shown else ():
        found[entry.complaint_id].append(entry)
    return {one.id: _views(tx.state, one, found[one.id], of_reporter) for one in shown}


def _views(state: State, case: Shown, entries: Sequence[Entry], of_reporter: bool) -> Sequence[EntryView]:
    names, zones = agency_names(entry.known for entry in entries), agency_zones(entry.known for entry in entries)
    late = told_late((entry.type, entry.known) for entry in entries)
    entries = [entry for entry, is_late in zip(entries, late, strict=True) if not is_late]
    since = open_since((entry.type, entry.at) for entry in entries)
    last = {recurrence(entry.type, entry.known): entry.event_id for entry in entries}
    shown = [
        EntryView(
            at=entry.at,
            type=entry.type,
            sentence=_sentence(entry, names, zones),
            words=_words(state, case.id, entry)
            if of_reporter or are_public(entry.type, entry.at, case.confidential, since)
            else None,
            said_again=bool(recurs := recurrence(entry.type, entry.known)) and last[recurs] != entry.event_id,
        )
        for entry in entries
    ]
    return shown or [_filed_entry(case)]


def _sentence(entry: Entry, names: Mapping[str, str], zones: Mapping[str, str]) -> str:
    """The sentence of an event; one that cannot be worded must not hide the others."""
    try:
        return sentence(entry.type, entry.known, names, zones)
    except Exception as error:  # The details are JSON of an event, maybe of another release: much can be wrong.
        log.error("event cannot be worded", event_id=str(entry.event_id), error=repr(error))
        unusable_values.labels("intake", "details").inc()
        return UNKNOWN_EVENT


def _filed_entry(case: Shown) -> EntryView:
    """The entry of a complaint whose first event has not come back yet."""
    event_type = EventType.COMPLAINT_FILED
    return EntryView(case.filed_at, event_type, sentence(event_type, {}, {}), None)


def _words(state: State, complaint_id: UUID, entry: Entry) -> str | None:
    """The words of an official, if the event has any that can be opened."""
    if entry.sealed is None:
        return None
    return (opened(state, entry.sealed, complaint_id, event_id=str(entry.event_id)) or {}).get("text")


def opened(state: State, sealed: str, complaint_id: UUID, **where: str) -> Mapping[str, Any] | None:
    """What a person wrote, by field; None where it cannot be opened, which must not hide the rest."""
    try:
        opened = orjson.loads(state.narrative.open(sealed, str(complaint_id)))
        if isinstance(opened, dict):
            return opened
    except ValueError as error:
        where["error"] = repr(error)
    log.error("words cannot be opened", complaint_id=str(complaint_id), **where)
    unusable_values.labels("intake", "seal").inc()
    return None
