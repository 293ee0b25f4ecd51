"""Facts: what each kind of act tells the others, said for the first time or again."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from services.routing.actions import ends, handling
from services.routing.actions.appeals import appealed, decided
from services.routing.actions.contests import contested, judged
from services.routing.actions.contributions import given, requested
from services.routing.actions.drafts import drafted, returned
from services.routing.actions.mergers import merged, separated
from services.routing.actions.records import Done
from services.routing.actions.referrals import handed_over, referred
from services.routing.actions.sensitivities import declared_sensitive, disclosed
from services.routing.actions.urgencies import declared, lifted
from services.routing.domain.reporters import refused_act
from services.routing.domain.restatements import DEPARTURE
from shared.events import (
    ActRefused,
    Fact,
)
from shared.lifecycle.acts import ActKind


def facts_of(done: Done) -> Iterator[Fact]:
    """What an act tells; a promise tells more, which its noun knows (commitments)."""
    if tell := TOLD.get(done.act.kind):
        yield from told if isinstance(told := tell(done), tuple) else (told,)
    elif refused := refused_act(done.act.kind):
        reason = cast(Any, done.act.reason)
        yield ActRefused(complaint_id=done.id, agency=done.after.holder, act=refused, reason=reason)
    yield from returned(done.id, done.before, done.after, done.act.kind)


TOLD: Mapping[str, Callable[[Done], Fact | tuple[Fact, ...]]] = {
    ActKind.VERIFICATION: handling.verified,
    ActKind.FORWARD: handling.forwarded,
    DEPARTURE: handling.forwarded,
    ActKind.FOLLOW_UP: handling.followed_up,
    ActKind.INTERIM: handling.interim,
    ActKind.OBSTACLE: handling.obstructed,
    ActKind.ORDER: handling.ordered,
    ActKind.ACKNOWLEDGEMENT: handling.acknowledged,
    ActKind.CORRECTION: handling.corrected,
    ActKind.HOLDING: handling.held,
    ActKind.COMPLETION: handling.completed,
    ActKind.RESUMPTION: handling.resumed,
    ActKind.MERGER: lambda done: merged(done.state, done.id, done.by, done.before, done.after),
    ActKind.SEPARATION: lambda done: separated(done.id, done.by, done.after),
    ActKind.SPLIT: handling.split,
    ActKind.CONTRIBUTION_REQUEST: lambda done: requested(done.state, done.id, done.act.number or 0, done.after),
    ActKind.CONTRIBUTION: lambda done: given(done.state, done.id, done.act.number or 0, done.after),
    ActKind.DRAFT: lambda done: drafted(done.state, done.id, done.after),
    ActKind.ANSWER: ends.answered,
    ActKind.APPROVAL: ends.answered,
    ActKind.CONTACT_REQUEST: ends.contact_requested,
    ActKind.CONTACT: ends.contacted,
    ActKind.REPLY: ends.replied,
    ActKind.DISPUTE: ends.reopened,
    ActKind.REOPENING: ends.reopened,
    ActKind.REMAND: ends.reopened,
    ActKind.ENDORSEMENT: ends.endorsed,
    ActKind.APPEAL: lambda done: appealed(done.state, done.act, done.after, done.asked_at or done.act.at),
    ActKind.CONTEST: contested,
    ActKind.ANNULMENT: judged,
    ActKind.CONFIRMATION: judged,
    ActKind.UPHOLDING: lambda done: decided(done.state, done.act, done.by, done.after),
    ActKind.DISMISSAL: lambda done: decided(done.state, done.act, done.by, done.after),
    ActKind.CONSENT: referred,
    ActKind.HANDOVER: handed_over,
    ActKind.ACCEPTANCE: ends.closed,
    ActKind.CLOSING: ends.closed,
    ActKind.ARCHIVING: ends.archived,
    ActKind.WITHDRAWAL: ends.withdrawn,
    ActKind.URGENCY: lambda done: declared(done.state, done.id, done.after, done.act.at, done.act.sealed),
    ActKind.SENSITIVITY: lambda done: declared_sensitive(done.state, done.id, done.after, done.act.at, done.act.sealed),
    ActKind.DISCLOSURE: lambda done: disclosed(done.id, done.after.holder, done.by, done.words),
    ActKind.ALL_CLEAR: lambda done: lifted(done.id, done.after, done.by, done.act.sealed),
}
