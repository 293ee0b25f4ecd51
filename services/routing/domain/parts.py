"""Parts: what an official splits a complaint into, and what each part inherits from the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.routing.domain.windows import ANEW
from shared.lifecycle.acts import ActKind
from shared.vocabulary import CLASSIFICATION_NAMES, UNVERIFIED, Classification, Kind, SensitiveBy

# The kind under which the opening of a part is on record: no official does it by itself.
OPENING = "part"
# With these the handling of a complaint begins, or begins anew.
_BEGINS = ANEW | {ActKind.VERIFICATION}
# These say of which class a complaint is.
_CLASSES = frozenset({ActKind.VERIFICATION, ActKind.CORRECTION})
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class NewPart:
    """A part that an official wants: for whom, of which class, what it is about, and which points of the whole."""

    agency: str
    classification: Classification
    title: str
    text: str
    points: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class EarlierAct:
    """An act on a complaint before it was split; `state` and `holder` are those after it.

    The `day` and the `classification` are those that it named.
    """

    kind: str
    at: datetime
    state: str
    holder: str = ""
    day: date | None = None
    classification: Classification | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """When the handling of a complaint began, if it has begun, and the last alarm of an official was given.

    Its limits stood still during its `holds` and `mergers`, and the interim reply of this cycle named a day. It was
    `held` by these agencies since these moments. If its class was corrected, it was of these `classes`.
    """

    begun_at: datetime | None = None
    alarmed_at: datetime | None = None
    holds: tuple[Span, ...] = ()
    mergers: tuple[Span, ...] = ()
    interim: EarlierAct | None = None
    held: tuple[tuple[datetime, str], ...] = ()
    classes: tuple[tuple[datetime, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """A whole as its parts inherit it; `sealed` is what its reporter wrote."""

    id: UUID
    reference: str
    filed_at: datetime
    kind: Kind
    corrected_kind: Kind | None
    confidential: bool
    sealed: str
    sensitive_by: SensitiveBy | None
    past: Past


def past_of(acts: Sequence[EarlierAct]) -> Past:
    """What the acts on a complaint, in order, tell of its limits."""
    begun = [act.at for act in acts if act.kind in _BEGINS and act.state != UNVERIFIED]
    alarms = [act.at for act in acts if act.kind == ActKind.URGENCY]
    holds, mergers = _spans(acts, ActKind.HOLDING), _spans(acts, ActKind.MERGER)
    of_cycle = [act for act in acts if begun and act.at >= max(begun)]
    interim = next((act for act in of_cycle if act.kind == ActKind.INTERIM), None)
    since, alarmed_at = max(begun, default=None), max(alarms, default=None)
    return Past(since, alarmed_at, holds, mergers, interim, _holders(of_cycle), _classes(acts))


def _classes(acts: Sequence[EarlierAct]) -> tuple[tuple[datetime, str], ...]:
    """The classes of a complaint, each since when; none if the first was never corrected."""
    said = tuple((act.at, act.classification) for act in acts if act.kind in _CLASSES and act.classification)
    return said if len(said) > 1 else ()


def _holders(acts: Sequence[EarlierAct]) -> tuple[tuple[datetime, str], ...]:
    """Who held a complaint, each since when."""
    before = ("", *(act.holder for act in acts))
    return tuple((act.at, act.holder) for act, former in zip(acts, before, strict=False) if act.holder != former)


def _spans(acts: Sequence[EarlierAct], kind: ActKind) -> tuple[Span, ...]:
    """From each act of this kind to the act that led the case out of the state to which it had led."""
    starts = ((place, act) for place, act in enumerate(acts) if act.kind == kind)
    ends = ((act.at, [later.at for later in acts[place:] if later.state != act.state]) for place, act in starts)
    return tuple((at, after[0]) for at, after in ends if after)


def reference_of(whole: str, number: int) -> str:
    """The tracking reference of the part of this number, from 1."""
    return f"{whole}-{number}"


def listing(parts: Sequence[NewPart], reason: str) -> str:
    """The parts as people read them, each with its text, and why the complaint is split."""
    return "\n\n".join([*(_listed(number, part) for number, part in enumerate(parts, 1)), reason])


def _listed(number: int, part: NewPart) -> str:
    points = f"; pokok {', '.join(map(str, part.points))}" if part.points else ""
    return f"{number}. {part.title} ({part.agency}; {CLASSIFICATION_NAMES[part.classification]}{points})\n{part.text}"


def misfit(parts: Sequence[NewPart], known: Sequence[str]) -> str | None:
    """The field of the first number for which the whole has no point; None if each part names known points."""
    places = ((i, j, number) for i, part in enumerate(parts) for j, number in enumerate(part.points))
    return next((f"parts.{i}.points.{j}" for i, j, number in places if not 1 <= number <= len(known)), None)
