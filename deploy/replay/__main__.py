"""`python -m deploy.replay FILE`: replays a file of past complaints and shows the result."""

import asyncio
import sys
import tempfile
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy.replay.past_complaints import PastComplaint, UnreadableFile, mean_working_days, read
from deploy.replay.player import Player, Refused
from services.__main__ import definition
from services.settings import Settings, load
from shared.clock import ManualClock
from shared.errors import BadSettings
from shared.local.stand_ins import stand_ins
from shared.local.tokens import local_token
from shared.runtime import ALL, running
from shared.telemetry import configure_logs

MOST_DIFFERENCE_DAYS = 0.1


def main() -> int:
    if len(sys.argv) != 2:
        sys.stderr.write("Say which file: make replay FILE=complaints.csv\n")
        return 2
    console = Console()
    try:
        return _show(_replay_file(read(Path(sys.argv[1])), console), console)
    except (UnreadableFile, BadSettings) as error:
        console.print(str(error), style="red", markup=False)
        return 2


def _replay_file(complaints: list[PastComplaint], console: Console) -> dict[str, Any]:
    with ExitStack() as stack:
        home = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="tanggap-replay-", ignore_cleanup_errors=True))
        )
        regions = ",".join(sorted({past.region for past in complaints}))
        settings = load(data_dir=home, directory_regions=regions, database_pool=4, log_level="ERROR")
        complete = stack.enter_context(stand_ins(settings, ALL))
        configure_logs("ERROR")
        return uvloop.run(_replay(complaints, complete, console))


async def _replay(complaints: list[PastComplaint], settings: Settings, console: Console) -> dict[str, Any]:
    clock = ManualClock(complaints[0].filed_at)
    services = [definition(name) for name in ALL]
    async with running(services, settings, clock, loops=False) as runtime, _api(runtime.app) as api:
        await runtime.settle()
        player = Player(runtime, api, clock)
        with _progress(console) as progress:
            bar = progress.add_task("filed", total=len(complaints))
            async for filed in player.play(complaints):
                progress.update(bar, completed=filed)
        await runtime.settle()
        return await _report(complaints, player, settings, api)


@asynccontextmanager
async def _api(app: Any) -> Any:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://tanggap", timeout=60) as api:
        yield api


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


async def _report(
    complaints: list[PastComplaint], player: Player, settings: Settings, api: httpx.AsyncClient
) -> dict[str, Any]:
    """The figures of the services, and those of the file."""
    admin = {"Authorization": f"Bearer {local_token(settings, 'admin', None)}"}
    period = {"from": str(complaints[0].filed_at.date()), "to": str(player.clock.now().date())}
    indicators = (await api.get("/sla/indicators", params={**period, "agency": "NAS"})).raise_for_status().json()
    messages = (await api.get("/notify/summary", headers=admin)).raise_for_status().json()
    cases = await _cases(api, admin)
    filed = set(player.filed.values())
    return {
        "filed": len(filed),
        "cases": cases,
        "indicators": indicators,
        "messages": messages,
        "lost": len(complaints) - len(filed & {case["id"] for case in cases}),
        "mean_file": mean_working_days(complaints),
        "answered_in_file": sum(past.answered_at is not None for past in complaints),
    }


async def _cases(api: httpx.AsyncClient, admin: dict[str, str]) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = {"limit": "200"} | ({"after": after} if after else {})
        found = (await api.get("/routing/complaints", params=page, headers=admin)).raise_for_status().json()
        cases.extend(found["items"])
        after = found["next"]
    return cases


def _show(report: dict[str, Any], console: Console) -> int:
    indicators, mean_file = report["indicators"], report["mean_file"]
    mean = indicators["mean_follow_up_days"] or 0.0  # None if nothing was followed up
    table = Table(title="Replay")
    table.add_column("")
    table.add_column("", justify="right")
    rows: dict[str, object] = {
        "filed": report["filed"],
        "routed": len(report["cases"]),
        "answered": f"{indicators['answered']} (the file: {report['answered_in_file']})",
        "overdue": indicators["overdue"],
        "escalations per step": ", ".join(f"{step}: {count}" for step, count in indicators["escalations"].items()),
        "messages": "\n".join(map(_counted, report["messages"])),
        "lost": report["lost"],
        "mean first follow-up, working days": f"{mean:.3f}",
        "the same, from the file only": f"{mean_file:.3f}",
    }
    for name, value in rows.items():
        table.add_row(name, str(value))
    console.print(table)
    kept = not report["lost"] and abs(mean - mean_file) <= MOST_DIFFERENCE_DAYS
    kept = kept and indicators["answered"] == report["answered_in_file"]
    console.print("[green]All complaints are accounted for.[/]" if kept else "[red]The figures do not agree.[/]")
    return 0 if kept else 1


def _counted(count: dict[str, Any]) -> str:
    reason = f" ({count['reason']})" if count["reason"] else ""
    return f"{count['messages']} {count['state']}{reason}"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Refused, httpx.HTTPStatusError) as error:
        sys.exit(str(error))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
