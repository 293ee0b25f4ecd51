"""Timelines: the public reads the status and the events of a complaint, its reporter every word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import bindparam, exists, func, select

from services.intake.actions.mergers import MainView, main_of
from services.intake.domain import references
from services.intake.domain.ratings import is_rateable
from services.intake.domain.reporters import acts_in
from services.intake.domain.sentences import UNKNOWN_EVENT, agency_names, agency_zones, recurrence, sentence
from services.intake.domain.statuses import Status
from services.intake.domain.words import are_public, open_since
from services.intake.errors import NoSuchComplaint
from services.intake.models import IS_SENSITIVE, Complaint, Rating, StatusRow, TimelineEntry
from services.intake.state import State
from shared import vocabulary
from shared.db.transaction import Tx
from shared.telemetry import log, unusable_values
from shared.vocabulary import MERGED, ON_HOLD, RATING, STATE_LABELS, EventType, OfferedAct

NOBODY = UUID(int=0)
# A complaint has no row of a status until its first event has come back over the bus.
CASE = (
    select(
        Complaint.id,
        Complaint.reference,
        Complaint.kind,
        Complaint.filed_at,
        Complaint.confidential,
        StatusRow.state,
        StatusRow.agency_name,
        StatusRow.missed,
        StatusRow.step,
        StatusRow.reopen_until,
        IS_SENSITIVE,
    )
    .outerjoin(StatusRow, StatusRow.complaint_id == Complaint.id)
    .where(Complaint.reference == bindparam("reference"))
)
# Each cycle of the resolution is rated once.
IS_RATED = (
    exists()
    .where(Rating.complaint_id == Complaint.id, Rating.cycle == func.coalesce(StatusRow.cycle, Status().cycle))
    .label("is_rated")
)
FILED = (
    select(Complaint.channel, Complaint.region, Complaint.agency, Complaint.anonymous, Complaint.sealed, IS_RATED)
    .outerjoin(StatusRow, StatusRow.complaint_id == Complaint.id)
    .where(Complaint.id == bindparam("id"))
)
TIMELINE = (
    select(TimelineEntry.event_id, TimelineEntry.at, TimelineEntry.type, TimelineEntry.details, TimelineEntry.sealed)
    .where(TimelineEntry.complaint_id == bindparam("id"))
    .order_by(TimelineEntry.at, TimelineEntry.event_id)
)
# The limit of the last question, if sla has set it.
HOLD_LIMIT = (
    select(TimelineEntry.details["due_at"].astext)
    .where(TimelineEntry.complaint_id == bindparam("id"), TimelineEntry.type == EventType.LIMIT_SET)
    .where(TimelineEntry.details["cycle"].as_integer() == StatusRow.holds)
    .join(StatusRow, StatusRow.complaint_id == TimelineEntry.complaint_id)
    .order_by(TimelineEntry.at.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class EntryView:
    """One event of a complaint; `words` are an official's. A climb that recurred later was `said_again`."""

    at: datetime
    type: str
    sentence: str
    words: str | None
    said_again: bool = False


@dataclass(frozen=True, slots=True)
class CaseView:
    """A complaint as the public may see it; `id` is for the reporter alone. `status` is the label of the `state`.

    One that is merged shares the answer to its `main` complaint.
    """

    id: UUID
    tracking_reference: str
    kind: str
    filed_at: datetime
    confidential: bool
    state: vocabulary.State
    status: str
    holder: str | None
    overdue: bool
    step: int
    reopen_until: datetime | None
    sensitive: bool
    main: MainView | None = None
    timeline: Sequence[EntryView] = ()


@dataclass(frozen=True, slots=True)
class ReporterView:
    """The complaint as its reporter filed it, and as the public may see it but with every word.

    The words are empty where they cannot be opened. `allowed` are the acts that the reporter may do now. On
    hold, the `question` waits for an answer until `answer_by`.
    """

    case: CaseView
    channel: str
    region: str | None
    agency: str | None
    anonymous: bool
    title: str | None
    text: str | None
    address: str | None
    happened_at: datetime | None
    allowed: Sequence[OfferedAct]
    question: str | None
    answer_by: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the timeline; its `details` are what the event said, if they are whole."""

    event_id: UUID
    at: datetime
    type: str
    details: Any
    sealed: str | None

    @property
    def known(self) -> Mapping[str, Any]:
        return self.details if isinstance(self.details, Mapping) else {}


def reference_in(typed: str) -> str | None:
    """The tracking reference that a person typed, in its official spelling; None for a text that cannot be one."""
    return references.reference_in(typed)


async def read_timeline(tx: Tx[State], typed: str) -> CaseView:
    """The public view; words are hidden where the reporter asked for confidentiality (rahasia).

    Raises NoSuchComplaint, also for a sensitive one: nobody learns that it is there.
    """
    case = await _case(tx, typed)
    if case is None or case.sensitive:
        raise NoSuchComplaint
    return replace(case, timeline=await _timeline(tx, case))


async def read_complaint(tx: Tx[State], typed: str, pin: str) -> ReporterView:
    """The reporter's view. Raises NoSuchComplaint for an unknown reference and a wrong PIN alike."""
    case = await _case(tx, typed)
    # The same work for a known and an unknown reference: the time of an answer must not tell them apart.
    matches = references.same_pin(pin, tx.state.pin(case.id if case else NOBODY))
    if case is None or not matches:
        raise NoSuchComplaint
    return await _reporter_view(tx, replace(case, timeline=await _timeline(tx, case, of_reporter=True)))


async def _case(tx: Tx[State], typed: str) -> CaseView | None:
    row = (await tx.execute(CASE, {"reference": reference_in(typed) or ""})).one_or_none()
    if row is None:
        return None
    id, reference, kind, filed_at, confidential, state, holder, missed, step, reopen_until, sensitive = row
    state = state or Status().state
    return CaseView(
        id=id,
        tracking_reference=reference,
        kind=kind,
        filed_at=filed_at,
        confidential=confidential,
        state=state,
        status=STATE_LABELS.get(state, state),
        holder=holder,
        overdue=bool(missed),
        step=step or 0,
        reopen_until=reopen_until,
        sensitive=sensitive,
        main=await main_of(tx, id) if state == MERGED else None,
    )


async def _reporter_view(tx: Tx[State], case: CaseView) -> ReporterView:
    channel, region, agency, anonymous, sealed, is_rated = (await tx.execute(FILED, {"id": case.id})).one()
    narrative = _opened(tx.state, sealed, case.id) or {}
    happened_at = narrative.get("happened_at")
    return ReporterView(
        case=case,
        channel=channel,
        region=region,
        agency=agency,
        anonymous=anonymous,
        title=narrative.get("title"),
        text=narrative.get("text"),
        address=narrative.get("address"),
        happened_at=datetime.fromisoformat(happened_at) if happened_at else None,
        allowed=_allowed(case, is_rated, tx.now),
        question=_question(case),
        answer_by=await _answer_by(tx, case),
    )


def _allowed(case: CaseView, is_rated: bool, now: datetime) -> list[OfferedAct]:
    """What the reporter may do now, by the table; a rating once in each cycle."""
    can_rate = is_rateable(case.state) and not is_rated
    return [*acts_in(case.state, case.reopen_until, now), *([RATING] if can_rate else [])]


def _question(case: CaseView) -> str | None:
    """The question that the reporter has not answered yet."""
    asked = [entry.words for entry in case.timeline if entry.type == EventType.COMPLAINT_HELD]
    return asked[-1] if asked and case.state == ON_HOLD else None


async def _answer_by(tx: Tx[State], case: CaseView) -> datetime | None:
    """Until when the question must be answered, as sla has said; None where nothing is asked, or sla is late."""
    due_at = (await tx.execute(HOLD_LIMIT, {"id": case.id})).scalar() if case.state == ON_HOLD else None
    return datetime.fromisoformat(due_at) if due_at else None


async def _timeline(tx: Tx[State], case: CaseView, of_reporter: bool = False) -> list[EntryView]:
    entries = await tx.records(Entry, TIMELINE, {"id": case.id})
    names, zones = agency_names(entry.known for entry in entries), agency_zones(entry.known for entry in entries)
    since = open_since((entry.type, entry.at) for entry in entries)
    last = {recurrence(entry.type, entry.known): entry.event_id for entry in entries}
    shown = [
        EntryView(
            at=entry.at,
            type=entry.type,
            sentence=_sentence(entry, names, zones),
            words=_words(tx.state, case.id, entry)
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


def _filed_entry(case: CaseView) -> EntryView:
    """The entry of a complaint whose first event has not come back yet."""
    event_type = EventType.COMPLAINT_FILED
    return EntryView(case.filed_at, event_type, sentence(event_type, {}, {}), None)


def _words(state: State, complaint_id: UUID, entry: Entry) -> str | None:
    """The words of an official, if the event has any that can be opened."""
    if entry.sealed is None:
        return None
    return (_opened(state, entry.sealed, complaint_id, event_id=str(entry.event_id)) or {}).get("text")


def _opened(state: State, sealed: str, complaint_id: UUID, **where: str) -> Mapping[str, Any] | None:
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
