"""The local mail server in a process of its own: `python -m tests.bench.sink FOLDER` prints its port."""

import signal
import sys
from pathlib import Path

from shared.local.mailbox import Mailbox


def main() -> None:
    box = Mailbox(Path(sys.argv[1]))
    box.start()
    print(box.port, flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    box.stop()
    print(box.repeated, flush=True)


if __name__ == "__main__":
    # The signal must reach `sigwait`, not the thread of the server.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main()
