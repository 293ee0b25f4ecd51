"""Acts: a message that has waited is not sent if an act has made it needless meanwhile."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from services.notify.domain import acts
from services.notify.domain.acts import Act, has_waited, is_over, is_overtaken, moment_of
from services.notify.models.acts import ACTS
from services.notify.models.claims import DueMessage
from services.notify.state import State
from shared.db.transaction import Tx


async def overtaken(tx: Tx[State], due: Sequence[DueMessage]) -> frozenset[int]:
    """The ids of those of these messages that are no longer true, at the moment of the service's clock."""
    waited = [each for each in due if _has_waited(each, tx)]
    done = await _acts(tx, {each.complaint_id for each in waited}) if waited else {}
    needless = {each.id for each in waited if _is_overtaken(each, done)}
    return frozenset(needless | {each.id for each in due if is_over(each.template, each.details, tx.now)})


def _has_waited(due: DueMessage, tx: Tx[State]) -> bool:
    return has_waited(due.template, due.details, due.attempts > 0 or due.mail_id is not None, tx.now)


def _is_overtaken(due: DueMessage, done: Mapping[UUID, Sequence[Act]]) -> bool:
    return is_overtaken(due.template, due.about, due.details, done.get(due.complaint_id, ()))


async def _acts(tx: Tx[State], ids: set[UUID]) -> Mapping[UUID, Sequence[Act]]:
    """The acts on these complaints that the ledger tells of."""
    found: dict[UUID, list[Act]] = defaultdict(list)
    for row in await tx.execute(ACTS, {"ids": list(ids), "templates": acts.ACTS}):
        if at := moment_of(row.at):
            found[row.complaint_id].append(Act(row.template, row.about, at))
    return found
