"""Drafts: kept sealed with the case, published with the words that were approved, or given back to their authors."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from services.routing.actions.agencies import ref_of
from services.routing.actions.substance import Saying
from services.routing.domain.acts import Act, parties
from services.routing.domain.cases import Actor, Case
from services.routing.domain.drafts import reason_of_return
from services.routing.state import State
from shared.events import AnswerDrafted, AnswerReturned, Recipient
from shared.lifecycle.acts import DRAFTER, ActKind


@dataclass(frozen=True, slots=True)
class Promised:
    """What an agency promises until the end of a day, and who will do it."""

    what: str
    by_whom: str
    due_on: date

    @property
    def words(self) -> str:
        return f"{self.what}\n\nPelaksana: {self.by_whom}"


@dataclass(frozen=True, slots=True)
class Draft:
    """The answer in full, what it says of the whole, which must have substance, and what is promised with it."""

    words: str
    saying: Saying
    promised: Promised | None = None


def as_drafted(state: State, act: Act, case: Case, actor: Actor) -> Act:
    """An answer that needs the approval of another as a draft by this official; any other act as it is."""
    mine = parties(actor, case, state.chain, state.agency(case.holder).approver)
    return replace(act, kind=ActKind.DRAFT) if act.kind == ActKind.ANSWER and DRAFTER in mine else act


def sealed_draft(state: State, draft: Draft) -> str:
    """A draft as a case keeps it."""
    said: dict[str, Any] = {"text": draft.words, "said": draft.saying.text, "by": draft.saying.agency}
    said |= {"promised": asdict(draft.promised)} if draft.promised else {}
    return state.vault.seal(orjson.dumps(said).decode(), str(draft.saying.complaint_id))


def draft_of(state: State, id: UUID, case: Case) -> Draft | None:
    """The draft that waits; one that cannot be opened says nothing, so that it can only be given back."""
    if case.draft is None:
        return None
    opened = state.read(case.draft, str(id))
    saying = Saying(id, opened.get("by") or case.holder, opened.get("said") or "")
    return Draft(opened.get("text") or "", saying, _promised(opened.get("promised")))


def _promised(kept: Any) -> Promised | None:
    return Promised(**{**kept, "due_on": date.fromisoformat(kept["due_on"])}) if kept else None


def drafted(state: State, id: UUID, case: Case) -> AnswerDrafted:
    """What is told of a new draft."""
    holder = state.agency(case.holder)
    approvers = [Recipient(agency=holder.code, role=holder.approver)] if holder.approver else []
    return AnswerDrafted(complaint_id=id, agency=ref_of(holder), number=case.drafts, approvers=tuple(approvers))


def returned(id: UUID, before: Case, after: Case, kind: str) -> Iterator[AnswerReturned]:
    """What is told of a draft that this act has sent back, if it has; an approval publishes it."""
    if before.draft_by is None or after.draft_by is not None or kind == ActKind.APPROVAL:
        return
    yield AnswerReturned(
        complaint_id=id,
        agency=before.holder,
        number=before.drafts,
        reason=reason_of_return(kind, after.state),
        authors=(Recipient(agency=before.holder, role=before.draft_by),),
    )
