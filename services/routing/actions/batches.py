"""Batches: the acts of one transaction, on the cases as each act leaves them, recorded and published at the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from services.routing.actions.cases import last_acts, locked_cases, moment_after, save_cases
from services.routing.actions.commitments import commitments_of, save_commitments, told_of
from services.routing.actions.facts import facts_of
from services.routing.actions.followers import followed
from services.routing.actions.mergers import locked_followers
from services.routing.actions.parts import opened_parts
from services.routing.actions.records import ACT_FIELDS, ActsByKey, Done, acts_by_key
from services.routing.actions.reviews import reviewer_of
from services.routing.actions.sensitivities import hidden_with, open_parts
from services.routing.actions.splits import parts_of, turned_whole
from services.routing.actions.substance import Saying, Sayings, sayings
from services.routing.domain.acts import Act
from services.routing.domain.cases import Actor, Case
from services.routing.domain.commitments import (
    Commitment,
    Key,
    commitment_after,
    open_one,
    refusal_of_change,
    refusal_of_day,
)
from services.routing.domain.contests import followed_up
from services.routing.domain.mergers import AWAITED, Kin, act_of_follower, refusal_of
from services.routing.domain.next_dates import next_date, reopen_until
from services.routing.domain.parts import NewPart, Origin
from services.routing.domain.records import PastAct
from services.routing.domain.refusals import RefusalReason
from services.routing.domain.splits import act_of_whole, is_undone
from services.routing.models.acts import ActRecord
from services.routing.models.cases import CaseRecord
from services.routing.state import State
from shared.calendar import ZONES
from shared.db.transaction import Tx
from shared.events import Fact
from shared.lifecycle.acts import ActKind
from shared.vocabulary import ArchiveReason

# The acts that ask which cases wait for the answers to others.
OF_KIN = frozenset({ActKind.MERGER, ActKind.SENSITIVITY})


@dataclass(slots=True)
class Batch:
    """The acts of one transaction: cases as changed so far, acts by key, moments of last acts, what was said before,
    promises known and changed, new acts and facts, and which cases lead others. Cases of parts are `opened` with what
    they inherit from their `origins`."""

    state: State
    now: datetime
    cases: dict[UUID, Case]
    by_key: ActsByKey
    last_at: dict[UUID, datetime]
    said: Sayings
    commitments: dict[Key, Commitment] = field(default_factory=dict)
    promised: dict[Key, Commitment] = field(default_factory=dict)
    recorded: list[PastAct] = field(default_factory=list)
    facts: list[tuple[Fact, datetime]] = field(default_factory=list)
    kin: Kin = field(default_factory=Kin)
    origins: Mapping[UUID, Origin] = field(default_factory=dict)
    opened: list[Mapping[str, Any]] = field(default_factory=list)

    def next_moment(self, id: UUID) -> datetime:
        """Now, but later than the case's last act, even if another replica's clock was ahead of ours."""
        self.last_at[id] = moment_after(self.last_at.get(id), self.now)
        return self.last_at[id]

    def reopen_until(self, case: Case) -> datetime:
        """Until when a case that ends now can be reopened, by the calendar of its holder."""
        return reopen_until(self.state.calendar(case.holder), self.now)

    def note(self, act: PastAct, before: Case, after: Case, asked_at: datetime | None = None) -> None:
        """Keep what an act has made of its case, the act, and what it tells; its reporter wished it at `asked_at`."""
        changes = dict(followed_up(act.kind, act.at, after))
        if reviewer_of(self.state, act, after):
            changes["review_open"] = True
        after = replace(after, **changes) if changes else after
        self.cases[act.complaint_id] = after
        self.recorded.append(act)
        self.facts.extend((fact, act.at) for fact in facts_of(Done(self.state, act, before, after, asked_at)))

    def open_parts(self, split: PastAct, before: Case, parts: Sequence[NewPart]) -> None:
        """Keep and tell the parts that an act opens, if it is a split."""
        found = opened_parts(self.state, self.origins[split.complaint_id], before, split, parts) if parts else ()
        self.opened.extend(part.row for part in found)
        self.recorded.extend(part.act for part in found)
        self.facts.extend((fact, part.act.at) for part in found for fact in part.facts)

    def note_promise(self, act: PastAct) -> None:
        """Keep and tell what an act has made of a promise, if it is about one."""
        key = act.complaint_id, act.number or 0
        known = self.commitments.get(key)
        if after := commitment_after(act.kind, key, self.commitments, act.next_date, act.at):
            self.commitments[key] = self.promised[key] = after
            self.facts.extend((fact, act.at) for fact in told_of(self.state, act, known, after))


async def begin_batch(
    tx: Tx[State], cases: Mapping[UUID, Case], keys: Sequence[tuple[UUID, str]], new: Sequence[Saying] = ()
) -> Batch:
    """A batch of acts on these cases, which are locked: what was done before by these keys, and said in these words."""
    # Acts and clock are read after the lock: a request with the same key that came first has committed by now.
    last_at = await last_acts(tx, cases)
    now = max(tx.now, tx.clock.now())
    commitments = await commitments_of(tx, [id for id, case in cases.items() if case.open_commitments])
    said = await sayings(tx, new, now)
    return Batch(tx.state, now, dict(cases), await acts_by_key(tx, keys), last_at, said, commitments)


async def save_batch(tx: Tx[State], before: Mapping[UUID, Case], batch: Batch) -> None:
    """Record the acts, write the cases that they changed those merged into one that ended, and wholes; publish all."""
    before = {**before, **await _follow(tx, before, batch)}
    before = {**before, **await _turn_wholes(tx, before, batch)}
    before = {**before, **await _hide_family(tx, batch)}
    await tx.insert(ActRecord, [{name: getattr(act, name) for name in ACT_FIELDS} for act in batch.recorded])
    await tx.insert(CaseRecord, batch.opened)
    await save_cases(tx, before, batch.cases)
    await save_commitments(tx, batch.promised.values())
    for fact, at in batch.facts:
        tx.stage(fact, at=at)


async def _follow(tx: Tx[State], before: Mapping[UUID, Case], batch: Batch) -> dict[UUID, Case]:
    """Do with the cases that were merged into others what follows from the end of these; as they were before it."""
    ends = {act.complaint_id: act for act in batch.recorded if act.complaint_id in _ended(before, batch)}
    if not ends:
        return {}
    found = {id: case for id, case in (await locked_followers(tx, list(ends))).items() if id not in batch.cases}
    batch.cases |= found
    batch.last_at |= await last_acts(tx, found) if found else {}
    merged = {id: case for id, case in batch.cases.items() if case.merged_into in ends}
    for id, case in merged.items():
        main = ends[case.merged_into]  # type: ignore[index]
        act = act_of_follower(main.state, cast(ArchiveReason | None, main.reason))
        if act is not None:
            done, after = followed(batch.state, id, case, act, main, batch.next_moment(id), batch.reopen_until(case))
            batch.note(done, case, after)
    return found


async def _turn_wholes(tx: Tx[State], before: Mapping[UUID, Case], batch: Batch) -> dict[UUID, Case]:
    """End the wholes whose last part is done, and open those with a part that is open again; as they were before it."""
    changed = {id: case for id, case in batch.cases.items() if case.part_of and case.state != before[id].state}
    turned = (case for id, case in changed.items() if is_undone(case.state) != is_undone(before[id].state))
    wholes = {case.part_of for case in turned if case.part_of}
    if not wholes:
        return {}
    # A part that ends with the complaint into which it was merged comes without its whole.
    found = await locked_cases(tx, missing) if (missing := wholes - batch.cases.keys()) else {}
    batch.cases |= found
    batch.last_at |= await last_acts(tx, found) if found else {}
    for id, parts in (await parts_of(tx, wholes)).items():
        now = [replace(one, state=batch.cases[one.id].state) if one.id in batch.cases else one for one in parts]
        whole = batch.cases[id]
        if act := act_of_whole(whole.state, [one.state for one in now]):
            done, after = turned_whole(batch.state, id, whole, act, now, batch.next_moment(id))
            batch.note(done, whole, after)
    return found


async def _hide_family(tx: Tx[State], batch: Batch) -> dict[UUID, Case]:
    """Hide whole and parts of the cases that became sensitive, as they tell the same; as they were before it."""
    declared = [act for act in batch.recorded if act.kind == ActKind.SENSITIVITY]
    # The whole of a part was locked with it.
    hidden = {batch.cases[act.complaint_id].part_of or act.complaint_id: act for act in declared}
    if not hidden:
        return {}
    found = {id: part for id, part in (await open_parts(tx, hidden)).items() if id not in batch.cases}
    batch.cases |= found
    batch.last_at |= await last_acts(tx, found) if found else {}
    family = {id: case for id, case in batch.cases.items() if (case.part_of or id) in hidden and not case.sensitive}
    for id, case in family.items():
        done, after = hidden_with(batch.state, id, case, hidden[case.part_of or id], batch.next_moment(id))
        batch.note(done, case, after)
    return found


def _ended(before: Mapping[UUID, Case], batch: Batch) -> set[UUID]:
    """The cases for which others could wait until this batch."""
    return {id for id, case in before.items() if case.state in AWAITED and batch.cases[id].state not in AWAITED}


def refusal_by_kin(batch: Batch, id: UUID, act: Act, actor: Actor) -> RefusalReason | None:
    """Why a case cannot be merged into the one named, or be sensitive: others would share the answer."""
    if act.kind not in OF_KIN:
        return None
    now_leading = {case.merged_into for case in batch.cases.values() if case.merged_into}
    kin = replace(batch.kin, leading={*batch.kin.leading, *now_leading})
    if act.kind == ActKind.SENSITIVITY:
        return RefusalReason.LEADS_OTHERS if id in kin.leading else None
    main = batch.cases.get(act.merged_into) if act.merged_into else None
    main = main if main and batch.state.may_know(actor, main) else None
    return refusal_of(id, act, main, kin, actor, batch.state.chain)


def dated(batch: Batch, act: Act, case: Case) -> Act | RefusalReason:
    """A follow-up with its next date, by the calendar of the holder; a request to contribute with its moment."""
    if act.kind == ActKind.CONTRIBUTION_REQUEST:
        return replace(act, asked_at=batch.now.isoformat())
    if act.kind != ActKind.FOLLOW_UP:
        return act
    zone = batch.state.agency(case.holder).zone
    found = next_date(batch.state.calendar(case.holder), zone, batch.now, act.next_date)
    return found if isinstance(found, RefusalReason) else replace(act, next_date=found)


def refusal_of_promise(batch: Batch, id: UUID, act: Act, case: Case) -> RefusalReason | None:
    """Why something cannot be promised for a day, or why a promise cannot be kept or moved."""
    zone = batch.state.agency(case.holder).zone
    if act.kind in (ActKind.FULFILMENT, ActKind.POSTPONEMENT):
        known = open_one(batch.commitments, (id, act.number or 0), case.open_commitments)
        today = batch.now.astimezone(ZoneInfo(ZONES[zone])).date()
        if reason := refusal_of_change(act.kind, known, today):
            return reason
    calendar = batch.state.calendar(case.holder)
    return refusal_of_day(calendar, zone, batch.now, act.due_on) if act.due_on else None
