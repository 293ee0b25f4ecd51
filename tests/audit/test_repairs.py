"""Who says what again, and the command that has it said."""

import asyncio
import sys
from datetime import timedelta
from uuid import UUID

import pytest

from services.audit.actions.repairs import owed_by
from services.audit.checks import agencies
from services.audit.domain.complaints import CHECKS
from services.audit.domain.remedies import MENDED_BY
from services.audit.domain.violations import Violation
from tests.audit.conftest import ELSEWHERE, VERIFIED, CountryMaker
from tests.make import TRANSPORT
from tests.services import MONDAY, definition

ONE, TWO = UUID(int=1), UUID(int=2)


def test_each_owner_says_its_own_facts_again_and_intake_first() -> None:
    found = [
        Violation("holder_differs", "1", MONDAY, "", ONE),
        Violation("no_clock", "2", MONDAY, "", TWO),
        Violation("no_case", "1", MONDAY, "", ONE),
        Violation("no_next_step", "1", MONDAY, "", ONE),
        Violation("parked", "sla", MONDAY, ""),
    ]
    assert list(owed_by(found).items()) == [("intake", [ONE, TWO]), ("routing", [ONE, TWO])]


def test_what_can_be_mended_is_a_check_and_its_owner_can_say_it_again() -> None:
    assert MENDED_BY.keys() <= CHECKS | agencies.SENTENCES.keys()
    assert all(definition(name).say_again for names in MENDED_BY.values() for name in names)
    assert definition("routing").publish_again


@pytest.mark.parametrize("repair", [False, True])
async def test_the_command_prints_what_is_wrong_and_repairs_it(make_country: CountryMaker, repair: bool) -> None:
    country = await make_country(1)
    id = country.complaints[VERIFIED][0]
    await country.damage(
        f"UPDATE sla.clocks SET agency = '91' WHERE complaint_id = '{id}' AND name = 'life'",
        f"UPDATE notify.agencies SET name = 'Lain' WHERE code = '{TRANSPORT}'",
    )
    code, printed = await _command(country.settings, "--repair" if repair else "--once", country.system.clock.now())
    assert (code, printed.count(id), printed.count("[holder_differs] 1 kali.")) == (1, 1, 1), printed
    assert (
        "law violated" not in printed and " WIB: Batas waktu penanganan laporan (life) ada pada instansi 91" in printed
    )
    assert ("Layanan penugasan (routing) menyampaikan ulang 1 dari 1 laporan." in printed) is repair
    assert ("Layanan penugasan (routing) menerbitkan ulang 1 dari 1 instansi." in printed) is repair
    assert "--repair; ikuti" not in printed
    await country.system.settle()
    code, printed = await _command(country.settings, "--once", country.system.clock.now())
    assert (code, "Tidak ada pelanggaran." in printed) == ((0, True) if repair else (1, False)), printed


async def test_a_complaint_that_cannot_be_said_again_leaves_the_others(make_country: CountryMaker) -> None:
    country = await make_country(1)
    bad, good = country.complaints[VERIFIED][0], country.complaints[ELSEWHERE][0]
    await country.damage(
        "ALTER TABLE routing.cases DROP CONSTRAINT has_a_kind",
        f"UPDATE routing.cases SET kind = 'bogus' WHERE id = '{bad}'",
        f"UPDATE sla.clocks SET agency = '91' WHERE complaint_id IN ('{bad}', '{good}') AND name = 'life'",
    )
    code, printed = await _command(country.settings, "--repair", country.system.clock.now())
    assert (code, "menyampaikan ulang 1 dari 2 laporan." in printed) == (1, True), printed
    await country.system.settle()
    code, printed = await _command(country.settings, "--once", country.system.clock.now())
    assert (f"Laporan {bad}, sejak" in printed, good in printed) == (True, False), printed


async def test_the_command_says_in_a_sentence_what_it_could_not_look_at(make_country: CountryMaker) -> None:
    country = await make_country(1)
    await country.damage("ALTER TABLE routing.cases RENAME TO no_cases")
    code, printed = await _command(country.settings, "--once", country.system.clock.now())
    assert code == 2 and 'relation "cases" does not exist' in printed and "Apakah layanan pernah dijalankan" in printed
    assert "Traceback" not in printed and "SELECT" not in printed


async def test_the_command_does_not_say_that_all_is_well_where_it_left_something_out(
    make_country: CountryMaker,
) -> None:
    country = await make_country(1)
    code, printed = await _command(country.settings, "--once", country.system.clock.now() + timedelta(hours=8))
    assert (code, "2 temuan yang hanya menunggu layanan berjalan lagi tidak dihitung" in printed) == (2, True), printed


async def _command(settings, option: str, now) -> tuple[int, str]:
    """`python -m services audit` as a process of its own, whose clock stands where the system's does."""
    given = {name: getattr(settings, name) for name in settings.model_fields_set if not name.startswith("kafka")}
    surroundings = {f"TANGGAP_{name.upper()}": str(value) for name, value in given.items() if value not in (None, "")}
    surroundings |= {"TANGGAP_CLOCK_ORIGIN": "2026-01-01T00:00:00Z", "TANGGAP_CLOCK_START": now.isoformat()}
    surroundings |= {"TANGGAP_CLOCK_SPEED": "0.000001", "PYTHONPATH": "."}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services", "audit", option),
        env=surroundings, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode()
