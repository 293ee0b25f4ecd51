"""The screen of the demo: a live layout of 100 by 35 characters, or plain lines without a terminal."""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from deploy.demo import labels
from shared.vocabulary import STATE_LABELS

STEPS = 3
# The official labels that a complaint of this demo can have.
LABELS = tuple(dict.fromkeys(STATE_LABELS.values()))
STYLES = {
    "ComplaintFiled": "cyan",
    "ComplaintRouted": "cyan",
    "ComplaintVerified": "blue",
    "ComplaintForwarded": "blue",
    "FollowUpRecorded": "green",
    "ComplaintAnswered": "bold green",
    "ComplaintArchived": "bold blue",
    "ComplaintWithdrawn": "bold blue",
    "ComplaintClosed": "bold green",
    "ComplaintReopened": "bold yellow",
    "ContactRequested": "magenta",
    "ReporterContacted": "green",
    "WindowClosing": "dim yellow",
    "WindowLapsed": "yellow",
    "ReporterReplied": "yellow",
    "RatingGiven": "green",
    "ActRefused": "blue",
    "ObstacleReported": "yellow",
    "UrgencyDeclared": "red",
    "UrgencyLifted": "green",
    "OrderGiven": "magenta",
    "ComplaintCorrected": "blue",
    "ComplaintAppealed": "bold yellow",
    "AppealDecided": "bold blue",
    "InterimReplied": "yellow",
    "ComplaintSplit": "blue",
    "ContributionRequested": "blue",
    "ContributionGiven": "green",
    "PartOpened": "blue",
    "ComplaintHeld": "yellow",
    "ComplaintCompleted": "green",
    "ComplaintResumed": "green",
    "AnswerDrafted": "blue",
    "AnswerReturned": "yellow",
    "PromiseMade": "green",
    "PromiseKept": "bold green",
    "PromiseMoved": "yellow",
    "DeadlineNear": "dim yellow",
    "DeadlineMissed": "yellow",
    "ComplaintEscalated": "bold red",
    "SeatFoundVacant": "magenta",
    "OmbudsmanOffered": "bold white on red",
}
# Too frequent to show; they are only counted.
NOT_SHOWN = frozenset(
    {"ComplaintFiled", "ComplaintVerified", "LimitSet", "DeadlineNear", "WindowClosing", "WindowLapsed"}
)


@dataclass(frozen=True, slots=True)
class NewsItem:
    """A new timeline entry of a complaint, with intake's sentence; `tier` is its holder's."""

    at: datetime
    reference: str
    kind: str
    sentence: str
    tier: str = ""


@dataclass(frozen=True, slots=True)
class OverdueComplaint:
    """An overdue complaint: its holder, its step, and whether the Ombudsman was offered."""

    reference: str
    holder: str
    step: int
    offered: bool


@dataclass(frozen=True, slots=True)
class SentMail:
    """A sent mail."""

    to: str
    subject: str


@dataclass(slots=True)
class View:
    """The content of the screen, as last read from the services."""

    now: datetime
    labels: Counter[str] = field(default_factory=Counter)
    news: deque[NewsItem] = field(default_factory=lambda: deque(maxlen=60))
    overdue: Sequence[OverdueComplaint] = ()
    sent_mails: deque[SentMail] = field(default_factory=lambda: deque(maxlen=30))
    mails: int = 0
    filed: int = 0
    planned: int = 0


class Screen:
    """Shows a View on a terminal; elsewhere prints each news item once."""

    def __init__(self, console: Console, title: str) -> None:
        self.console, self.title = console, title
        self._live: Live | None = None

    @contextmanager
    def open(self) -> Iterator[None]:
        if not self.console.is_terminal:
            yield
            return
        with Live(console=self.console, screen=True, auto_refresh=False) as self._live:
            try:
                yield
            finally:
                self._live = None

    def show(self, view: View, fresh: Sequence[NewsItem]) -> None:
        """Draw the view; `fresh` holds the news since the last call."""
        if self._live is not None:
            self._live.update(layout_of(view, self.title), refresh=True)
            return
        for news in fresh:
            if news.kind not in NOT_SHOWN:
                line = (
                    f"{labels.short_day(news.at)}  {news.reference}  {labels.short_tier(news.tier):6}  {news.sentence}"
                )
                self.console.print(line, markup=False, highlight=False, soft_wrap=True)


def layout_of(view: View, title: str) -> RenderableType:
    layout = Layout()
    layout.split_column(Layout(name="head", size=5), Layout(name="news", ratio=5), Layout(name="low", ratio=4))
    layout["low"].split_row(Layout(name="overdue", ratio=3), Layout(name="sent_mails", ratio=4))
    layout["head"].update(_head(view, title))
    layout["news"].update(Panel(_news(view), title="Yang terjadi", title_align="left", border_style="dim"))
    layout["overdue"].update(Panel(_overdue(view), title="Naik jenjang", title_align="left", border_style="red"))
    heading = f"Surat terkirim: {view.mails}"
    layout["sent_mails"].update(Panel(_sent_mails(view), title=heading, title_align="left", border_style="dim"))
    return layout


def _head(view: View, title: str) -> RenderableType:
    top = Table.grid(expand=True)
    top.add_column()
    top.add_column(justify="right")
    top.add_row(Text(labels.day(view.now), style="bold"), Text(f"{view.filed} dari {view.planned} laporan masuk"))
    counts = Table.grid(padding=(0, 1))
    for pair in (LABELS[:2], LABELS[2:]):
        counts.add_row(*(part for label in pair for part in (Text(str(view.labels[label]), "bold"), f"{label}   ")))
    return Panel(Group(top, counts), title=title, border_style="blue")


def _news(view: View) -> RenderableType:
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(width=6, style="dim")
    grid.add_column(width=14, style="dim")
    grid.add_column(width=6, style="dim")
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    shown = [news for news in view.news if news.kind not in NOT_SHOWN]
    for news in reversed(shown):
        sentence = Text(news.sentence, style=STYLES.get(news.kind, ""))
        grid.add_row(labels.short_day(news.at), news.reference, labels.short_tier(news.tier), sentence)
    return grid


def _overdue(view: View) -> RenderableType:
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(width=9, no_wrap=True)
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for complaint in sorted(view.overdue, key=lambda c: (-c.offered, -c.step, c.reference)):
        grid.add_row(ladder_bar(complaint), complaint.holder)
    return grid


def ladder_bar(complaint: OverdueComplaint) -> Text:
    """One block for each step, and the Ombudsman at the end."""
    blocks = Text("▇ " * min(complaint.step, STEPS), style="red")
    blocks.append("▁ " * max(0, STEPS - complaint.step), style="dim")
    blocks.append("Om" if complaint.offered else "", style="bold white on red")
    return blocks


def _sent_mails(view: View) -> RenderableType:
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=2, style="dim")
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=3)
    for mail in reversed(view.sent_mails):
        grid.add_row(mail.to, mail.subject)
    return grid
