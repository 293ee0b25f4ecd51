"""Imports: the policies of a file, published all or none."""

from collections.abc import Iterator, Sequence

from services.sla.actions.policies import publish_policies
from services.sla.domain.acceptances import Problem
from services.sla.domain.imports import Fault, Imported, read_policies
from services.sla.domain.policies import Policy
from services.sla.errors import refusal_for
from services.sla.state import State
from shared.db.transaction import Tx

LANGUAGE = "en"


class FaultyFile(Exception):
    """The file cannot be taken; none of its policies has been published."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(*map(str, faults))


async def import_policies(tx: Tx[State], text: str, by: str) -> Sequence[int]:
    """Publish the policies of a file, in its order, and give their versions; those that are published stay as they are.

    Raises FaultyFile with every fault and its line.
    """
    imported, faults = read_policies(text)
    if not imported and not faults:
        faults = [Fault(1, "no policy")]
    if faults:
        raise FaultyFile(faults)
    outcomes = await publish_policies(tx, [each.policy for each in imported], by)
    if refused := list(_refused(imported, outcomes)):
        raise FaultyFile(refused)
    return [outcome.version for outcome in outcomes if isinstance(outcome, Policy)]


def _refused(imported: Sequence[Imported], outcomes: Sequence[Policy | Problem]) -> Iterator[Fault]:
    for each, outcome in zip(imported, outcomes, strict=True):
        if isinstance(outcome, Problem):
            sentence = refusal_for(outcome).message(LANGUAGE)
            yield Fault(each.line, f"{sentence} {outcome.detail}" if outcome.detail else sentence)
