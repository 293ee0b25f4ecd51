"""`python -m deploy.demo [--bus kafka] [--exit]`: the program behind `make demo`."""

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

from deploy.demo import labels
from deploy.demo.addresses import show_addresses
from deploy.demo.api import Api, ApiError
from deploy.demo.complaints import complaints
from deploy.demo.evidence import settled
from deploy.demo.installation import Installation, InstallationError
from deploy.demo.promises import judge
from deploy.demo.records import Evidence
from deploy.demo.screen import Screen
from deploy.demo.simulation import Simulation
from deploy.demo.summary import show_verdicts, summary

# The last complaint is filed on day 10; if ignored, it is offered the Ombudsman on day 70.
DAYS = 72
SPEED = 220_000.0
# While the pages stay up, an hour passes in a second.
STAY_UP_SPEED = 3_600.0
LEAST_WIDTH = 100
EXAMPLES = "The officials are examples: their mail is caught here and reaches nobody."
TITLE = "Tanggap · {bus} · one day in {day:.2f} s"


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    console = Console()
    if not console.is_terminal:
        console.width = max(console.width, LEAST_WIDTH)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    try:
        return run_demo(console, options)
    except (InstallationError, ApiError, httpx.HTTPError) as error:
        console.print(str(error) or repr(error), style="red", markup=False, highlight=False)
        return 1
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 130


def run_demo(console: Console, options: argparse.Namespace) -> int:
    """Start everything, run the simulation and show the summary; 0 if every promise held, else 1."""
    began = monotonic()
    console.print(EXAMPLES, highlight=False)
    console.print(f"Starting a database, a mail server and the services on the {options.bus} bus …", highlight=False)
    with Installation(options.bus, options.speed, options.days) as installation:
        if installation.broker is not None:
            console.print(f"{installation.broker.name} on {installation.broker.bootstrap}", highlight=False)
        simulation, evidence = asyncio.run(_simulate(console, installation, began))
        groups = judge(evidence)
        show_verdicts(console, groups)
        held = all(verdict.held for _, verdicts in groups for verdict in verdicts)
        if not held:
            _show_logs(console, installation)
        console.print(f"{monotonic() - began:.0f} s in all.", highlight=False)
        if not options.exit:
            _stay_up(console, installation, simulation, evidence)
            return 0
    return 0 if held else 1


async def _simulate(console: Console, installation: Installation, began: float) -> tuple[Simulation, Evidence]:
    screen = Screen(console, TITLE.format(bus=installation.bus, day=86_400 / installation.speed))
    async with Api(installation) as api:
        await _ready(installation, api)
        while installation.is_late:
            console.print("This machine is slow to start; the first day is put off …", highlight=False)
            installation.begin_later()
            await _ready(installation, api)
        console.print(f"Ready after {monotonic() - began:.0f} s.", highlight=False)
        simulation = Simulation(installation, api, screen, complaints())
        with screen.open():
            await simulation.run()
        evidence = await simulation.evidence()
        indicators = await api.get("/sla/indicators")
    console.rule(f"{labels.day(simulation.begins)} to {labels.day(simulation.ends)}")
    console.print(summary(evidence, indicators))
    console.rule("Promises")
    return simulation, evidence


async def _ready(installation: Installation, api: Api) -> None:
    await installation.wait_until_ready()
    await settled(api)  # every service has received the directory


def _show_logs(console: Console, installation: Installation) -> None:
    """Show the ends of the logs, because the files are removed at the end."""
    for process in installation.processes:
        console.print(f"The end of the log of {process.name}:\n{process.tail()}", markup=False, highlight=False)


def _stay_up(console: Console, installation: Installation, simulation: Simulation, evidence: Evidence) -> None:
    """Keep everything running, on a slower clock, until it is interrupted."""
    with suppress(KeyboardInterrupt):
        installation.go_on(STAY_UP_SPEED)
        asyncio.run(installation.wait_until_ready())
        show_addresses(console, installation, evidence, simulation.filed)
        while True:
            installation.check()
            sleep(1)
    console.print("Stopped.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--bus", choices=("memory", "kafka"), default="memory")
    parser.add_argument("--exit", action="store_true", help="end after the summary; 0 only if every promise held")
    parser.add_argument("--days", type=int, default=DAYS, help="simulated calendar days, more than 60")
    parser.add_argument("--speed", type=float, default=SPEED, help="simulated seconds per second")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
