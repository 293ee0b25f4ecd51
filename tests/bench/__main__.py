"""`python -m tests.bench [name]`: all benchmarks or the named one; each prints one JSON line."""

import sys
from importlib import import_module

NAMES = ("intake", "escalation", "outbox", "pipeline", "audit", "law", "lifecycle")


def main() -> int:
    names = sys.argv[1:] or NAMES
    if unknown := set(names) - set(NAMES):
        print(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    met = [import_module(f"tests.bench.{name}").main() for name in names]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
