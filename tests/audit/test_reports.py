"""What has lasted is mailed to the national administrator, once a day and when it is over; and when all is well."""

from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from deploy.kafka.broker import Broker
from services.audit.actions.reports import MOST_REPORTED, report_once
from services.audit.domain.violations import Findings, OpenViolation, Violation
from services.audit.state import State
from shared.bus import BusDown, Message
from shared.bus.memory import MemoryBus
from shared.events import COMPLAINTS, AllWell, LawViolated, decode
from tests.audit.conftest import VERIFIED, AuditorMaker, Country, CountryMaker, audit, audited
from tests.journey.system import NATIONAL_ADMIN, System
from tests.services import MONDAY
from tests.shared.buses import Listener, drain, kafka_buses


async def test_a_violation_is_mailed_once_a_day_and_when_it_is_over(
    make_country: CountryMaker, auditor: AuditorMaker
) -> None:
    country = await make_country(1)
    system, state, id = country.system, auditor(country), country.complaints[VERIFIED][0]
    # No owner can mend it.
    silence = f"UPDATE sla.complaints SET silent_since = {{}} WHERE id = '{id}'"
    await country.damage(silence.format("'2400-01-01Z'"))
    await audit(state)
    assert await _mailed(system, state) == []
    [state_detail] = [one.violation.detail for one in state.ledger.open.values()]
    system.clock.advance_to(system.clock.now() + timedelta(minutes=16))
    subject = f"Pemeriksa sistem menemukan pelanggaran: dated_ahead ({id})"
    assert await _mailed(system, state) == [subject]
    assert await _mailed(system, state) == []
    # A restarted auditor says it with the same id, and nobody is written to twice.
    again = auditor(country)
    await audit(again)
    system.clock.advance_to(system.clock.now() + timedelta(minutes=16))
    assert await _mailed(system, again) == []
    system.clock.advance_to(system.clock.now() + timedelta(days=1))
    await audit(state)
    assert subject in await _mailed(system, state)
    await country.damage(silence.format("filed_at"))
    await audit(state)
    subjects = await _mailed(system, state)
    assert f"Pelanggaran telah berakhir: dated_ahead ({id})" in subjects
    # The last mails are joined or not; each says what has ended, and no owner was asked.
    bodies = system.mails(NATIONAL_ADMIN)
    assert any("tidak ditemukan lagi" in body and state_detail in body for body in bodies)
    assert not any("dengan sendirinya" in body for body in bodies)


async def test_all_well_is_mailed_once_a_day_after_everything_was_looked_at(
    make_country: CountryMaker, auditor: AuditorMaker
) -> None:
    country = await make_country(1)
    state = auditor(country)
    assert await _mailed(country.system, state) == []
    await audit(state)
    assert await _mailed(country.system, state) == ["Pemeriksa sistem: semua sesuai"]
    assert "6 aduan terbuka" in country.system.mails(NATIONAL_ADMIN)[-1]
    assert await _mailed(country.system, state) == []


async def test_many_violations_of_a_check_are_told_as_a_number(system: System, auditor: AuditorMaker) -> None:
    state = auditor(Country(system, {}, "", audited(system)))
    _find(state, MOST_REPORTED + 7)
    bus = Recorder()
    assert await report_once(state, bus) == MOST_REPORTED + 1
    last = bus.facts[-1]
    assert isinstance(last, LawViolated)
    assert (last.complaint_id, last.detail) == (None, "7 pelanggaran lain dari jenis ini.")
    assert await report_once(state, bus) == 0


async def test_what_the_bus_did_not_take_is_told_at_the_next_turn(system: System, auditor: AuditorMaker) -> None:
    state = auditor(Country(system, {}, "", audited(system)))
    _find(state, 2)
    with pytest.raises(BusDown):
        await report_once(state, Broken())
    assert await report_once(state, bus := Recorder()) == 2
    state.ledger.take(Findings(frozenset({"late_step"})), MONDAY)
    with pytest.raises(BusDown):
        await report_once(state, Broken())
    assert await report_once(state, bus) == 2
    assert [fact.over for fact in bus.facts] == [False, False, True, True]
    assert not any(isinstance(fact, AllWell) for fact in bus.facts)


async def test_reports_are_read_from_kafka_as_they_were_published(
    system: System, auditor: AuditorMaker, kafka: Broker
) -> None:
    state, heard = auditor(Country(system, {}, "", audited(system))), Listener()
    _find(state, 3)
    async with AsyncExitStack() as stack:
        bus = kafka_buses(stack, kafka)()
        bus.subscribe("notify", (COMPLAINTS,), heard)
        await bus.start()
        assert await report_once(state, bus) == 3
        assert await drain(bus, "notify") == 3
    facts = [event.fact for value in heard.values if (event := decode(value or b""))]
    assert {fact.check for fact in facts} == {"late_step"}


class Recorder(MemoryBus):
    """A bus of the real kind that keeps the facts it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: list = []

    async def publish(self, messages: list[Message]) -> None:
        self.facts += [event.fact for message in messages if (event := decode(message.value or b""))]
        await super().publish(messages)


class Broken(MemoryBus):
    """A bus that is down."""

    async def publish(self, messages: list[Message]) -> None:
        raise BusDown(BusDown.__doc__)


def _find(state: State, count: int) -> None:
    """So many steps were late the day before."""
    seen_at = state.clock.now() - timedelta(days=1)
    for number in range(count):
        violation = Violation("late_step", str(number), seen_at, "Terlambat.")
        state.ledger.open[violation.key] = OpenViolation(violation, seen_at)


async def _mailed(system: System, state: State) -> list[str]:
    """The subjects of the notices that the national administrator gets of this report, in one mail or several."""
    before = len(system.mails(NATIONAL_ADMIN))
    await report_once(state, system.runtimes[0].bus)
    await system.settle()
    return [line for mail in system.mails(NATIONAL_ADMIN)[before:] for line in _subjects(mail)]


def _subjects(mail: str) -> list[str]:
    subject, *body = mail.splitlines()
    return [line[2:] for line in body if line.startswith("- ")] or [subject]
