"""Timelines: the public reads the status and the events of a complaint, its reporter every word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, bindparam, exists, func, not_, select

from services.intake.actions.entries import EntryView, entries_of, opened
from services.intake.actions.mergers import MainView, mains_of
from services.intake.actions.splits import PartView, parts_of, references_of
from services.intake.domain import references
from services.intake.domain.prospects import NEXT
from services.intake.domain.ratings import is_rateable
from services.intake.domain.reporters import acts_in
from services.intake.domain.statuses import Status
from services.intake.errors import NoSuchComplaint
from services.intake.models import IS_SENSITIVE, Complaint, Rating, StatusRow, TimelineEntry
from services.intake.state import State
from shared import vocabulary
from shared.db.transaction import Tx
from shared.reporters import RATING, OfferedAct
from shared.vocabulary import MERGED, ON_HOLD, STATE_LABELS, EventType

NOBODY = UUID(int=0)
# A complaint has no row of a status until its first event has come back over the bus.
CASES = (
    select(
        Complaint.id,
        Complaint.reference,
        Complaint.kind,
        Complaint.filed_at,
        Complaint.confidential,
        Complaint.part_of,
        StatusRow.state,
        StatusRow.agency_name,
        StatusRow.missed,
        StatusRow.step,
        StatusRow.reopen_until,
        IS_SENSITIVE,
        StatusRow.appeals,
        StatusRow.contestable & not_(StatusRow.contest_open),
        StatusRow.offered,
    )
    .outerjoin(StatusRow, StatusRow.complaint_id == Complaint.id)
    .where(Complaint.reference == any_(bindparam("references", type_=ARRAY(Text))))
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
class CaseView:
    """A complaint as the public may see it; `id` is for the reporter alone. `status` is the label of the `state`.

    One that is merged shares the answer to its `main` complaint. One that was split is dealt with in its `parts`, each
    of which names the `whole`. Its reporter has appealed so often (`appeals`), `can_contest` the last follow-up, and
    may have it referred to the Ombudsman while it is `offered`.
    """

    id: UUID
    tracking_reference: str
    kind: str
    filed_at: datetime
    confidential: bool
    part_of: UUID | None
    state: vocabulary.State
    status: str
    holder: str | None
    overdue: bool
    step: int
    reopen_until: datetime | None
    sensitive: bool
    appeals: int = 0
    can_contest: bool = False
    offered: bool = False
    main: MainView | None = None
    whole: str | None = None
    parts: Sequence[PartView] = ()
    timeline: Sequence[EntryView] = ()

    @property
    def next(self) -> str:
        """What happens next; empty for a state of a later release."""
        return NEXT.get(self.state, "")


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


def reference_in(typed: str) -> str | None:
    """The tracking reference that a person typed, in its official spelling; None for a text that cannot be one."""
    return references.reference_in(typed)


async def read_timelines(tx: Tx[State], typed: Sequence[str]) -> Sequence[CaseView | Exception]:
    """The public views; words are hidden where the reporter asked for confidentiality (rahasia).

    Outcomes: CaseView, NoSuchComplaint, also for a sensitive one: nobody learns that it is there.
    """
    cases = await _cases(tx, typed)
    shown = await _whole(tx, {reference: case for reference, case in cases.items() if not case.sensitive})
    return [shown.get(reference_in(one) or "") or NoSuchComplaint() for one in typed]


async def read_complaint(tx: Tx[State], typed: str, pin: str) -> ReporterView:
    """The reporter's view. Raises NoSuchComplaint for an unknown reference and a wrong PIN alike."""
    cases = await _cases(tx, [typed])
    case = next(iter(cases.values()), None)
    # The same work for a known and an unknown reference: the time of an answer must not tell them apart.
    matches = references.same_pin(pin, tx.state.pin((case.part_of or case.id) if case else NOBODY))
    if case is None or not matches:
        raise NoSuchComplaint
    (whole,) = (await _whole(tx, cases, of_reporter=True)).values()
    return await _reporter_view(tx, whole)


async def _cases(tx: Tx[State], typed: Sequence[str]) -> Mapping[str, CaseView]:
    """The complaints of these references, by their references, without their events and parts."""
    spelled = {found for one in typed if (found := reference_in(one))}
    rows = (await tx.execute(CASES, {"references": sorted(spelled)})).all()
    mains = await mains_of(tx, [row.id for row in rows if row.state == MERGED])
    wholes = await references_of(tx, {row.part_of for row in rows if row.part_of})
    return {row.reference: _case(row, mains.get(row.id), wholes.get(row.part_of)) for row in rows}


def _case(row: Any, main: MainView | None, whole: str | None) -> CaseView:
    id, reference, kind, filed_at, confidential, part_of, state, holder, missed, step, reopen_until, *others = row
    sensitive, appeals, can_contest, offered = others
    state = state or Status().state
    return CaseView(
        id=id,
        tracking_reference=reference,
        kind=kind,
        filed_at=filed_at,
        confidential=confidential,
        part_of=part_of,
        state=state,
        status=STATE_LABELS.get(state, state),
        holder=holder,
        overdue=bool(missed),
        step=step or 0,
        reopen_until=reopen_until,
        sensitive=sensitive,
        appeals=appeals or 0,
        can_contest=bool(can_contest),
        offered=bool(offered),
        main=main,
        whole=whole,
    )


async def _whole(tx: Tx[State], cases: Mapping[str, CaseView], of_reporter: bool = False) -> Mapping[str, CaseView]:
    """These complaints with their events and their parts."""
    timelines = await entries_of(tx, list(cases.values()), of_reporter)
    parts = await parts_of(tx, [case.id for case in cases.values() if not case.part_of], of_reporter)
    return {
        reference: replace(case, parts=parts.get(case.id, ()), timeline=timelines[case.id])
        for reference, case in cases.items()
    }


async def _reporter_view(tx: Tx[State], case: CaseView) -> ReporterView:
    channel, region, agency, anonymous, sealed, is_rated = (await tx.execute(FILED, {"id": case.id})).one()
    narrative = opened(tx.state, sealed, case.id) or {}
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
    return [
        *acts_in(case.state, case.reopen_until, case.appeals, case.can_contest, case.offered, now),
        *([RATING] if can_rate else []),
    ]


def _question(case: CaseView) -> str | None:
    """The question that the reporter has not answered yet."""
    asked = [entry.words for entry in case.timeline if entry.type == EventType.COMPLAINT_HELD]
    return asked[-1] if asked and case.state == ON_HOLD else None


async def _answer_by(tx: Tx[State], case: CaseView) -> datetime | None:
    """Until when the question must be answered, as sla has said; None where nothing is asked, or sla is late."""
    due_at = (await tx.execute(HOLD_LIMIT, {"id": case.id})).scalar() if case.state == ON_HOLD else None
    return datetime.fromisoformat(due_at) if due_at else None
