"""Policies in a file: published all or none, and every fault is told with its line."""

import asyncio
import os
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.settings import Settings
from services.sla.actions.imports import FaultyFile, import_policies
from services.sla.domain.imports import read_policies
from services.sla.domain.policies import Limit, Recurrence, Reminder
from services.sla.errors import UncountableUnit
from services.sla.state import State
from shared.clock import ManualClock
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, ROADS
from tests.sla.cases import FILED, publish
from tests.sla.test_policies import listed

HEADER = (
    "effective_on,source,agency,region,clock,classification,days,unit,reminders,climbs,every_working_days,"
    "every_calendar_days\n"
)
LADDER = "50:liaison 80:liaison+coordinator,0 5 10,5,7\n"
GOOD = (
    f"2025-09-04,Perwali 12/2025,{CITY},,follow_up,,3,working,{LADDER}"
    f'2025-09-04,"Pergub 7/2025, pasal 4",,35,verification,,2,working,{LADDER}'
    f"2025-09-04,Perwali 12/2025,{CITY},,resolution,supervisory,40,working,{LADDER}"
)
ROOT = Path(__file__).parents[2]


def test_rows_that_agree_in_all_but_their_limit_are_one_policy() -> None:
    found, faults = read_policies(HEADER + GOOD)
    assert faults == [] and [each.line for each in found] == [2, 3]
    city = found[0].policy
    assert city.limits == (
        Limit("follow_up", None, 3, "working", "Perwali 12/2025"),
        Limit("resolution", "supervisory", 40, "working", "Perwali 12/2025"),
    )
    assert (city.effective_on, city.agency, city.climbs, city.recurrence) == (
        date(2025, 9, 4),
        CITY,
        (0, 5, 10),
        Recurrence(5, 7),
    )
    assert city.reminders == (Reminder(50, ("liaison",)), Reminder(80, ("liaison", "coordinator")))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("clock,days\n", "line 1: no column effective_on, source, unit"),
        (HEADER.replace("region", "regoin") + GOOD, "line 1: unknown column regoin"),
        (HEADER + GOOD.replace("follow_up", "followup"), "line 2: unknown clock 'followup'"),
        (HEADER + GOOD.replace(",40,", ",forty,"), "line 4: days must be a whole number from 1 to 1000, not 'forty'"),
        (HEADER + GOOD.replace("2025-09-04", "4.9.2025", 1), "line 2: effective_on must be a day such as 2027-01-04"),
        (HEADER + GOOD.replace("50:liaison", "50:boss", 1), "line 2: '50:boss' is no reminder"),
        (HEADER + GOOD.replace("\n", ",x\n", 1), "line 2: more cells than columns"),
        (HEADER.replace("region", "field") + GOOD, "line 3: the field of a complaint is not known"),
        (HEADER + '2025-09-04,"open\n', "line 2: unexpected end of data"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_with_its_line(text: str, fault: str) -> None:
    faults = [str(each) for each in read_policies(text)[1]]
    assert len(faults) == 1 and faults[0].startswith(fault), faults


@given(st.one_of(st.text(), st.text(alphabet='2025-09,"\n\r:+follow_up working').map(lambda cells: HEADER + cells)))
def test_any_text_gives_policies_or_faults(text: str) -> None:
    found, faults = read_policies(text)
    assert all(each.line > 1 for each in found) and all(each.sentence for each in faults)


async def bring(service: RunningService[State], text: str) -> object:
    async with service.begin() as tx:
        return await import_policies(tx, HEADER + text, "test")


async def test_a_file_is_published_once_in_its_order(make_service: ServiceMaker, clock: ManualClock) -> None:
    clock.advance_to(FILED)
    service = await make_service("sla")
    await publish(service)
    assert await bring(service, GOOD) == [2, 3]
    # A policy that is in force by now is known, and not too soon.
    clock.advance_to(FILED.replace(month=10))
    assert await bring(service, GOOD) == [2, 3] and await listed(service) == [1, 2, 3]


async def test_a_file_with_one_fault_publishes_nothing(make_service: ServiceMaker, clock: ManualClock) -> None:
    clock.advance_to(FILED)
    service = await make_service("sla")
    await publish(service)
    laxer = f"2025-09-04,SK Kadis,{ROADS},,follow_up,,4,working,{LADDER}"
    nowhere = f"2025-09-04,SK Kadis,NOBODY,,follow_up,,4,fortnights,{LADDER}"
    with pytest.raises(FaultyFile) as refused:
        await bring(service, GOOD + laxer + nowhere)
    assert refused.value.args == (
        "line 5: A local policy may not allow more time than the policy above it."
        f" follow_up, complaint, {ROADS}: 4 > 3 (policy 2)",
        f"line 6: {UncountableUnit.__doc__} fortnights",
    )
    with pytest.raises(FaultyFile, match="no policy"):
        await bring(service, "")
    assert await listed(service) == [1]


async def test_the_command_publishes_a_file_and_says_what_is_wrong_with_another(
    settings: Settings, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    row = f"{{}},Permen,,,follow_up,,4,{{}},{LADDER}"
    good.write_text(HEADER + row.format("2090-01-02", "working"))
    bad.write_text(HEADER + row.format("2019-01-02", "working") + row.format("2090-01-02", "fortnights"))
    url = settings.database_url("sla")
    assert await command(url, good) == (0, "published as 2\n", "")
    code, said, errors = await command(url, bad)
    assert (code, said) == (2, "") and errors.splitlines() == [
        "line 2: A policy takes effect on a day that begins at least one minute from now.",
        f"line 3: {UncountableUnit.__doc__} fortnights",
    ]
    assert (await command(url, tmp_path / "missing.csv"))[0] == 2


async def command(url: str, file: Path) -> tuple[int | None, str, str]:
    given = {**os.environ, "TANGGAP_SLA_DATABASE_URL": url, "TANGGAP_SMTP_HOST": "x"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services", "import-policies", str(file), cwd=ROOT, env=given, stdout=-1, stderr=-1
    )
    said, errors = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, said.decode(), errors.decode()
