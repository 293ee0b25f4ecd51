"""Requests: the acts that officials ask for, and what they are told of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.routing.actions.drafts import Draft, Promised
from services.routing.actions.points import words_with_points
from services.routing.actions.substance import Saying
from services.routing.domain.acts import Act
from services.routing.domain.appeals import DECISIONS
from services.routing.domain.cases import Actor
from services.routing.domain.contests import JUDGEMENTS
from services.routing.domain.records import PastAct
from services.routing.state import State
from shared import vocabulary
from shared.errors import KeyReused
from shared.identity.officials import Official
from shared.lifecycle.acts import ActKind
from shared.vocabulary import ROOT, ArchiveReason, Classification

# The acts whose words must have substance; an approval publishes those of the draft, which are judged once more.
SUBSTANTIVE = frozenset({ActKind.FOLLOW_UP, ActKind.INTERIM, ActKind.ANSWER, ActKind.DRAFT, *DECISIONS, *JUDGEMENTS})


@dataclass(frozen=True, slots=True)
class ActRequest:
    """An act that an official asks for; `words` are a note, a reason, a follow-up or an answer.

    An approval publishes the `draft` that waits. With an answer something may be `promised`.
    """

    complaint_id: UUID
    act: Act
    by: Official
    key: str | None = None
    words: str | None = None
    draft: Draft | None = None
    promised: Promised | None = None

    @property
    def actor(self) -> Actor:
        return Actor(self.by.role, self.by.agency)

    @property
    def saying(self) -> Saying | None:
        """What a follow-up or an answer says, which must have substance."""
        if self.draft:
            return self.draft.saying
        if self.act.kind not in SUBSTANTIVE or not self.words:
            return None
        return Saying(self.complaint_id, self.by.agency or ROOT, self.words)


@dataclass(frozen=True, slots=True)
class ActResult:
    """An act, with the agency that holds the complaint after it and its state; `next_date` is a follow-up's.

    An answer that needs approval is of the kind `draft`. A draft or a promise has a `number`, and a promise the day for
    which it stands as its `next_date`.
    """

    id: UUID
    complaint_id: UUID
    kind: str
    at: datetime
    holder: str
    state: vocabulary.State
    next_date: date | None = None
    number: int | None = None


def verification(
    id: UUID,
    by: Official,
    key: str | None,
    *,
    classification: Classification,
    agency: str | None,
    note: str | None,
    points: Sequence[str] = (),
) -> ActRequest:
    """Verify, classify and dispose a complaint, to the agency proposed or to `agency`, and list what it raises."""
    return ActRequest(id, Act(ActKind.VERIFICATION, classification, agency, points=tuple(points)), by, key, note)


def forward(id: UUID, by: Official, key: str | None, *, agency: str | None, reason: str) -> ActRequest:
    """Pass a complaint on to `agency`, or without it back to the verifier."""
    return ActRequest(id, Act(ActKind.FORWARD, agency=agency), by, key, reason)


def follow_up(id: UUID, by: Official, key: str | None, *, text: str, next_date: date | None = None) -> ActRequest:
    """Tell the reporter what was done, and until when there will be news."""
    return ActRequest(id, Act(ActKind.FOLLOW_UP, next_date=next_date), by, key, text)


def answer(
    id: UUID,
    by: Official,
    key: str | None,
    *,
    text: str,
    points: Sequence[str] = (),
    promised: Promised | None = None,
) -> ActRequest:
    """Give the final answer, and one to each point that was listed; something may be promised with it."""
    act = Act(ActKind.ANSWER, points=tuple(points), due_on=promised.due_on if promised else None)
    return ActRequest(id, act, by, key, text, promised=promised)


def promise(id: UUID, by: Official, key: str | None, *, promised: Promised) -> ActRequest:
    """Promise something until the end of a day."""
    return ActRequest(id, Act(ActKind.PROMISE, due_on=promised.due_on), by, key, promised.words)


def postponement(id: UUID, by: Official, key: str | None, *, number: int, due_on: date, reason: str) -> ActRequest:
    """Move a promise to another day, with the reason."""
    return ActRequest(id, Act(ActKind.POSTPONEMENT, number=number, due_on=due_on), by, key, reason)


def quiet(
    kind: ActKind, id: UUID, by: Official, key: str | None, *, text: str | None = None, **about: Any
) -> ActRequest:
    """An act that needs no more than words, and may be `about` a draft of a number, or a case to be merged into."""
    return ActRequest(id, Act(kind, **about), by, key, text)


def archiving(id: UUID, by: Official, key: str | None, *, reason: ArchiveReason, text: str) -> ActRequest:
    """End a complaint without an answer; `text` tells its reporter why."""
    return ActRequest(id, Act(ActKind.ARCHIVING, reason=reason), by, key, text)


def same_result(state: State, recorded: PastAct, request: ActRequest) -> ActResult | Exception:
    """The result given before, or KeyReused: words that come with a used key must not be lost without a sign."""
    act, by = request.act, request.by
    words = recorded.sealed and state.read(recorded.sealed, str(request.complaint_id)).get("text")
    asked = words_with_points(act, request.words)
    kind = ActKind.ANSWER if recorded.kind == ActKind.DRAFT else recorded.kind
    before = (kind, recorded.by, recorded.role, recorded.agency, recorded.classification, recorded.reason)
    same = before == (act.kind, by.subject, by.role, by.agency, act.classification, act.reason)
    same &= words == asked or act.kind == ActKind.APPROVAL
    same &= act.agency in (None, recorded.holder) and act.next_date in (None, recorded.next_date)
    same &= act.merged_into == recorded.merged_into and act.number in (None, recorded.number)
    same &= act.due_on in (None, recorded.next_date)
    return result_of(recorded) if same else KeyReused()


def result_of(act: PastAct) -> ActResult:
    return ActResult(act.id, act.complaint_id, act.kind, act.at, act.holder, act.state, act.next_date, act.number)
