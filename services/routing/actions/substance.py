"""Substance: what agencies have said, so that nobody is told the same again, and what a new text lacks."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Uuid, any_, bindparam, or_, select

from services.routing.domain.substance import Gap, Gate, fingerprint, gap_in
from services.routing.errors import CopiedText, OnlySetPhrases, SaidBefore, SaysNothing, TooShort
from services.routing.models.acts import ActRecord
from services.routing.state import State
from shared.db.transaction import Tx
from shared.errors import Refusal
from shared.lifecycle.acts import ActKind

GAPS: Mapping[Gap, type[Refusal]] = {
    Gap.TOO_SHORT: TooShort,
    Gap.SET_PHRASES: OnlySetPhrases,
    Gap.SAID_BEFORE: SaidBefore,
    Gap.COPIED: CopiedText,
}
# The acts that stop or pause a clock by words that may be said of many complaints.
TELLING = frozenset(
    {
        ActKind.ARCHIVING,
        ActKind.HOLDING,
        ActKind.FULFILMENT,
        ActKind.POSTPONEMENT,
        ActKind.CONTACT,
        ActKind.ALL_CLEAR,
    }
)
COPIES_WITHIN = timedelta(days=1)
# What was said of these complaints at any time, and of all others lately.
SAID = select(ActRecord.complaint_id, ActRecord.fingerprint, ActRecord.at).where(
    ActRecord.fingerprint == any_(bindparam("fingerprints", type_=ARRAY(BigInteger))),
    or_(ActRecord.at > bindparam("since"), ActRecord.complaint_id == any_(bindparam("ids", type_=ARRAY(Uuid)))),
)
Said = defaultdict[int, set[UUID]]


@dataclass(frozen=True, slots=True)
class Saying:
    """What an agency says of a complaint."""

    complaint_id: UUID
    agency: str
    text: str


@dataclass(slots=True)
class Sayings:
    """By the fingerprint of a text, the complaints of which it was said: at any time, and lately."""

    fingerprints: dict[Saying, int]
    ever: Said = field(default_factory=lambda: defaultdict(set))
    lately: Said = field(default_factory=lambda: defaultdict(set))

    def fingerprint(self, saying: Saying) -> int:
        return self.fingerprints[saying]

    def note(self, saying: Saying) -> None:
        """This is said now."""
        for said in (self.ever, self.lately):
            said[self.fingerprints[saying]].add(saying.complaint_id)

    def gap(self, gate: Gate, saying: Saying) -> Gap | None:
        """What a text lacks that is to be said."""
        if gap := gap_in(gate, saying.text):
            return gap
        text = self.fingerprints[saying]
        if saying.complaint_id in self.ever[text]:
            return Gap.SAID_BEFORE
        return Gap.COPIED if len(self.lately[text]) >= gate.copies else None


async def sayings(tx: Tx[State], new: Collection[Saying], now: datetime) -> Sayings:
    """What is known of these texts; two transactions at one time may both give the last copy that is allowed."""
    found = Sayings({saying: fingerprint(tx.state.text_key, saying.agency, saying.text) for saying in new})
    if not new:
        return found
    since, ids = now - COPIES_WITHIN, [saying.complaint_id for saying in new]
    values = {"ids": ids, "fingerprints": list(found.fingerprints.values()), "since": since}
    for row in await tx.execute(SAID, values):
        found.ever[row.fingerprint].add(row.complaint_id)
        if row.at > since:
            found.lately[row.fingerprint].add(row.complaint_id)
    return found


def gap_of_words(gate: Gate, kind: ActKind, words: str | None) -> Refusal | None:
    """The refusal of words that say nothing: set phrases alone, or neither a letter nor a digit."""
    needed = replace(gate, letters=1, words=1 if kind in TELLING else 0)
    return SaysNothing() if words and gap_in(needed, words) else None


def refusal_of_text(gap: Gap) -> Refusal:
    """The refusal that says what a text lacks."""
    return GAPS[gap](field="text")
