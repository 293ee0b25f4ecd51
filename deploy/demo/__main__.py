"""`python -m deploy.demo [--bus kafka] [--exit]`: what `make demo` runs."""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic, sleep

import httpx
from rich.console import Console

from deploy.demo import words
from deploy.demo.addresses import show_addresses
from deploy.demo.complaints import complaints
from deploy.demo.doors import DoorError, Doors
from deploy.demo.evidence import Evidence, settled
from deploy.demo.play import Play
from deploy.demo.processes import Stage, StageError
from deploy.demo.promises import judge
from deploy.demo.screen import Screen
from deploy.demo.summary import show_verdicts, summary

# The last complaint is filed on day 10 and, if it is ignored, offered the Ombudsman on day 70.
DAYS = 72
SPEED = 220_000.0
# While people look around, an hour passes in a second.
LOOK_AROUND_SPEED = 3_600.0
NARROWEST = 100
TITLE = "Tanggap · {bus} · one day in {day:.2f} s"


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    console = Console()
    if not console.is_terminal:
        console.width = max(console.width, NARROWEST)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    try:
        return perform(console, options)
    except (StageError, DoorError, httpx.HTTPError) as error:
        console.print(str(error) or repr(error), style="red", markup=False, highlight=False)
        return 1
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 130


def perform(console: Console, options: argparse.Namespace) -> int:
    """Start everything, play, sum up; 0 if every promise held, else 1."""
    began = monotonic()
    console.print(f"Starting a database, a mail server and the services on the {options.bus} bus …", highlight=False)
    with Stage(options.bus, options.speed) as stage:
        if stage.broker is not None:
            console.print(f"{stage.broker.name} on {stage.broker.bootstrap}", highlight=False)
        play, evidence = asyncio.run(_play(console, stage, options.days, began))
        verdicts = judge(evidence)
        show_verdicts(console, verdicts)
        held = all(verdict.held for verdict in verdicts)
        if not held:
            _show_logs(console, stage)
        console.print(f"{monotonic() - began:.0f} s in all.", highlight=False)
        if not options.exit:
            _look_around(console, stage, play, evidence)
            return 0
    return 0 if held else 1


async def _play(console: Console, stage: Stage, days: int, began: float) -> tuple[Play, Evidence]:
    await stage.wait_until_ready()
    screen = Screen(console, TITLE.format(bus=stage.bus, day=86_400 / stage.speed))
    async with Doors(stage) as doors:
        await settled(doors)  # the directory has reached everyone
        console.print(f"Ready after {monotonic() - began:.0f} s.", highlight=False)
        play = Play(stage, doors, screen, complaints(), days)
        with screen.open():
            await play.run()
        evidence = await play.evidence()
        indicators = await doors.get("/sla/indicators")
    console.rule(f"{words.day(play.begins)} to {words.day(play.ends)}")
    console.print(summary(evidence, indicators))
    console.rule("Promises")
    return play, evidence


def _show_logs(console: Console, stage: Stage) -> None:
    """The ends of the processes' logs, since the files go with the stage."""
    for running in stage.processes:
        console.print(f"The end of the log of {running.name}:\n{running.tail()}", markup=False, highlight=False)


def _look_around(console: Console, stage: Stage, play: Play, evidence: Evidence) -> None:
    """Everything stays up, on a slower clock, until it is interrupted."""
    with suppress(KeyboardInterrupt):
        stage.slow_down(LOOK_AROUND_SPEED)
        asyncio.run(stage.wait_until_ready())
        show_addresses(console, stage, evidence.lives, play.filed)
        while True:
            stage.check()
            sleep(1)
    console.print("Stopped.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--bus", choices=("memory", "kafka"), default="memory")
    parser.add_argument("--exit", action="store_true", help="end after the summary; 0 only if every promise held")
    parser.add_argument("--days", type=int, default=DAYS, help="calendar days to play, more than 60")
    parser.add_argument("--speed", type=float, default=SPEED, help="simulated seconds per second")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
