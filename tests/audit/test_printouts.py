"""The printout of an audit by hand, as an operator reads it: each violation once, in words, and what to do about it."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.audit.actions.audits import ALL_CHECKS
from services.audit.checks import agencies, backlogs, clocks, directory, limits
from services.audit.domain import sentences
from services.audit.domain.printouts import printout
from services.audit.domain.remedies import MENDED_BY, REMEDIES, REPAIR
from services.audit.domain.violations import Violation
from shared.vocabulary import CLOCK_NAMES, STATE_LABELS
from tests.services import MONDAY

ONE = UUID(int=1)
OF_CHECKS = (each.SENTENCES for each in (clocks, limits, backlogs, directory, agencies))
ALL_SENTENCES = sentences.SENTENCES | {check: said for of_check in OF_CHECKS for check, said in of_check.items()}


def test_each_violation_is_printed_once_below_what_to_do_about_its_check() -> None:
    found = [
        Violation("holder_differs", str(ONE), MONDAY, "Satu.", ONE),
        Violation("parked", "sla", MONDAY, "Dua."),
        Violation("holder_differs", str(ONE), MONDAY, "Tiga.", ONE),
    ]
    assert printout(found, 0, MONDAY).splitlines() == [
        "Audit Tanggap, 7 Juli 2025 pukul 09.00 WIB.",
        "Pelanggaran: 3.",
        "",
        f"[holder_differs] 2 kali. Yang perlu dilakukan: {REPAIR}",
        f"  Laporan {ONE}, sejak 7 Juli 2025 pukul 09.00 WIB: Satu.",
        f"  Laporan {ONE}, sejak 7 Juli 2025 pukul 09.00 WIB: Tiga.",
        "",
        f"[parked] 1 kali. Yang perlu dilakukan: {REMEDIES['parked']}",
        "  Layanan tenggat (sla), sejak 7 Juli 2025 pukul 09.00 WIB: Dua.",
    ]


def test_nothing_wrong_is_said_and_so_is_what_was_left_out() -> None:
    assert "Tidak ada pelanggaran." in printout([], 0, MONDAY)
    assert "2 temuan yang hanya menunggu" in printout([], 2, MONDAY)


def test_a_damaged_moment_stops_no_printout() -> None:
    worst = datetime.max.replace(tzinfo=UTC)
    assert "sejak waktu yang tidak terbaca: x" in printout([Violation("uncountable", "1", worst, "x", ONE)], 0, MONDAY)


def test_every_check_has_a_sentence_and_a_remedy_and_a_repair_is_advised_where_it_helps() -> None:
    assert ALL_CHECKS == REMEDIES.keys() == ALL_SENTENCES.keys()
    assert {check for check, remedy in REMEDIES.items() if remedy.endswith(REPAIR)} == MENDED_BY.keys()


@pytest.mark.parametrize("check", sorted(ALL_SENTENCES))
def test_no_sentence_has_a_moment_in_another_zone_or_a_bare_code_name(check: str) -> None:
    said = ALL_SENTENCES[check]
    assert "UTC" not in said and "%Y" not in said
    for name in ("routing", "intake", "sla", "notify", *CLOCK_NAMES):
        assert not re.search(rf"(?<!\(){name}\b", said), said


def test_clocks_services_and_states_stand_beside_their_code_names() -> None:
    assert sentences.clock_label("follow_up") == "tindak lanjut pertama (follow_up)"
    assert sentences.clock_label("x") == "yang tidak dikenal (x)"
    assert sentences.service_label("sla") == "tenggat (sla)"
    assert sentences.act_label("withdrawal") == "mencabut laporan (withdrawal)"
    assert sentences.state_label("UNVERIFIED") == STATE_LABELS["UNVERIFIED"]
    assert sentences.state_label("ARCHIVED") == "Arsip (ARCHIVED)"
