"""The screen and the summary of the demo."""

from datetime import UTC, datetime

from rich.console import Console

from deploy.demo import labels
from deploy.demo.addresses import longest_timeline
from deploy.demo.screen import NewsItem, OverdueComplaint, Screen, SentMail, View, ladder_bar, layout_of
from deploy.demo.summary import lost, outcomes, summary
from tests.deploy.evidence import REFERENCE, evidence
from tests.services import MONDAY


def view() -> View:
    seen = View(MONDAY, filed=3, planned=64, mails=2)
    seen.labels["Terdisposisi Selesai"] = 3
    seen.news.append(NewsItem(MONDAY, REFERENCE, "ComplaintEscalated", "Laporan naik ke jenjang 2.", "unit"))
    seen.sent_mails.append(SentMail("pimpinan@35-78.go.example", "Eskalasi tahap 2"))
    seen.overdue = [OverdueComplaint(REFERENCE, "Dinas Lingkungan Hidup Kota Surabaya", 2, False)]
    return seen


def test_the_screen_fits_100_by_35() -> None:
    console = Console(width=100, height=35, record=True, force_terminal=True)
    console.print(layout_of(view(), "Tanggap"))
    lines = console.export_text().splitlines()
    assert len(lines) <= 35
    assert all(len(line) <= 100 for line in lines)
    for shown in ("Senin, 7 Juli 2025", "3 Terdisposisi Selesai", REFERENCE, "Dinas Lingkungan", "pimpinan@35-78"):
        assert any(shown in line for line in lines), shown


def test_the_ladder_bar_has_one_block_for_each_step_and_the_ombudsman_at_the_end() -> None:
    assert ladder_bar(OverdueComplaint(REFERENCE, "", 2, False)).plain == "▇ ▇ ▁ "
    assert ladder_bar(OverdueComplaint(REFERENCE, "", 3, True)).plain == "▇ ▇ ▇ Om"


def test_each_news_item_is_a_line_without_a_terminal() -> None:
    console = Console(width=60, record=True, force_terminal=False)
    screen = Screen(console, "Tanggap")
    with screen.open():
        screen.show(view(), list(view().news))
    assert console.export_text() == f"07 Jul  {REFERENCE}  OPD     Laporan naik ke jenjang 2.\n"


def test_the_summary_counts_every_complaint_once() -> None:
    good = evidence()
    assert outcomes(good) == {"ignored: at the top, Ombudsman offered, climbs again each week": 1}
    assert lost(good) == []
    assert longest_timeline(good.records).reference == REFERENCE
    console = Console(width=100, record=True)
    console.print(summary(good, {"received": 1, "mean_follow_up_days": None}))
    assert "perangkat daerah" in console.export_text()


def test_days_are_shown_in_indonesian_and_jakarta_time() -> None:
    assert labels.day(datetime(2025, 2, 2, 18, tzinfo=UTC)) == "Senin, 3 Februari 2025"
