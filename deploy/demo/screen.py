"""What a person sees while it runs: a living screen of 100 by 35, or plain lines where there is no terminal."""

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

from deploy.demo import words

STEPS = 3
# The official labels that a complaint of this demonstration can have.
LABELS = (
    "Belum Terverifikasi",
    "Terdisposisi Belum Ditindaklanjuti",
    "Terdisposisi Sedang Diproses",
    "Terdisposisi Selesai",
)
STYLES = {
    "ComplaintFiled": "cyan",
    "ComplaintRouted": "cyan",
    "ComplaintVerified": "blue",
    "ComplaintForwarded": "blue",
    "FollowUpRecorded": "green",
    "ComplaintAnswered": "bold green",
    "DeadlineNear": "dim yellow",
    "DeadlineMissed": "yellow",
    "ComplaintEscalated": "bold red",
    "SeatFoundVacant": "magenta",
    "OmbudsmanOffered": "bold white on red",
}
# Too many to read one below the other; they are counted and shown in the summary.
QUIET = frozenset({"ComplaintFiled", "ComplaintVerified", "DeadlineNear"})


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened to a complaint, in the service's own words; `tier` is its holder's."""

    at: datetime
    reference: str
    kind: str
    sentence: str
    tier: str = ""


@dataclass(frozen=True, slots=True)
class Climber:
    """An overdue complaint: who holds it, how far it has climbed, and whether the Ombudsman was offered."""

    reference: str
    holder: str
    step: int
    offered: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that went out."""

    to: str
    subject: str


@dataclass(slots=True)
class View:
    """All that the screen shows, as last read from the services."""

    now: datetime
    labels: Counter[str] = field(default_factory=Counter)
    news: deque[News] = field(default_factory=lambda: deque(maxlen=60))
    climbers: Sequence[Climber] = ()
    letters: deque[Letter] = field(default_factory=lambda: deque(maxlen=30))
    mails: int = 0
    filed: int = 0
    planned: int = 0


class Screen:
    """Shows a View again and again on a terminal; elsewhere it prints each piece of news once."""

    def __init__(self, console: Console, title: str) -> None:
        self.console, self.title = console, title
        self._live: Live | None = None
        self._day = ""

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

    def show(self, view: View, fresh: Sequence[News]) -> None:
        """Draw the view; `fresh` is the news since the last time."""
        if self._live is not None:
            self._live.update(drawing(view, self.title), refresh=True)
            return
        for news in fresh:
            if news.kind not in QUIET:
                line = f"{words.short_day(news.at)}  {news.reference}  {words.short_tier(news.tier):6}  {news.sentence}"
                self.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def say(self, sentence: str) -> None:
        self.console.print(sentence, markup=False, highlight=False)


def drawing(view: View, title: str) -> RenderableType:
    layout = Layout()
    layout.split_column(Layout(name="head", size=5), Layout(name="news", ratio=5), Layout(name="low", ratio=4))
    layout["low"].split_row(Layout(name="climbers", ratio=3), Layout(name="letters", ratio=4))
    layout["head"].update(_head(view, title))
    layout["news"].update(Panel(_news(view), title="Yang terjadi", title_align="left", border_style="dim"))
    layout["climbers"].update(Panel(_climbers(view), title="Naik jenjang", title_align="left", border_style="red"))
    heading = f"Surat terkirim: {view.mails}"
    layout["letters"].update(Panel(_letters(view), title=heading, title_align="left", border_style="dim"))
    return layout


def _head(view: View, title: str) -> RenderableType:
    top = Table.grid(expand=True)
    top.add_column()
    top.add_column(justify="right")
    top.add_row(Text(words.day(view.now), style="bold"), Text(f"{view.filed} dari {view.planned} laporan masuk"))
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
    loud = [news for news in view.news if news.kind not in QUIET]
    for news in reversed(loud):
        sentence = Text(news.sentence, style=STYLES.get(news.kind, ""))
        grid.add_row(words.short_day(news.at), news.reference, words.short_tier(news.tier), sentence)
    return grid


def _climbers(view: View) -> RenderableType:
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(width=9, no_wrap=True)
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for climber in sorted(view.climbers, key=lambda c: (-c.offered, -c.step, c.reference)):
        grid.add_row(bar(climber), climber.holder)
    return grid


def bar(climber: Climber) -> Text:
    """A rung for each step that was climbed, and the Ombudsman on top."""
    rungs = Text("▇ " * min(climber.step, STEPS), style="red")
    rungs.append("▁ " * max(0, STEPS - climber.step), style="dim")
    rungs.append("Om" if climber.offered else "", style="bold white on red")
    return rungs


def _letters(view: View) -> RenderableType:
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=2, style="dim")
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=3)
    for letter in reversed(view.letters):
        grid.add_row(letter.to, letter.subject)
    return grid
