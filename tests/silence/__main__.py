"""`python -m tests.silence`: tries to refute that no open complaint ever falls silent; 1 if it succeeds.

Random lives go through the doors of all four services, over a bus that keeps order per key and nothing else: delays,
repeated messages, lost commits, handlers that fail, restarts, a directory that changes. Then the doors, the published
events and a calendar of its own are asked whether anything fell silent. `calm` is without faults, `rough` has all but
the next, in `outage` every service is away for days, sla for three weeks. The probes each show one path to silence.
Nothing is left behind.
"""

import argparse
import asyncio
import gc
import sys

from shared.telemetry import configure_logs
from tests.silence.course import Plan, simulate
from tests.silence.lab import Lab
from tests.silence.probing import PROBES, probe_all
from tests.silence.report import Report


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.silence", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--faults", nargs="+", choices=["calm", "rough", "outage"], default=["rough"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--complaints", type=int, default=3_000)
    parser.add_argument("--days", type=int, default=150, help="days in which people act")
    parser.add_argument("--idle-days", type=int, default=400, help="days after them in which nobody does")
    parser.add_argument("--probes", choices=["only", "no", "also"], default="also")
    names = [probe.__name__ for probe in PROBES]
    parser.add_argument("--probe", nargs="+", choices=names, default=[], metavar="NAME", help="these probes alone")
    return parser.parse_args()


# All that was published stays in memory. A full collection would stop the process for longer than PostgreSQL waits for
# a relay (`SILENCE_SECONDS`), which then begins its turn again.
NO_FULL_COLLECTION = 100_000, 50, 1_000_000


async def run(options: argparse.Namespace) -> int:
    report, lab = Report(), Lab()
    try:
        await lab.prepare()
        if options.probes != "only" and not options.probe:
            for mode in options.faults:
                plan = Plan(mode, options.seed, options.complaints, options.days, options.idle_days)
                await simulate(lab, plan, report)
        if options.probes != "no":
            await probe_all(lab, report, options.probe)
    finally:
        lab.close()
    report.head(f"{report.refuted} findings refute the promise" if report.refuted else "the promise was not refuted")
    return 1 if report.refuted else 0


if __name__ == "__main__":
    configure_logs("CRITICAL")
    gc.set_threshold(*NO_FULL_COLLECTION)
    sys.exit(asyncio.run(run(arguments())))
