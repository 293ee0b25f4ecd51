"""The owner of a fact says it again when the auditor tells that another service knows it otherwise: by itself, once."""

from datetime import timedelta
from uuid import UUID

from services.audit.actions import reports
from services.audit.domain.violations import Findings, Violation
from services.audit.state import State
from shared.bus.memory import MemoryBus
from shared.events import ComplaintFiled, LawViolated, decode
from tests.audit.conftest import UNVERIFIED, VERIFIED, AuditorMaker, Country, CountryMaker, audit, audited
from tests.audit.damages import FORGOTTEN
from tests.journey.system import System

HOLDER = "UPDATE sla.clocks SET agency = '91' WHERE complaint_id = '{}' AND name = 'life'"
DAY, GRACE = timedelta(days=1), timedelta(minutes=16)


async def test_the_owner_mends_a_difference_that_the_auditor_tells(
    make_country: CountryMaker, auditor: AuditorMaker
) -> None:
    country = await make_country(2)
    system, state, (one, other) = country.system, auditor(country), country.complaints[VERIFIED]
    await country.damage(HOLDER.format(one), FORGOTTEN.replace("{id}", other))
    assert {(each.check, each.subject) for each in await audit(state)} == {("holder_differs", one), ("no_clock", other)}
    await _tell(system, state)
    assert {fact.owners for fact in _told(system)} == {("routing",), ("intake", "routing")}
    assert _said_again(system) == [other]
    assert await audit(state) == []
    # The end is told, and on the same day the same complaint is damaged in the same way.
    await reports.report_once(state, system.runtimes[0].bus)
    await country.damage(HOLDER.format(one))
    assert [each.check for each in await audit(state)] == ["holder_differs"]
    await _tell(system, state)
    assert await audit(state) == []


async def test_an_owner_is_asked_once_and_skips_what_it_does_not_know(
    make_country: CountryMaker, auditor: AuditorMaker
) -> None:
    country = await make_country(1)
    system, state, id = country.system, auditor(country), country.complaints[UNVERIFIED][0]
    # Intake no longer owns the filing: it is asked, says nothing, and the violation stands.
    await country.damage(
        f"DELETE FROM routing.cases WHERE id = '{id}'", f"UPDATE intake.complaints SET part_of = id WHERE id = '{id}'"
    )
    for _ in range(2):
        assert ("no_case", id) in {(each.check, each.subject) for each in await audit(state)}
        await _tell(system, state)
        await system.advance_to(system.clock.now() + timedelta(days=1))
    assert [fact.owners for fact in _told(system) if fact.check == "no_case"] == [("intake",), ()]
    assert _said_again(system) == []


async def test_many_are_named_once_each_and_counted_in_one_sentence(system: System, auditor: AuditorMaker) -> None:
    state = auditor(Country(system, {}, "", audited(system)))
    at = state.clock.now() - DAY
    counts = {"holder_differs": 1_005, "state_differs": 1_005, "late_step": 102}
    found = [Violation(check, str(n), at, "Lain.", UUID(int=n)) for check, most in counts.items() for n in range(most)]
    state.ledger.take(Findings(frozenset(counts), found), at)
    bus = Recorder()
    await reports.report_once(state, bus)
    owned = [fact for fact in bus.facts if fact.owners]
    assert {fact.owners for fact in owned} == {("routing",)}
    # A thousand of a check at most; of each complaint, one of its violations.
    assert len(owned) == len({fact.complaint_id for fact in owned}) == reports.MOST_MENDED
    assert sum(bool(fact.detail) for fact in bus.facts) == 3 * (reports.MOST_REPORTED + 1)


class Recorder(MemoryBus):
    """A bus of the real kind that keeps the facts it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: list[LawViolated] = []

    async def publish(self, messages) -> None:
        facts = (event.fact for message in messages if (event := decode(message.value or b"")))
        self.facts += [fact for fact in facts if isinstance(fact, LawViolated)]


async def _tell(system: System, state: State) -> None:
    """The violation has lasted its grace time and is told; everybody hears it."""
    await system.advance_to(system.clock.now() + GRACE)
    await reports.report_once(state, system.runtimes[0].bus)
    await system.settle()


def _told(system: System) -> list[LawViolated]:
    return [fact for fact in _facts(system) if isinstance(fact, LawViolated) and not fact.over]


def _said_again(system: System) -> list[str]:
    """The filings that intake has said again."""
    return [str(fact.complaint_id) for fact in _facts(system) if isinstance(fact, ComplaintFiled) and fact.again]


def _facts(system: System):
    return [event.fact for message in system.published if message.value and (event := decode(message.value))]
