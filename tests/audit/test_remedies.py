"""What an operator does where no owner can say a fact again: the remedies of docs/audit.md, each tried."""

import re
from collections import Counter
from pathlib import Path
from uuid import UUID

from services.audit.actions.repairs import owed_by, say_again
from services.audit.state import State
from shared.events import ComplaintEscalated, decode
from shared.runtime import connect
from tests.audit.conftest import (
    CLOSED,
    ELSEWHERE,
    FOLLOWED_UP,
    FORWARDED,
    UNVERIFIED,
    VERIFIED,
    AuditorMaker,
    Country,
    CountryMaker,
    audit,
    told,
)
from tests.audit.damages import DAMAGES, FORGOTTEN, LAW_SET_ASIDE
from tests.journey.system import System
from tests.services import definition

COMMANDS = re.findall(r"```sql\n(.*?)```", Path("docs/audit.md").read_text(encoding="utf-8"), re.DOTALL)
KINDS = (UNVERIFIED, VERIFIED, ELSEWHERE, FORWARDED, FOLLOWED_UP, CLOSED)
# Rows of sla that no event can have made.
WRONG_ROWS = {
    "no_life_clock",
    "life_ended",
    "life_goes_on",
    "no_next_step",
    "moved_ahead",
    "no_agency",
    "uncountable",
    "due_differs",
    "limit_differs",
    "extended_too_long",
    "step_far",
}


async def test_the_commands_of_the_page_delete_what_they_say(make_country: CountryMaker, auditor: AuditorMaker) -> None:
    anew, ahead = COMMANDS
    damages = [damage for damage in DAMAGES if damage.check == "step_muted"]
    country = await make_country(2, (VERIFIED, ELSEWHERE, FORWARDED))
    state, unused = auditor(country), {kind: iter(ids) for kind, ids in country.complaints.items()}
    id = next(unused[VERIFIED])
    await country.damage(*anew.replace("…", id).replace("SET LOCAL", "SET").split(";")[:-1])
    assert told(await audit(state)) == {("no_clock", id)}
    await _repair(country, state)
    muted = {next(unused[damage.kind]): damage for damage in damages[:2]}
    await country.damage(*(damage.statement.replace("{id}", id) for id, damage in muted.items()))
    assert told(await audit(state)) == {("step_muted", id) for id in muted}
    climbs = _climbs(country.system)
    await country.damage(*(ahead.replace("…", id) for id in muted))
    assert await audit(state) == []
    await country.system.settle()
    assert _climbs(country.system) == climbs


async def test_a_complaint_whose_rows_in_sla_are_wrong_is_deleted_there_and_said_again(
    make_country: CountryMaker, auditor: AuditorMaker
) -> None:
    damages = [damage for damage in DAMAGES if damage.check in WRONG_ROWS and damage.kind in KINDS]
    country = await make_country(max(Counter(damage.kind for damage in damages).values()), KINDS)
    state, unused = auditor(country), {kind: iter(ids) for kind, ids in country.complaints.items()}
    damaged = {next(unused[damage.kind]): damage for damage in damages}
    await country.damage(*LAW_SET_ASIDE, *(each.statement.replace("{id}", id) for id, each in damaged.items()))
    found = told(await audit(state))
    assert [damage.name for id, damage in damaged.items() if (damage.check, id) not in found] == []
    climbs = _climbs(country.system)
    await country.damage(*(FORGOTTEN.replace("{id}", id) for id in damaged))
    assert {("no_clock", id) for id in damaged} <= told(await audit(state))
    await _repair(country, state)
    assert [(check, damaged[id].name) for check, id in told(await audit(state))] == []
    # What was said stays said.
    assert _climbs(country.system) == climbs


async def _repair(country: Country, state: State) -> None:
    for name, ids in owed_by([one.violation for one in state.ledger.open.values()]).items():
        assert await say_again(connect(definition(name), country.settings, country.system.clock), ids)
    await country.system.settle()


def _climbs(system: System) -> Counter[tuple[UUID, str, int, int, int]]:
    facts = (event.fact for message in system.published if message.value and (event := decode(message.value)))
    climbs = (fact for fact in facts if isinstance(fact, ComplaintEscalated))
    return Counter((each.complaint_id, str(each.clock), each.cycle, each.step, each.round) for each in climbs)
