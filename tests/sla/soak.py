"""`python -m tests.sla.soak`: a million random histories by the pure rules, for hours; 1 at the first finding."""

import argparse
import sys
from collections.abc import Iterator
from itertools import count

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.sla.test_lives import Lives

# So many histories are drawn from one seed; more of them would repeat themselves.
AT_ONCE = 5_000


def batches(histories: int) -> Iterator[int]:
    while histories > 0:
        yield min(AT_ONCE, histories)
        histories -= AT_ONCE


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.sla.soak", description=__doc__)
    parser.add_argument("--histories", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for number, size in zip(count(options.seed), batches(options.histories), strict=False):
        checks = list(HealthCheck)
        fast = settings(max_examples=size, stateful_step_count=30, deadline=None, database=None)
        # A finding is shrunk; nothing is kept from one batch to the next.
        phases = [Phase.generate, Phase.shrink]
        machine = seed(number)(type("Lives", (Lives,), {}))
        run_state_machine_as_test(machine, settings=settings(fast, phases=phases, suppress_health_check=checks))
        sys.stdout.write(f"seed {number}: {size} histories\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
