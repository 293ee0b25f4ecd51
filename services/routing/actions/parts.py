"""Parts: a complaint is split into complaints of their own, which inherit what the whole has."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import ARRAY, Uuid, any_, bindparam, select
from uuid_utils.compat import uuid7

from services.routing.actions.agencies import ref_of
from services.routing.actions.points import listed_points
from services.routing.actions.sensitivities import filed_sensitive
from services.routing.actions.urgencies import officer_of
from services.routing.domain.acts import Act
from services.routing.domain.cases import Case
from services.routing.domain.parts import OPENING, EarlierAct, NewPart, Origin, listing, misfit, past_of, reference_of
from services.routing.domain.points import as_list
from services.routing.domain.records import PastAct
from services.routing.errors import UnknownPoint
from services.routing.models.acts import ActRecord
from services.routing.models.cases import CaseRecord
from services.routing.state import State
from shared.calendar import ZONES
from shared.db.transaction import Tx
from shared.errors import Refusal, UnknownAgency
from shared.events import Fact, PartOpened
from shared.vocabulary import AWAITING_FOLLOW_UP, ROOT

RULE, EXPLANATION = "part", "Bagian ke-{number} dari laporan {reference}."
# What a part's holder reads behind the official's words.
ORIGINAL = "Isi laporan semula:"


ORIGINS = select(
    CaseRecord.id,
    CaseRecord.reference,
    CaseRecord.filed_at,
    CaseRecord.kind,
    CaseRecord.corrected_kind,
    CaseRecord.confidential,
    CaseRecord.sealed,
    CaseRecord.sensitive_by,
).where(CaseRecord.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
ACTS = (
    select(
        ActRecord.complaint_id,
        ActRecord.kind,
        ActRecord.at,
        ActRecord.state,
        ActRecord.holder,
        ActRecord.next_date,
        ActRecord.classification,
    )
    .where(ActRecord.complaint_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(ActRecord.at, ActRecord.id)
)


@dataclass(frozen=True, slots=True)
class OpenedPart:
    """A new part: its row, the act on record that opened it, and what is told of it."""

    row: Mapping[str, Any]
    act: PastAct
    facts: tuple[Fact, ...]


def wanted(parts: Sequence[Mapping[str, Any]], reason: str) -> tuple[str, tuple[NewPart, ...]]:
    """The words that are kept of a split, and the parts that it opens."""
    new = tuple(NewPart(**{**part, "points": tuple(part["points"])}) for part in parts)
    return listing(new, reason), new


async def origins_of(tx: Tx[State], ids: Collection[UUID]) -> Mapping[UUID, Origin]:
    """These wholes as their parts inherit them."""
    if not ids:
        return {}
    acts: dict[UUID, list[EarlierAct]] = defaultdict(list)
    for act in await tx.execute(ACTS, {"ids": list(ids)}):
        acts[act.complaint_id].append(EarlierAct(*act[1:]))
    rows = await tx.execute(ORIGINS, {"ids": list(ids)})
    return {row.id: Origin(*row, past=past_of(acts[row.id])) for row in rows}


def refusal_of_parts(state: State, id: UUID, act: Act, case: Case) -> Refusal | None:
    """Why a complaint is not split into these parts: nobody knows an agency, or a point."""
    for i, part in enumerate(act.parts):
        if part.agency not in state.directory.by_code:
            return UnknownAgency(field=f"parts.{i}.agency")
    field = misfit(act.parts, listed_points(state, id, case.points)) if act.parts else None
    return UnknownPoint(field=field) if field else None


def opened_parts(
    state: State, origin: Origin, whole: Case, split: PastAct, parts: Sequence[NewPart]
) -> Sequence[OpenedPart]:
    """The parts that a split opens; `whole` is the case as it was before."""
    return [_opened(state, origin, whole, split, number, part) for number, part in enumerate(parts, 1)]


def _opened(state: State, origin: Origin, whole: Case, split: PastAct, number: int, part: NewPart) -> OpenedPart:
    id = uuid7()
    row = _row(state, origin, whole, split, number, part, id)
    act = PastAct(
        id=uuid7(),
        complaint_id=id,
        kind=OPENING,
        at=split.at,
        by=split.by,
        role=split.role,
        agency=split.agency,
        holder=part.agency,
        state=AWAITING_FOLLOW_UP,
        classification=part.classification,
    )
    # That it is sensitive comes first, so that nobody shows or sends anything before.
    told = (filed_sensitive(state, row, part.agency),) if row["sensitive"] else ()
    return OpenedPart(row, act, (*told, opening_of(state, row, act)))


def _row(
    state: State, origin: Origin, whole: Case, split: PastAct, number: int, part: NewPart, id: UUID
) -> Mapping[str, Any]:
    points = listed_points(state, origin.id, whole.points)
    named = [points[number - 1] for number in part.points]
    return {
        "id": id,
        "reference": reference_of(origin.reference, number),
        "filed_at": origin.filed_at,
        "kind": origin.corrected_kind or origin.kind,
        "confidential": origin.confidential,
        "sealed": _narrative(state, origin, part, id),
        "rule": RULE,
        "explanation": EXPLANATION.format(number=number, reference=origin.reference),
        "verifier": whole.verifier,
        "holder": part.agency,
        "state": AWAITING_FOLLOW_UP,
        "classification": part.classification,
        "points": state.seal(as_list(named), str(id)) if named else None,
        "reachable": whole.reachable,
        "urgent": whole.urgent,
        "sensitive": whole.sensitive,
        "sensitive_by": (origin.sensitive_by or "official_says") if whole.sensitive else None,
        "holds": whole.holds,
        "mergers": whole.mergers,
        "part_of": origin.id,
        "earlier_passes": whole.passes,
        "interim_given": whole.interim_given,
        "ladder_step": _standing(whole),
        "inherited": _inherited(state, origin, whole, split.at),
    }


def _inherited(state: State, origin: Origin, whole: Case, at: datetime) -> Mapping[str, Any]:
    """What counts for the limits of a part: those of the whole go on, and never begin anew to its reporter's harm."""
    past = origin.past
    urgent_since = (past.alarmed_at or origin.filed_at) if whole.urgent else None
    return {
        "resolution_since": (past.begun_at or at).isoformat(),
        "urgent_since": urgent_since.isoformat() if urgent_since else None,
        "holds": [[moment.isoformat() for moment in span] for span in past.holds],
        "mergers": [[moment.isoformat() for moment in span] for span in past.mergers],
        "interims": [[moment.isoformat() for moment in _interim(state, past.interim)]] if past.interim else [],
        "held": [[since.isoformat(), holder] for since, holder in past.held],
        "classes": [{"at": at.isoformat(), "classification": value} for at, value in past.classes],
        "standing": _standing(whole),
    }


def _standing(whole: Case) -> int:
    """The step below which nothing climbs: that to which a whole had come that was reopened or disputed."""
    return whole.ladder_step if whole.cycle > 1 else 0


def _interim(state: State, given: EarlierAct) -> tuple[datetime, datetime]:
    """The moment of an interim reply, and the end of the day that it named, where its agency is."""
    day, zone = given.day or given.at.date(), ZoneInfo(ZONES[state.agency(given.holder).zone])
    return given.at, datetime.combine(day + timedelta(days=1), time(), zone)


def _narrative(state: State, origin: Origin, part: NewPart, id: UUID) -> str:
    """What a part's holder and its reporter read: the official's words, and behind them those of the reporter."""
    whole = state.read(origin.sealed, str(origin.id))
    original = [ORIGINAL, whole["text"]] if whole.get("text") else []
    place = {name: whole.get(name) for name in ("address", "happened_at")}
    told = {"title": part.title, "text": "\n\n".join([part.text, *map(str, original)]), **place}
    return state.vault.seal(orjson.dumps(told).decode(), str(id))


def opening_of(state: State, row: Mapping[Any, Any], act: PastAct) -> PartOpened:
    """What is told of a part, from its row and the act on record that opened it."""
    inherited: Mapping[str, Any] = row["inherited"]
    return PartOpened(
        complaint_id=row["id"],
        part_of=row["part_of"],
        reference=row["reference"],
        agency=ref_of(state.agency(act.holder)),
        verifier=row["verifier"],
        by=act.agency or ROOT,
        filed_at=row["filed_at"],
        kind=row["kind"],
        classification=cast(Any, act.classification),
        confidential=row["confidential"],
        sealed=row["sealed"],
        duty=(officer_of(state, act.holder),) if inherited["urgent_since"] else (),
        **{**inherited, "held": _held(state, inherited.get("held", ()))},
    )


def _held(state: State, held: Sequence[tuple[str, str]]) -> Sequence[Mapping[str, Any]]:
    return [{"since": since, "agency": ref_of(state.agency(holder))} for since, holder in held]
