"""What routing has said of a case, from its acts: each turn of a holder, with the number of transfers before it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from services.routing.domain.contests import FOLLOWING_UP
from services.routing.domain.parts import OPENING
from services.routing.domain.records import PastAct
from services.routing.domain.windows import ANEW, RENEWING
from shared.lifecycle.acts import ActKind
from shared.lifecycle.clocks import MAY_RUN_IN
from shared.lifecycle.transitions import ORDERED
from shared.vocabulary import ANSWERED, APPROVAL, AWAITING_FOLLOW_UP, ROOT, UNVERIFIED

_DRAFTS_WAIT_IN = MAY_RUN_IN[APPROVAL]
DEPARTURE = "departure"
# Either makes a case a verified one.
_VERIFYING = frozenset({ActKind.VERIFICATION, OPENING})
TURNS = frozenset({ActKind.VERIFICATION, ActKind.FORWARD, DEPARTURE})


@dataclass(frozen=True, slots=True)
class RestatedAct:
    """An act with the transfers, holds and mergers until then.

    `previous` is who held the case before, `turns` whether a turn begins. `state` was the case's before the act,
    `unverified` whether it is not verified after it. `returned` is the draft that it sent back to its author. `windows`
    were given until then, and `cycle` counts the resolutions; of a reopening to be verified, verifications. The last of
    the `contests` until then is about the follow-up of `contested_at`; `follow_ups` stand in this turn. Of the `orders`
    until then, leaders of `ordered_by` had given those that were open before the act.
    """

    act: PastAct
    transfers: int
    previous: str
    turns: bool
    holds: int = 0
    state: str = UNVERIFIED
    unverified: bool = False
    returned: PastAct | None = None
    windows: int = 0
    cycle: int = 1
    mergers: int = 0
    contests: int = 0
    contested_at: datetime | None = None
    follow_ups: Sequence[datetime] = ()
    orders: int = 0
    ordered_by: Sequence[str] = ()


def first_holder(acts: Iterable[PastAct], holder: str) -> str:
    """Whom the case lay with until its verification, as far as is known: that may have named another agency."""
    before = list(takewhile(lambda act: act.kind not in _VERIFYING, acts := list(acts)))
    heirs = [act.holder for act in before if act.kind == DEPARTURE]
    return heirs[-1] if heirs else next((act.holder for act in acts), holder)


def restated(acts: Iterable[PastAct], holder: str) -> Iterator[RestatedAct]:
    """The acts of a case in order, but for the departures before its verification. `holder` had it until then."""
    count, unverified, waiting = _Counts(), True, None
    state: str = UNVERIFIED
    for act in acts:
        reopens = act.kind in ANEW
        unverified = act.state == UNVERIFIED if reopens else unverified and act.kind not in _VERIFYING
        if unverified and act.kind == DEPARTURE:
            continue
        ordered_by = count.ordered_by
        count.note(act)
        turns = act.kind in TURNS
        ends = turns or act.kind == ActKind.REJECTION or act.state not in _DRAFTS_WAIT_IN
        returned = waiting if ends and act.kind != ActKind.APPROVAL else None
        cycle = count.verifications if act.state == UNVERIFIED else count.cycle
        yield RestatedAct(
            act,
            count.transfers,
            holder,
            turns,
            count.holds,
            state,
            unverified,
            returned,
            count.windows,
            cycle,
            count.mergers,
            count.contests,
            count.contested_at,
            count.follow_ups,
            count.orders,
            ordered_by,
        )
        waiting = act if act.kind == ActKind.DRAFT else None if ends else waiting
        holder, state = act.holder, act.state


@dataclass(slots=True)
class _Counts:
    """What routing counts of a case, after the acts so far."""

    transfers: int = 0
    holds: int = 0
    mergers: int = 0
    windows: int = 0
    cycle: int = 1
    verifications: int = 1
    contests: int = 0
    contested_at: datetime | None = None
    follow_ups: Sequence[datetime] = ()
    orders: int = 0
    ordered_by: Sequence[str] = ()

    def note(self, act: PastAct) -> None:
        reopens, verifies = act.kind in ANEW, act.state == UNVERIFIED
        passed_on = act.kind in TURNS and act.kind != ActKind.VERIFICATION
        self.transfers += passed_on or (reopens and act.state == AWAITING_FOLLOW_UP)
        self.holds += act.kind == ActKind.HOLDING
        self.mergers += act.kind == ActKind.MERGER
        self.windows += act.kind in RENEWING and act.state == ANSWERED
        self.verifications += reopens and verifies
        self._note_follow_up(act, begins=act.kind in TURNS or (reopens and act.state == AWAITING_FOLLOW_UP))
        self.cycle += reopens and not verifies
        self._note_order(act)

    def _note_order(self, act: PastAct) -> None:
        if act.kind == ActKind.ORDER:
            self.orders, self.ordered_by = self.orders + 1, (*self.ordered_by, act.agency or ROOT)
        elif act.kind == ActKind.ACKNOWLEDGEMENT or act.kind in TURNS or act.state not in ORDERED:
            self.ordered_by = ()

    def _note_follow_up(self, act: PastAct, begins: bool) -> None:
        if begins:
            self.follow_ups = ()
        elif act.kind in FOLLOWING_UP:
            self.follow_ups = (*self.follow_ups, act.at)
        elif act.kind == ActKind.CONTEST:
            self.contests, self.contested_at = self.contests + 1, act.contested_at
        elif act.kind == ActKind.ANNULMENT:
            self.follow_ups = tuple(moment for moment in self.follow_ups if moment != self.contested_at)
